"""Telling people: written in the transaction of the act, sent by the worker, at most once a cause."""

import logging
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.text import Truncator

from kinerjaku import jobs

from .models import Notice, User

CLAIM_LASTS = timedelta(minutes=10)
log = logging.getLogger("kinerjaku.notices")


def tell(
    users: Iterable[User],
    *,
    cause: str,
    subject: str,
    body: str,
    path: str,
    at: datetime,
    send_after: datetime | None = None,
    is_mailed: bool = False,
) -> int:
    """Leave a notice for each user, unless they had one for this cause. Returns how many are new.

    `is_mailed`: the act sends them a letter of its own, so the notice stays in the portal.
    """
    subject = Truncator(" ".join(subject.split())).chars(
        Notice._meta.get_field("subject").max_length or 0
    )  # unit names can be long
    notices = [
        Notice(
            user=u,
            cause=cause,
            subject=subject,
            body=body,
            path=path,
            created_at=at,
            send_after=send_after or at,
            sent_at=at if is_mailed else None,
        )
        for u in users
    ]
    before = Notice.objects.filter(cause=cause).count()
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    fresh = Notice.objects.filter(cause=cause).count() - before
    if fresh and send_after is None and not is_mailed:
        jobs.wake("accounts.send_notices")
    return fresh


def send(notice_id: int, *, at: datetime) -> bool:
    """Claim, send, mark. False if another worker has it; a failed mail is tried again after the claim lapses."""
    with transaction.atomic():
        due = Notice.objects.to_send(at, stale_before=at - CLAIM_LASTS).filter(pk=notice_id)
        if not due.update(claimed_at=at):
            return False
    notice = Notice.objects.select_related("user").get(pk=notice_id)
    if notice.user.is_active:
        try:
            send_mail(
                f"[Kinerjaku] {notice.subject}",
                f"{notice.body}\n\n{settings.BASE_URL}{notice.path}\n",
                None,
                [notice.user.email],
            )
        except (OSError, smtplib.SMTPException) as error:
            log.warning("notice %s not sent, will be tried again: %s", notice_id, type(error).__name__)
            return False
    Notice.objects.filter(pk=notice_id).update(sent_at=at)
    return True


def mark_all_read(user: User, *, at: datetime) -> None:
    user.notices.filter(read_at=None).update(read_at=at)


@transaction.atomic
def mark_read(notice: Notice, *, at: datetime) -> None:
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=at)
