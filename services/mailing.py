"""Sending invitations: claim, send, mark. What failed, or whose worker died, is tried again when its claim lapses."""

import hashlib
import logging
import smtplib
from datetime import datetime, timedelta
from email.mime.text import MIMEText
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.crypto import salted_hmac

from kinerjaku import documents

from .meeting import CANCEL, REQUEST, Meeting, icalendar
from .models import InvitationMail, InvitationRecipient

CLAIM_LASTS = timedelta(minutes=10)
log = logging.getLogger("kinerjaku.invitations")


def send(mail_id: int, *, at: datetime) -> bool:
    """False if another worker has it or it could not be sent."""
    token = token_of(mail_id)
    unclaimed = InvitationMail.objects.unclaimed(stale_before=at - CLAIM_LASTS).filter(pk=mail_id)
    if not unclaimed.update(claimed_at=at, token_hash=token_hash(token)):
        return False
    related = ("recipient__invitation", "recipient__user", "document")
    mail = InvitationMail.objects.select_related(*related).get(pk=mail_id)
    user = mail.recipient.user
    if user is None or user.is_active:
        try:
            _message(mail, token).send()
        except (OSError, ValueError, smtplib.SMTPException) as error:
            log.warning("invitation mail %s not sent, will be tried again: %s", mail_id, type(error).__name__)
            return False
    InvitationMail.objects.filter(pk=mail_id).update(sent_at=at)
    return True


def token_of(mail_id: int) -> str:
    """The secret of a mail's link, the same when it has to be sent again."""
    return salted_hmac("services.mailing", str(mail_id), algorithm="sha256").hexdigest()


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def recipient_of(token: str) -> InvitationRecipient | None:
    """Who was sent this secret link; all links to one recipient stay good."""
    mail = InvitationMail.objects.filter(token_hash=token_hash(token)).select_related("recipient__invitation").first()
    return mail.recipient if mail else None


def _message(mail: InvitationMail, token: str) -> EmailMessage:
    recipient, invitation = mail.recipient, mail.recipient.invitation
    path = (
        reverse("invitation_answer", args=[invitation.pk])
        if recipient.user_id
        else reverse("invitation_answer_guest", args=[token])
    )
    content = mail.document.content
    what = "Undangan"
    if mail.is_cancellation:
        what = "Dibatalkan"
    elif mail.sequence:
        what = "Perubahan jadwal"
    lines = [f"Yth. {recipient.name}", "", *_text(mail)]
    if not mail.is_cancellation:
        lines += ["", "Jawab apakah Anda hadir, tidak hadir, atau diwakili:", f"{settings.BASE_URL}{path}"]
    message = EmailMessage(
        f"[Kinerjaku] {what}: {content['subject']}",
        "\n".join(lines) + "\n",
        to=[recipient.email],
        headers={"Message-ID": f"<{mail.pk}.{mail.sequence}.{invitation.uid}>"},  # the same if it is sent again
    )
    if not mail.is_cancellation:
        name = f"undangan-{content['number'].replace('/', '-')}.pdf"
        message.attach(name, documents.read(mail.document), "application/pdf")
    message.attach(_calendar(mail))
    return message


def _text(mail: InvitationMail) -> list[str]:
    content, invitation = mail.document.content, mail.recipient.invitation
    if mail.is_cancellation:
        return [
            f"Rapat menurut undangan nomor {content['number']} dibatalkan.",
            f"Hal: {content['subject']}",
            f"Semula: {content['day_text']}, {content['time_text']}",
            f"Alasan: {invitation.cancel_reason}",
        ]
    replaced = [f"Surat ini mengganti undangan nomor {content['replaces']}."] if content["replaces"] else []
    where = [f"{label}: {content[key]}" for label, key in (("Tempat", "place"), ("Tautan", "link")) if content[key]]
    return [
        f"Terlampir undangan nomor {content['number']}.",
        *replaced,
        f"Hal: {content['subject']}",
        f"Hari, tanggal: {content['day_text']}",
        f"Waktu: {content['time_text']}",
        *where,
        f"Acara: {content['agenda']}",
    ]


def _calendar(mail: InvitationMail) -> MIMEText:
    """The event as the letter froze it."""
    content, invitation, recipient = mail.document.content, mail.recipient.invitation, mail.recipient
    method = CANCEL if mail.is_cancellation else REQUEST
    meeting = Meeting(
        uid=invitation.uid,
        sequence=mail.sequence,
        summary=content["subject"],
        description="\n".join(_text(mail)),
        begins_at=datetime.fromisoformat(content["begins_at"]),
        ends_at=datetime.fromisoformat(content["ends_at"]),
        place=content["place"],
        link=content["link"],
        stamped_at=invitation.cancelled_at or mail.document.created_at,
    )
    organizer = (content["from"], parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    written = icalendar(meeting, method, organizer=organizer, attendee=(recipient.name, recipient.email))
    part = MIMEText(written.decode(), "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="undangan.ics")
    return part
