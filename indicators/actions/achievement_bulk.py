"""Many achievements at once, by the rules of `achievement.save` and with its history; all of them or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import User
from indicators import habits, holds
from indicators.models import Achievement, Indicator, Quarter
from indicators.models.achievement import AchievementQuerySet
from kinerjaku import audit
from kinerjaku.errors import DomainError

from .achievement import AUDITED, SAVE_VERB, SAVED, change, require_still_open

BATCH = 500


@dataclass(frozen=True)
class Entry:
    """What was typed for one row, and the version that the person saw."""

    achievement: Achievement
    changes: Mapping[str, Any]
    version: int


@dataclass(frozen=True)
class Changed:
    achievement: Achievement
    before: dict[str, Any]
    due_at: datetime


def locked_for_writing(rows: AchievementQuerySet) -> list[Achievement]:
    """The rows under a lock, in the order of every act; whole, with what computing needs, read after the lock."""
    pks = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))
    return whole(Achievement.objects.filter(pk__in=pks))


def whole(rows: AchievementQuerySet) -> list[Achievement]:
    """Rows that share their indicators, units and quarters: each of these is read and unpacked once."""
    found = list(rows.order_by("pk").select_related("saved_by"))
    indicators = Indicator.objects.select_related("unit", "objective", "decree")
    by_pk = indicators.in_bulk({row.indicator_id for row in found})
    quarters = Quarter.objects.prefetch_related("extensions").in_bulk({row.quarter_id for row in found})
    for row in found:
        row.indicator, row.quarter = by_pk[row.indicator_id], quarters[row.quarter_id]
        if row.unit_id == row.indicator.unit_id:
            row.unit = row.indicator.unit
    return found


def change_all(
    entries: Sequence[Entry], *, by: User, at: datetime
) -> tuple[list[Changed], list[tuple[Entry, DomainError]]]:
    """What saving each entry does to its row, in memory: those that change, and those that are refused, with why.

    The caller has asked whether `by` enters for the units.
    """
    held = holds.holds_of(entry.achievement.pk for entry in entries)
    changed, refused = [], []
    for entry in entries:
        row = entry.achievement
        due_at = row.due_at()
        try:
            before = change(row, entry.changes, version=entry.version, held=held.get(row.pk), by=by, at=at)
        except DomainError as error:
            refused.append((entry, error))
            continue
        if before is not None:
            changed.append(Changed(row, before, due_at))
    habits.learn([one.achievement for one in changed if one.achievement.usual is None])
    return changed, refused


def write(changed: Sequence[Changed], *, by: User, at: datetime) -> None:
    """Write what `change_all` did to locked rows, with an audit entry each. Raises DomainError `closed` if it is late.

    Inside the caller's transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Rows are written in the transaction that locked them.")
    if not changed:
        return
    Achievement.objects.bulk_create(  # one statement for hundreds of rows; `bulk_update` takes five times as long
        [one.achievement for one in changed],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(SAVED),
        batch_size=BATCH,
    )
    audit.record_many(_acts(changed), by=by, at=at, verb=SAVE_VERB)
    require_still_open(min(one.due_at for one in changed))


def _acts(changed: Iterable[Changed]) -> Iterable[audit.Act]:
    for one in changed:
        yield audit.Act(one.achievement, one.before, audit.snapshot(one.achievement, *AUDITED))
