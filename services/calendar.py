"""The ministry's working calendar, built from its rows: weekly hours and Ramadan hours of each loaded year (memo 2.3.1,
Perpres 21/2023), holidays and cuti bersama (the yearly joint decree of three ministers)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from .models import CalendarStamp, CalendarYear, Closure
from .worktime import WorkCalendar


@dataclass(frozen=True, slots=True, eq=False)
class StampedCalendar(WorkCalendar):
    """With the token under which it was built. The token is read before the rows: whatever was counted while somebody
    changed them carries the old one, and is counted again."""

    token: str = ""


def working_calendar() -> StampedCalendar:
    """Hours of Biro Perencanaan in WIB, for the years that are loaded; as it is now, in every process."""
    return _built(token())


@lru_cache(maxsize=2)
def _built(token: str) -> StampedCalendar:
    years = list(CalendarYear.objects.all())
    shifts = {}
    for year in years:
        first = date(year.year, 1, 1)
        for offset in range((date(year.year + 1, 1, 1) - first).days):
            day = first + timedelta(days=offset)
            shifts[day.isoformat()] = [tuple(span) for span in year.hours_of(day)]
    built = StampedCalendar.from_hours(
        hours={},
        shifts=shifts,
        closed=[day.isoformat() for day in Closure.objects.values_list("day", flat=True)],
        tz="Asia/Jakarta",
        loaded_years={year.year for year in years},
    )
    return replace(built, token=token)


def token() -> str:
    """Of the calendar as it is now; figures computed from another one have to be computed again."""
    return CalendarStamp.objects.values_list("token", flat=True).first() or ""


def hours_between(calendar: WorkCalendar, first: date, last: date) -> dict[str, list[list[str]]]:
    """The opening hours of each date from `first` to `last`, to be kept with what was computed from them."""
    days = [day for day in range(first.toordinal(), last.toordinal() + 1) if day not in calendar.closed]
    return {
        date.fromordinal(day).isoformat(): [[_clock_time(minute) for minute in span] for span in calendar.shifts[day]]
        for day in days
        if day in calendar.shifts
    }


def _clock_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def calendar_of(frozen: dict[str, list[list[str]]] | None) -> WorkCalendar:
    """By which a case is counted: its own once it has ended, until then the one of now."""
    return working_calendar() if frozen is None else from_hours_between(frozen)


def from_hours_between(kept: dict[str, list[list[str]]]) -> WorkCalendar:
    """The calendar of `hours_between`, as it was."""
    return WorkCalendar.from_hours(hours={}, shifts=kept, tz="Asia/Jakarta")
