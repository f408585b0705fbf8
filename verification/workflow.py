"""Allowed changes of a sheet's state, as data. An unknown action is a KeyError, never a default."""

import enum

from kinerjaku.errors import DomainError

from .models import Sheet

S = Sheet.State


class Action(enum.Enum):
    REVIEW = "review"
    FREEZE = "freeze"
    SIGN = "sign"
    COMPLETE = "complete"
    REOPEN = "reopen"
    REPORT = "report"


TRANSITIONS: dict[Action, tuple[set[S], S]] = {
    Action.REVIEW: ({S.OPEN}, S.OPEN),
    Action.FREEZE: ({S.OPEN}, S.FROZEN),
    Action.SIGN: ({S.FROZEN}, S.FROZEN),
    Action.COMPLETE: ({S.FROZEN}, S.SIGNED),
    Action.REOPEN: ({S.FROZEN, S.SIGNED}, S.OPEN),
    Action.REPORT: ({S.SIGNED}, S.REPORTED),
}


def next_state(state: str, action: Action) -> S:
    sources, target = TRANSITIONS[action]
    if state not in sources:
        raise DomainError(
            f"Aksi ini tidak berlaku pada lembar kerja berstatus {S(state).label}.",
            code="wrong_state",
            status=409,
        )
    return target
