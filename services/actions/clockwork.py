"""How the clock of a case moves: under its lock, by events, counted by one calendar (docs/decisions/0011).

What happens to a case is appended as an event; what is stored of its clock is what the events say. A pause that has an
end is over at that very instant: whatever happens next, an act or the sweep, first writes down that it resumed then.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from accounts.models import User
from kinerjaku import audit
from kinerjaku.errors import DomainError
from services import office, sla
from services.calendar import StampedCalendar, calendar_of, working_calendar
from services.models import Case, CaseEvent, Obligation
from services.models.case import counted_of, facts_of
from services.worktime import CalendarNotLoaded, WorkCalendar

from . import compensation, escalation

Kind = CaseEvent.Kind
AT_RISK = {"risk_75": 75, "risk_90": 90}  # percent of the promise


def replay(case: Case, calendar: WorkCalendar) -> sla.Clock:
    """The clock as its events say, without what is stored of it."""
    events = case.events.exclude(kind=Kind.RECOUNT).order_by("seq").values_list("runs", "at")
    return sla.replay(events, calendar)


def turns(case: Case) -> list[tuple[int, bool, datetime]]:
    """Its events for `sla.spent`: which step, whether it is worked on from then on, instant."""
    return turns_of(case.events.order_by("seq"))


def turns_of(events: Iterable[CaseEvent]) -> list[tuple[int, bool, datetime]]:
    return [(one.step, one.kind not in (Kind.PAUSE, Kind.END), one.at) for one in events if one.kind != Kind.RECOUNT]


def faults() -> Iterator[str]:
    """Clocks that are not what their events say: open ones by the calendar of now, finished ones by their own."""
    for case in Case.objects.select_related("standard", "unit").order_by("pk").iterator(chunk_size=500):
        if (told := replay(case, calendar_of(case.frozen_calendar))) != case.clock:
            yield f"Berkas {case.pk} ({case}): tersimpan {case.clock.used}, menurut kejadiannya {told.used}."


def happen(case: Case, kind: str, *, runs: bool, by: User | None, at: datetime, **more: Any) -> StampedCalendar:
    """Append the event, move the clock, act on what has passed; the calendar by which it was counted."""
    last = case.events.order_by("-seq").values_list("at", flat=True).first()
    if last is not None and at < last:
        raise DomainError("Saat ini mendahului kejadian terakhir berkas ini.", code="too_early", status=409)
    calendar = working_calendar()
    _settle(case, calendar, at=at)  # what was passed until now was passed in the stretch that ends here
    case.clock = case.clock.run(at) if runs else case.clock.hold(at, calendar)
    _append(case, kind, runs=runs, by=by, at=at, **more)
    _settle(case, calendar, at=at)
    case.save()
    return calendar


def _catch_up(case: Case, calendar: StampedCalendar, *, at: datetime) -> None:
    """Count the clock by this calendar if it was counted by another one, so that no clock is made of two; where
    that changes it, an event tells before and after."""
    if case.calendar_token in ("", calendar.token):
        return
    try:
        before, clock = (case.clock, case.due_at), replay(case, calendar)
        after = clock, clock.reaches(case.standard.promise, calendar) if case.standard.promise else None
    except CalendarNotLoaded as error:
        raise DomainError(str(error), code="calendar", status=409) from error
    if after != before:
        case.clock = clock
        facts = {"before": counted_of(*before), "after": counted_of(*after)}
        _append(case, Kind.RECOUNT, runs=clock.running_since is not None, by=None, at=at, facts=facts)


def _append(case: Case, kind: str, *, runs: bool, by: User | None, at: datetime, **more: Any) -> None:
    seq = case.events.count() + 1
    more.setdefault("facts", facts_of(case.clock))
    if kind == Kind.PAUSE and case.resumes_at is not None:
        more["facts"]["until"] = case.resumes_at.isoformat()
    CaseEvent.objects.create(case=case, seq=seq, kind=kind, at=at, by=by, step=case.step.order, runs=runs, **more)


def _settle(case: Case, calendar: StampedCalendar, *, at: datetime) -> None:
    """Obligations that have accrued by this calendar, people who have to know, and when to look again."""
    _catch_up(case, calendar, at=at)
    promise, clock = case.standard.promise, case.clock
    case.calendar_token = calendar.token
    if promise is None:
        return
    try:
        elapsed = clock.elapsed(at, calendar)
        owed = sla.obligations(promise, case.standard.rules)
        running = clock.run(at)  # a clock that is held passes a limit when it is counted anew: its time begins here
        for one in owed:
            if elapsed > one.accrued_after and one.kind not in case.marks:
                debt, is_new = Obligation.objects.get_or_create(
                    case=case,
                    kind=one.kind,
                    defaults={
                        "accrued_at": running.reaches(one.accrued_after, calendar) or at,
                        "due_at": running.reaches(one.fulfil_by, calendar) or at,
                    },
                )
                if is_new:
                    compensation.take_up(debt, at=at, send_after=office.next_open(at))
        marks = {name: promise * percent / 100 for name, percent in AT_RISK.items()}
        marks |= {one.kind: one.accrued_after for one in owed}
        for name, amount in marks.items():
            if elapsed > amount and name not in case.marks:
                case.marks = [*case.marks, name]
                escalation.escalate(case, name, since=clock.reaches(amount, calendar) or at, at=at)
        open_marks = [amount for name, amount in marks.items() if name not in case.marks]
        coming = [instant for amount in open_marks if (instant := clock.reaches(amount, calendar)) is not None]
        case.due_at = clock.reaches(promise, calendar)
        case.alarm_at = min(coming, default=None)
    except CalendarNotLoaded as error:
        raise DomainError(str(error), code="calendar", status=409) from error


def hold(case: Case, kind: str, reason: str, *, until: datetime | None, by: User | None, at: datetime) -> None:
    case.resumes_at = until
    happen(case, Kind.PAUSE, runs=False, by=by, at=at, pause_kind=kind, reason=reason)
    after = {"kind": kind, "resumes_at": until}
    audit.record(by=by, at=at, verb="jeda jam layanan", target=case, after=after, reason=reason)


def go_on(case: Case, *, by: User | None, at: datetime, reason: str = "") -> None:
    """The pause is over; in the unit's own step the clock stays held all the same."""
    case.resumes_at = None
    happen(case, Kind.RESUME, runs=case.step.uses_the_promise, by=by, at=at, reason=reason)


def waits_for_meeting(case: Case) -> bool:
    """Whether the present pause ends with the beginning of a meeting."""
    if case.resumes_at is None:
        return False
    last = case.events.filter(kind=Kind.PAUSE).order_by("-seq").values_list("pause_kind", flat=True).first()
    return last == CaseEvent.PauseKind.WAITING_FOR_MEETING


def locked(case_id: int, *, at: datetime) -> Case:
    """Under lock and brought up to `at`: a pause that has ended is over.

    Without joins: PostgreSQL, having waited for the lock, would join the new row to the step of the old one and find
    nothing.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
    if case.state == Case.State.OPEN and case.resumes_at is not None and case.resumes_at <= at:
        go_on(case, by=None, at=case.resumes_at)
    return case


def count(case: Case, *, at: datetime) -> None:
    """Bring an open clock up to `at`, by the calendar of now."""
    if case.state == Case.State.OPEN:
        _settle(case, working_calendar(), at=at)
        case.save()


def locked_open(case_id: int, *, at: datetime) -> Case:
    case = locked(case_id, at=at)
    if case.state != Case.State.OPEN:
        raise DomainError(f"Berkas ini sudah {case.get_state_display().lower()}.", code="ended", status=409)
    return case
