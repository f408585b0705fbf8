"""The validation of proposed indicators [M 3.1]: the validators of the bureau and of Itjen find each proposal valid or
not, and the result is frozen for signing. The unit's part is in matrix.py. Each act moves the case.

Every act locks the sheet, then its case, then rows, and the audit chain last.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import UNIT_ROLES, Role
from kinerjaku import audit
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure
from kinerjaku.models import Document
from services import turns
from services.actions import case as cases
from services.models import Case, Standard, Step
from verification import workflow
from verification.models import Proposal, Signature, ValidationSheet
from verification.workflow import Action

from . import signing

MATRIX, VALIDATION, SIGNATURES, LETTER = 3, 4, 5, 6  # the steps of the service
Verdict = Proposal.Verdict
SAVED, COPIED, REMOVED, SENT = "simpan usulan", "salin usulan", "hapus usulan", "kirim matriks usulan"


@turns.begins_with_case(Standard.Key.VALIDATION)
def begin(case: Case, *, by: User | None, at: datetime) -> None:
    """The sheet of a validation begins with its case, unless its standard is walked by hand."""
    if not case.standard.steps.filter(mover=Step.Mover.WORKSHEET).exists():
        return
    if case.quarter is not None:
        raise DomainError("Usulan indikator divalidasi untuk satu tahun penuh. Kosongkan triwulannya.", code="no_year")
    year = case.year or at.year + 1
    others = ValidationSheet.objects.filter(unit=case.unit, year=year, case__state=Case.State.OPEN)
    if others.exists():  # two at once of one subject are one case
        raise DomainError(
            f"Validasi usulan indikator {case.unit.name} {year} sedang berjalan. Lanjutkan lembar kerja itu.",
            code="already_validated",
            status=409,
        )
    sheet = ValidationSheet.objects.create(case=case, unit=case.unit, year=year, created_at=at)
    audit.record(by=by, at=at, verb="buat lembar kerja validasi", target=sheet)


def is_with_unit(case: Case) -> bool:
    return case.state == Case.State.OPEN and case.step.order <= MATRIX


def is_with_validators(case: Case) -> bool:
    return case.state == Case.State.OPEN and case.step.order == VALIDATION


@transaction.atomic
def decide(row_id: int, *, verdict: str, note: str, version: int, by: User, at: datetime) -> Proposal:
    """Find a proposal valid or not; not valid needs a note. `version` is the row that was seen.

    Raises DomainError `not_your_turn`, `stale`, `note_missing`, `unknown_verdict`, `wrong_state`.
    """
    sheet = _for_validators(Proposal.objects.get(pk=row_id).sheet_id, by=by, at=at)
    row = sheet.rows.select_for_update(no_key=True).get(pk=row_id)
    if row.version != version:
        raise DomainError(
            "Usulan ini sudah divalidasi orang lain. Periksa yang tersimpan, lalu simpan lagi.",
            code="stale",
            status=409,
        )
    if verdict not in Proposal.FINAL:
        raise DomainError("Pilih hasil valid atau tidak valid.", code="unknown_verdict")
    if verdict == Verdict.INVALID and not note.strip():
        raise DomainError("Tulis catatan mengapa usulan tidak valid.", code="note_missing")
    _find(row, verdict, note, by=by, at=at)
    return row


@transaction.atomic
def accept_rest(sheet_id: int, *, expected: int, by: User, at: datetime) -> int:
    """Find every proposal valid that nobody has looked at or noted anything about. `expected` is the count that the
    page showed; another one is refused as `stale`."""
    sheet = _for_validators(sheet_id, by=by, at=at)
    rows = [row for row in sheet.rows.select_for_update(no_key=True).order_by("no") if is_plain(row)]
    if len(rows) != expected:
        raise DomainError(f"Jumlah usulan telah berubah menjadi {len(rows)}. Periksa lagi.", code="stale", status=409)
    for row in rows:
        _find(row, Verdict.VALID, "", by=by, at=at)
    audit.record(by=by, at=at, verb="terima usulan sekaligus", target=sheet, after={"accepted": len(rows)})
    return len(rows)


def is_plain(row: Proposal) -> bool:
    return row.verdict == Verdict.PENDING and not row.note


@transaction.atomic
def give_back(sheet_id: int, *, reason: str, by: User, at: datetime) -> ValidationSheet:
    """The unit mends the matrix: the clock of the promise waits, for its third step is the unit's."""
    sheet = _for_validators(sheet_id, by=by, at=at)
    if not reason.strip():
        raise DomainError("Tulis apa yang perlu diperbaiki unit.", code="reason_missing")
    sheet.return_reason = reason.strip()
    sheet.save(update_fields=["return_reason"])
    cases.carry_back(sheet.case_id, reason=reason, by=by, at=at)
    audit.record(by=by, at=at, verb="kembalikan matriks usulan", target=sheet, reason=reason.strip())
    notices.tell(
        {user for role in UNIT_ROLES for user in policy.holders(role, sheet.unit)},
        cause=f"validation/{sheet.pk}/returned/{at.isoformat()}",
        subject=f"Matriks usulan indikator {sheet.year} dikembalikan",
        body=f"Perbaiki lalu kirim lagi. {reason.strip()}",
        path=sheet.get_absolute_url(),
        at=at,
    )
    return sheet


@transaction.atomic
def freeze(sheet_id: int, *, seen: str = "", by: User, at: datetime) -> ValidationSheet:
    """Every proposal is decided: the result is frozen, and the bureau, Itjen and the unit are asked to sign. `seen` is
    the `fingerprint` of the rows that were shown; other rows are refused as `stale`."""
    sheet = _for_validators(sheet_id, by=by, at=at)
    policy.require(by, Verb.VERIFY, sheet.unit)
    rows = list(sheet.rows.select_for_update(no_key=True).order_by("no"))
    undecided = [row for row in rows if not row.is_decided]
    if undecided:
        raise DomainError(f"Masih ada {len(undecided)} usulan yang belum divalidasi.", code="incomplete")
    signing.require_seen(seen, fingerprint(rows))
    cases.carry(sheet.case_id, through=VALIDATION, by=by, at=at)
    title = f"Lembar kerja validasi indikator kinerja {sheet.unit.name}, usulan {sheet.year}"
    signing.freeze(
        sheet, Document.Kind.VALIDATION, title, _content(sheet, rows, by=by), parties(sheet.unit), by=by, at=at
    )
    return sheet


def fingerprint(rows: Iterable[Proposal]) -> str:
    """Of the matrix with its findings: another one as soon as a row changes, comes or goes."""
    return signing.fingerprint([row.pk, row.no, row.version] for row in rows)


def parties(unit: WorkUnit) -> list[tuple[Signature.Party, WorkUnit]]:
    """Who signs, in order [M 3.1 step 5]: the validators of the bureau and of Itjen, and the unit's representative."""
    Party = Signature.Party
    own = Party.LEVEL_ONE if unit.level == WorkUnit.Level.ONE else Party.LEVEL_TWO
    return [(Party.VALIDATOR, unit), (Party.ITJEN, unit), (own, unit)]


def entered(by: User, sheet: ValidationSheet) -> bool:
    """Whether the person had a hand in what the unit proposes, or proposed."""
    rows = [*sheet.rows.values_list("pk", flat=True), *sheet.removed]
    return audit.acted_on(by, (SAVED,), Proposal, rows) or audit.acted_on(
        by, (COPIED, REMOVED, SENT), ValidationSheet, [sheet.pk]
    )


def require_not_own(sheet: ValidationSheet, *, by: User) -> None:
    """Nobody validates what they entered themselves (domain guide 1)."""
    if entered(by, sheet):
        raise PermissionDenied("Anda ikut mengisi matriks ini, jadi tidak dapat memvalidasinya.")


def letter_issued(sheet: ValidationSheet, *, by: User, at: datetime) -> None:
    """The nota dinas with the result ends the service [M 3.1 step 6]. For reporting, which has locked the sheet and
    asked the policy."""
    _settle(sheet, at=at)
    signing.mark_reported(sheet, by=by, at=at)
    cases.carry(sheet.case_id, through=LETTER, by=by, at=at)


# Between them


def _settle(sheet: ValidationSheet, *, at: datetime) -> None:
    """Lock the case, which says whether anything may still move."""
    sheet.case = cases.lock(sheet.case_id, at=at)
    signing.require_unlocked(sheet)


def _signed(sheet: ValidationSheet, *, by: User, at: datetime) -> None:
    cases.carry(sheet.case_id, through=SIGNATURES, by=by, at=at)
    notices.tell(
        policy.holders(Role.KAROREN),
        cause=f"validated/{sheet.pk}/{sheet.revision}",
        subject=f"{sheet} selesai ditandatangani",
        body=f"Hasil validasi {sheet.about} {sheet.unit.name} lengkap. Nota dinas dapat diterbitkan.",
        path=sheet.get_absolute_url(),
        at=at,
    )


def _opened_again(sheet: ValidationSheet, reason: str, *, by: User, at: datetime) -> None:
    cases.carry_back(sheet.case_id, reason=reason, by=by, at=at)


def _found_by(sheet: ValidationSheet, user: User) -> bool:
    rows = list(sheet.rows.values_list("pk", flat=True))
    return audit.acted_on(user, ("validasi usulan",), Proposal, rows)


signing.register(ValidationSheet, signing.Kind(_settle, require_not_own, _found_by, _signed, _opened_again))


def locked(sheet_id: int, verb: Verb, *, by: User, at: datetime) -> ValidationSheet:
    sheet = ValidationSheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=sheet_id)
    policy.require(by, verb, sheet.unit)
    _settle(sheet, at=at)
    workflow.next_state(sheet.state, Action.REVIEW)
    return sheet


def _for_validators(sheet_id: int, *, by: User, at: datetime) -> ValidationSheet:
    sheet = locked(sheet_id, Verb.VALIDATE, by=by, at=at)
    if not is_with_validators(sheet.case):
        raise DomainError("Matriks masih di unit dan belum dikirim.", code="not_your_turn", status=409)
    require_not_own(sheet, by=by)
    return sheet


def _find(row: Proposal, verdict: str, note: str, *, by: User, at: datetime) -> None:
    before = audit.snapshot(row, "verdict", "note", "version")
    row.verdict, row.note, row.decided_at, row.decided_by = verdict, note.strip(), at, by
    row.version += 1
    row.save(update_fields=["verdict", "note", "decided_at", "decided_by", "version"])
    after = audit.snapshot(row, "verdict", "note", "version")
    audit.record(by=by, at=at, verb="validasi usulan", target=row, before=before, after=after)


def _content(sheet: ValidationSheet, rows: list[Proposal], *, by: User) -> dict[str, Any]:
    unit = sheet.unit
    return {
        "unit": {"code": unit.code, "name": unit.name, "head_title": unit.head_title},
        "year": sheet.year,
        "is_example": by.is_example,
        "rows": [
            {
                "no": row.no,
                "objective": row.objective,
                "indicator": row.name,
                "measure": row.measure,
                "polarity_text": row.polarity_word,
                "period_text": row.get_period_display(),
                "calculation": row.calculation,
                "source": row.source,
                "targets": [None if one is None else f"{one:f}" for one in row.targets],
                "target_texts": [format_figure(one) or "–" for one in row.targets],
                "justification": row.justification,
                "verdict": row.verdict,
                "verdict_text": row.get_verdict_display(),
                "note": row.note,
            }
            for row in rows
        ],
        "valid": sum(row.verdict == Verdict.VALID for row in rows),
    }
