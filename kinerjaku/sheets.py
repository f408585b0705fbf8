"""One mechanism for every import and export of rows: what a kind of sheet is, and what a file would change.

An app registers its kinds (`register`); pages, the worker and `manage.py import_sheet` know them by key only.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from .errors import DomainError

MOST_CHOICES = 500  # of a drop-down


@dataclass(frozen=True)
class Column:
    """`key` is the head in the file. `is_shown` columns are for people and not read."""

    key: str
    help: str
    is_required: bool = False
    is_shown: bool = False
    choices: tuple[str, ...] = ()
    width: int = 18


@dataclass(frozen=True)
class Fault:
    """What is wrong where, and what to do. `row` 0: the file as a whole; `column` is the head of the column."""

    row: int
    column: str
    value: str
    advice: str
    cell: str = ""  # C7

    @property
    def place(self) -> str:
        """For people: baris 7, kolom no (C7)."""
        parts = [f"baris {self.row}"] * bool(self.row) + [f"kolom {self.column}"] * bool(self.column)
        return ", ".join(parts) + (f" ({self.cell})" if self.cell else "")


@dataclass(frozen=True)
class Row:
    """One row of a file: texts by the key of their column; columns that the file lacks are not in it."""

    number: int
    cells: Mapping[str, str]

    def fault(self, column: str, advice: str) -> Fault:
        value = self.cells.get(column, "")
        return Fault(self.number, column, value[:80], advice)


@dataclass(frozen=True)
class Change:
    """What one row would change: `fields` as (name, before, after) in the words of people."""

    row: int
    what: str
    is_new: bool
    fields: list[tuple[str, str, str]]
    payload: Any = field(default=None, compare=False)


@dataclass
class Plan:
    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unchanged: int = 0

    @property
    def digest(self) -> str:
        """Of what would change: what is applied has to be what was shown."""
        facts = [[one.row, one.what, one.is_new, one.fields] for one in self.changes]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


Step = Callable[[int], None]  # tells how many rows are done


def no_step(done: int) -> None:
    pass


class Refused(DomainError):
    """Rows that could not be written; nothing was."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} masalah. Tidak ada baris yang disimpan.", code="faulty")
        self.faults = faults


class SheetKind:
    """A kind of rows that people bring in files. `options` narrow it: the quarter and unit of a page."""

    key = ""
    label = ""
    help = ""
    sheet_name = "Data"
    filters: tuple[tuple[str, str, str], ...] = ()  # of what is downloaded: in the address, in the options, label
    asks_reason = ""  # when a reason has to be written beside the file, which is then the option “reason”
    holds_what_is_stored = False  # its template is never empty
    at_once = 20_000  # rows that may be checked while the person waits, where a row takes longer than usual
    identity: tuple[str, ...] = ()  # the columns that together name a row; once in a file

    def may(self, user: Any) -> bool:
        raise NotImplementedError

    def columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        raise NotImplementedError

    def choices(self, by: Any) -> dict[str, list[tuple[str, str]]]:
        """Of the filters that are chosen from a list: value and words, by their name in the address."""
        return {}

    def address(self, options: Mapping[str, Any]) -> str:
        """The page that shows the rows; empty if there is none."""
        return ""

    def door(self, options: Mapping[str, Any]) -> str:
        """The page where files with these options are brought; empty: the one of all imports."""
        return ""

    def given(self, options: Mapping[str, Any]) -> dict[str, str]:
        """What the options say in place of cells that a file lacks."""
        return {}

    def plan(
        self, rows: Sequence[Row], *, by: Any, at: datetime, options: Mapping[str, Any], lock: bool, step: Step
    ) -> Plan:
        """What the rows would change. `lock`: inside the transaction that writes them, with the rows locked."""
        raise NotImplementedError

    def write(self, plan: Plan, *, by: Any, at: datetime, step: Step) -> None:
        """All changes of a plan that was made with `lock`. Raises Refused or DomainError: then none of it is kept."""
        raise NotImplementedError

    def file_columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        """The columns of a file that we make: those that are read, or fewer."""
        return self.columns(by, options)

    def table(self, by: Any, options: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
        """What is stored, in the order of `file_columns`: the same file imported again changes nothing."""
        raise NotImplementedError


_kinds: dict[str, SheetKind] = {}


def register(kind: SheetKind) -> None:
    _kinds[kind.key] = kind


def kinds() -> list[SheetKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.label)


def kind_of(key: str) -> SheetKind:
    """Raises DomainError `unknown_kind`."""
    if key not in _kinds:
        raise DomainError(f"Jenis “{key[:40]}” tidak ada. Pilih: {', '.join(_kinds)}.", code="unknown_kind")
    return _kinds[key]


def repeated(rows: Iterable[Row], columns: Sequence[str], default: Mapping[str, str] | None = None) -> list[Fault]:
    """Rows that name the same thing, each with the row in which it stood first."""
    first: dict[tuple[str, ...], int] = {}
    faults = []
    for row in rows:
        known = {**(default or {}), **row.cells}
        key = tuple(known.get(column, "").casefold() for column in columns)
        if not any(key):
            continue
        if key in first:
            words = ", ".join(f"{name} {known[name]}" for name in columns if known.get(name))
            advice = f"Kunci ganda: {words} sudah ada pada baris {first[key]}. Hapus salah satu dari baris itu."
            faults.append(Fault(row.number, columns[-1], known.get(columns[-1], ""), advice))
        else:
            first[key] = row.number
    return faults


def faults_of(row: Row, error: ValidationError, columns: Mapping[str, str]) -> list[Fault]:
    """A model's own checks as faults; `columns` gives the column of each field."""
    if not hasattr(error, "error_dict"):
        return [row.fault("", " ".join(error.messages))]
    return [
        row.fault(columns.get(name, ""), " ".join(message for one in errors for message in one.messages))
        for name, errors in error.error_dict.items()
    ]


def read_cell(row: Row, column: str, read: Callable[[str], Any], faults: list[Fault]) -> Any:
    """The value of one cell; what `read` refuses (ValueError) becomes a fault and None."""
    try:
        return read(row.cells.get(column, ""))
    except ValueError as error:
        faults.append(row.fault(column, str(error)))
        return None
