"""When mail that can wait goes out: in the working hours of the calendar, also where the calendar is not loaded."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TypeVar

from kinerjaku.clock import WIB

from .calendar import working_calendar
from .worktime import CalendarNotLoaded, WorkCalendar

# Where a year is not loaded: nobody's notices wait for an Admin [D]. The hours of Monday to Thursday (memo 2.3.1).
UNLOADED = WorkCalendar.from_hours(
    hours={day: [("07:30", "16:00")] for day in ("mon", "tue", "wed", "thu", "fri")}, tz="Asia/Jakarta"
)
MICROSECOND = timedelta(microseconds=1)
T = TypeVar("T")


def opened_at(at: datetime) -> datetime | None:
    """When the office opened on the day of `at`; None while it is closed."""
    midnight = datetime.combine(at.astimezone(WIB).date(), time.min, tzinfo=WIB)

    def asked(calendar: WorkCalendar) -> datetime | None:
        return _open_from(midnight, calendar) if calendar.is_open(at) else None

    return _answer(asked)


def next_open(at: datetime) -> datetime:
    """The first instant from `at` on at which the office is open."""
    return _answer(lambda calendar: _open_from(at, calendar))


def is_working_day(at: datetime) -> bool:
    midnight = datetime.combine(at.astimezone(WIB).date(), time.min, tzinfo=WIB)
    return worked(midnight, midnight + timedelta(days=1)) > timedelta(0)


def worked(start: datetime, end: datetime) -> timedelta:
    """Working time between two instants."""
    return _answer(lambda calendar: calendar.between(start, end))


def _open_from(at: datetime, calendar: WorkCalendar) -> datetime:
    return calendar.add(at, MICROSECOND) - MICROSECOND


def _answer(asked: Callable[[WorkCalendar], T]) -> T:
    try:
        return asked(working_calendar())
    except CalendarNotLoaded:
        return asked(UNLOADED)
