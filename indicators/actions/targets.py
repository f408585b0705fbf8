"""Targets of an indicator: of its quarters and of the year."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import target_rules
from indicators.models import Decree, Indicator, Target
from indicators.scoring import Target as Promised
from kinerjaku import audit
from kinerjaku.errors import DomainError

from .catalogue import faults_of_targets, keep_rule, locked_decree, recompute, require_reason

VERB = "tetapkan target"


def may_set(user: Any, indicator: Indicator) -> bool:
    """The unit fills in its own targets until the decree is enacted; whoever keeps the catalogue changes any."""
    if policy.can(user, Verb.EDIT_CATALOGUE):
        return True
    return indicator.decree.is_draft and policy.can(user, Verb.SET_TARGETS, indicator.unit)


def set_targets(
    indicator_id: int, wanted: Mapping[int, Promised | None], *, by: User | None, at: datetime, reason: str = ""
) -> bool:
    """Set targets of one indicator by number; see `set_all`. False: nothing was different."""
    return bool(set_all({indicator_id: wanted}, by=by, at=at, reason=reason))


@transaction.atomic
def set_all(
    wanted: Mapping[int, Mapping[int, Promised | None]],
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    seen: Mapping[int, str] | None = None,
    step: Callable[[int], None] | None = None,
) -> int:
    """Set targets of indicators by their id and by number (`target_rules`), None takes one away; the others stay. All
    or none; how many indicators were different.

    What is not yet sent is computed anew. `seen` are the `target_rules.fingerprint`s of what was shown, `by` is None
    for the system. Raises PermissionDenied, Http404, DomainError `stale`, `reason_missing`, `targets`.
    Locks decrees, indicators, rows, and the audit chain last.
    """
    places = dict(Indicator.objects.filter(pk__in=wanted).values_list("pk", "decree_id"))
    decrees = {pk: locked_decree(pk) for pk in sorted(set(places.values()))}
    rows = Indicator.objects.filter(pk__in=wanted).select_for_update(no_key=True, of=("self",))
    found = list(rows.select_related("decree", "unit").order_by("pk"))
    acts = []
    for done, indicator in enumerate(found, 1):
        act = _change(indicator, decrees[indicator.decree_id], wanted[indicator.pk], by, reason, (seen or {}))
        acts += [act] * (act is not None)
        if step is not None:
            step(done)
    audit.record_many(acts, by=by, at=at, verb=VERB)
    return len(acts)


def _change(
    indicator: Indicator,
    decree: Decree,
    wanted: Mapping[int, Promised | None],
    by: User | None,
    reason: str,
    seen: Mapping[int, str],
) -> audit.Act | None:
    if by is not None and not may_set(by, indicator):
        policy.require(by, Verb.EDIT_CATALOGUE, indicator.unit)
    before = stored(indicator)
    if seen.get(indicator.pk, fingerprint := target_rules.fingerprint(before)) != fingerprint:
        raise DomainError(f"Target {indicator.code} baru saja diubah orang lain.", code="stale", status=409)
    after = {number: target for number, target in {**before, **wanted}.items() if target is not None}
    if before == after:
        return None
    if by is not None:
        require_reason(decree, reason)
    if found := faults_of_targets(indicator, after):
        said = " ".join(f"{target_rules.label(number)}: {sentence}" for number, sentence in found)
        raise DomainError(f"{indicator.code}, {said}", code="targets")
    for number in before.keys() | after.keys():
        if before.get(number) != after.get(number):
            _write(indicator, number, after.get(number))
    keep_rule(indicator)
    recompute(indicator)
    return audit.Act(indicator, _told(before), _told(after), reason.strip())


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
