"""Background work of services: clocks and limits that have passed a mark, or were counted with another calendar."""

import logging

from celery import shared_task

from kinerjaku import clock
from kinerjaku.errors import DomainError

from . import calendar, complaint_mail
from .actions import case as actions
from .actions import complaint as complaints
from .models import Case, Complaint
from .worktime import CalendarNotLoaded

log = logging.getLogger("kinerjaku.services")
MOST = 1000  # of each kind a run; the next one goes on


@shared_task(name="services.sound_clocks")
def sound_clocks() -> None:
    at = clock.now()
    stale = Case.objects.filter(state=Case.State.OPEN).exclude(calendar_token=calendar.token())
    for act, due in ((actions.recount, stale), (actions.sound, Case.objects.alarmed(at).order_by("alarm_at"))):
        for case_id in due.values_list("pk", flat=True)[:MOST]:
            try:
                act(case_id, at=at)
            except (DomainError, CalendarNotLoaded) as error:  # one year that is missing holds up no other case
                log.error("case %s is not counted: %s", case_id, type(error).__name__)


@shared_task(name="services.watch_complaints")
def watch_complaints() -> None:
    """Escalation, automatic closing, and mail to complainants."""
    at = clock.now()
    stale = Complaint.objects.exclude(state=Complaint.State.CLOSED).exclude(calendar_token=calendar.token())
    for due in (stale, Complaint.objects.alarmed(at).order_by("alarm_at")):
        for complaint_id in due.values_list("pk", flat=True)[:MOST]:
            complaints.sound(complaint_id, at=at)
    for mail_id in complaint_mail.due(at):
        complaint_mail.send(mail_id, at=at)
