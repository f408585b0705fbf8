"""Signing the frozen worksheet, refusing it, opening it again."""

from datetime import datetime

from django.db import transaction

from accounts import notices, policy
from accounts.models import User
from accounts.policy import Verb
from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions.quarter import UNIT_ROLES
from indicators.models import Achievement
from kinerjaku import audit, documents
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from verification import workflow
from verification.models import Signature, Worksheet
from verification.workflow import Action

from . import service
from .worksheet import require_not_own

SIGN_VERB = {
    Signature.Party.VERIFIER: Verb.SIGN_VERIFIER,
    Signature.Party.LEVEL_TWO: Verb.SIGN_UNIT,
    Signature.Party.LEVEL_ONE: Verb.SIGN_UNIT,
}


def may_fill(user: User, slot: Signature) -> bool:
    """Whether the user signs for this party; not whether it is their turn."""
    return policy.can(user, SIGN_VERB[Signature.Party(slot.party)], slot.unit)


def waiting_for(user: User, worksheet: Worksheet) -> Signature | None:
    """The slot that is next on this worksheet, if this user may fill it."""
    if worksheet.state != Worksheet.State.FROZEN:
        return None
    slot = worksheet.document.signatures.select_related("unit").filter(signed_at=None).order_by("order").first()
    if slot is None or not may_fill(user, slot):
        return None
    return None if worksheet.document.signatures.filter(signer=user).exists() else slot


def require_turn(user: User, worksheet: Worksheet) -> Signature:
    """The slot this user may fill now. Raises DomainError: wrong_state, already_signed, not_your_turn."""
    workflow.next_state(worksheet.state, Action.SIGN)
    slot = waiting_for(user, worksheet)
    if slot is not None:
        return slot
    if worksheet.document.signatures.filter(signer=user).exists():
        raise DomainError("Anda sudah menandatangani lembar kerja ini.", code="already_signed", status=409)
    raise DomainError("Saat ini bukan giliran Anda menandatangani.", code="not_your_turn", status=403)


@transaction.atomic
def sign(worksheet_id: int, *, content_hash: str, by: User, at: datetime) -> Signature:
    """Sign the content whose hash was shown. The caller has proved who `by` is (password).

    Raises DomainError `stale` if the content is another one, `not_your_turn`; the last signature completes
    the worksheet and lets its PDF be made.
    """
    worksheet = _locked(worksheet_id, by=by, at=at)
    slot = require_turn(by, worksheet)
    document = worksheet.document
    documents.require_intact(document)
    if content_hash != document.content_hash:
        raise DomainError(
            "Isi lembar kerja berubah sejak Anda membukanya. Baca lagi sebelum menandatangani.",
            code="stale",
            status=409,
        )
    if slot.party == Signature.Party.VERIFIER:
        require_not_own(Achievement.objects.filter(worksheet_row__worksheet=worksheet), by=by)
    slot.signer, slot.signed_at, slot.content_hash = by, at, content_hash
    slot.save(update_fields=["signer", "signed_at", "content_hash"])
    after = {"party": slot.party, "revision": worksheet.revision, "content_hash": content_hash}
    audit.record(by=by, at=at, verb="tanda tangani lembar kerja", target=worksheet, after=after)
    if not document.signatures.filter(signed_at=None).exists():
        _complete(worksheet, by=by, at=at)
    return slot


@transaction.atomic
def refuse(worksheet_id: int, *, reason: str, by: User, at: datetime) -> Worksheet:
    """A party whose turn it is does not sign: the worksheet goes back to correction, everybody is told."""
    worksheet = _locked(worksheet_id, by=by, at=at)
    require_turn(by, worksheet)
    return _open_again(worksheet, reason, "tolak tanda tangan", by=by, at=at)


@transaction.atomic
def reopen(worksheet_id: int, *, reason: str, by: User, at: datetime) -> Worksheet:
    """The verifier changes a frozen worksheet: its signatures are void, the next freeze is a new revision."""
    worksheet = _locked(worksheet_id, by=by, at=at)
    policy.require(by, Verb.VERIFY, worksheet.unit)
    return _open_again(worksheet, reason, "buka kembali lembar kerja", by=by, at=at)


@transaction.atomic
def mark_reported(worksheet_id: int, *, by: User, at: datetime) -> Worksheet:
    """Its nota dinas has been issued: nothing moves any more. For reporting, which has asked the policy."""
    worksheet = Worksheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=worksheet_id)
    _move(worksheet, Action.REPORT, "selesaikan lembar kerja", "", by=by, at=at)
    return worksheet


def _locked(worksheet_id: int, *, by: User, at: datetime) -> Worksheet:
    worksheet = Worksheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=worksheet_id)
    policy.require(by, Verb.VIEW, worksheet.unit)
    service.settle(worksheet, at=at)
    return worksheet


def _complete(worksheet: Worksheet, *, by: User, at: datetime) -> None:
    slots = worksheet.document.signatures.select_related("signer", "unit").order_by("order")
    documents.seal(
        worksheet.document,
        [
            {
                "party": slot.get_party_display(),
                "unit": "" if slot.party == Signature.Party.VERIFIER else slot.unit.name,
                "name": slot.signer.name,
                "position": slot.signer.position,
                "at": said(slot.signed_at),
                "content_hash": slot.content_hash,
            }
            for slot in slots
        ],
        at=at,
    )
    service.signed(worksheet, by=by, at=at)
    _move(worksheet, Action.COMPLETE, "lengkapi lembar kerja", "", by=by, at=at)
    notices.tell(
        policy.holders(Role.KAROREN),
        cause=f"signed/{worksheet.pk}/{worksheet.revision}",
        subject=f"{worksheet} selesai ditandatangani",
        body=f"Lembar kerja {worksheet.quarter} {worksheet.unit.name} lengkap. Nota dinas dapat diterbitkan.",
        path=worksheet.get_absolute_url(),
        at=at,
    )


def _open_again(worksheet: Worksheet, reason: str, verb: str, *, by: User, at: datetime) -> Worksheet:
    if not reason.strip():
        raise DomainError("Tulis alasannya; semua pihak akan membacanya.", code="reason_missing")
    workflow.next_state(worksheet.state, Action.REOPEN)
    claims = achievements.locked_rows(Achievement.objects.filter(worksheet_row__worksheet=worksheet))
    document = worksheet.document
    involved = {slot.signer for slot in document.signatures.select_related("signer") if slot.signer}
    for role in (Role.VERIFIER, *UNIT_ROLES):
        involved |= set(policy.holders(role, worksheet.unit))
    service.opened_again(worksheet, reason.strip(), by=by, at=at)
    documents.void(document, reason.strip(), at=at)
    worksheet.document = None
    _move(worksheet, Action.REOPEN, verb, reason.strip(), by=by, at=at)
    for claim in claims:
        achievements.unmark_verified(claim, by=by, at=at)
    notices.tell(
        involved - {by},
        cause=f"void/{document.pk}",
        subject=f"{worksheet} dibuka kembali",
        body=f"Tanda tangan pada revisi {worksheet.revision} batal. Alasan: {reason.strip()}",
        path=worksheet.get_absolute_url(),
        at=at,
    )
    return worksheet


def _move(worksheet: Worksheet, action: Action, verb: str, reason: str, *, by: User, at: datetime) -> None:
    before = audit.snapshot(worksheet, "state", "revision")
    worksheet.state = workflow.next_state(worksheet.state, action)
    worksheet.save(update_fields=["state", "document"])
    after = audit.snapshot(worksheet, "state", "revision")
    audit.record(by=by, at=at, verb=verb, target=worksheet, before=before, after=after, reason=reason)
