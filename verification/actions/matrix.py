"""The matrix of proposals (matriks usulan): what the unit does in the validation of its indicators [M 3.1 step 3]."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import notices, policy
from accounts.models import User
from accounts.policy import Verb
from accounts.roles import Role
from indicators import results
from indicators.models import Decree, Indicator
from kinerjaku import audit
from kinerjaku.errors import DomainError
from services.actions import case as cases
from verification.models import Proposal, ValidationSheet

from .validation import COPIED, MATRIX, REMOVED, SAVED, SENT, fingerprint, is_with_unit, locked

Verdict = Proposal.Verdict
FIELDS = (
    *("objective", "name", "measure", "polarity", "validity", "period", "calculation", "source", "justification"),
    *Proposal.TARGETS,
)
MOST_ROWS = 100
_AUDITED = ("no", *FIELDS, "follows_id", "verdict", "note", "version")


@transaction.atomic
def save_row(
    sheet_id: int, row_id: int | None, facts: Mapping[str, Any], *, version: int, by: User, at: datetime
) -> Proposal:
    """Write one proposal (`row_id` None: a new one) as the unit types it; FIELDS in `facts`. It may be incomplete, what
    is missing is asked for before sending. What a validator had found of it no longer counts.

    Raises DomainError `not_your_turn`, `stale`, `name_missing`, `too_many`.
    """
    sheet = _for_unit(sheet_id, Verb.ENTER, by=by, at=at)
    if not facts["name"].strip():
        raise DomainError("Tulis nama indikatornya.", code="name_missing")
    rows = list(sheet.rows.select_for_update(no_key=True).order_by("no"))
    if row_id is None:
        if len(rows) >= MOST_ROWS:
            raise DomainError(f"Satu matriks memuat paling banyak {MOST_ROWS} usulan.", code="too_many")
        row = Proposal(sheet=sheet, no=len(rows) + 1)
    else:
        row = _among(rows, row_id, version)
    before = audit.snapshot(row, *_AUDITED) if row.pk else None
    for name in FIELDS:
        value = facts[name]
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    if before is not None and all(getattr(row, name) == before[name] for name in FIELDS):
        return row
    row.verdict, row.decided_at, row.decided_by = Verdict.PENDING, None, None
    row.version += 1
    row.save()
    audit.record(by=by, at=at, verb=SAVED, target=row, before=before, after=audit.snapshot(row, *_AUDITED))
    return row


@transaction.atomic
def remove_row(sheet_id: int, row_id: int, *, version: int, by: User, at: datetime) -> None:
    """Take a proposal out of the matrix; the following ones move up."""
    sheet = _for_unit(sheet_id, Verb.ENTER, by=by, at=at)
    rows = list(sheet.rows.select_for_update(no_key=True).order_by("no"))
    gone = _among(rows, row_id, version)
    no, name = gone.no, gone.name  # what stood in it is in the history of the proposal itself
    sheet.removed = [*sheet.removed, gone.pk]
    sheet.save(update_fields=["removed"])
    gone.delete()
    for row in rows:
        if row.no > no:
            row.no -= 1
            row.save(update_fields=["no"])
    audit.record(by=by, at=at, verb=REMOVED, target=sheet, before={"proposal": f"{no}. {name}"})


@transaction.atomic
def copy_present(sheet_id: int, *, by: User, at: datetime) -> int:
    """Take over the unit's indicators in force that are not in the matrix yet, with the targets of their last year;
    how many. Raises DomainError `nothing_to_copy`."""
    sheet = _for_unit(sheet_id, Verb.ENTER, by=by, at=at)
    rows = list(sheet.rows.select_for_update(no_key=True).order_by("no"))
    known = {row.follows_id for row in rows}
    fresh = [one for one in indicators_in_force(sheet) if one.pk not in known]
    if not fresh:
        raise DomainError("Tidak ada indikator yang berlaku yang belum ada dalam matriks.", code="nothing_to_copy")
    if len(rows) + len(fresh) > MOST_ROWS:
        raise DomainError(f"Satu matriks memuat paling banyak {MOST_ROWS} usulan.", code="too_many")
    made = [_taken_over(one, sheet, no) for no, one in enumerate(fresh, len(rows) + 1)]
    Proposal.objects.bulk_create(made)
    after = {"decree": str(fresh[0].decree), "copied": len(made)}
    audit.record(by=by, at=at, verb=COPIED, target=sheet, after=after)
    return len(made)


def indicators_in_force(sheet: ValidationSheet) -> list[Indicator]:
    """The unit's indicators of the newest enacted decree that is not later than the sheet's year."""
    rows = Indicator.objects.filter(
        unit=sheet.unit, decree__state=Decree.State.ENACTED, decree__year__lte=sheet.year
    ).select_related("decree", "objective")
    newest = (
        rows.order_by("-decree__year", "-decree__in_force_from", "-decree__key")
        .values_list("decree", flat=True)
        .first()
    )
    return list(rows.filter(decree=newest).order_by("no"))


@transaction.atomic
def send(sheet_id: int, *, seen: str, by: User, at: datetime) -> ValidationSheet:
    """The matrix is complete and goes to the validators. `seen` is the `fingerprint` of the rows that were shown.

    Raises DomainError `not_invited` before the bureau has invited, `incomplete`, `stale`, `not_your_turn`.
    """
    sheet = _for_unit(sheet_id, Verb.SUBMIT, by=by, at=at)
    if sheet.case.step.order < MATRIX:
        raise DomainError(
            "Biro Perencanaan belum menyelesaikan undangan validasi dan permohonan tim validator. Matriks Anda "
            "tersimpan dan dapat dikirim sesudahnya.",
            code="not_invited",
            status=409,
        )
    rows = list(sheet.rows.select_for_update(no_key=True).order_by("no"))
    missing = missing_before_send(rows)
    if missing:
        raise DomainError(" ".join(missing), code="incomplete")
    if seen != fingerprint(rows):
        raise DomainError("Matriks berubah sejak Anda membukanya. Periksa lagi.", code="stale", status=409)
    sheet.sent_at, sheet.sent_by, sheet.return_reason = at, by, ""
    sheet.save(update_fields=["sent_at", "sent_by", "return_reason"])
    cases.carry(sheet.case_id, through=MATRIX, by=by, at=at)
    audit.record(by=by, at=at, verb=SENT, target=sheet, after={"proposals": len(rows)})
    notices.tell(
        {*policy.holders(Role.VERIFIER, sheet.unit), *policy.holders(Role.ITJEN_VALIDATOR)} - {by},
        cause=f"validation/{sheet.pk}/sent/{at.isoformat()}",
        subject=f"{sheet.unit.name} mengirim matriks usulan indikator {sheet.year}",
        body=f"{len(rows)} usulan indikator menunggu validasi.",
        path=sheet.get_absolute_url(),
        at=at,
    )
    return sheet


def missing_before_send(rows: Iterable[Proposal]) -> list[str]:
    """What keeps the matrix with the unit, in sentences: one rule for the guard and the page."""
    rows = list(rows)
    if not rows:
        return ["Matriks masih kosong. Tambahkan usulan, atau salin indikator yang berlaku."]
    return [f"Usulan {row.no} belum lengkap: {', '.join(lacks)}." for row in rows if (lacks := row.lacks)]


def _for_unit(sheet_id: int, verb: Verb, *, by: User, at: datetime) -> ValidationSheet:
    sheet = locked(sheet_id, verb, by=by, at=at)
    if not is_with_unit(sheet.case):
        raise DomainError(
            "Matriks sedang divalidasi. Minta validator mengembalikannya jika ada yang perlu diubah.",
            code="not_your_turn",
            status=409,
        )
    return sheet


def _among(rows: list[Proposal], row_id: int, version: int) -> Proposal:
    """The row as the person saw it."""
    row = next((row for row in rows if row.pk == row_id), None)
    if row is None or row.version != version:
        raise DomainError(
            "Usulan ini sudah diubah atau dihapus orang lain. Bandingkan dengan yang tersimpan, lalu simpan lagi.",
            code="stale",
            status=409,
        )
    return row


def _taken_over(one: Indicator, sheet: ValidationSheet, no: int) -> Proposal:
    targets = {f"target_{number}": _plain_target(one, number) for number in (1, 2, 3, 4)}
    return Proposal(
        sheet=sheet,
        no=no,
        objective=one.objective.name,
        name=one.name,
        measure=one.measure,
        polarity=one.polarity,
        validity=one.validity,
        period=one.period,
        calculation=results.in_words(one) or one.definition,
        source=one.source,
        follows=one,
        version=1,
        **targets,
    )


def _plain_target(one: Indicator, number: int) -> Decimal | None:
    """Of a range its lower bound: the unit looks at each target anyway."""
    target = results.target_of(one, number)
    return target[0] if isinstance(target, tuple) else target
