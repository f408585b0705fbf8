"""What changes from one set of indicators to the next. Pure: facts are texts by label, a key names a row in both sets.

`diff(before, after)` gives a row for every key, and `apply(diff(before, after), before) == after`.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Facts = Mapping[str, str]
Key = TypeVar("Key")


class Kind(enum.StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    DROPPED = "dropped"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One fact that differs; None: the fact is not there on that side."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RowChange(Generic[Key]):
    key: Key
    kind: Kind
    changes: tuple[FieldChange, ...] = ()


def diff(before: Mapping[Key, Facts], after: Mapping[Key, Facts]) -> list[RowChange[Key]]:
    """A row for every key: first those of `after` in its order, then the dropped ones in the order of `before`."""
    rows = [_compared(key, before.get(key), facts) for key, facts in after.items()]
    return rows + [_compared(key, facts, None) for key, facts in before.items() if key not in after]


def apply(rows: Iterable[RowChange[Key]], before: Mapping[Key, Facts]) -> dict[Key, dict[str, str]]:
    """The set after the changes."""
    made: dict[Key, dict[str, str]] = {}
    for row in rows:
        if row.kind is Kind.DROPPED:
            continue
        facts = dict(before.get(row.key, {}))
        for change in row.changes:
            if change.after is None:
                facts.pop(change.label, None)
            else:
                facts[change.label] = change.after
        made[row.key] = facts
    return made


def _compared(key: Key, before: Facts | None, after: Facts | None) -> RowChange[Key]:
    old, new = before or {}, after or {}
    labels = [*new, *(label for label in old if label not in new)]
    changes = tuple(
        FieldChange(label, old.get(label), new.get(label)) for label in labels if old.get(label) != new.get(label)
    )
    if before is None:
        return RowChange(key, Kind.ADDED, changes)
    if after is None:
        return RowChange(key, Kind.DROPPED, changes)
    return RowChange(key, Kind.CHANGED if changes else Kind.SAME, changes)
