"""Background work of services: clocks that have passed a mark, or were counted with another calendar."""

import logging

from celery import shared_task

from kinerjaku import clock
from kinerjaku.errors import DomainError

from . import calendar
from .actions import case as actions
from .models import Case
from .worktime import CalendarNotLoaded

log = logging.getLogger("kinerjaku.services")
MOST = 1000  # of each kind a run; the next one goes on


@shared_task(name="services.sound_clocks")
def sound_clocks() -> None:
    at = clock.now()
    stale = Case.objects.counted_otherwise(calendar.token())
    for act, due in ((actions.recount, stale), (actions.sound, Case.objects.alarmed(at).order_by("alarm_at"))):
        done = 0
        for case_id in due.values_list("pk", flat=True).iterator():
            try:
                act(case_id, at=at)
            except (DomainError, CalendarNotLoaded) as error:  # one year that is missing holds up no other case
                log.error("case %s is not counted: %s", case_id, type(error).__name__)
                continue
            done += 1
            if done == MOST:
                break
