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
