"""Allowed changes of an achievement's state, as data. An unknown action is a KeyError, never a default."""

import enum

from kinerjaku.errors import DomainError

from .models import Achievement

S = Achievement.State

# Verbs in the audit by which somebody has had a hand in what a row says: they neither examine nor verify it.
FILLED_IN = (
    "simpan capaian",
    "unggah data dukung",
    "tautkan data dukung",
    "pindahkan data dukung",
    "hapus data dukung",
)


class Action(enum.Enum):
    SAVE = "save"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    RETURN = "return"
    RESAVE = "resave"
    VERIFY = "verify"
    CLOSE = "close"
    REOPEN = "reopen"


TRANSITIONS: dict[Action, tuple[set[S], S]] = {
    Action.SAVE: ({S.EMPTY, S.DRAFT}, S.DRAFT),
    Action.RESAVE: ({S.RETURNED}, S.RETURNED),  # a returned row stays returned until it is sent again
    Action.SUBMIT: ({S.DRAFT, S.RETURNED}, S.SUBMITTED),
    Action.WITHDRAW: ({S.SUBMITTED}, S.DRAFT),
    Action.RETURN: ({S.SUBMITTED, S.NOT_ENTERED, S.RETURNED}, S.RETURNED),
    Action.VERIFY: ({S.SUBMITTED, S.NOT_ENTERED, S.RETURNED}, S.VERIFIED),
    Action.CLOSE: ({S.EMPTY, S.DRAFT}, S.NOT_ENTERED),
    Action.REOPEN: ({S.NOT_ENTERED}, S.DRAFT),  # an extension was granted
}
EDITABLE = {S.EMPTY, S.DRAFT, S.RETURNED}


def next_state(state: str, action: Action) -> S:
    sources, target = TRANSITIONS[action]
    if state not in sources:
        raise DomainError(f"Aksi ini tidak berlaku pada status {S(state).label}.", code="wrong_state", status=409)
    return target


def after_reopening(*, was_submitted: bool, is_as_sent: bool) -> S:
    """Where a verified row goes when its worksheet is opened again: back to what it was before. One that was changed
    after a return and not sent again is no claim, but still a returned row."""
    if not was_submitted:
        return S.NOT_ENTERED
    return S.SUBMITTED if is_as_sent else S.RETURNED
