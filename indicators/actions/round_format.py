"""Steps 1 to 3 of a round [S]: staff drafts who fills in what by when, the Kasubag corrects it, staff hands it out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from indicators import quarters
from indicators.models import Achievement, Assignment, CollectionRound, Stage
from kinerjaku import audit
from kinerjaku.clock import said_day
from kinerjaku.errors import DomainError
from services import requirements
from services.actions import case as cases

from . import round as rounds
from .achievement import locked_rows

DRAFTED = "susun format"  # whoever did it does not correct it [S 2]
FORMAT = (Stage.DRAFT, Stage.CORRECT, Stage.HAND_OUT)


@dataclass(frozen=True)
class Line:
    """What was typed about one assignment."""

    assignment: int
    official: int | None
    due_on: date | None
    instruction: str = ""


@dataclass(frozen=True)
class Fault:
    assignment: int
    field: str
    message: str


class Faulty(DomainError):
    """The format cannot go on like this; `faults` says where."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"Masih ada {len(faults)} hal yang perlu diperbaiki pada format ini.", code="faulty")
        self.faults = faults


@transaction.atomic
def save(round_id: int, lines: Iterable[Line], *, version: int, by: User, at: datetime) -> CollectionRound:
    """Keep the format as it is typed, complete or not. Raises Faulty, DomainError `stale`, `wrong_step`."""
    found = rounds.locked(round_id, *FORMAT, by=by, at=at)
    return _keep(found, lines, version=version, by=by, at=at)


@transaction.atomic
def send(round_id: int, lines: Iterable[Line], *, version: int, by: User, at: datetime) -> CollectionRound:
    """Step 1 is done: the Kasubag corrects the draft. Raises Faulty."""
    found = rounds.locked(round_id, Stage.DRAFT, by=by, at=at)
    found = _keep(found, lines, version=version, by=by, at=at)
    _require_whole(found, at)
    found.drafted_by = by
    found.save(update_fields=["drafted_by"])
    audit.record(by=by, at=at, verb="kirim format untuk dikoreksi", target=found)
    found = rounds.move_on(found, by=by, at=at)
    rounds.tell_turn(found, "Koreksi format", f"{by} menyusun format data kinerja.", by=by, at=at)
    return found


@transaction.atomic
def approve(round_id: int, lines: Iterable[Line], *, version: int, by: User, at: datetime) -> CollectionRound:
    """Step 2 is done: the format, with what the Kasubag corrected in it, is used [S 2]. Raises Faulty, DomainError
    `own_draft`: who drafted does not correct."""
    found = rounds.locked(round_id, Stage.CORRECT, by=by, at=at)
    if found.drafted_by_id == by.pk or audit.acted_on(by, (DRAFTED,), CollectionRound, [found.pk]):
        raise DomainError(
            "Format ini Anda sendiri yang menyusun, jadi dikoreksi Kasubag lain. "
            "Atau kembalikan agar staf yang menyusun.",
            code="own_draft",
            status=409,
        )
    found = _keep(found, lines, version=version, by=by, at=at)
    _require_whole(found, at)
    audit.record(by=by, at=at, verb="setujui format", target=found)
    found = rounds.move_on(found, by=by, at=at)
    rounds.tell_turn(found, "Bagikan format", f"{by} menyetujui format data kinerja.", by=by, at=at)
    return found


@transaction.atomic
def send_back(round_id: int, *, reason: str, by: User, at: datetime) -> CollectionRound:
    """The draft is wrong: back to the staff [S 2]. Raises DomainError `reason_missing`."""
    found = rounds.locked(round_id, Stage.CORRECT, by=by, at=at)
    cases.carry_back(found.case_id, reason=reason, by=by, at=at)
    audit.record(by=by, at=at, verb="kembalikan format", target=found, reason=reason.strip())
    found = CollectionRound.objects.for_pages().get(pk=round_id)
    rounds.tell_turn(found, "Perbaiki format", f"{by} mengembalikan format: {reason.strip()}", by=by, at=at)
    return found


@transaction.atomic
def hand_out(round_id: int, lines: Iterable[Line], *, version: int, by: User, at: datetime) -> CollectionRound:
    """Step 3 is done: from now on each row is its official's alone, and everybody is told of theirs.

    Only the dates can still be changed. Raises Faulty, DomainError `requirement_unmet` (the quarter is not over).
    """
    found = rounds.locked(round_id, Stage.HAND_OUT, by=by, at=at)
    found.quarter.require_open(found.unit, at)
    requirements.require_met(found.case, Stage.FILL, at)
    locked_rows(Achievement.objects.filter(assignments__round=found))
    found = _keep(found, lines, version=version, by=by, at=at)
    _require_whole(found, at)
    audit.record(by=by, at=at, verb="bagikan format", target=found)
    found = rounds.move_on(found, by=by, at=at)
    given: dict[User, list[Assignment]] = {}
    for one in found.assignments.select_related("official"):
        given.setdefault(one.official, []).append(one)
    for official, own in given.items():
        due_on = said_day(min(one.due_on for one in own))
        body = (
            f"{len(own)} indikator ditugaskan kepada Anda. Isi, lalu kembalikan formulir Anda paling lambat {due_on}."
        )
        rounds.tell(found, [official], f"Isi {len(own)} capaian", body, by=None, at=at)
    return found


def faults(found: CollectionRound, at: datetime) -> list[Fault]:
    """What keeps the format from going on: a row without its official, or without a date that can be kept."""
    today, last = at.astimezone(quarters.WIB).date(), quarters.last_day(found.quarter.due_at(found.unit))
    known = {person.pk for person in rounds.officials_of(found.unit)}
    listed = []
    for one in found.assignments.order_by("achievement__indicator__no", "pk"):
        if one.official_id not in known:
            words = (
                "Pilih pejabat yang mengisi." if one.official_id is None else "Orang ini tidak lagi mengisi untuk unit."
            )
            listed.append(Fault(one.pk, "official", words))
        if one.due_on is None:
            listed.append(Fault(one.pk, "due_on", "Isi batas pengisian."))
        elif not today <= one.due_on <= last:
            words = f"Pilih tanggal dari {said_day(today)} sampai {said_day(last)}."
            listed.append(Fault(one.pk, "due_on", words))
    return listed


def _require_whole(found: CollectionRound, at: datetime) -> None:
    if lacking := faults(found, at):
        raise Faulty(lacking)


def _keep(found: CollectionRound, lines: Iterable[Line], *, version: int, by: User, at: datetime) -> CollectionRound:
    """Store what differs. In step 3 the corrected format stays, but for its dates."""
    if version != found.version:
        raise DomainError(
            "Format ini sudah diubah orang lain. Bandingkan isian Anda dengan yang tersimpan, lalu simpan lagi.",
            code="stale",
            status=409,
        )
    stored = {one.pk: one for one in found.assignments.select_related("achievement__indicator")}
    known = {person.pk: person for person in rounds.officials_of(found.unit)}
    before, after, changed = {}, {}, []
    for line in lines:
        one = stored[line.assignment]
        old = one.facts()
        if line.official is not None and line.official not in known and line.official != one.official_id:
            raise Faulty([Fault(one.pk, "official", "Pilih pejabat dari daftar.")])
        one.due_on = line.due_on
        if found.stage != Stage.HAND_OUT:
            one.official_id, one.instruction = line.official, line.instruction.strip()
        if one.facts() != old:
            one.save(update_fields=["official", "due_on", "instruction"])
            changed.append(one)
            before[str(one.achievement.indicator.no)], after[str(one.achievement.indicator.no)] = old, one.facts()
    fresh = Achievement.objects.of(found.quarter, found.unit).filter(state__in=rounds.UNSENT)
    late = list(fresh.exclude(assignments__round=found)) if found.stage == Stage.DRAFT else []
    rounds.give_out(found, late, at=at)  # an indicator that came after the round was opened
    if after or late:
        found.version += 1
        found.save(update_fields=["version"])
        said = _said(changed, known) | ({"indikator baru": len(late)} if late else {})
        audit.record(
            by=by,
            at=at,
            verb=DRAFTED if found.stage == Stage.DRAFT else "ubah format",
            target=found,
            before={"assignments": before},
            after={"assignments": after, **said},
        )
    return found


def _said(changed: list[Assignment], known: dict[int, User]) -> dict[str, str]:
    """What people read of it in the history: the indicators together that were given alike."""
    alike: dict[tuple[str, str, str], list[int]] = {}
    for one in changed:
        who = str(known.get(one.official_id or 0, "belum ada pejabat"))
        when = said_day(one.due_on) if one.due_on else "belum ada batas"
        alike.setdefault((who, when, one.instruction), []).append(one.achievement.indicator.no)
    return {
        f"Indikator {', '.join(map(str, sorted(numbers)))}": ", ".join(filter(None, facts))
        for facts, numbers in alike.items()
    }
