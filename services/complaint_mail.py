"""E-mail to complainants who gave an address: claimed, sent, marked, as notices are. It says that there is something to
read and where; never what, and never the secret."""

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from kinerjaku.clock import said

from .models import ComplaintEvent, ComplaintMail

CLAIM_LASTS = timedelta(minutes=10)
TRIED_FOR = timedelta(days=3)  # an address that does not exist is not tried for ever
WORDS = {
    ComplaintEvent.Kind.REPORT: "sudah kami terima",
    ComplaintEvent.Kind.RESPONSE: "sudah kami tanggapi",
    ComplaintEvent.Kind.QUESTION: "memerlukan keterangan Anda",
    ComplaintEvent.Kind.ANSWER: "sudah kami jawab",
    ComplaintEvent.Kind.CLOSE: "sudah ditutup",
}
log = logging.getLogger("kinerjaku.complaints")


def due(at: datetime) -> list[int]:
    rows = ComplaintMail.objects.to_send(at, stale_before=at - CLAIM_LASTS, given_up_before=at - TRIED_FOR)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:500])


def send(mail_id: int, *, at: datetime) -> bool:
    """False if another worker has it; a failed mail is tried again after the claim lapses."""
    if not ComplaintMail.objects.unclaimed(stale_before=at - CLAIM_LASTS).filter(pk=mail_id).update(claimed_at=at):
        return False
    mail = ComplaintMail.objects.select_related("event__complaint").get(pk=mail_id)
    complaint, words = mail.event.complaint, WORDS[ComplaintEvent.Kind(mail.event.kind)]
    lines = [f"Pengaduan {complaint.number} {words}."]
    if mail.event.kind == ComplaintEvent.Kind.ANSWER and complaint.closes_at:
        lines.append(f"Tanpa balasan Anda, pengaduan ini ditutup {said(complaint.closes_at - timedelta(minutes=1))}.")
    address = f"{settings.BASE_URL}{reverse('complaint_track')}"
    lines.append(f"Bacalah dengan nomor itu dan kode rahasia pada tanda terima Anda:\n{address}")
    try:
        send_mail(f"[Kinerjaku] Pengaduan {complaint.number} {words}", "\n\n".join(lines), None, [complaint.email])
    except (OSError, ValueError, smtplib.SMTPException) as error:  # a bad address holds up no other mail
        log.warning("complaint mail %s not sent, will be tried again: %s", mail_id, type(error).__name__)
        return False
    ComplaintMail.objects.filter(pk=mail_id).update(sent_at=at)
    return True
