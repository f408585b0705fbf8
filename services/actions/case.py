"""The one engine of procedures: a case is started, handed on step by step, paused, ended; its clock is counted anew.

Every act appends an event under the lock of the case (clockwork.py). What is owed accrues at each event and in the
sweep, whichever comes first, so that a schedule that slept loses nothing.
"""

from datetime import datetime

from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from kinerjaku import audit
from kinerjaku.clock import WIB, said
from kinerjaku.errors import DomainError
from services import requirements, turns
from services.calendar import hours_between, token
from services.models import Case, CaseEvent, Standard, Step
from services.models.case import facts_of

from . import clockwork

Kind, State = CaseEvent.Kind, Case.State


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
        turns.require_starter(standard, unit, by=by)
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
            if policy.can(by, Verb.VERIFY, unit):
                case.officer = by
        clockwork.happen(case, Kind.START, runs=first.uses_the_promise, by=by, at=at)
        if key in turns.BEGINNINGS:
            turns.BEGINNINGS[key](case, by=by, at=at)
        _tell_turn(case, by=by, at=at)
        audit.record(by=by, at=at, verb="mulai berkas layanan", target=case, after=audit.snapshot(case, "step_id"))
    return case


@transaction.atomic
def complete_step(case_id: int, order: int, *, by: User | None, at: datetime, note: str = "") -> Case:
    """The step `order` is done: the next one begins, or the case is finished. Raises DomainError `wrong_step`."""
    case = clockwork.locked_open(case_id, at=at)
    turns.require_turn(case, order, by=by)
    return _complete(case, note, by=by, at=at)


@transaction.atomic
def complete_by_hand(case_id: int, order: int, *, note: str, by: User, at: datetime) -> Case:
    """On the page of the case. Raises DomainError `wrong_step`, `moved_elsewhere`, `requirement_unmet`."""
    case = clockwork.locked_open(case_id, at=at)
    turns.require_turn(case, order, by=by)
    turns.require_by_hand(case)
    requirements.require_met(case, order + 1, at)
    return _complete(case, note.strip(), by=by, at=at)


@transaction.atomic
def carry(case_id: int, *, through: int, by: User | None, at: datetime, note: str = "") -> Case:
    """For what moves a case by its own act and has asked the policy: every step up to `through` is done. A case that
    is further on, or has ended, stays as it is."""
    case = clockwork.locked(case_id, at=at)
    if by is not None and case.officer_id is None and policy.can(by, Verb.VERIFY, case.unit):
        case.officer = by
        case.save(update_fields=["officer"])
    while case.state == State.OPEN and case.step.order <= through:
        case = _complete(case, note, by=by, at=at)
    return case


@transaction.atomic
def send_back(case_id: int, order: int, *, reason: str, by: User | None, at: datetime) -> Case:
    """The step `order` found a fault: the step to which its standard leads back begins again."""
    case = clockwork.locked_open(case_id, at=at)
    turns.require_turn(case, order, by=by)
    return _back(case, reason, by=by, at=at)


@transaction.atomic
def send_back_by_hand(case_id: int, order: int, *, reason: str, by: User, at: datetime) -> Case:
    case = clockwork.locked_open(case_id, at=at)
    turns.require_turn(case, order, by=by)
    turns.require_by_hand(case)
    return _back(case, reason, by=by, at=at)


@transaction.atomic
def carry_back(case_id: int, *, reason: str, by: User | None, at: datetime) -> Case:
    """`send_back` for what moves a case by its own act and has asked the policy."""
    return _back(clockwork.locked_open(case_id, at=at), reason, by=by, at=at)


@transaction.atomic
def assign(case_id: int, officer: User, *, reason: str, by: User, at: datetime) -> Case:
    """Hand an open case to another verifier of its unit. Raises DomainError `wrong_officer`, `reason_missing`."""
    case = clockwork.locked_open(case_id, at=at)
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


def lock(case_id: int, *, at: datetime) -> Case:
    """For an act elsewhere that will move the case: rows first, the audit chain last."""
    return clockwork.locked(case_id, at=at)


@transaction.atomic
def pause(
    case_id: int, *, kind: str, reason: str, until: datetime | None = None, by: User | None, at: datetime
) -> Case:
    """Hold the clock, until an instant or until somebody resumes it.

    Raises DomainError `reason_missing`, `unknown_kind`, `ends_before_it_begins`, `not_running`.
    """
    case = clockwork.locked_open(case_id, at=at)
    if by is not None:
        policy.require(by, Verb.VERIFY, case.unit)
    if kind not in CaseEvent.PauseKind.values:
        raise DomainError("Pilih jenis jeda.", code="unknown_kind")
    if not reason.strip():
        raise DomainError("Tulis alasan jeda.", code="reason_missing")
    if by is not None and kind == CaseEvent.PauseKind.WAITING_FOR_UNIT and turns.leads_back_to_unit(case):
        raise DomainError(
            "Unit tidak dapat berbuat apa pun selama langkah ini. Kembalikan kepadanya lewat lembar kerja; selama itu "
            "jam berhenti sendiri.",
            code="give_back",
            status=409,
        )
    if until is not None and until <= at:
        raise DomainError("Akhir jeda harus sesudah saat ini.", code="ends_before_it_begins")
    if case.running_since is None:
        text = "Jam layanan sedang tidak berjalan."
        if case.is_paused:
            end = f" sampai {said(case.resumes_at)}" if case.resumes_at else ""
            text = f"Jam layanan sudah dijeda{end}. Lanjutkan dahulu sebelum menjeda lagi."
        raise DomainError(text, code="not_running", status=409)
    clockwork.hold(case, kind, reason.strip(), until=until, by=by, at=at)
    return case


@transaction.atomic
def wait(case_id: int, until: datetime | None, *, reason: str, by: User, at: datetime) -> Case:
    """Hold the clock until the meeting that an invitation announces (domain guide 3). Called again, the meeting was
    moved; with None it is off, and the clock goes on now. A pause of another kind stays as it is.

    For the act on the invitation, which has asked the policy.
    """
    case = clockwork.locked_open(case_id, at=at)
    waits = clockwork.waits_for_meeting(case)
    if case.is_paused and not waits:
        return case
    if until is not None and until != case.resumes_at:
        clockwork.hold(case, CaseEvent.PauseKind.WAITING_FOR_MEETING, reason, until=until, by=by, at=at)
    elif until is None and waits:
        clockwork.go_on(case, by=by, at=at, reason=reason)
        audit.record(by=by, at=at, verb="lanjutkan jam layanan", target=case, reason=reason)
    return case


@transaction.atomic
def resume(case_id: int, *, by: User | None, at: datetime) -> Case:
    case = clockwork.locked_open(case_id, at=at)
    if by is not None:
        policy.require(by, Verb.VERIFY, case.unit)
    if not case.is_paused:
        raise DomainError("Jam layanan sedang tidak dijeda.", code="not_paused", status=409)
    clockwork.go_on(case, by=by, at=at)
    audit.record(by=by, at=at, verb="lanjutkan jam layanan", target=case)
    return case


@transaction.atomic
def cancel(case_id: int, *, reason: str, by: User | None, at: datetime) -> Case:
    """End it without a result. What is owed by then stays owed. Where a worksheet goes on, only Karoren: nobody gets
    rid of a promise by cancelling it; the unit only what has not come to the bureau yet. `by` None: the schedule, where
    a deadline has left nothing to go on with."""
    case = clockwork.locked_open(case_id, at=at)
    if by is not None:
        turns.require_may_cancel(by, case)
    if not reason.strip():
        raise DomainError("Tulis alasan pembatalan.", code="reason_missing")
    return _end(case, State.CANCELLED, "batalkan berkas layanan", reason.strip(), by=by, at=at)


@transaction.atomic
def sound(case_id: int, *, at: datetime) -> None:
    """The sweep: act on the marks that the clock has passed. May run twice; a case that has ended stays as it is."""
    clockwork.count(clockwork.locked(case_id, at=at), at=at)


@transaction.atomic
def recount(case_id: int, *, at: datetime) -> None:
    """The calendar has changed: count an open clock anew, with before and after; obligations stay as they are."""
    case = clockwork.locked(case_id, at=at)
    if case.calendar_token != token():
        clockwork.count(case, at=at)


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
    """The next step begins and the clock with it, unless a meeting is waited for that has not been held yet."""
    before = audit.snapshot(case, "step_id")
    waits = case.step.actor not in Step.TOGETHER and clockwork.waits_for_meeting(case)
    if not waits:
        case.resumes_at = None
    case.step = target
    clockwork.happen(case, Kind.STEP, runs=target.uses_the_promise and not waits, by=by, at=at, reason=reason)
    after = audit.snapshot(case, "step_id")
    _tell_turn(case, by=by, at=at)
    audit.record(by=by, at=at, verb=verb, target=case, before=before, after=after, reason=reason)
    return case


def _tell_turn(case: Case, *, by: User | None, at: datetime) -> None:
    """A person has handed the case on: whoever does the present step is told. What the schedule or a worksheet moves
    has tasks of its own."""
    if by is None or case.step.mover != Step.Mover.PERSON:
        return
    people = {user for role in turns.TURNS[turns.Actor(case.step.actor)] for user in policy.holders(role, case.unit)}
    notices.tell(
        people - {by},
        cause=f"case/{case.pk}/turn/{case.events.count()}",
        subject=f"Giliran Anda: {case}",
        body=f"Langkah {case.step.order}: {case.step.name}.",
        path=case.get_absolute_url(),
        at=at,
    )


def _end(case: Case, state: str, verb: str, reason: str, *, by: User | None, at: datetime) -> Case:
    case.resumes_at = None
    calendar = clockwork.happen(case, Kind.END, runs=False, by=by, at=at, reason=reason)
    case.state, case.ended_at, case.end_reason = state, at, reason if state == State.CANCELLED else ""
    case.due_at = case.alarm_at = None
    first, last = (moment.astimezone(WIB).date() for moment in (case.started_at, at))
    case.frozen_calendar = hours_between(calendar, first, last)
    case.save()
    if case.standard.key in turns.ENDINGS:
        turns.ENDINGS[case.standard.key](case, by=by, at=at)
    audit.record(by=by, at=at, verb=verb, target=case, after=facts_of(case.clock), reason=reason)
    return case
