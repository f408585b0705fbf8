"""Limits in working days: arithmetic on a working calendar, without its rows and without a clock.

A working day is a date on which the calendar opens at all, however few its hours. A limit of n working days ends with
the n-th of them after the date of receipt, at 24.00 local time [D].
"""

from datetime import datetime, time, timedelta, tzinfo
from typing import Protocol

DAY = timedelta(days=1)
HORIZON = 3 * 366  # days; a calendar that does not open within them is taken never to open


class Calendar(Protocol):
    """What a limit asks of a `worktime.WorkCalendar`, which raises CalendarNotLoaded for a year it does not know."""

    @property
    def zone(self) -> tzinfo: ...

    def between(self, start: datetime, end: datetime) -> timedelta: ...


def end_of(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The first instant that is too late for a limit of `days` working days after the date of `start`.

    Raises ValueError for fewer than one day, a naive instant and a calendar that never opens; CalendarNotLoaded.
    """
    if days < 1:
        raise ValueError("Batas waktu paling sedikit satu hari kerja.")
    midnight, found = _midnight(start, calendar), 0
    for _ in range(HORIZON):
        midnight = _next(midnight)
        found += _is_working(midnight, calendar)
        if found == days:
            return _next(midnight)
    raise ValueError("Kalender kerja tidak memuat cukup hari kerja untuk batas waktu ini.")


def used(start: datetime, end: datetime, calendar: Calendar) -> int:
    """How many working days lie after the date of `start` up to the date of `end`, which counts; 0 on the same date.

    Raises ValueError for a naive instant; CalendarNotLoaded.
    """
    midnight, last, found = _midnight(start, calendar), _midnight(end, calendar), 0
    while midnight < last:
        midnight = _next(midnight)
        found += _is_working(midnight, calendar)
    return found


def _midnight(at: datetime, calendar: Calendar) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("Waktu harus disertai zona waktu.")
    return datetime.combine(at.astimezone(calendar.zone).date(), time.min, tzinfo=calendar.zone)


def _next(midnight: datetime) -> datetime:
    """The next local midnight: a zone may have days of 23 hours."""
    return datetime.combine(midnight.date() + DAY, time.min, tzinfo=midnight.tzinfo)


def _is_working(midnight: datetime, calendar: Calendar) -> bool:
    return calendar.between(midnight, _next(midnight)) > timedelta(0)
