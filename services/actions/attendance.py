"""What the invited answer until the meeting begins, and who came."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from accounts.models import User
from kinerjaku import audit
from kinerjaku.errors import DomainError
from services.models import Invitation, InvitationRecipient

from .invitation import may_prepare

Answer, State = InvitationRecipient.Answer, Invitation.State


@transaction.atomic
def answer(
    recipient_id: int, *, answer: str, substitute: str, note: str, by: User | None, at: datetime
) -> InvitationRecipient:
    """Hadir, tidak hadir or diwakili, changed as often as wanted. `by` None: through the link of the e-mail.

    Raises DomainError `unknown_answer`, `substitute_missing`, `not_issued`, `has_begun`.
    """
    recipient = InvitationRecipient.objects.select_for_update(no_key=True).get(pk=recipient_id)
    if by is not None and recipient.user_id != by.pk:
        raise Http404
    invitation = recipient.invitation
    if invitation.state != State.ISSUED:
        raise DomainError("Undangan ini sudah dibatalkan.", code="not_issued", status=409)
    if invitation.has_begun(at):
        raise DomainError("Rapat ini sudah dimulai; jawaban tidak dapat diubah lagi.", code="has_begun", status=409)
    if answer not in Answer.values:
        raise DomainError("Pilih hadir, tidak hadir, atau diwakili.", code="unknown_answer")
    if answer == Answer.SUBSTITUTE and not substitute.strip():
        raise DomainError("Tulis nama yang mewakili Anda.", code="substitute_missing")
    before = _said(recipient)
    recipient.answer, recipient.note, recipient.answered_at = answer, note.strip(), at
    recipient.substitute = substitute.strip() if answer == Answer.SUBSTITUTE else ""
    recipient.save(update_fields=["answer", "substitute", "note", "answered_at"])
    if (after := _said(recipient)) != before:
        audit.record(by=by, at=at, verb="jawab undangan", target=invitation, before=before, after=after)
    return recipient


@transaction.atomic
def record(invitation_id: int, *, shown: Collection[int], came: Collection[int], by: User, at: datetime) -> Invitation:
    """Of the people `shown` on the page, those in `came` were there."""
    invitation = _recordable(invitation_id, by=by, at=at)
    changed = []
    for recipient in invitation.recipients.filter(pk__in=shown).order_by("pk"):
        was_there = recipient.pk in came
        if recipient.came != was_there:
            changed.append(recipient)
            recipient.came = was_there
    InvitationRecipient.objects.bulk_update(changed, ["came"])
    if changed:
        after = {"hadir": [one.name for one in changed if one.came], "batal": [o.name for o in changed if not o.came]}
        audit.record(by=by, at=at, verb="catat kehadiran", target=invitation, after=after)
    return invitation


@transaction.atomic
def add_walk_in(invitation_id: int, *, name: str, position: str, by: User, at: datetime) -> InvitationRecipient:
    """Somebody came who was not invited."""
    invitation = _recordable(invitation_id, by=by, at=at)
    if not name.strip():
        raise DomainError("Tulis namanya.", code="name_missing")
    made = InvitationRecipient.objects.create(
        invitation=invitation, name=name.strip(), position=position.strip(), is_walk_in=True, came=True
    )
    audit.record(by=by, at=at, verb="catat kehadiran", target=invitation, after={"hadir": [made.name]})
    return made


@transaction.atomic
def close(invitation_id: int, *, by: User, at: datetime) -> Invitation:
    """The list of who came is final."""
    invitation = _recordable(invitation_id, by=by, at=at)
    if not invitation.has_begun(at):
        raise DomainError("Daftar hadir ditutup setelah rapat dimulai.", code="not_begun", status=409)
    invitation.attendance_closed_at, invitation.attendance_closed_by = at, by
    invitation.save(update_fields=["attendance_closed_at", "attendance_closed_by"])
    after = {"hadir": invitation.recipients.filter(came=True).count()}
    audit.record(by=by, at=at, verb="tutup daftar hadir", target=invitation, after=after)
    return invitation


def require_recordable(invitation: Invitation, *, by: User, at: datetime) -> None:
    """Whether `by` may now note who came. Raises PermissionDenied, DomainError `not_issued`, `too_early`, `closed`."""
    if not may_prepare(by, invitation):
        raise PermissionDenied
    if invitation.state != State.ISSUED:
        raise DomainError("Undangan ini tidak sedang berlaku.", code="not_issued", status=409)
    if not invitation.is_on_or_after_its_day(at):
        raise DomainError("Kehadiran dicatat sejak hari rapat.", code="too_early", status=409)
    if invitation.attendance_closed_at is not None:
        raise DomainError("Daftar hadir ini sudah ditutup.", code="closed", status=409)


def _recordable(invitation_id: int, *, by: User, at: datetime) -> Invitation:
    """Locked."""
    invitation = Invitation.objects.select_for_update(no_key=True).get(pk=invitation_id)
    require_recordable(invitation, by=by, at=at)
    return invitation


def _said(recipient: InvitationRecipient) -> dict[str, str]:
    return {
        "penerima": recipient.name,
        "jawaban": recipient.get_answer_display(),
        "diwakili": recipient.substitute,
        "keterangan": recipient.note,
    }
