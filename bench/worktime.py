#!/usr/bin/env python
"""`WorkCalendar.add` over 30 days with breaks and holidays, beside the package businesstimedelta in the same run.

    .venv/bin/python -m bench.worktime [rounds]

Promised: under 50 microseconds, at least 100 times as fast. Both are asked the same and must agree.
"""

import statistics
import sys
import time as clock
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import businesstimedelta as other
import pytz

from services.worktime import WorkCalendar

WIB, PYTZ = ZoneInfo("Asia/Jakarta"), pytz.timezone("Asia/Jakarta")  # the package knows only pytz
HOLIDAYS = {date(2026, 4, 3): "Wafat Yesus Kristus", date(2026, 5, 1): "Hari Buruh", date(2026, 5, 14): "Kenaikan"}
HOURS = [("07:30", "12:00"), ("13:00", "16:00")]
START, AMOUNT = datetime(2026, 4, 1, 9, 15, tzinfo=WIB), timedelta(hours=20 * 7.5)  # 20 working days: about 30 days


def main(rounds: int) -> int:
    ours = WorkCalendar.from_hours(
        hours=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), HOURS),
        closed=[day.isoformat() for day in HOLIDAYS],
        tz="Asia/Jakarta",
        loaded_years=[2026],
    )
    work = other.WorkDayRule(start_time=time(7, 30), end_time=time(16), working_days=[0, 1, 2, 3, 4], tz=PYTZ)
    lunch = other.LunchTimeRule(start_time=time(12), end_time=time(13), working_days=[0, 1, 2, 3, 4], tz=PYTZ)
    theirs = other.Rules([work, lunch, other.HolidayRule(HOLIDAYS, tz=PYTZ)])
    span = other.BusinessTimeDelta(theirs, hours=150)
    mine, yours = ours.add(START, AMOUNT), START + span
    if mine != yours:
        raise SystemExit(f"They disagree: {mine} and {yours}")
    fast = median(lambda: ours.add(START, AMOUNT), rounds * 100)
    slow = median(lambda: START + span, rounds)
    print(f"add over {(mine - START).days} days: {fast * 1e6:.1f} µs (promised 50)")
    print(f"as fast as businesstimedelta: {slow / fast:.0f} x (promised 100)")
    return 0 if fast < 50e-6 and slow / fast >= 100 else 1


def median(act: Callable[[], Any], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        began = clock.perf_counter()
        act()
        taken.append(clock.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
