"""The ministry's working calendar, from `data/working_calendar.json`.

Weekly hours: memo 2.3.1; breaks and Ramadan hours: Perpres 21/2023; holidays and cuti bersama: the yearly joint
decree of three ministers. A year that is not in the file is an error, never "no holidays".
"""

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from .worktime import WorkCalendar

_FILE = Path(__file__).parent / "data" / "working_calendar.json"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def working_calendar() -> WorkCalendar:
    """Hours of Biro Perencanaan in WIB, for the years that are loaded."""
    data = json.loads(_FILE.read_text())
    shifts: dict[str, list[tuple[str, str]]] = {}
    for year in data["years"].values():
        first, last = (date.fromisoformat(day) for day in year["ramadan"])
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            shifts[day.isoformat()] = data["ramadan_week"].get(_DAYS[day.weekday()], [])
    return WorkCalendar.from_hours(
        hours=data["week"],
        shifts=shifts,
        closed=[day for year in data["years"].values() for day in year["closed"]],
        tz="Asia/Jakarta",
        loaded_years={int(year) for year in data["years"]},
    )
