"""Allowed changes of a complaint's state, as data, and the limits in working days [R Permen PAN RB 62/2018].

An unknown act is a KeyError, never a default.
"""

import enum
from datetime import datetime

from kinerjaku.errors import DomainError

from . import workdays
from .calendar import working_calendar
from .models import Complaint
from .worktime import CalendarNotLoaded, WorkCalendar

S, Kind = Complaint.State, Complaint.Kind


class Act(enum.Enum):
    RESPOND = "tanggapan awal"
    ASK = "permintaan keterangan"
    ANSWER = "jawaban"
    ADD = "tambahan pengadu"
    REPLY = "balasan pengadu"
    CLOSE = "penutupan"
    WITHDRAW = "penutupan oleh pengadu"
    EXPIRE = "penutupan otomatis"
    REOPEN = "pembukaan kembali"


TRANSITIONS: dict[Act, tuple[set[S], S | None]] = {  # None: the state stays
    Act.RESPOND: ({S.NEW}, S.IN_PROGRESS),
    Act.ASK: ({S.NEW, S.IN_PROGRESS, S.ASKED}, S.ASKED),
    Act.ANSWER: ({S.NEW, S.IN_PROGRESS, S.ASKED, S.ANSWERED}, S.ANSWERED),
    Act.ADD: ({S.NEW, S.IN_PROGRESS}, None),
    Act.REPLY: ({S.ASKED, S.ANSWERED}, S.IN_PROGRESS),
    Act.CLOSE: ({S.ANSWERED}, S.CLOSED),  # nothing is closed by the bureau before it was answered [D]
    Act.WITHDRAW: ({S.NEW, S.IN_PROGRESS, S.ASKED, S.ANSWERED}, S.CLOSED),
    Act.EXPIRE: ({S.ANSWERED}, S.CLOSED),
    Act.REOPEN: ({S.CLOSED}, S.IN_PROGRESS),
}

FIRST_RESPONSE = 3
ANSWER = {Kind.INFORMATION: 5, Kind.SERVICE: 14, Kind.SUPERVISION: 60}
UNANSWERED = 10  # after the bureau's answer, without a word of the complainant: closed
AHEAD = 2  # the end of the last working day but one: one whole working day is left before the last
FAR_LATE = 5


def next_state(state: str, act: Act) -> S:
    sources, target = TRANSITIONS[act]
    if state not in sources:
        raise DomainError(
            f"Pengaduan ini berstatus “{S(state).label}”; {act.value} tidak berlaku. Muat ulang halaman.",
            code="wrong_state",
            status=409,
        )
    return S(state) if target is None else target


def may(state: str, act: Act) -> bool:
    """For buttons: whether `next_state` would let it."""
    return state in TRANSITIONS[act][0]


def marks(complaint: Complaint) -> dict[str, tuple[datetime, int]]:
    """What somebody has to be told of as long as nothing changes: after how many working days since when."""
    found = {}
    if complaint.is_waiting:
        if complaint.responded_at is None:
            found["response_near"] = (complaint.received_at, FIRST_RESPONSE - AHEAD)
            found["response_late"] = (complaint.received_at, FIRST_RESPONSE)
        days = ANSWER[Kind(complaint.kind)]
        found["answer_near"] = (complaint.counted_from, days - AHEAD)
        found["answer_late"] = (complaint.counted_from, days)
        found["answer_far_late"] = (complaint.counted_from, days + FAR_LATE)
    return found


def limit(start: datetime, days: int, calendar: WorkCalendar) -> datetime | None:
    """When it ends; None while the calendar of its year is not loaded: no due instant is better than a wrong one."""
    try:
        return workdays.end_of(start, days, calendar)
    except CalendarNotLoaded:
        return None


def missing_calendar(complaint: Complaint) -> str:
    """Why a complaint that waits has no limit yet; empty if it has one."""
    if not complaint.is_waiting or complaint.answer_due_at is not None:
        return ""
    try:
        for start, days in marks(complaint).values():
            workdays.end_of(start, days, working_calendar())
    except CalendarNotLoaded as error:
        return str(error)
    return ""
