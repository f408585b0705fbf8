"""Background work of services: clocks that have passed a mark, were held until now or were counted with another
calendar; and the mails of invitations."""

import logging

from celery import shared_task

from kinerjaku import clock
from kinerjaku.errors import DomainError

from . import calendar, mailing
from .actions import case as actions
from .models import Case, InvitationMail
from .worktime import CalendarNotLoaded

log = logging.getLogger("kinerjaku.services")
MOST = 1000  # of each kind a run; the next one goes on


@shared_task(name="services.sound_clocks")
def sound_clocks() -> None:
    at = clock.now()
    stale = Case.objects.filter(state=Case.State.OPEN).exclude(calendar_token=calendar.token())
    held, alarmed = Case.objects.to_resume(at).order_by("resumes_at"), Case.objects.alarmed(at).order_by("alarm_at")
    for act, due in ((actions.sound, held), (actions.recount, stale), (actions.sound, alarmed)):
        for case_id in due.values_list("pk", flat=True)[:MOST]:
            try:
                act(case_id, at=at)
            except (DomainError, CalendarNotLoaded) as error:  # one year that is missing holds up no other case
                log.error("case %s is not counted: %s", case_id, type(error).__name__)


@shared_task(name="services.send_invitations")
def send_invitations() -> None:
    at = clock.now()
    due = InvitationMail.objects.to_send(stale_before=at - mailing.CLAIM_LASTS).order_by("pk")
    for mail_id in due.values_list("pk", flat=True)[:MOST]:
        try:
            mailing.send(mail_id, at=at)
        except DomainError as error:  # a letter that is missing or changed holds up no other
            log.error("invitation mail %s is not sent: %s", mail_id, error.code)
