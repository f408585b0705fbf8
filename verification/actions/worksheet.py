"""The worksheet: it is made, reviewed row by row, and frozen for signing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from indicators import results
from indicators.actions import achievement as achievements
from indicators.actions.quarter import UNIT_ROLES
from indicators.checklist import unusual
from indicators.models import Achievement, Quarter, ScoringYear
from indicators.scheme import DEFAULT
from indicators.workflow import FILLED_IN
from kinerjaku import audit
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure
from kinerjaku.models import Document
from verification import workflow
from verification.models import Signature, Worksheet, WorksheetRow
from verification.workflow import Action

from . import service, signing

Verdict = WorksheetRow.Verdict
ENTERING = (*FILLED_IN, "kirim capaian", "tarik capaian")
_AUDITED = ("verdict", "verified_actual", "verified_percent", "evidence_fits", "note", "version")


@transaction.atomic
def open_worksheet(quarter: Quarter, unit: WorkUnit, *, by: User | None, at: datetime) -> Worksheet:
    """Make the worksheet once input has closed; twice gives the same. `by` None: the schedule."""
    if by is not None:
        policy.require(by, Verb.VERIFY, unit)
    if at < quarter.due_at(unit):
        raise DomainError(
            f"Lembar kerja dibuat setelah pengisian ditutup, {said(quarter.due_at(unit))}.",
            code="not_closed",
            status=409,
        )
    rows = Achievement.objects.of(quarter, unit)
    if not rows.exists():
        raise DomainError(f"{unit.name} tidak memiliki indikator pada {quarter}.", code="no_rows", status=409)
    worksheet, created = Worksheet.objects.get_or_create(unit=unit, quarter=quarter, defaults={"created_at": at})
    WorksheetRow.objects.bulk_create(
        [WorksheetRow(worksheet=worksheet, achievement=row) for row in rows.filter(worksheet_row=None)],
        ignore_conflicts=True,
    )
    if created:
        service.begin(worksheet, by=by, at=at)
        audit.record(by=by, at=at, verb="buat lembar kerja", target=worksheet)
    return worksheet


def without_worksheet(user: User, at: datetime) -> list[Achievement]:
    """The first row of each unit and quarter for which this verifier can make a worksheet now."""
    rows = Achievement.objects.filter(unit__in=policy.units_for(user, Verb.VERIFY), worksheet_row=None)
    found = rows.filter(quarter__closes_at__lte=at).by_unit_and_quarter().order_by("quarter", "unit__path")
    return [row for row in found if at >= row.quarter.due_at(row.unit)]


@transaction.atomic
def decide(
    row_id: int,
    *,
    verdict: str,
    verified_actual: Decimal | None,
    evidence_fits: bool | None,
    note: str,
    version: int,
    by: User,
    at: datetime,
    claim_version: int | None = None,
) -> WorksheetRow:
    """Find a row conform or nonconform. Conform takes the claimed figure over; nonconform needs a note.

    `version` is the finding and `claim_version` the claim that the verifier saw. Raises DomainError `stale`,
    `note_missing`, `no_claim`, `being_mended`, `outside_scale`.
    """
    row = _reviewable(row_id, version=version, by=by, at=at)
    claim = row.achievement
    if claim_version not in (None, claim.version):
        raise DomainError(
            "Capaian berubah sejak Anda membukanya. Periksa angka yang baru, lalu simpan lagi.",
            code="stale",
            status=409,
        )
    if claim.state == Achievement.State.RETURNED and at < claim.return_due_at:
        raise DomainError(
            f"Baris ini sedang diperbaiki unit sampai {said(claim.return_due_at - timedelta(minutes=1))}.",
            code="being_mended",
            status=409,
        )
    if verdict == Verdict.CONFORM:
        if claim.state != Achievement.State.SUBMITTED:
            raise DomainError("Tidak ada capaian terkirim yang dapat dinyatakan sesuai.", code="no_claim")
        verified_actual = claim.actual
    elif verdict == Verdict.NONCONFORM:
        if not note.strip():
            raise DomainError("Tulis catatan mengapa capaian tidak sesuai.", code="note_missing")
    else:
        raise DomainError("Pilih hasil sesuai atau tidak sesuai.", code="unknown_verdict")
    scheme = ScoringYear.objects.scheme(claim.quarter.year)
    try:
        percent = results.percent_of(claim.indicator, claim.quarter.number, verified_actual, scheme)
    except ValueError as error:
        raise DomainError(str(error), code="outside_scale") from error
    service.found(row.worksheet, by=by, at=at)
    _set(row, verdict, verified_actual, percent, evidence_fits, note, "tinjau baris", by=by, at=at)
    return row


@transaction.atomic
def return_row(row_id: int, *, reason: str, due_at: datetime, version: int, by: User, at: datetime) -> WorksheetRow:
    """Give one row back to the unit with a reason; only this row opens again. `due_at` is too late."""
    row = _reviewable(row_id, version=version, by=by, at=at)
    worksheet = row.worksheet
    service.found(worksheet, by=by, at=at)
    achievements.give_back(row.achievement, reason=reason, due_at=due_at, by=by, at=at)
    _set(row, Verdict.RETURNED, None, None, None, reason, "kembalikan baris", by=by, at=at)
    service.settle(worksheet, at=at)
    notices.tell(
        {user for role in UNIT_ROLES for user in policy.holders(role, worksheet.unit)},
        cause=f"return/{row.pk}/{row.version}",
        subject=f"Capaian {row.achievement.indicator.code}, {worksheet.quarter}, dikembalikan",
        body=f"{row.achievement.indicator.name}: {reason.strip()}\n"
        f"Perbaiki dan kirim lagi paling lambat {said(due_at - timedelta(minutes=1))}.",
        path=row.achievement.get_absolute_url(),
        at=at,
    )
    return row


@transaction.atomic
def accept_plain(worksheet_id: int, *, expected: int, by: User, at: datetime) -> int:
    """Find every plain row conform at once: sent, not yet reviewed, never returned, with evidence, not
    unusual.

    `expected` is the count that the page showed; another one is refused as `stale`.
    """
    worksheet = _locked(worksheet_id, by=by, at=at)
    workflow.next_state(worksheet.state, Action.REVIEW)
    plain = [row for row in rows_of(worksheet) if is_plain(row)]
    if len(plain) != expected:
        raise DomainError(f"Jumlah baris telah berubah menjadi {len(plain)}. Periksa lagi.", code="stale", status=409)
    require_not_own([row.achievement for row in plain], by=by)
    service.found(worksheet, by=by, at=at)
    for row in plain:
        claim = row.achievement
        _set(row, Verdict.CONFORM, claim.actual, claim.percent, True, "", "tinjau baris", by=by, at=at)
    return len(plain)


def is_plain(row: WorksheetRow) -> bool:
    claim = row.achievement
    return (
        row.verdict == Verdict.PENDING
        and claim.state == Achievement.State.SUBMITTED
        and not claim.return_reason
        and claim.actual is not None
        and bool(claim.evidence.all())
        and not unusual(claim)
    )


@dataclass(frozen=True)
class Undecided:
    row: WorksheetRow
    message: str


def missing_before_freeze(rows: list[WorksheetRow], at: datetime) -> list[Undecided]:
    """What keeps the worksheet open: one rule for the guard and the page."""
    missing = []
    for row in rows:
        if row.was_mended:
            missing.append(Undecided(row, "Sudah diperbaiki unit, tinjau ulang."))
        elif row.verdict == Verdict.RETURNED:
            due_at = row.achievement.return_due_at
            over = due_at is not None and at >= due_at
            missing.append(
                Undecided(row, "Batas perbaikan lewat, tetapkan hasilnya." if over else "Menunggu perbaikan unit.")
            )
        elif row.achievement.state in (Achievement.State.EMPTY, Achievement.State.DRAFT):
            missing.append(Undecided(row, "Masih diisi unit dalam masa perpanjangan."))
        elif row.verdict == Verdict.PENDING:
            missing.append(Undecided(row, "Belum ditinjau."))
        elif row.changed_since_review:
            missing.append(Undecided(row, "Berubah sejak ditinjau, tinjau ulang."))
        elif row.evidence_fits is None and row.achievement.evidence.all():
            missing.append(Undecided(row, "Kesesuaian data dukung belum diperiksa."))
    return missing


@transaction.atomic
def freeze(worksheet_id: int, *, seen: str = "", by: User, at: datetime) -> Worksheet:
    """Complete: the content is frozen under a new revision, and the parties are asked to sign. `seen` is the
    `fingerprint` of the rows that were shown; other rows are refused as `stale`."""
    worksheet = _locked(worksheet_id, by=by, at=at)
    workflow.next_state(worksheet.state, Action.FREEZE)
    claims = achievements.locked_rows(Achievement.objects.filter(worksheet_row__worksheet=worksheet))
    rows = rows_of(worksheet)
    missing = missing_before_freeze(rows, at)
    if missing:
        raise DomainError(f"Masih ada {len(missing)} baris yang belum selesai ditinjau.", code="incomplete")
    signing.require_seen(seen, fingerprint(rows))
    require_not_own([row.achievement for row in rows], by=by)
    service.frozen(worksheet, by=by, at=at)
    title = f"Lembar kerja verifikasi capaian kinerja {worksheet.unit.name}, {worksheet.quarter}"
    content = _content(worksheet, rows)
    signing.freeze(worksheet, Document.Kind.WORKSHEET, title, content, parties(worksheet.unit), by=by, at=at)
    for claim in claims:
        achievements.mark_verified(claim, by=by, at=at)
    return worksheet


def fingerprint(rows: Iterable[WorksheetRow]) -> str:
    """Of the findings and the claims they are about."""
    return signing.fingerprint([row.pk, row.version, row.achievement.version] for row in rows)


def parties(unit: WorkUnit) -> list[tuple[Signature.Party, WorkUnit]]:
    """Who signs, in order [L 5]: the verifier, the unit of Eselon II (if it is one), its Eselon I."""
    level_one = unit.level_one()
    signing = [(Signature.Party.VERIFIER, unit)]
    if unit != level_one:
        signing.append((Signature.Party.LEVEL_TWO, unit))
    return [*signing, (Signature.Party.LEVEL_ONE, level_one)]


def rows_of(worksheet: Worksheet) -> list[WorksheetRow]:
    """The rows in order, each with its achievement and all that a page or document shows of it."""
    claims = {row.pk: row for row in Achievement.objects.filter(worksheet_row__worksheet=worksheet).for_pages()}
    rows = list(worksheet.rows.select_related("decided_by").order_by("achievement__indicator__no"))
    for row in rows:
        row.achievement = claims[row.achievement_id].as_sent()
        row.worksheet = worksheet
    return rows


def result_of(rows: list[WorksheetRow]) -> results.UnitResult:
    """Objective and unit scores from the verified achievements, by the rules of their year."""
    scheme = ScoringYear.objects.scheme(rows[0].worksheet.quarter.year) if rows else DEFAULT
    return results.unit_result(((row.achievement.indicator, row.verified_percent) for row in rows), scheme)


def entered(by: User, claims: Iterable[Achievement]) -> bool:
    """Whether the person had a hand in any of these claims: typed, proved or sent it."""
    return audit.acted_on(by, ENTERING, Achievement, [claim.pk for claim in claims])


def require_not_own(claims: Iterable[Achievement], *, by: User) -> None:
    """Nobody verifies what they entered themselves (domain guide 1)."""
    if entered(by, claims):
        raise PermissionDenied("Anda ikut mengisi capaian ini, jadi tidak dapat memverifikasinya.")


def _require_none_own(worksheet: Worksheet, *, by: User) -> None:
    require_not_own(Achievement.objects.filter(worksheet_row__worksheet=worksheet), by=by)


def _signed(worksheet: Worksheet, *, by: User, at: datetime) -> None:
    service.signed(worksheet, by=by, at=at)
    notices.tell(
        policy.holders(Role.KAROREN),
        cause=f"signed/{worksheet.pk}/{worksheet.revision}",
        subject=f"{worksheet} selesai ditandatangani",
        body=f"Lembar kerja {worksheet.quarter} {worksheet.unit.name} lengkap. Nota dinas dapat diterbitkan.",
        path=worksheet.get_absolute_url(),
        at=at,
    )


def _opened_again(worksheet: Worksheet, reason: str, *, by: User, at: datetime) -> None:
    claims = achievements.locked_rows(Achievement.objects.filter(worksheet_row__worksheet=worksheet))
    service.opened_again(worksheet, reason, by=by, at=at)
    for claim in claims:
        achievements.unmark_verified(claim, by=by, at=at)


def _found_by(worksheet: Worksheet, user: User) -> bool:
    rows = list(worksheet.rows.values_list("pk", flat=True))
    return audit.acted_on(user, ("tinjau baris", "kembalikan baris"), WorksheetRow, rows)


signing.register(Worksheet, signing.Kind(service.settle, _require_none_own, _found_by, _signed, _opened_again))


def _locked(worksheet_id: int, *, by: User, at: datetime) -> Worksheet:
    worksheet = Worksheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=worksheet_id)
    policy.require(by, Verb.VERIFY, worksheet.unit)
    service.settle(worksheet, at=at)
    return worksheet


def _reviewable(row_id: int, *, version: int, by: User, at: datetime) -> WorksheetRow:
    row = WorksheetRow.objects.get(pk=row_id)
    worksheet = _locked(row.worksheet_id, by=by, at=at)
    workflow.next_state(worksheet.state, Action.REVIEW)
    row = WorksheetRow.objects.select_for_update(no_key=True).get(pk=row_id)
    row.worksheet = worksheet
    row.achievement = achievements.locked(row.achievement_id)
    if row.version != version:
        raise DomainError(
            "Baris ini sudah ditinjau orang lain. Muat ulang untuk melihat hasilnya.",
            code="stale",
            status=409,
        )
    require_not_own([row.achievement], by=by)
    return row


def _set(
    row: WorksheetRow,
    verdict: str,
    actual: Decimal | None,
    percent: Decimal | None,
    evidence_fits: bool | None,
    note: str,
    verb: str,
    *,
    by: User,
    at: datetime,
) -> None:
    before = audit.snapshot(row, *_AUDITED)
    row.verdict, row.verified_actual, row.verified_percent = verdict, actual, percent
    row.evidence_fits, row.note = evidence_fits, note.strip()
    row.reviewed_version, row.version = row.achievement.version, row.version + 1
    row.decided_at, row.decided_by = at, by
    row.save()
    audit.record(by=by, at=at, verb=verb, target=row, before=before, after=audit.snapshot(row, *_AUDITED))


def _content(worksheet: Worksheet, rows: list[WorksheetRow]) -> dict[str, Any]:
    result = result_of(rows)
    return {
        "unit": {
            "code": worksheet.unit.code,
            "name": worksheet.unit.name,
            "head_title": worksheet.unit.head_title,
        },
        "quarter": str(worksheet.quarter),
        "is_example": any(row.achievement.indicator.decree.is_example for row in rows),
        "rows": [_row_content(row) for row in rows],
        "objectives": [
            {"name": found.objective.name, "score_text": format_figure(found.score, 2) or "–"}
            for found in result.objectives
        ],
        "unit_score_text": format_figure(result.score, 2) or "–",
    }


def _claim(claim: Achievement) -> dict[str, Any]:
    """What the receipt says, where the unit has gone on typing after it."""
    is_as_sent = claim.sent is None or claim.version == claim.submitted_version
    return achievements.row_content(claim) if is_as_sent else claim.sent


def _row_content(row: WorksheetRow) -> dict[str, Any]:
    return {
        **_claim(row.achievement),
        "was_entered": row.achievement.submitted_at is not None,
        "verdict": row.verdict,
        "verdict_text": row.get_verdict_display(),
        "verified_actual": None if row.verified_actual is None else f"{row.verified_actual:f}",
        "verified_actual_text": format_figure(row.verified_actual, 2) or "–",
        "verified_percent": None if row.verified_percent is None else f"{row.verified_percent:f}",
        "verified_percent_text": format_figure(row.verified_percent, 2) or "–",
        "evidence_fits": row.evidence_fits,
        "note": row.note,
    }
