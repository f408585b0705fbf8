"""The rows of open quarters follow the set that is in force."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import holds, lineage, workflow
from indicators.models import Achievement, Assignment, Comment, Decree, Evidence, Indicator, Quarter
from indicators.quarters import ends_on
from kinerjaku import audit
from kinerjaku.errors import DomainError

from .achievement import Stale, locked, locked_rows, require_row_open, require_still_open
from .catalogue import recompute


def settle(quarters: Iterable[Quarter], *, by: User | None, at: datetime) -> None:
    """Give every indicator in force its row, once; the caller has locked the quarters.

    A row nobody has touched moves to the version in force, or goes if its indicator was dropped. What was typed or
    handed in stays with the version it was made under, and that version needs no second row. Twice changes nothing.
    """
    stale = [(quarter, _untouched_and_replaced(quarter)) for quarter in quarters]
    for quarter, rows in stale:
        _settle(quarter, rows, by=by, at=at)


def _untouched_and_replaced(quarter: Quarter) -> list[Achievement]:
    """Locked, so that somebody who is just saving is either before this or sees the row moved."""
    in_force = Decree.objects.in_force(quarter.year, ends_on(quarter.year, quarter.number))
    untouched = Achievement.objects.filter(quarter=quarter, state=Achievement.State.EMPTY, file_count=0)
    return locked_rows(untouched.exclude(indicator__decree__in=in_force))


def _settle(quarter: Quarter, stale: list[Achievement], *, by: User | None, at: datetime) -> None:
    due = Indicator.objects.due_in(quarter.year, quarter.number)
    without = list(due.exclude(achievements__quarter=quarter).only("pk", "unit_id"))
    if not without and not stale:
        return
    present = list(Achievement.objects.filter(quarter=quarter).values_list("indicator_id", flat=True))
    origin = lineage.origins([*present, *(one.pk for one in without)])
    wanting = {origin[one.pk]: one for one in without}
    bound = {row.pk for row in _bound(stale)}
    for row in stale:
        successor = wanting.pop(origin[row.indicator_id], None)
        if successor is not None and successor.unit_id == row.unit_id:
            _move(row, successor, by=by, at=at)
        elif successor is None and row.pk not in bound:
            _remove(row, by=by, at=at)
            present.remove(row.indicator_id)
    kept = {origin[pk] for pk in present}
    Achievement.objects.bulk_create(
        [
            Achievement(indicator=one, quarter=quarter, unit_id=one.unit_id)
            for first, one in wanting.items()
            if first not in kept
        ],
        ignore_conflicts=True,
    )


def _bound(rows: list[Achievement]) -> list[Achievement]:
    """Those that a collection round, a file or a comment refers to stay, as rows of the earlier version."""
    found = Achievement.objects.filter(pk__in=[row.pk for row in rows])
    refer = (Assignment, Evidence, Comment)
    return list(found.filter(reduce(or_, (Exists(one.objects.filter(achievement=OuterRef("pk"))) for one in refer))))


def _move(row: Achievement, successor: Indicator, *, by: User | None, at: datetime) -> None:
    before = audit.snapshot(row, "indicator_id")
    row.indicator = successor
    row.version += 1  # whoever has the old table open is told before they save
    row.save(update_fields=["indicator", "version"])
    slots = {slot.name: slot for slot in successor.evidence_slots.all()}
    for file in row.evidence.filter(slot__isnull=False).select_related("slot"):  # removed ones: what they were
        file.slot = slots.get(file.slot.name)
        file.save(update_fields=["slot"])
    after = audit.snapshot(row, "indicator_id")
    audit.record(by=by, at=at, verb="pindahkan ke versi keputusan", target=row, before=before, after=after)


@transaction.atomic
def adopt(achievement_id: int, *, version: int, by: User, at: datetime) -> Achievement:
    """Somebody who fills in a row of an earlier version takes the version in force: what was typed stays and is
    computed by it. Raises Stale, DomainError `closed`, `wrong_state`, `in_force`, `dropped`, `row_there`."""
    row = locked(achievement_id)
    policy.require(by, Verb.ENTER, row.unit)
    require_row_open(row, at)
    holds.require_free(row, by=by)
    if row.state not in workflow.EDITABLE:
        raise DomainError("Baris yang sudah dikirim memakai keputusan saat dikirim.", code="wrong_state", status=409)
    if version != row.version:
        raise Stale(row, by=by)
    due = Indicator.objects.due_in(row.quarter.year, row.quarter.number).filter(unit=row.unit)
    if due.filter(pk=row.indicator_id).exists():
        raise DomainError("Baris ini sudah memakai keputusan yang berlaku.", code="in_force", status=409)
    first = lineage.origins([row.indicator_id, *(one.pk for one in due)])
    successor = next((one for one in due if first[one.pk] == first[row.indicator_id]), None)
    if successor is None:
        raise DomainError(
            "Indikator ini tidak ada lagi pada keputusan yang berlaku. Tanyakan kepada Biro Perencanaan apakah tetap "
            "dilaporkan.",
            code="dropped",
            status=409,
        )
    if Achievement.objects.filter(quarter=row.quarter, indicator=successor).exists():
        raise DomainError("Baris menurut keputusan yang berlaku sudah ada.", code="row_there", status=409)
    due_at = row.due_at()
    _move(row, successor, by=by, at=at)
    recompute(successor, only=row.pk)  # that one alone: other rows are not locked after the audit chain
    require_still_open(due_at)
    return Achievement.objects.for_pages().get(pk=row.pk)


def _remove(row: Achievement, *, by: User | None, at: datetime) -> None:
    before = audit.snapshot(row, "indicator_id", "quarter_id", "unit_id")
    audit.record(by=by, at=at, verb="hapus baris kosong", target=row, before=before)
    row.delete()
