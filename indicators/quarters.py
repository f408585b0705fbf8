"""When a quarter opens and closes [M 2.2: every 15th after the quarter]. Pure; instants in WIB."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")
ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
REPORTED_IN = {"quarterly": (1, 2, 3, 4), "half_yearly": (2, 4), "yearly": (4,)}  # by Indicator.Period


def opens_at(year: int, number: int) -> datetime:
    """The first instant of the quarter, `number` 1..4."""
    return datetime(year, number * 3 - 2, 1, tzinfo=WIB)


def ends_at(year: int, number: int) -> datetime:
    """The first instant after the quarter."""
    return opens_at(year + number // 4, number % 4 + 1)


def closes_at(year: int, number: int) -> datetime:
    """The first instant that is too late: 00:00 WIB on the 16th after the quarter's end. A holiday does not move it."""
    return datetime(year + 1, 1, 16, tzinfo=WIB) if number == 4 else datetime(year, number * 3 + 1, 16, tzinfo=WIB)


def ends_on(year: int, number: int) -> date:
    """The last day of the quarter that is reported."""
    return (datetime(year + number // 4, number % 4 * 3 + 1, 1, tzinfo=WIB) - timedelta(days=1)).date()


def last_day(closes: datetime) -> date:
    """The day printed as the deadline: the 15th for 00:00 on the 16th."""
    return (closes.astimezone(WIB) - timedelta(microseconds=1)).date()


def quarter_of(at: datetime) -> tuple[int, int]:
    """Year and number of the calendar quarter in which the instant lies."""
    local = at.astimezone(WIB)
    return local.year, (local.month + 2) // 3


def open_at(at: datetime) -> list[tuple[int, int]]:
    """The quarters that take input at this instant: the present one, and the last one until it closes."""
    year, number = quarter_of(at)
    last = (year - 1, 4) if number == 1 else (year, number - 1)
    return [last, (year, number)] if at < closes_at(*last) else [(year, number)]


def years_before(year: int) -> tuple[int, ...]:
    """The years whose actuals a card shows, oldest first: n-4 to n-1 [R, KKP manuals]."""
    return tuple(range(year - 4, year))
