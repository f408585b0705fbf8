"""The one engine of procedures: a case is started, handed on step by step, paused, ended; its clock is counted anew.

Every act appends an event under the lock of the case. What is owed accrues at each event and in the sweep, whichever
comes first, so that a schedule that slept loses nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from kinerjaku import audit
from kinerjaku.clock import WIB
from kinerjaku.errors import DomainError
from services import requirements, sla
from services.actions import escalation
from services.calendar import StampedCalendar, from_hours_between, hours_between, working_calendar
from services.models import Case, CaseEvent, Obligation, Standard, Step
from services.models.case import counted_of, facts_of
from services.worktime import CalendarNotLoaded, WorkCalendar

Kind, State, Actor = CaseEvent.Kind, Case.State, Step.Actor

ACTS = {  # who completes a step, by its actor
    Actor.UNIT: Verb.SUBMIT,
    Actor.STAFF: Verb.ENTER,
    Actor.KASUBAG: Verb.SUBMIT,
    Actor.OFFICIAL: Verb.SIGN_UNIT,
    Actor.BUREAU: Verb.VERIFY,
    Actor.JOINT: Verb.VERIFY,
    Actor.WITH_ITJEN: Verb.VERIFY,
    Actor.ALL_PARTIES: Verb.VERIFY,
}
AT_RISK = {"risk_75": 75, "risk_90": 90}  # percent of the promise


@transaction.atomic
def start(
    key: str,
    unit: WorkUnit,
    subject: str,
    *,
    by: User | None,
    at: datetime,
    year: int | None = None,
    quarter: int | None = None,
) -> Case:
    """Begin a case under the standard in force; twice gives the same open one. `by` None: the system.

    Raises DomainError `no_standard`, `unit_ended`, `calendar`, `requirement_unmet`, `moved_elsewhere`.
    """
    day = at.astimezone(WIB).date()
    if unit.valid_to is not None and unit.valid_to < day:
        raise DomainError(f"{unit.name} sudah tidak berlaku sejak {unit.valid_to:%d-%m-%Y}.", code="unit_ended")
    standard = Standard.objects.filter(key=key).in_force(day).prefetch_related("steps").first()
    if standard is None:
        raise DomainError("Standar layanan ini belum dimuat. Minta Admin memuatnya.", code="no_standard")
    first = standard.steps.all()[0]
    if by is not None:
        _require_starter(standard, unit, by=by)
    case, created = Case.objects.get_or_create(
        standard=standard,
        unit=unit,
        subject=subject,
        state=State.OPEN,
        defaults={"step": first, "started_at": at, "year": year, "quarter": quarter},
    )
    if created:
        if by is not None:
            requirements.require_met(case, first.order, at)
        _happen(case, Kind.START, runs=first.uses_the_promise, by=by, at=at)
        audit.record(by=by, at=at, verb="mulai berkas layanan", target=case, after=audit.snapshot(case, "step_id"))
    return case


def may_start(user: User, standard: Standard, unit: WorkUnit) -> bool:
    """Whoever does the first step begins the case by hand, or the bureau; never where a worksheet begins it."""
    first = standard.steps.all()[0]
    if first.mover != Step.Mover.PERSON:
        return False
    return any(policy.can(user, verb, unit) for verb in _starts(standard, first))


def may_start_somewhere(user: User, standard: Standard) -> bool:
    """The twin of `may_start` for menus."""
    first = standard.steps.all()[0]
    return first.mover == Step.Mover.PERSON and any(
        policy.can_somewhere(user, verb) for verb in _starts(standard, first)
    )


def _starts(standard: Standard, first: Step) -> set[Verb]:
    return {ACTS[Actor(first.actor)]} | ({Verb.VERIFY} if standard.is_public else set())


def has_turn(user: User, case: Case) -> bool:
    """Whether the user is the actor of the present step."""
    return policy.can(user, ACTS[Actor(case.step.actor)], case.unit)


@transaction.atomic
def complete_step(case_id: int, order: int, *, by: User | None, at: datetime, note: str = "") -> Case:
    """The step `order` is done: the next one begins, or the case is finished. Raises DomainError `wrong_step`."""
    case = _locked_open(case_id)
    _require_turn(case, order, by=by)
    return _complete(case, note, by=by, at=at)


@transaction.atomic
def complete_by_hand(case_id: int, order: int, *, note: str, by: User, at: datetime) -> Case:
    """On the page of the case. Raises DomainError `wrong_step`, `moved_elsewhere`, `requirement_unmet`."""
    case = _locked_open(case_id)
    _require_turn(case, order, by=by)
    _require_by_hand(case)
    requirements.require_met(case, order + 1, at)
    return _complete(case, note.strip(), by=by, at=at)


@transaction.atomic
def carry(case_id: int, *, through: int, by: User | None, at: datetime, note: str = "") -> Case:
    """For what moves a case by its own act and has asked the policy: every step up to `through` is done. A case that
    is further on, or has ended, stays as it is."""
    case = _locked(case_id)
    if by is not None and case.officer_id is None and policy.can(by, Verb.VERIFY, case.unit):
        case.officer = by
    while case.state == State.OPEN and case.step.order <= through:
        case = _complete(case, note, by=by, at=at)
    return case


@transaction.atomic
def send_back(case_id: int, order: int, *, reason: str, by: User | None, at: datetime) -> Case:
    """The step `order` found a fault: the step to which its standard leads back begins again."""
    case = _locked_open(case_id)
    _require_turn(case, order, by=by)
    return _back(case, reason, by=by, at=at)


@transaction.atomic
def send_back_by_hand(case_id: int, order: int, *, reason: str, by: User, at: datetime) -> Case:
    case = _locked_open(case_id)
    _require_turn(case, order, by=by)
    _require_by_hand(case)
    return _back(case, reason, by=by, at=at)


@transaction.atomic
def carry_back(case_id: int, *, reason: str, by: User | None, at: datetime) -> Case:
    """`send_back` for what moves a case by its own act and has asked the policy."""
    return _back(_locked_open(case_id), reason, by=by, at=at)


@transaction.atomic
def assign(case_id: int, officer: User, *, reason: str, by: User, at: datetime) -> Case:
    """Hand an open case to another verifier of its unit. Raises DomainError `wrong_officer`, `reason_missing`."""
    case = _locked_open(case_id)
    policy.require(by, Verb.ASSIGN, case.unit)
    if not policy.can(officer, Verb.VERIFY, case.unit):
        raise DomainError(f"{officer} tidak bertugas sebagai verifikator {case.unit}.", code="wrong_officer")
    if not reason.strip():
        raise DomainError("Tulis alasan penyerahan.", code="reason_missing")
    before = audit.snapshot(case, "officer_id")
    case.officer = officer
    case.save(update_fields=["officer"])
    after = audit.snapshot(case, "officer_id")
    audit.record(by=by, at=at, verb="serahkan berkas", target=case, before=before, after=after, reason=reason.strip())
    notices.tell(
        {officer} - {by},
        cause=f"officer/{case.pk}/{officer.pk}/{at.isoformat()}",
        subject=f"Berkas diserahkan kepada Anda: {case}",
        body=f"{by} menyerahkan {case} kepada Anda. Alasan: {reason.strip()}",
        path=case.get_absolute_url(),
        at=at,
    )
    return case


def lock(case_id: int) -> Case:
    """For an act elsewhere that will move the case: rows first, the audit chain last."""
    return _locked(case_id)


@transaction.atomic
def pause(case_id: int, *, kind: str, reason: str, by: User | None, at: datetime) -> Case:
    """Hold the clock. Raises DomainError `reason_missing`, `unknown_kind`, `not_running`."""
    case = _locked_open(case_id)
    if by is not None:
        policy.require(by, Verb.VERIFY, case.unit)
    if kind not in CaseEvent.PauseKind.values:
        raise DomainError("Pilih jenis jeda.", code="unknown_kind")
    if not reason.strip():
        raise DomainError("Tulis alasan jeda.", code="reason_missing")
    if case.running_since is None:
        raise DomainError("Jam layanan sedang tidak berjalan.", code="not_running", status=409)
    _happen(case, Kind.PAUSE, runs=False, by=by, at=at, pause_kind=kind, reason=reason.strip())
    audit.record(by=by, at=at, verb="jeda jam layanan", target=case, after={"kind": kind}, reason=reason.strip())
    return case


@transaction.atomic
def resume(case_id: int, *, by: User | None, at: datetime) -> Case:
    case = _locked_open(case_id)
    if by is not None:
        policy.require(by, Verb.VERIFY, case.unit)
    if not case.is_paused:
        raise DomainError("Jam layanan sedang tidak dijeda.", code="not_paused", status=409)
    _happen(case, Kind.RESUME, runs=True, by=by, at=at)
    audit.record(by=by, at=at, verb="lanjutkan jam layanan", target=case)
    return case


@transaction.atomic
def cancel(case_id: int, *, reason: str, by: User, at: datetime) -> Case:
    """End it without a result. What is owed by then stays owed."""
    case = _locked_open(case_id)
    policy.require(by, Verb.VERIFY, case.unit)
    if not reason.strip():
        raise DomainError("Tulis alasan pembatalan.", code="reason_missing")
    return _end(case, State.CANCELLED, "batalkan berkas layanan", reason.strip(), by=by, at=at)


@transaction.atomic
def sound(case_id: int, *, at: datetime) -> None:
    """The sweep: act on the marks that the clock has passed. May run twice; a case that has ended stays as it is."""
    case = _locked(case_id)
    if case.state == State.OPEN:
        calendar = working_calendar()
        _catch_up(case, calendar, at=at)
        _settle(case, calendar, at=at)
        case.save()


@transaction.atomic
def recount(case_id: int, *, at: datetime) -> None:
    """The calendar has changed: count an open clock anew, with before and after; obligations stay as they are."""
    case, calendar = _locked(case_id), working_calendar()
    if case.state == State.OPEN and case.calendar_token != calendar.token:
        _catch_up(case, calendar, at=at)
        _settle(case, calendar, at=at)
        case.save()


@transaction.atomic
def fulfil(obligation_id: int, *, to: str, proof: str, by: User, at: datetime) -> Obligation:
    """It was done: who, to whom, when, and what proves it."""
    owed = Obligation.objects.select_for_update(of=("self",)).select_related("case__unit").get(pk=obligation_id)
    policy.require(by, Verb.VERIFY, owed.case.unit)
    if owed.fulfilled_at or owed.waived_at:
        raise DomainError("Kewajiban ini sudah selesai.", code="settled", status=409)
    if not to.strip() or not proof.strip():
        raise DomainError("Tulis kepada siapa dan bukti pemenuhannya.", code="proof_missing")
    owed.fulfilled_at, owed.fulfilled_by, owed.handed_to, owed.proof = at, by, to.strip(), proof.strip()
    owed.save()
    after = audit.snapshot(owed, "fulfilled_at", "handed_to", "proof")
    audit.record(by=by, at=at, verb="penuhi kompensasi", target=owed, after=after)
    return owed


@transaction.atomic
def waive(obligation_id: int, *, reason: str, by: User, at: datetime) -> Obligation:
    """Only Karoren, with a reason."""
    owed = Obligation.objects.select_for_update(of=("self",)).select_related("case__unit").get(pk=obligation_id)
    policy.require(by, Verb.EXTEND, owed.case.unit)
    if owed.fulfilled_at or owed.waived_at:
        raise DomainError("Kewajiban ini sudah selesai.", code="settled", status=409)
    if not reason.strip():
        raise DomainError("Tulis alasan pembebasan.", code="reason_missing")
    owed.waived_at, owed.waiver_reason = at, reason.strip()
    owed.save()
    audit.record(by=by, at=at, verb="bebaskan kompensasi", target=owed, reason=reason.strip())
    return owed


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
    now = working_calendar()
    for case in Case.objects.select_related("standard", "unit").order_by("pk").iterator(chunk_size=500):
        calendar = now if case.frozen_calendar is None else from_hours_between(case.frozen_calendar)
        if (told := replay(case, calendar)) != case.clock:
            yield f"Berkas {case.pk} ({case}): tersimpan {case.clock.used}, menurut kejadiannya {told.used}."


def _happen(case: Case, kind: str, *, runs: bool, by: User | None, at: datetime, **more: Any) -> StampedCalendar:
    """Append the event, move the clock, act on what has passed; the calendar by which it was counted."""
    last = case.events.order_by("-seq").values_list("at", flat=True).first()
    if last is not None and at < last:
        raise DomainError("Saat ini mendahului kejadian terakhir berkas ini.", code="too_early", status=409)
    calendar = working_calendar()
    _catch_up(case, calendar, at=at)
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
    CaseEvent.objects.create(case=case, seq=seq, kind=kind, at=at, by=by, step=case.step.order, runs=runs, **more)


def _settle(case: Case, calendar: StampedCalendar, *, at: datetime) -> None:
    """Obligations that have accrued, people who have to know, and when to look again."""
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
                Obligation.objects.get_or_create(
                    case=case,
                    kind=one.kind,
                    defaults={
                        "accrued_at": running.reaches(one.accrued_after, calendar) or at,
                        "due_at": running.reaches(one.fulfil_by, calendar) or at,
                    },
                )
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


def _complete(case: Case, note: str, *, by: User | None, at: datetime) -> Case:
    following = case.standard.steps.filter(order__gt=case.step.order).first()
    if following is None:
        return _end(case, State.DONE, "selesaikan berkas layanan", note, by=by, at=at)
    return _hand_over(case, following, "selesaikan langkah", note, by=by, at=at)


def _back(case: Case, reason: str, *, by: User | None, at: datetime) -> Case:
    if case.step.back_to is None:
        raise DomainError("Langkah ini tidak dapat dikembalikan.", code="no_way_back", status=409)
    if not reason.strip():
        raise DomainError("Tulis alasan pengembalian.", code="reason_missing")
    target = case.standard.steps.get(order=case.step.back_to)
    return _hand_over(case, target, "kembalikan langkah", reason.strip(), by=by, at=at)


def _hand_over(case: Case, target: Step, verb: str, reason: str, *, by: User | None, at: datetime) -> Case:
    before = audit.snapshot(case, "step_id")
    case.step = target
    _happen(case, Kind.STEP, runs=target.uses_the_promise, by=by, at=at, reason=reason)
    after = audit.snapshot(case, "step_id")
    audit.record(by=by, at=at, verb=verb, target=case, before=before, after=after, reason=reason)
    return case


def _end(case: Case, state: str, verb: str, reason: str, *, by: User | None, at: datetime) -> Case:
    calendar = _happen(case, Kind.END, runs=False, by=by, at=at, reason=reason)
    case.state, case.ended_at, case.end_reason = state, at, reason if state == State.CANCELLED else ""
    case.due_at = case.alarm_at = None
    first, last = (moment.astimezone(WIB).date() for moment in (case.started_at, at))
    case.frozen_calendar = hours_between(calendar, first, last)
    case.save()
    audit.record(by=by, at=at, verb=verb, target=case, after=facts_of(case.clock), reason=reason)
    return case


def _locked(case_id: int) -> Case:
    """Without joins: PostgreSQL, having waited for the lock, would join the new row to the step of the old one and find
    nothing."""
    return Case.objects.select_for_update().get(pk=case_id)


def _locked_open(case_id: int) -> Case:
    case = _locked(case_id)
    if case.state != State.OPEN:
        raise DomainError(f"Berkas ini sudah {case.get_state_display().lower()}.", code="ended", status=409)
    return case


def _require_by_hand(case: Case) -> None:
    if case.step.mover != Step.Mover.PERSON:
        raise DomainError(
            f"Langkah ini selesai dengan sendirinya lewat {case.step.get_mover_display().lower()}.",
            code="moved_elsewhere",
            status=409,
        )


def _require_starter(standard: Standard, unit: WorkUnit, *, by: User) -> None:
    if may_start(by, standard, unit):
        return
    policy.require(by, Verb.VIEW, unit)
    if standard.steps.all()[0].mover != Step.Mover.PERSON:
        raise DomainError("Berkas layanan ini dibuka oleh lembar kerjanya.", code="moved_elsewhere", status=409)
    raise PermissionDenied


def _require_turn(case: Case, order: int, *, by: User | None) -> None:
    if case.step.order != order:
        raise DomainError(
            f"Berkas ini berada pada langkah {case.step.order}. Muat ulang halaman.", code="wrong_step", status=409
        )
    if by is not None:
        policy.require(by, ACTS[Actor(case.step.actor)], case.unit)
