"""Background work of services: clocks that have passed a mark, or were counted with another calendar; the survey."""

import logging
from datetime import timedelta

from celery import shared_task

from kinerjaku import clock
from kinerjaku.errors import DomainError

from . import calendar
from .actions import case as actions
from .actions import survey, survey_period
from .models import Case, FollowUp
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


@shared_task(name="services.invite_to_survey")
def invite_to_survey() -> None:
    """Finished cases about which nobody has been asked yet."""
    at = clock.now()
    done = Case.objects.filter(state=Case.State.DONE, ended_at__gte=at - survey.LINK_LASTS, ended_at__lte=at)
    due = done.filter(standard__is_public=True, survey_invitations=None).order_by("ended_at")
    for case_id in due.values_list("pk", flat=True)[:MOST]:
        survey.invite(case_id, at=at)


@shared_task(name="services.shake_urn")
def shake_urn() -> None:
    """The day after, answers lose the place at which they were written."""
    survey.shake(before=clock.now().date())


@shared_task(name="services.remind_follow_ups")
def remind_follow_ups() -> None:
    at = clock.now()
    week_ago = at.date() - timedelta(days=6)
    for pk in FollowUp.objects.to_remind(at.date(), last_before=week_ago).values_list("pk", flat=True)[:MOST]:
        survey_period.remind(pk, last_before=week_ago, at=at)
