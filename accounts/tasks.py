"""Background work of accounts: sending notices."""

from celery import shared_task
from django.contrib.sessions.models import Session

from kinerjaku import clock

from . import notices
from .models import Notice


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    Session.objects.filter(expire_date__lt=clock.now()).delete()


@shared_task(name="accounts.send_notices")
def send_notices() -> None:
    at = clock.now()
    due = Notice.objects.to_send(at, stale_before=at - notices.CLAIM_LASTS).order_by("pk")
    for notice_id in due.values_list("pk", flat=True)[:500]:
        notices.send(notice_id, at=at)
