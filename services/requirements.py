"""What a service needs before it goes on, checked by rule. Apps to the right register the rules about their rows.

A standard names its requirements as data: {"text", "rule"?, "before"?, ...}. `before` is the step that may not begin by
hand without it; the schedule goes on all the same, for a deadline waits for nobody (memo 3.2).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import WorkUnit
from kinerjaku.errors import DomainError

from .models import Case

Rule = Callable[[Case, dict[str, Any], datetime], bool | None]  # None: it cannot tell
_RULES: dict[str, Rule] = {}


@dataclass(frozen=True)
class Requirement:
    text: str
    is_met: bool | None  # None: no rule can tell, a person looks
    before: int | None


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register what decides requirements with this `rule`."""

    def register(decides: Rule) -> Rule:
        _RULES[name] = decides
        return decides

    return register


def checklist(case: Case, at: datetime) -> list[Requirement]:
    """The requirements of the case's standard in their order, as they stand at `at`."""
    found = []
    for one in case.standard.requirements:
        decides = _RULES.get(one.get("rule", ""))
        found.append(Requirement(one["text"], decides(case, one, at) if decides else None, one.get("before")))
    return found


def require_met(case: Case, order: int, at: datetime) -> None:
    """Raises DomainError `requirement_unmet` if the step `order` may not begin yet."""
    if unmet := lacking(checklist(case, at), order):
        raise DomainError(f"Syarat yang belum terpenuhi: {'; '.join(unmet)}.", code="requirement_unmet", status=409)


def lacking(found: list[Requirement], order: int) -> list[str]:
    """What keeps the step `order` from beginning: one rule for the guard and for a page that shows the checklist."""
    return [one.text for one in found if one.is_met is False and one.before and one.before <= order]


@rule("level_one")
def _level_one(case: Case, _: dict[str, Any], at: datetime) -> bool:
    return case.unit.level == WorkUnit.Level.ONE


@rule("level_one_or_two")
def _level_one_or_two(case: Case, _: dict[str, Any], at: datetime) -> bool:
    return case.unit.level in (WorkUnit.Level.ONE, WorkUnit.Level.TWO, WorkUnit.Level.BLU)


@rule("step_done")
def _step_done(case: Case, requirement: dict[str, Any], at: datetime) -> bool:
    return case.state == Case.State.DONE or case.step.order > requirement["step"]
