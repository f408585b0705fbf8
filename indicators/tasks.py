"""Background work of indicators: each sweep finds its due rows and calls one action for each."""

import logging
from datetime import datetime, timedelta

from celery import shared_task

from accounts import notices, policy
from accounts.models import WorkUnit
from accounts.roles import Role
from kinerjaku import clock
from services.worktime import CalendarNotLoaded

from . import quarters, workflow
from .actions import quarter as actions
from .models import Achievement, Quarter

log = logging.getLogger("kinerjaku.indicators")


@shared_task(name="indicators.open_quarters")
def open_quarters() -> None:
    at = clock.now()
    for year, number in quarters.open_at(at):
        actions.open_quarter(year, number, at=at)


@shared_task(name="indicators.close_quarters")
def close_quarters() -> None:
    at = clock.now()
    unsent = [Achievement.State.EMPTY, Achievement.State.DRAFT]
    due = Quarter.objects.filter(closes_at__lte=at)
    for quarter_id in (
        (due.filter(closed_at=None) | due.filter(achievements__state__in=unsent))
        .distinct()
        .values_list("pk", flat=True)
    ):
        actions.close_quarter(quarter_id, at=at)


@shared_task(name="indicators.remind_units")
def remind_units() -> None:
    at = clock.now()
    for quarter in Quarter.objects.filter(opens_at__lte=at, closes_at__gt=at - timedelta(days=120)).prefetch_related(
        "extensions"
    ):
        waiting = Achievement.objects.filter(quarter=quarter, state__in=workflow.EDITABLE).values("unit")
        for unit in WorkUnit.objects.filter(pk__in=waiting):
            try:
                actions.remind(quarter, unit, at=at)
            except CalendarNotLoaded as error:
                _tell_admins(str(error), at=at)
                return


def _tell_admins(problem: str, *, at: datetime) -> None:
    log.error("%s", problem)
    notices.tell(
        policy.holders(Role.ADMIN),
        cause=f"calendar/{problem}",
        subject="Kalender kerja belum dimuat",
        body=problem,
        path="/",
        at=at,
    )
