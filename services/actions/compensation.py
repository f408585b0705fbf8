"""What is owed gets an owner, and is fulfilled with proof or waived (memo 4.6). It accrues with the clock: see `case`.

An owner is told as soon as something accrues. By default it is the verifier of the unit who acted on the case last,
else a verifier of the unit, else a team lead, else Karoren [D].
"""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from kinerjaku import audit, files
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from services.models import Apology, Case, Handover, Obligation

Kind = Obligation.Kind
LEADS = (Role.QUALITY_LEAD, Role.TEAM_LEAD, Role.KAROREN)
SCANS = ("PDF", "Gambar")


def carriers(unit: WorkUnit) -> QuerySet[User]:
    """Who may own an apology to the unit, and make it: its verifiers, and those who lead the bureau."""
    people = policy.holders(Role.VERIFIER, unit)
    for role in LEADS:
        people |= policy.holders(role)
    return people.order_by("name", "pk")


def may_carry(user: User, debt: Obligation) -> bool:
    """Its owner, and whoever verifies the unit."""
    unit = debt.case.unit
    is_owner = debt.owner_id == user.pk and policy.can(user, Verb.VIEW, unit)
    return is_owner or policy.can(user, Verb.VERIFY, unit)


def take_up(debt: Obligation, *, at: datetime, send_after: datetime) -> None:
    """It has just accrued, in the transaction of the clock: find its owner, and tell them in working hours."""
    debt.owner = _usual_owner(debt.case)
    letter = Apology.objects.filter(case=debt.case, issued_at__isnull=False).first()
    if letter is not None and debt.kind in Obligation.BY_LETTER:
        deliver(debt, letter, at=at)
    debt.save()
    after = audit.snapshot(debt, "kind", "accrued_at", "due_at", "owner_id")
    audit.record(by=None, at=at, verb="kompensasi terutang", target=debt, after=after)
    if debt.owner is not None and not debt.is_settled:
        _tell_owner(debt, "accrued", at=at, send_after=send_after)


def deliver(debt: Obligation, letter: Apology, *, at: datetime) -> None:
    """An issued letter is delivered in the portal at that instant [D]: it fulfils the written apology, and goes with a
    result that is handed over in person. The caller saves."""
    debt.letter = letter
    if debt.kind == Kind.WRITTEN:
        debt.fulfilled_at, debt.fulfilled_by = max(letter.issued_at, debt.accrued_at), letter.issued_by
        debt.handed_to = letter.document.content["to"]
        debt.handed_to_position = letter.document.content["unit"]["name"]
        debt.recorded_at, debt.recorded_by = at, letter.issued_by


@transaction.atomic
def reassign(obligation_id: int, *, to: User, reason: str, by: User, at: datetime) -> Obligation:
    """The team lead or Karoren gives it to somebody else."""
    debt = _locked(obligation_id)
    policy.require(by, Verb.REASSIGN, debt.case.unit)
    _require_unsettled(debt)
    _require_carrier(to, debt)
    if to.pk == debt.owner_id:
        raise DomainError(f"{to.name} sudah menjadi penanggung jawabnya.", code="same_owner")
    if not reason.strip():
        raise DomainError("Tulis alasan pengalihan.", code="reason_missing")
    before = audit.snapshot(debt, "owner_id")
    debt.owner = to
    debt.save(update_fields=["owner"])
    after = audit.snapshot(debt, "owner_id")
    entry = audit.record(
        by=by, at=at, verb="alihkan kompensasi", target=debt, before=before, after=after, reason=reason.strip()
    )
    _tell_owner(debt, f"reassigned/{entry.seq}", at=at)
    return debt


@transaction.atomic
def fulfil(
    obligation_id: int,
    *,
    given_by: User,
    to: str,
    position: str,
    when: datetime,
    manner: str,
    note: str = "",
    by: User,
    at: datetime,
) -> Obligation:
    """The oral apology was made: by whom, to whom, when, how. Raises DomainError `wrong_kind`, `settled`, `too_early`,
    `in_the_future`, `not_of_the_bureau`, `proof_missing`."""
    debt = _locked_to_fulfil(obligation_id, Kind.ORAL, by=by)
    if manner not in Obligation.Manner.values:
        raise DomainError("Pilih cara penyampaiannya.", code="proof_missing")
    debt.manner, debt.note = manner, note.strip()
    return _fulfil(debt, given_by, to, position, when, by=by, at=at)


def hand_over(
    obligation_id: int,
    *,
    given_by: User,
    to: str,
    position: str,
    when: datetime,
    place: str,
    what: str,
    scan: UploadedFile | None = None,
    by: User,
    at: datetime,
) -> Obligation:
    """The result was handed over in person, with the letter. A cancelled case has nothing to hand over: what it owes so
    can only be waived [D].

    Raises, besides those of `fulfil`, DomainError `no_result`, `no_letter`, and what files.inspect says.
    """
    facts = files.inspect(scan) if scan is not None else None
    if facts is not None and facts.kind not in SCANS:
        raise DomainError("Unggah pindaian berita acara sebagai PDF atau gambar.", code="wrong_type")
    with transaction.atomic():
        debt = _locked_to_fulfil(obligation_id, Kind.IN_PERSON, by=by)
        if reason := why_not_yet(debt):
            raise DomainError(reason, code="no_letter" if debt.letter_id is None else "no_result", status=409)
        if not place.strip() or not what.strip():
            raise DomainError("Tulis tempat dan apa yang diserahkan.", code="proof_missing")
        _require_told(debt, given_by, to, position, when, at=at)
        debt.handover = Handover(place=place.strip(), what=what.strip())
        if scan is not None and facts is not None:
            debt.handover.scan_name, debt.handover.scan_type = facts.name, facts.content_type
            debt.handover.scan_size, debt.handover.scan_sha256 = facts.size, facts.sha256
            debt.handover.scan_storage_name = files.store(scan, facts, "handovers")
        debt.handover.save()
        return _fulfil(debt, given_by, to, position, when, by=by, at=at)


def why_not_yet(debt: Obligation) -> str:
    """What a result that has to be handed over in person still waits for; empty: for nothing."""
    if debt.letter_id is None:
        return "Surat permohonan maaf belum terbit."
    if debt.case.state == Case.State.CANCELLED:
        return "Berkas dibatalkan, tidak ada hasil yang dapat diserahkan."
    return "" if debt.case.state == Case.State.DONE else "Layanannya belum selesai."


@transaction.atomic
def waive(obligation_id: int, *, reason: str, by: User, at: datetime) -> Obligation:
    """Only Karoren, with a reason."""
    debt = _locked(obligation_id)
    policy.require(by, Verb.WAIVE, debt.case.unit)
    _require_unsettled(debt)
    if not reason.strip():
        raise DomainError("Tulis alasan pembebasan.", code="reason_missing")
    debt.waived_at, debt.waived_by, debt.waiver_reason = at, by, reason.strip()
    debt.save(update_fields=["waived_at", "waived_by", "waiver_reason"])
    audit.record(by=by, at=at, verb="bebaskan kompensasi", target=debt, reason=reason.strip())
    return debt


def _fulfil(
    debt: Obligation, given_by: User, to: str, position: str, when: datetime, *, by: User, at: datetime
) -> Obligation:
    _require_told(debt, given_by, to, position, when, at=at)
    debt.fulfilled_at, debt.fulfilled_by = max(when, debt.accrued_at), given_by
    debt.handed_to, debt.handed_to_position = to.strip(), position.strip()
    debt.recorded_at, debt.recorded_by = at, by
    debt.save()
    fields = ("fulfilled_at", "fulfilled_by_id", "handed_to", "handed_to_position", "manner", "note")
    after: dict[str, Any] = audit.snapshot(debt, *fields)
    if debt.handover is not None:
        after |= audit.snapshot(debt.handover, "place", "what", "scan_name", "scan_sha256")
    noted = {name: value for name, value in after.items() if value != ""}
    audit.record(by=by, at=at, verb="penuhi kompensasi", target=debt, after=noted)
    return debt


def _require_told(debt: Obligation, given_by: User, to: str, position: str, when: datetime, *, at: datetime) -> None:
    """By whom, to whom and when, as it can have been."""
    _require_carrier(given_by, debt)
    if not to.strip() or not position.strip():
        raise DomainError("Tulis nama dan jabatan penerimanya.", code="proof_missing")
    if when > at:
        raise DomainError("Waktu penyampaian belum terjadi.", code="in_the_future")
    if when < debt.accrued_at.replace(second=0, microsecond=0):  # people tell an instant to the minute
        raise DomainError(
            f"Waktu penyampaian mendahului terutangnya kewajiban, {said(debt.accrued_at)}.", code="too_early"
        )


def _usual_owner(case: Case) -> User | None:
    verifiers = policy.holders(Role.VERIFIER, case.unit)
    worked = case.events.filter(by__in=verifiers).select_related("by").order_by("-seq").first()
    if worked is not None:
        return worked.by
    for people in (verifiers, policy.holders(Role.TEAM_LEAD), policy.holders(Role.KAROREN)):
        if (one := people.order_by("pk").first()) is not None:
            return one
    return None


def _tell_owner(debt: Obligation, cause: str, *, at: datetime, send_after: datetime | None = None) -> None:
    until = "segera" if debt.due_at <= debt.accrued_at else f"paling lambat {said(debt.due_at)}"
    notices.tell(
        [debt.owner],
        cause=f"obligation/{debt.pk}/{cause}",
        subject=str(debt),
        body=f"{debt}. Anda penanggung jawabnya; sampaikan {until}.",
        path=debt.get_absolute_url(),
        at=at,
        send_after=send_after,
    )


def _locked(obligation_id: int) -> Obligation:
    return (
        Obligation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("case__unit")
        .get(pk=obligation_id)
    )


def _locked_to_fulfil(obligation_id: int, kind: str, *, by: User) -> Obligation:
    debt = _locked(obligation_id)
    if not may_carry(by, debt):
        policy.require(by, Verb.VERIFY, debt.case.unit)
    _require_unsettled(debt)
    if debt.kind != kind:
        raise DomainError("Kewajiban ini tidak dipenuhi dengan cara itu.", code="wrong_kind", status=409)
    return debt


def _require_unsettled(debt: Obligation) -> None:
    if debt.is_settled:
        raise DomainError("Kewajiban ini sudah selesai.", code="settled", status=409)


def _require_carrier(person: User, debt: Obligation) -> None:
    if not carriers(debt.case.unit).filter(pk=person.pk).exists():
        raise DomainError("Pilih verifikator unit ini atau pimpinan Biro Perencanaan.", code="not_of_the_bureau")
