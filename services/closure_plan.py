"""What the lines of a file would change in the working calendar: shown as a preview, carried out as it was shown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db import models

from .calendar import token
from .closure_file import Fault, Line
from .models import CalendarYear, Closure
from .worktime import CalendarNotLoaded


class State(models.TextChoices):
    """In the order in which they are shown."""

    FAULTY = "faulty", "Perlu diperbaiki"
    NEW = "new", "Baru"
    CHANGED = "changed", "Berubah"
    SAME = "same", "Sama"


@dataclass(frozen=True)
class Row:
    """One line beside what is recorded of its day."""

    line: Line
    basis: str
    old: Closure | None
    faults: tuple[Fault, ...]

    @property
    def state(self) -> State:
        if self.faults:
            return State.FAULTY
        if self.old is None:
            return State.NEW
        new = (self.line.kind, self.line.name, self.basis)
        return State.SAME if (self.old.kind, self.old.name, self.old.basis) == new else State.CHANGED

    @property
    def is_changed(self) -> bool:
        return self.state == State.CHANGED

    @property
    def tone(self) -> str:
        return {State.NEW: "active", State.CHANGED: "warning", State.FAULTY: "problem"}.get(self.state, "neutral")

    @property
    def kind_words(self) -> str:
        return Closure.Kind(self.line.kind).label if self.line.kind else ""


@dataclass(frozen=True)
class Plan:
    rows: list[Row]
    missing: list[int]  # years of the file that are not loaded
    new_years: list[int]  # those of them that will be made
    left: list[Closure]  # recorded in the file's years, but not in the file: they stay
    token: str  # of the calendar that it was compared with

    @cached_property
    def counts(self) -> Counter[State]:
        return Counter(row.state for row in self.rows)

    @property
    def new(self) -> int:
        return self.counts[State.NEW]

    @property
    def changed(self) -> int:
        return self.counts[State.CHANGED]

    @property
    def same(self) -> int:
        return self.counts[State.SAME]

    @property
    def faulty(self) -> int:
        return self.counts[State.FAULTY]

    @property
    def is_ready(self) -> bool:
        return not self.faulty and bool(self.new or self.changed)


def plan(lines: Iterable[Line], *, basis: str = "", make_years: bool = False) -> Plan:
    """Compare with what is recorded now. `basis` is for lines that name none; `make_years`: a year that is not loaded
    will be, with the hours of the last one before it."""
    lines = list(lines)
    seen = token()
    years = {line.day.year for line in lines if line.day}
    loaded = set(CalendarYear.objects.values_list("year", flat=True))
    missing = sorted(years - loaded)
    can_make = make_years and bool(loaded)
    recorded = {one.day: one for one in Closure.objects.filter(day__year__in=years)} if years else {}
    places: dict[date, str] = {}
    rows = []
    for line in lines:
        faults = list(line.faults)
        if line.day is not None:
            said = f"{line.day:%d-%m-%Y}"
            if (earlier := places.setdefault(line.day, line.place)) != line.place:
                faults.append(
                    Fault("Tanggal", said, f"Tanggal ini sudah ada pada {earlier.lower()}. Hapus salah satu.")
                )
            if line.day.year in missing and not can_make:
                faults.append(Fault("Tanggal", said, _not_loaded(line.day.year, bool(loaded))))
        old = recorded.get(line.day) if line.day else None
        known = line.basis or basis or (old.basis if old else "")
        if line.day is not None and not known:
            faults.append(Fault("Dasar hukum", "", "Isi kolomnya, atau isi dasar hukum di halaman ini."))
        rows.append(Row(line, known, old, tuple(faults)))
    named = {line.day for line in lines}
    left = [one for day, one in sorted(recorded.items()) if day not in named]
    rows.sort(key=lambda row: list(State).index(row.state))  # what needs a look comes first
    return Plan(rows, missing, missing if can_make else [], left, seen)


def _not_loaded(year: int, can_be_made: bool) -> str:
    said = str(CalendarNotLoaded(year))
    return f"{said} Atau centang “Buat tahun yang belum dimuat”." if can_be_made else said
