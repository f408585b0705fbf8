"""Background work of indicators: each sweep finds its due rows and calls one action for each."""

import logging
from datetime import datetime, timedelta

from celery import shared_task

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.roles import Role
from kinerjaku import clock
from services.worktime import CalendarNotLoaded

from . import quarters, workflow
from .actions import quarter as actions
from .actions import round as rounds
from .actions import round_filling as filling
from .models import Achievement, Assignment, CollectionRound, Quarter

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


@shared_task(name="indicators.end_rounds")
def end_rounds() -> None:
    """Rounds that the deadline overtook."""
    at = clock.now()
    for round_id in CollectionRound.objects.open().filter(quarter__closes_at__lte=at).values_list("pk", flat=True):
        rounds.end_closed(round_id, at=at)


@shared_task(name="indicators.remind_officials")
def remind_officials() -> None:
    """Officials whose format is due or overdue."""
    at = clock.now()
    soon = (at + timedelta(days=20)).astimezone(quarters.WIB).date()
    due = Assignment.objects.with_officials().filter(due_on__lte=soon).order_by("round", "official", "due_on")
    officials = User.objects.in_bulk(due.values_list("official", flat=True))
    for round_id, official, due_on in due.values_list("round", "official", "due_on").distinct():
        try:
            filling.remind(round_id, officials[official], due_on, at=at)
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
