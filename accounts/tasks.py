"""Background work of accounts: sending notices, imports."""

from celery import shared_task
from django.contrib.sessions.models import Session

from kinerjaku import clock

from . import importing, notices


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    Session.objects.filter(expire_date__lt=clock.now()).delete()


@shared_task(name="accounts.send_notices")
def send_notices() -> None:
    """What is urgent, at any hour. The rest goes out in working hours: services.send_notices."""
    for user_id in notices.people_to_mail(at=clock.now()):
        notices.send(user_id, at=clock.now())  # read anew: a slow mail server makes no claim look stale


@shared_task(name="accounts.run_imports")
def run_imports() -> None:
    importing.sweep(clock.now())


@shared_task(name="accounts.forget_imports")
def forget_imports() -> None:
    importing.forget(clock.now())
