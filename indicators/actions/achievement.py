"""Writing achievements: save, submit, withdraw; and, for verification, return, verify, reopen."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from indicators import habits, holds, results, workflow
from indicators.checklist import Missing, missing_before_submit
from indicators.models import Achievement, Assignment, CollectionRound, Quarter, Submission
from indicators.models.achievement import AchievementQuerySet
from indicators.scheme import DEFAULT
from indicators.workflow import Action
from kinerjaku import audit, clock, documents
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure
from kinerjaku.models import Document

from .figures import FIELDS, apply, compute

AUDITED = ("state", "version", "values", "actual", "percent", *FIELDS)
SAVED = (*AUDITED, "actual_problem", "usual", "saved_at", "saved_by", "is_mended")
_SENT = ("submitted_at", "submitted_by", "submitted_version", "sent")
SAVE_VERB = "simpan capaian"
MOST_TO_MEND = timedelta(days=62)  # a return that waits longer holds the whole worksheet up


class Stale(DomainError):
    """Somebody else saved first; `current` is what they saved."""

    def __init__(self, current: Achievement, *, by: User) -> None:
        own = current.saved_by_id == by.pk
        self.current = current
        self.who = "Anda sendiri, di tab atau perangkat lain" if own else str(current.saved_by or "orang lain")
        super().__init__(
            f"Baris ini sudah diubah {self.who}. Bandingkan kedua isian, lalu simpan lagi jika isian ini yang benar.",
            code="stale",
            status=409,
        )


class Incomplete(DomainError):
    """Not everything is there yet; `missing` says what."""

    def __init__(self, missing: list[Missing]) -> None:
        super().__init__(f"Masih ada {len(missing)} hal yang perlu dilengkapi sebelum dikirim.", code="incomplete")
        self.missing = missing


class Changed(DomainError):
    """What is about to be sent is not what was shown."""

    def __init__(self) -> None:
        super().__init__(
            "Isian berubah sejak halaman ini dibuka, jadi belum dikirim. Periksa sekali lagi, lalu kirim.",
            code="stale",
            status=409,
        )


@transaction.atomic
def save(achievement_id: int, changes: Mapping[str, Any], *, version: int, by: User, at: datetime) -> Achievement:
    """Save what was typed into a row and compute it anew.

    `changes`: any of FIELDS, and `values` (variable code -> Decimal or None; codes that are not named stay).
    `version` is the one the person saw. Raises Stale, or DomainError `closed`, `not_yet_open`, `in_round`,
    `wrong_state`, `unknown_field`.
    """
    achievement = locked(achievement_id)
    policy.require(by, Verb.ENTER, achievement.unit)
    held = holds.holds_of([achievement.pk]).get(achievement.pk) if achievement.is_held else None
    before = change(achievement, changes, version=version, held=held, by=by, at=at)
    if before is None:
        return achievement
    if achievement.usual is None:  # its first save: later ones ask nothing
        habits.learn([achievement])
    achievement.save(update_fields=SAVED)
    after = audit.snapshot(achievement, *AUDITED)
    audit.record(by=by, at=at, verb=SAVE_VERB, target=achievement, before=before, after=after)
    require_row_open(achievement, clock.now())  # began in time and ends late: late
    return achievement


def change(
    row: Achievement, changes: Mapping[str, Any], *, version: int, held: Assignment | None, by: User, at: datetime
) -> dict[str, Any] | None:
    """What a save does to a row, short of the rights and of writing it: what it was before, None if nothing changed.
    `held` is the assignment by which an open round has the row. Raises as `save`."""
    require_row_open(row, at)
    holds.require_not_held(held, by=by)
    action = Action.RESAVE if row.state == Achievement.State.RETURNED else Action.SAVE
    state = workflow.next_state(row.state, action)
    if version != row.version:
        raise Stale(row, by=by)
    before = audit.snapshot(row, *AUDITED)
    apply(row, changes)
    compute(row)
    if all(getattr(row, name) == before[name] for name in ("values", *FIELDS)):
        return None
    row.state = state
    row.version += 1
    row.saved_at, row.saved_by, row.is_mended = at, by, True
    return before


@transaction.atomic
def submit(
    quarter_id: int,
    unit: WorkUnit,
    *,
    by: User,
    at: datetime,
    seen: str | None = None,
    collected: Collection[int] | None = None,
    attestations: Sequence[dict[str, Any]] = (),
) -> Submission:
    """Send the unit's quarter (or only the rows that were returned); gives the receipt.

    `seen` is the `fingerprint` of what the person was shown: other rows than those are not sent (`Changed`).
    `collected`: the rows of the round that sends them, with those who attest them; a row in an open round is sent by
    nothing else. Raises Incomplete, DomainError `in_round`.
    """
    policy.require(by, Verb.SUBMIT, unit)
    quarter = Quarter.objects.get(pk=quarter_id)
    pks = [row.pk for row in locked_rows(Achievement.objects.of(quarter, unit)) if row.state in workflow.EDITABLE]
    editable = list(Achievement.objects.filter(pk__in=pks).for_pages().order_by("indicator__no"))
    rows = still_open(editable, at)
    rows = holds.not_collected(rows) if collected is None else [row for row in rows if row.pk in collected]
    if not rows:
        for row in editable:
            require_row_open(row, at)
        quarter.require_open(unit, at)
        raise DomainError(
            "Tidak ada baris yang perlu dikirim. Semua sudah terkirim.", code="nothing_to_send", status=409
        )
    due_at = min(row.due_at() for row in rows)
    missing = missing_before_submit(rows)
    if missing:
        raise Incomplete(missing)
    if seen not in (None, fingerprint(rows)):
        raise Changed
    for row in rows:
        before = audit.snapshot(row, "state", "version")
        row.state = workflow.next_state(row.state, Action.SUBMIT)
        row.submitted_at, row.submitted_by = at, by
        row.return_due_at = None
        row.submitted_version, row.sent = row.version, row_content(row)
        row.save(update_fields=["state", "return_due_at", *_SENT])
        after = audit.snapshot(row, "state", "version")
        audit.record(by=by, at=at, verb="kirim capaian", target=row, before=before, after=after)
    submission = _receipt(quarter, unit, rows, attestations, by=by, at=at)
    audit.record(by=by, at=at, verb="terbitkan tanda terima", target=submission, after={"number": submission.number})
    _tell_verifiers(submission, at=at)
    require_still_open(due_at)
    return submission


def fingerprint(rows: Iterable[Achievement]) -> str:
    """Of rows with their evidence: SHA-256, other as soon as one of them changes, moves, comes or goes."""
    facts = [[row.pk, row.version, sorted([file.pk, file.slot_id or 0] for file in row.files)] for row in rows]
    return hashlib.sha256(json.dumps(sorted(facts)).encode()).hexdigest()


@transaction.atomic
def withdraw(quarter_id: int, unit: WorkUnit, *, by: User, at: datetime) -> int:
    """Take back what was sent, as long as the quarter is open for the unit. Returns how many rows."""
    policy.require(by, Verb.SUBMIT, unit)
    quarter = Quarter.objects.get(pk=quarter_id)
    quarter.require_open(unit, at)
    signed = CollectionRound.objects.of(quarter, unit).filter(submission__document__voided_at=None)
    if signed.filter(submission__isnull=False).exists() and not policy.can(by, Verb.SIGN_UNIT, unit):
        raise DomainError(
            "Capaian ini diparaf dan ditandatangani lewat pengumpulan data, jadi hanya pejabat unit yang dapat "
            "menariknya.",
            code="signed_round",
            status=403,
        )
    rows = Achievement.objects.of(quarter, unit).filter(state=Achievement.State.SUBMITTED)
    count = 0
    for row in locked_rows(rows):
        before = audit.snapshot(row, "state")
        row.state = workflow.next_state(row.state, Action.WITHDRAW)
        row.submitted_at = row.submitted_by = row.submitted_version = row.sent = None
        row.version += 1  # whoever reviewed it has seen something else
        row.save(update_fields=["state", "version", *_SENT])
        audit.record(by=by, at=at, verb="tarik capaian", target=row, before=before, after=audit.snapshot(row, "state"))
        count += 1
    if not count:
        raise DomainError("Tidak ada capaian terkirim yang dapat ditarik.", code="nothing_to_withdraw", status=409)
    for submission in Submission.objects.filter(quarter=quarter, unit=unit, document__voided_at=None).order_by("pk"):
        documents.void(submission.document, f"Pengiriman ditarik kembali oleh {by.name}.", at=at)
        notices.tell(
            policy.holders(Role.VERIFIER, unit),
            cause=f"withdrawal/{submission.number}",
            subject=f"{unit.name} menarik kembali capaian {quarter}",
            body=f"Pengiriman {submission.number} ditarik kembali untuk diubah. Anda diberi tahu bila dikirim lagi.",
            path=submission.get_absolute_url(),
            at=at,
        )
    require_still_open(quarter.due_at(unit))
    return count


def give_back(achievement: Achievement, *, reason: str, due_at: datetime, by: User, at: datetime) -> None:
    """Reopen one row for its unit until `due_at`. For verification, which has locked the row and asked the policy."""
    if not reason.strip():
        raise DomainError("Tulis alasan pengembalian.", code="reason_missing")
    if due_at <= at:
        raise DomainError("Batas perbaikan harus sesudah saat ini.", code="due_in_the_past")
    if due_at > at + MOST_TO_MEND:
        raise DomainError(
            f"Batas perbaikan paling lama {MOST_TO_MEND.days} hari dari sekarang. Periksa tanggalnya.", code="too_far"
        )
    before = audit.snapshot(achievement, "state", "return_reason", "return_due_at")
    achievement.state = workflow.next_state(achievement.state, Action.RETURN)
    achievement.return_reason, achievement.return_due_at = reason.strip(), due_at
    achievement.is_mended = False
    achievement.save(update_fields=["state", "return_reason", "return_due_at", "is_mended"])
    after = audit.snapshot(achievement, "state", "return_reason", "return_due_at")
    audit.record(
        by=by,
        at=at,
        verb="kembalikan capaian",
        target=achievement,
        before=before,
        after=after,
        reason=reason.strip(),
    )


def mark_verified(achievement: Achievement, *, by: User, at: datetime) -> None:
    """The worksheet is complete. For verification, which has locked the row and asked the policy."""
    _move(achievement, workflow.next_state(achievement.state, Action.VERIFY), "verifikasi capaian", by=by, at=at)


def unmark_verified(achievement: Achievement, *, by: User, at: datetime) -> None:
    """The worksheet was opened again: the row is what it was before."""
    _move(
        achievement,
        workflow.after_reopening(
            was_submitted=achievement.submitted_at is not None,
            is_as_sent=achievement.version == achievement.submitted_version,
        ),
        "buka verifikasi",
        by=by,
        at=at,
    )


def locked(achievement_id: int) -> Achievement:
    """The row under a lock, with its indicator, unit and quarter.

    Read after the lock, not with it: PostgreSQL, having waited, would join the new row to the indicator of before.
    """
    Achievement.objects.select_for_update(no_key=True).only("pk").get(pk=achievement_id)
    row = _writing().get(pk=achievement_id)
    if not row.has_scheme:
        row.quarter.scheme = DEFAULT
    return row


@cache
def _writing() -> AchievementQuerySet:
    """Built once, as every save asks the same: building it takes longer than reading the row."""
    return Achievement.objects.for_writing().with_rules()


def locked_rows(rows: AchievementQuerySet) -> list[Achievement]:
    """All rows at once, before the first audit entry: every act locks its rows first and the audit chain last, so
    that no two of them wait for each other."""
    return list(rows.select_related("unit").select_for_update(no_key=True, of=("self",)).order_by("pk"))


def require_row_open(achievement: Achievement, at: datetime) -> None:
    """The deadline for one row: a returned row has its own, all others have the quarter's."""
    if achievement.state != Achievement.State.RETURNED:
        achievement.quarter.require_open(achievement.unit, at)
    elif at >= achievement.return_due_at:
        raise DomainError(
            f"Batas perbaikan baris ini sudah lewat sejak {said(achievement.return_due_at)}. "
            "Hubungi verifikator unit Anda.",
            code="closed",
            status=409,
        )


def still_open(rows: Iterable[Achievement], at: datetime) -> list[Achievement]:
    """The rows whose own deadline is not over: one that is late does not hold up the others."""
    return [row for row in rows if row.quarter.opens_at <= at < row.due_at()]


def require_still_open(due_at: datetime) -> None:
    """The last step before the commit: an act that began in time and ends late is late."""
    if clock.now() >= due_at:
        raise DomainError(
            f"Batas waktu {said(due_at)} lewat ketika data sedang disimpan. Perubahan ini tidak diterima.",
            code="closed",
            status=409,
        )


def _move(achievement: Achievement, state: str, verb: str, *, by: User, at: datetime) -> None:
    before = audit.snapshot(achievement, "state")
    achievement.state = state
    achievement.save(update_fields=["state"])
    audit.record(by=by, at=at, verb=verb, target=achievement, before=before, after=audit.snapshot(achievement, "state"))


def _receipt(
    quarter: Quarter,
    unit: WorkUnit,
    rows: list[Achievement],
    attestations: Sequence[dict[str, Any]],
    *,
    by: User,
    at: datetime,
) -> Submission:
    sequence = Submission.objects.filter(quarter=quarter, unit=unit).count() + 1
    number = f"TT-{quarter.year}-TW{quarter.number}-{unit.code}-{sequence:02d}"
    content = {
        "number": number,
        "unit": {"code": unit.code, "name": unit.name},
        "quarter": str(quarter),
        "is_example": any(row.indicator.decree.is_example for row in rows),
        "sent_at": at.isoformat(),
        "sent_at_text": said(at),
        "sent_by": {"name": by.name, "position": by.position},
        "rows": [row_content(row) for row in rows],
    }
    title = f"Tanda terima pengiriman capaian {unit.name}, {quarter}"
    document = documents.freeze(Document.Kind.RECEIPT, title, content, at=at, number=number)
    documents.seal(document, list(attestations) or [attestation("Pengirim", by, at)], at=at)
    return Submission.objects.create(
        number=number, quarter=quarter, unit=unit, sequence=sequence, at=at, by=by, document=document
    )


def attestation(party: str, person: User, at: datetime) -> dict[str, Any]:
    """Who stands for a receipt, as it is printed."""
    return {"party": party, "name": person.name, "position": person.position, "at": said(at)}


def row_content(row: Achievement) -> dict[str, Any]:
    """One row as it is frozen in documents: figures as strings, exact; texts ready to print."""
    return {
        "decree": row.indicator.decree.reference,
        "no": row.indicator.no,
        "objective": row.indicator.objective.name,
        "indicator": row.indicator.name,
        "measure": row.indicator.measure,
        "target_text": results.target_text(row.indicator, row.quarter.number),
        "values": row.values,
        "score": None if row.score is None else f"{row.score:f}",
        "score_source": row.score_source,
        "actual": None if row.actual is None else f"{row.actual:f}",
        "actual_text": format_figure(row.actual, 2) or "–",
        "percent": None if row.percent is None else f"{row.percent:f}",
        "percent_text": format_figure(row.percent, 2) or "–",
        "no_result": row.no_result,
        "progress": row.progress,
        "obstacles": row.obstacles,
        "follow_up": row.follow_up,
        "explanation": row.explanation,
        "evidence": [
            {"name": e.name, "sha256": e.sha256, "size": e.size, "slot": e.slot.name if e.slot else ""}
            for e in row.files
        ],
    }


def _tell_verifiers(submission: Submission, *, at: datetime) -> None:
    notices.tell(
        policy.holders(Role.VERIFIER, submission.unit),
        cause=f"submission/{submission.number}",
        subject=f"{submission.unit.name} mengirim capaian {submission.quarter}",
        body=f"{submission.unit.name} mengirim capaian {submission.quarter}. Nomor tanda terima {submission.number}.",
        path=submission.get_absolute_url(),
        at=at,
    )
