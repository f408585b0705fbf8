"""The only reader of the system clock. Views, commands and tasks read it once and pass `at` on."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import formats, timezone

WIB = ZoneInfo("Asia/Jakarta")
_fixed: ContextVar[datetime | None] = ContextVar("fixed_clock", default=None)


def now() -> datetime:
    """The present instant, aware, in WIB."""
    return (_fixed.get() or timezone.now()).astimezone(WIB)


@contextmanager
def fixed(at: datetime) -> Iterator[datetime]:
    """Everything inside happens at `at`: for `tick --at`, the demo story and tests."""
    if at.tzinfo is None:
        raise ValueError("The instant needs a time zone.")
    token = _fixed.set(at)
    try:
        yield at
    finally:
        _fixed.reset(token)


def said(at: datetime) -> str:
    """An instant as people read it: 16 April 2026 pukul 00.00 WIB."""
    local = at.astimezone(WIB)
    return f"{formats.date_format(local, 'j F Y')} pukul {local:%H.%M} WIB"


def said_day(day: date) -> str:
    """16 April 2026."""
    return formats.date_format(day, "j F Y")
