"""The engine of procedures: steps, pauses, the clock of a promise, and what lateness owes."""

from datetime import date, timedelta
from io import StringIO

import builders
import pytest
from builders import at
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.http import Http404
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinerjaku.errors import DomainError
from services import sla, tasks
from services.actions import calendar as calendars
from services.actions import case as actions
from services.actions import clockwork
from services.actions import standard as standards
from services.calendar import token, working_calendar
from services.models import CalendarYear, Case, CaseEvent, Closure, Escalation, Obligation

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")  # a week without holidays
HOUR = timedelta(hours=1)


@pytest.fixture
def loaded(db):
    standards.load(at=MONDAY)


@pytest.fixture
def case(cast, loaded):
    """A verification whose unit has done its part: the bureau's clock runs from Monday 07.30."""
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return actions.complete_step(made.pk, 1, by=None, at=MONDAY)


def fresh(case):
    return Case.objects.select_related("standard", "step", "unit").get(pk=case.pk)


def used(case, when):
    return fresh(case).clock.elapsed(at(when), working_calendar())


def owed(case):
    return list(case.obligations.order_by("accrued_at", "pk").values_list("kind", flat=True))


# Steps


def test_starting_twice_gives_the_same_case(cast, loaded):
    first, second = (actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY) for _ in range(2))
    assert first == second
    assert first.events.count() == 1


def test_without_a_standard_nothing_is_started(cast):
    with pytest.raises(DomainError, match="belum dimuat"):
        actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)


def test_a_unit_that_no_longer_exists_gets_no_case(cast, loaded):
    cast.unit.valid_to = date(2026, 4, 19)
    with pytest.raises(DomainError, match="tidak berlaku sejak 19-04-2026"):
        actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)


def test_the_steps_are_walked_in_order_to_the_end(cast, case):
    for order in (2, 3, 4, 5):
        case = actions.complete_step(case.pk, order, by=cast.verifier, at=MONDAY + order * HOUR)
    assert (case.state, case.ended_at) == ("done", MONDAY + 5 * HOUR)
    assert [event.step for event in case.events.order_by("seq")] == [1, 2, 3, 4, 5, 5]


@pytest.mark.parametrize("order", [1, 3, 99])
def test_a_step_that_is_not_the_present_one_is_refused(cast, case, order):
    with pytest.raises(DomainError) as refused:
        actions.complete_step(case.pk, order, by=cast.verifier, at=MONDAY + HOUR)
    assert refused.value.code == "wrong_step"


def test_only_the_actor_of_a_step_completes_it(cast, case):
    with pytest.raises(PermissionDenied):
        actions.complete_step(case.pk, 2, by=cast.operator, at=MONDAY + HOUR)
    with pytest.raises(Http404):
        actions.complete_step(case.pk, 2, by=cast.stranger, at=MONDAY + HOUR)


def test_nothing_happens_before_what_happened_last(cast, case):
    with pytest.raises(DomainError) as refused:
        actions.complete_step(case.pk, 2, by=cast.verifier, at=MONDAY - HOUR)
    assert refused.value.code == "too_early"


def test_a_wrong_format_goes_back_with_a_reason(cast, loaded):
    builders.walked_by_hand("collection")
    made = actions.start("collection", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    actions.complete_step(made.pk, 1, by=cast.operator, at=MONDAY)
    with pytest.raises(DomainError, match="alasan"):
        actions.send_back(made.pk, 2, reason=" ", by=cast.kasubag, at=MONDAY)
    back = actions.send_back(made.pk, 2, reason="Kolom kurang.", by=cast.kasubag, at=MONDAY)
    assert back.step.order == 1
    with pytest.raises(DomainError, match="tidak dapat dikembalikan"):
        actions.send_back(made.pk, 1, reason="Salah.", by=cast.operator, at=MONDAY)


def test_a_cancelled_case_is_over(cast, case):
    actions.cancel(case.pk, reason="Unit digabung.", by=cast.karoren, at=MONDAY + HOUR)
    with pytest.raises(DomainError, match="sudah dibatalkan"):
        actions.complete_step(case.pk, 2, by=cast.verifier, at=MONDAY + 2 * HOUR)
    again = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY + 3 * HOUR)
    assert again.pk != case.pk


# The clock


def test_the_units_own_step_does_not_use_the_promise(cast, loaded):
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    assert used(made, "2026-04-22 12:00") == timedelta(0)


def test_only_working_time_counts(case):
    assert used(case, "2026-04-20 08:30") == HOUR
    assert used(case, "2026-04-20 23:00") == 7.5 * HOUR
    assert used(case, "2026-04-21 08:30") == 8.5 * HOUR


def test_the_promise_ends_after_three_days_and_a_little(case):
    assert fresh(case).due_at == at("2026-04-23 08:45")  # 3 x 7,5 hours and 1 hour 15


def test_a_pause_holds_the_clock_and_moves_the_promise(cast, case):
    actions.pause(
        case.pk, kind="waiting_for_unit", reason="Menunggu dokumen.", by=cast.verifier, at=at("2026-04-20 08:30")
    )
    assert fresh(case).is_paused
    assert fresh(case).due_at is None
    assert used(case, "2026-04-21 15:00") == HOUR
    actions.resume(case.pk, by=cast.verifier, at=at("2026-04-21 08:30"))
    assert fresh(case).due_at == at("2026-04-24 08:45")


@pytest.mark.parametrize(
    ("kind", "reason", "code"),
    [("lain", "Alasan.", "unknown_kind"), ("force_majeure", "  ", "reason_missing")],
)
def test_a_pause_needs_its_kind_and_a_reason(cast, case, kind, reason, code):
    with pytest.raises(DomainError) as refused:
        actions.pause(case.pk, kind=kind, reason=reason, by=cast.verifier, at=MONDAY)
    assert refused.value.code == code


def test_pauses_do_not_overlap(cast, case):
    actions.pause(case.pk, kind="force_majeure", reason="Banjir.", by=cast.verifier, at=MONDAY)
    with pytest.raises(DomainError) as refused:
        actions.pause(case.pk, kind="force_majeure", reason="Banjir.", by=cast.verifier, at=MONDAY + HOUR)
    assert refused.value.code == "not_running"
    actions.resume(case.pk, by=cast.verifier, at=MONDAY + HOUR)
    with pytest.raises(DomainError) as refused:
        actions.resume(case.pk, by=cast.verifier, at=MONDAY + 2 * HOUR)
    assert refused.value.code == "not_paused"


def test_a_new_holiday_moves_an_open_clock_with_before_and_after(cast, case):
    actions_before = fresh(case).due_at
    closure = Closure(day=date(2026, 4, 21), kind="other", name="Contoh", basis="Contoh")
    calendars.save_closure(closure, by=cast.admin, at=MONDAY)
    with builders.moment(MONDAY + HOUR):
        tasks.sound_clocks()
        tasks.sound_clocks()
    assert (actions_before, fresh(case).due_at) == (at("2026-04-23 08:45"), at("2026-04-24 08:45"))
    assert [event.kind for event in case.events.order_by("seq")] == ["start", "step", "recount"]


def test_a_finished_clock_stays_as_it_was_counted(cast, case):
    for order in (2, 3, 4, 5):
        actions.complete_step(case.pk, order, by=cast.verifier, at=at("2026-04-21 09:30"))
    before = fresh(case).clock.used
    closure = Closure(day=date(2026, 4, 20), kind="other", name="Contoh", basis="Contoh")
    calendars.save_closure(closure, by=cast.admin, at=at("2026-04-22 08:00"))
    with builders.moment(at("2026-04-22 09:00")):
        tasks.sound_clocks()
    assert fresh(case).clock.used == before == 9.5 * HOUR
    assert list(clockwork.faults()) == []


def closed(day, cast, when):
    calendars.save_closure(Closure(day=day, kind="other", name="Contoh", basis="Contoh"), by=cast.admin, at=at(when))


def test_whoever_comes_before_the_sweep_counts_a_changed_calendar_first(cast, case):
    """A clock is never made of two calendars: the stretch that was over had been counted with the former one."""
    actions.pause(case.pk, kind="force_majeure", reason="Banjir.", by=cast.verifier, at=at("2026-04-21 16:00"))
    closed(date(2026, 4, 21), cast, "2026-04-22 08:00")
    actions.resume(case.pk, by=cast.verifier, at=at("2026-04-22 09:00"))
    for order in (2, 3, 4, 5):
        actions.complete_step(case.pk, order, by=cast.verifier, at=at("2026-04-22 10:00"))
    assert fresh(case).clock.used == 8.5 * HOUR
    assert list(clockwork.faults()) == []
    recount = case.events.get(kind="recount")
    assert (recount.before.minutes, recount.after.minutes) == (15 * 60, 450)


def test_a_recount_tells_when_the_promise_ended_before_and_ends_now(cast, case):
    closed(date(2026, 4, 21), cast, "2026-04-20 08:00")
    actions.recount(case.pk, at=at("2026-04-20 08:01"))
    recount = case.events.get(kind="recount")
    assert (recount.before.due_at, recount.after.due_at) == (at("2026-04-23 08:45"), at("2026-04-24 08:45"))


def test_a_day_that_is_worked_again_makes_a_held_clock_owe(cast, case):
    closed(date(2026, 4, 21), cast, "2026-04-20 08:00")
    actions.pause(case.pk, kind="force_majeure", reason="Banjir.", by=cast.verifier, at=at("2026-04-23 16:00"))
    with builders.moment(at("2026-04-24 08:00")) as now:
        tasks.sound_clocks()
        assert owed(case) == []
        calendars.remove_closure(Closure.objects.get(day=date(2026, 4, 21)), by=cast.admin, at=now)
        tasks.sound_clocks()
    oral, written = case.obligations.order_by("pk")
    assert (oral.accrued_at, oral.due_at) == (now, now)
    assert written.due_at == at("2026-04-28 11:00")  # 30 hours are used; 18 more from now on


def test_a_sweep_that_finds_an_alarm_first_counts_a_changed_calendar_too(cast, case):
    closed(date(2026, 4, 21), cast, "2026-04-20 08:00")
    actions.sound(case.pk, at=at("2026-04-23 09:00"))
    assert owed(case) == []
    assert fresh(case).due_at == at("2026-04-24 08:45")


def test_a_case_without_a_promise_is_not_counted_anew_for_ever(cast, loaded):
    builders.walked_by_hand("collection")
    actions.start("collection", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    assert not Case.objects.counted_otherwise(token()).exists()


def test_replaying_finds_a_clock_that_was_tampered_with(case):
    out = StringIO()
    call_command("replay_clocks", stdout=out)
    assert out.getvalue() == "1 jam layanan cocok.\n"
    Case.objects.update(used_microseconds=5)
    with pytest.raises(CommandError, match="1 jam layanan tidak cocok"):
        call_command("replay_clocks", stderr=StringIO())


def test_a_year_without_a_calendar_is_named(cast, loaded):
    late = at("2027-12-30 09:00")
    made = actions.start("verification", cast.unit, "Triwulan III 2027", by=None, at=late)
    with pytest.raises(DomainError, match="tahun 2028 belum dimuat"):
        actions.complete_step(made.pk, 1, by=None, at=late)


def test_a_year_that_is_missing_holds_up_no_other_case(cast, case, as_user):
    other = actions.start("validation", cast.unit, "Usulan 2027", by=None, at=MONDAY)
    CalendarYear.objects.filter(year=2026).delete()
    calendars._stamp()
    with builders.moment(at("2026-04-21 09:00")):
        tasks.sound_clocks()
        page = as_user(cast.verifier).get(case.get_absolute_url())
    assert (page.status_code, "tahun 2026 belum dimuat" in page.content.decode()) == (409, True)
    assert {fresh(case).calendar_token, fresh(other).calendar_token} == {"test"}


# What is owed

DUE = at("2026-04-23 08:45")


def test_nothing_is_owed_at_exactly_the_promise(case):
    with builders.moment(DUE):
        tasks.sound_clocks()
    assert owed(case) == []


def test_a_microsecond_later_an_apology_is_owed_once(case):
    for late in (1, 2, 3):
        with builders.moment(DUE + timedelta(microseconds=late)):
            tasks.sound_clocks()
    assert owed(case) == ["oral", "written"]
    oral, written = case.obligations.order_by("pk")
    assert (oral.accrued_at, oral.due_at) == (DUE, DUE)
    assert written.due_at == at("2026-04-28 10:30")  # 48 working hours after Monday 07.30


def test_a_schedule_that_slept_for_weeks_owes_the_same(case):
    with builders.moment(at("2026-06-02 09:00")):
        tasks.sound_clocks()
    assert owed(case) == ["oral", "written", "in_person"]
    assert case.obligations.get(kind="oral").accrued_at == DUE
    assert case.obligations.get(kind="in_person").accrued_at == at("2026-05-04 12:00")


def test_what_was_late_is_owed_even_if_the_schedule_never_ran(cast, case):
    for order in (2, 3, 4, 5):
        actions.complete_step(case.pk, order, by=cast.verifier, at=at("2026-04-24 09:00"))
    assert owed(case) == ["oral", "written"]


# Against an independent, slow count

MINUTE = timedelta(minutes=1)


def slowly(stretches, end):
    """What is owed, by looking at every minute of the stretches in which the clock ran."""
    calendar, minutes = working_calendar(), 0
    for begin, stop in stretches:
        instant = begin
        while instant < stop:
            minutes += calendar.is_open(instant)
            instant += MINUTE
    elapsed = minutes * MINUTE
    return [one.kind for one in sla.tiers(elapsed, timedelta(minutes=1425))], elapsed


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 3 * 24 * 60), min_size=1, max_size=7), st.lists(st.booleans(), min_size=8, max_size=8))
def test_obligations_are_those_of_a_slow_count(cast, loaded, gaps, sweeps):
    Escalation.objects.all().delete()
    Obligation.objects.all().delete()
    Case.objects.all().delete()
    case = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    actions.complete_step(case.pk, 1, by=None, at=MONDAY)
    now, begin, stretches = MONDAY, MONDAY, []
    for number, gap in enumerate(gaps):
        now += gap * MINUTE
        if sweeps[number]:
            actions.sound(case.pk, at=now)
        if begin is not None:
            actions.pause(case.pk, kind="force_majeure", reason="Uji.", by=cast.verifier, at=now)
            stretches.append((begin, now))
            begin = None
        else:
            actions.resume(case.pk, by=cast.verifier, at=now)
            begin = now
    now += MINUTE
    if begin is not None:
        stretches.append((begin, now))
    for order in (2, 3, 4, 5):
        if order == 2 and begin is None:
            actions.resume(case.pk, by=cast.verifier, at=now)
        actions.complete_step(case.pk, order, by=cast.verifier, at=now)
    expected, elapsed = slowly(stretches, now)
    assert fresh(case).clock.used == elapsed
    assert owed(case) == expected
    assert CaseEvent.objects.filter(case=case).exists()
    assert list(clockwork.faults()) == []
