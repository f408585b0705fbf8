"""The ministry's working calendar, built from its rows: weekly hours and Ramadan hours of each loaded year (memo 2.3.1,
Perpres 21/2023), holidays and cuti bersama (the yearly joint decree of three ministers)."""

from datetime import date, timedelta
from functools import lru_cache

from .models import CalendarStamp, CalendarYear, Closure
from .worktime import WorkCalendar


def working_calendar() -> WorkCalendar:
    """Hours of Biro Perencanaan in WIB, for the years that are loaded; as it is now, in every process."""
    return _built(CalendarStamp.objects.values_list("token", flat=True).first())


@lru_cache(maxsize=2)
def _built(token: str | None) -> WorkCalendar:
    years = list(CalendarYear.objects.all())
    shifts = {}
    for year in years:
        first = date(year.year, 1, 1)
        for offset in range((date(year.year + 1, 1, 1) - first).days):
            day = first + timedelta(days=offset)
            shifts[day.isoformat()] = [tuple(span) for span in year.hours_of(day)]
    return WorkCalendar.from_hours(
        hours={},
        shifts=shifts,
        closed=[day.isoformat() for day in Closure.objects.values_list("day", flat=True)],
        tz="Asia/Jakarta",
        loaded_years={year.year for year in years},
    )


def token() -> str:
    """Of the calendar as it is now; figures computed from another one have to be computed again."""
    return CalendarStamp.objects.values_list("token", flat=True).first() or ""


def hours_between(first: date, last: date) -> dict[str, list[list[str]]]:
    """The opening hours of each date from `first` to `last`, to be kept with what was computed from them."""
    years = CalendarYear.objects.in_bulk(range(first.year, last.year + 1))
    closed = set(Closure.objects.filter(day__range=(first, last)).values_list("day", flat=True))
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return {day.isoformat(): years[day.year].hours_of(day) for day in days if day not in closed and day.year in years}


def from_hours_between(kept: dict[str, list[list[str]]]) -> WorkCalendar:
    """The calendar of `hours_between`, as it was."""
    return WorkCalendar.from_hours(hours={}, shifts=kept, tz="Asia/Jakarta")
