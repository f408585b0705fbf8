"""Targets of an indicator: of its quarters and of the year."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import target_rules
from indicators.models import Indicator, Target
from indicators.scoring import Target as Promised
from kinerjaku import audit
from kinerjaku.errors import DomainError

from .catalogue import faults_of_targets, keep_rule, locked_decree, recompute, require_reason


def may_set(user: Any, indicator: Indicator) -> bool:
    """The unit fills in its own targets until the decree is enacted; whoever keeps the catalogue changes any."""
    if policy.can(user, Verb.EDIT_CATALOGUE):
        return True
    return indicator.decree.is_draft and policy.can(user, Verb.SET_TARGETS, indicator.unit)


@transaction.atomic
def set_targets(
    indicator_id: int, wanted: Mapping[int, Promised | None], *, by: User | None, at: datetime, reason: str = ""
) -> bool:
    """Set targets by number (`target_rules`), None takes one away; the others stay. False: nothing was different.

    What is not yet sent is computed anew. `by` is None for the system. Raises PermissionDenied, Http404, DomainError
    `reason_missing`, `targets`.
    """
    decree_id = Indicator.objects.values_list("decree_id", flat=True).get(pk=indicator_id)
    decree = locked_decree(decree_id)
    indicator = (
        Indicator.objects.select_for_update(no_key=True, of=("self",))
        .select_related("decree", "unit")
        .get(pk=indicator_id)
    )
    if by is not None and not may_set(by, indicator):
        policy.require(by, Verb.EDIT_CATALOGUE, indicator.unit)
    before = stored(indicator)
    after = {number: target for number, target in {**before, **wanted}.items() if target is not None}
    if before == after:
        return False
    if by is not None:
        require_reason(decree, reason)
    if found := faults_of_targets(indicator, after):
        raise DomainError(f"{indicator.code}: {' '.join(sentence for _, sentence in found)}", code="targets")
    for number in before.keys() | after.keys():
        if before.get(number) != after.get(number):
            _write(indicator, number, after.get(number))
    keep_rule(indicator)
    recompute(indicator)
    told = {"before": _told(before), "after": _told(after)}
    audit.record(by=by, at=at, verb="tetapkan target", target=indicator, **told, reason=reason.strip())
    return True


@transaction.atomic
def set_all(wanted: Mapping[int, Mapping[int, Promised | None]], *, by: User, at: datetime, reason: str = "") -> int:
    """`set_targets` of several indicators by their id, all or none; how many were different."""
    return sum(set_targets(pk, wanted[pk], by=by, at=at, reason=reason) for pk in sorted(wanted))


def set_target(
    indicator: Indicator, number: int, *, value: Decimal | int, high: Decimal | None = None, at: datetime, **who: Any
) -> bool:
    """One of them; see `set_targets`."""
    low = Decimal(value)
    changed = set_targets(indicator.pk, {number: low if high is None else (low, high)}, at=at, **who)
    indicator.refresh_from_db(fields=["kept_rule"])
    vars(indicator).pop("rule", None)
    return changed


def stored(indicator: Indicator) -> dict[int, Promised]:
    return {target.number: target.plain() for target in indicator.targets.order_by("number")}


def _write(indicator: Indicator, number: int, target: Promised | None) -> None:
    if target is None:
        indicator.targets.filter(number=number).delete()
        return
    value, high = target if isinstance(target, tuple) else (target, None)
    Target.objects.update_or_create(indicator=indicator, number=number, defaults={"value": value, "high": high})


def _told(targets: Mapping[int, Promised]) -> dict[str, str]:
    return {target_rules.label(number): target_rules.words(target) for number, target in sorted(targets.items())}
