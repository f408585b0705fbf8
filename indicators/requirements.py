"""Requirements of services that are about achievements."""

from datetime import datetime
from typing import Any

from services.models import Case
from services.requirements import rule

from . import quarters
from .models import Achievement
from .models.achievement import AchievementQuerySet

SENT = (Achievement.State.SUBMITTED, Achievement.State.VERIFIED)


@rule("claims_sent")
def claims_sent(case: Case, _: dict[str, Any], at: datetime) -> bool:
    """Every achievement of the quarter has been sent."""
    rows = _rows(case).filter(quarter__number=case.quarter)
    return rows.exists() and not rows.exclude(state__in=SENT).exists()


@rule("evidence_given")
def evidence_given(case: Case, _: dict[str, Any], at: datetime) -> bool:
    """Every achievement of the quarter that was sent has evidence, unless there is nothing to prove."""
    rows = _rows(case).filter(quarter__number=case.quarter, state__in=SENT)
    return rows.exists() and not rows.filter(file_count=0, no_result=False).exists()


@rule("claims_verified")
def claims_verified(case: Case, _: dict[str, Any], at: datetime) -> bool:
    """Every achievement of the year has been verified."""
    rows = _rows(case)
    return rows.exists() and not rows.exclude(state=Achievement.State.VERIFIED).exists()


@rule("quarter_over")
def quarter_over(case: Case, _: dict[str, Any], at: datetime) -> bool:
    """It has ended."""
    return case.quarter is None or quarters.quarter_of(at) > (case.year or 0, case.quarter)


def _rows(case: Case) -> AchievementQuerySet:
    return Achievement.objects.filter(unit=case.unit, quarter__year=case.year)
