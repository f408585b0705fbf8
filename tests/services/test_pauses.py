"""A pause that knows its end is over at that very instant, whether or not anything ran then."""

from datetime import date, timedelta
from io import StringIO

import builders
import pytest
from builders import at
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinerjaku.errors import DomainError
from services import tasks
from services.actions import calendar as calendars
from services.actions import case as actions
from services.actions import clockwork
from services.actions import standard as standards
from services.calendar import working_calendar
from services.models import CalendarYear, Case, Closure

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY = at("2026-04-20 07:30"), at("2026-04-21 10:00")  # a week without holidays
HOUR = timedelta(hours=1)


@pytest.fixture
def case(cast):
    """A verification whose clock runs from Monday 07.30, held from 08.30 until Tuesday 10.00."""
    standards.load(at=MONDAY)
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    actions.complete_step(made.pk, 1, by=None, at=MONDAY)
    return hold(cast, made, until=TUESDAY)


def hold(cast, case, *, until, when=MONDAY + HOUR, kind="waiting_for_unit"):
    return actions.pause(case.pk, kind=kind, reason="Contoh.", until=until, by=cast.verifier, at=when)


def sweep(when):
    with builders.moment(at(when)):
        tasks.sound_clocks()


def fresh(case):
    return Case.objects.select_related("standard", "step", "unit").get(pk=case.pk)


def kinds(case):
    return [event.kind for event in case.events.order_by("seq")]


def test_the_sweep_resumes_it_at_the_very_end_and_once(case):
    for when in ("2026-04-21 09:59", "2026-04-21 10:07", "2026-04-21 10:08"):
        sweep(when)
    assert fresh(case).running_since == TUESDAY
    last = case.events.order_by("-seq")[0]
    assert (last.kind, last.at, last.by) == ("resume", TUESDAY, None)
    assert kinds(case) == ["start", "step", "pause", "resume"]


def test_a_schedule_that_slept_owes_what_it_would_have_owed(case):
    sweep("2026-06-02 09:00")
    # 23 h 45 of working time: 1 h on Monday, 5 h on Tuesday, 7,5 h a day on Wednesday and Thursday, 2 h 45 on Friday
    assert case.obligations.get(kind="oral").accrued_at == at("2026-04-24 10:15")


def test_an_act_first_lets_it_resume(cast, case):
    actions.complete_step(case.pk, 2, by=cast.verifier, at=at("2026-04-21 11:00"))
    assert fresh(case).clock.elapsed(at("2026-04-21 12:00"), working_calendar()) == 3 * HOUR
    assert kinds(case) == ["start", "step", "pause", "resume", "step"]


def test_people_see_the_clock_run_though_nothing_has_written_it_down(case):
    seen = fresh(case).seen_at(at("2026-04-21 11:00"), working_calendar())
    assert seen.clock.elapsed(at("2026-04-21 11:00"), working_calendar()) == 2 * HOUR
    assert (seen.due_at, seen.is_paused) == (at("2026-04-24 10:15"), False)
    assert fresh(case).is_paused


def test_the_page_and_the_list_say_the_same_before_and_after_the_sweep(cast, case, as_user):
    client = as_user(cast.operator)
    with builders.moment(at("2026-04-21 11:00")):
        before = client.get(case.get_absolute_url()).content.decode()
        assert "24 April 2026 pukul 10.15 WIB" in client.get("/layanan/").content.decode()
        tasks.sound_clocks()
        after = client.get(case.get_absolute_url()).content.decode()
    for text in (before, after):
        assert "2 jam</strong> dari 23 jam 45 menit kerja" in text
        assert "Jam layanan dijeda" not in text


def test_the_page_says_until_when(cast, case, as_user):
    with builders.moment(at("2026-04-20 09:00")):
        text = as_user(cast.operator).get(case.get_absolute_url()).content.decode()
    assert "sampai 21 April 2026 pukul 10.00 WIB" in text


def test_who_goes_on_earlier_ends_it(cast, case):
    actions.resume(case.pk, by=cast.verifier, at=at("2026-04-20 10:00"))
    sweep("2026-04-22 09:00")
    assert (fresh(case).running_since, fresh(case).resumes_at) == (at("2026-04-20 10:00"), None)
    assert kinds(case).count("resume") == 1


def test_replaying_the_events_gives_the_stored_clock_at_every_turn(cast, case):
    for act in (
        lambda: sweep("2026-04-21 12:00"),
        lambda: hold(cast, case, until=at("2026-04-23 09:00"), when=at("2026-04-22 09:00")),
        lambda: actions.complete_step(case.pk, 2, by=cast.verifier, at=at("2026-04-23 10:00")),
        lambda: actions.cancel(case.pk, reason="Contoh.", by=cast.karoren, at=at("2026-04-23 11:00")),
    ):
        act()
        call_command("replay_clocks", stdout=StringIO())


def test_a_case_cancelled_while_held_has_no_end_of_pause_left(cast, case):
    actions.cancel(case.pk, reason="Contoh.", by=cast.karoren, at=at("2026-04-20 09:00"))
    sweep("2026-04-22 09:00")
    assert (fresh(case).resumes_at, kinds(case)[-1]) == (None, "end")


# Bad input


@pytest.mark.parametrize("until", ["2026-04-20 08:30", "2026-04-19 08:00"])
def test_a_pause_does_not_end_before_it_begins(cast, case, until):
    actions.resume(case.pk, by=cast.verifier, at=MONDAY + HOUR)
    with pytest.raises(DomainError, match="sesudah saat ini") as refused:
        hold(cast, case, until=at(until))
    assert refused.value.code == "ends_before_it_begins"


def test_a_pause_does_not_overlap_another_and_the_end_of_that_one_is_named(cast, case):
    with pytest.raises(DomainError, match=r"sudah dijeda sampai 21 April 2026 pukul 10\.00 WIB") as refused:
        hold(cast, case, until=at("2026-04-22 09:00"), when=TUESDAY - HOUR)
    assert refused.value.code == "not_running"
    hold(cast, case, until=at("2026-04-22 09:00"), when=TUESDAY)  # it is over at its end
    assert kinds(case)[-2:] == ["resume", "pause"]


def test_the_form_refuses_what_the_act_refuses_and_keeps_what_was_typed(cast, case, as_user):
    client, address = as_user(cast.verifier), f"/layanan/{case.pk}/jeda/"
    with builders.moment(at("2026-04-22 09:00")):
        fields = {"kind": "force_majeure", "reason": "Banjir.", "until": "2026-04-21T09:00"}
        answer = client.post(address, fields)
        assert (answer.status_code, "sesudah saat ini" in answer.content.decode()) == (422, True)
        assert "Banjir." in answer.content.decode()
        assert "Periksa tahunnya" in client.post(address, fields | {"until": "9999-01-01T09:00"}).content.decode()
        assert "tanggal dan jam yang benar" in client.post(address, fields | {"until": "besok"}).content.decode()
        assert client.post(address, fields | {"until": "24-04-2026 09.00"}).status_code == 302
    assert fresh(case).resumes_at == at("2026-04-24 09:00")


def test_the_database_keeps_no_end_of_a_pause_beside_a_clock_that_runs(case):
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.update(running_since=MONDAY)


# Another calendar meanwhile


def test_a_holiday_decreed_before_the_pause_ended_counts_once(cast, case):
    closure = Closure(day=date(2026, 4, 20), kind="other", name="Contoh", basis="Contoh")
    calendars.save_closure(closure, by=cast.admin, at=at("2026-04-21 09:00"))
    sweep("2026-04-21 11:00")
    assert fresh(case).clock.elapsed(at("2026-04-21 11:00"), working_calendar()) == HOUR
    assert kinds(case)[-2:] == ["recount", "resume"]
    call_command("replay_clocks", stdout=StringIO())


def test_an_act_that_comes_before_the_sweep_counts_with_the_new_calendar(cast, case):
    closure = Closure(day=date(2026, 4, 20), kind="other", name="Contoh", basis="Contoh")
    calendars.save_closure(closure, by=cast.admin, at=at("2026-04-21 09:00"))
    actions.complete_step(case.pk, 2, by=cast.verifier, at=at("2026-04-21 11:00"))
    assert fresh(case).clock.elapsed(at("2026-04-21 11:00"), working_calendar()) == HOUR
    call_command("replay_clocks", stdout=StringIO())


def test_a_pause_into_a_year_without_calendar_is_named_when_it_ends(cast, case):
    other = hold(cast, actions.resume(case.pk, by=cast.verifier, at=MONDAY + HOUR), until=at("2026-12-31 09:00"))
    CalendarYear.objects.filter(year=2026).delete()
    calendars._stamp()
    sweep("2026-12-31 10:00")  # is logged, and holds up nothing
    with pytest.raises(DomainError, match="2026 belum dimuat"):
        actions.cancel(other.pk, reason="Contoh.", by=cast.karoren, at=at("2026-12-31 10:00"))


# The same, whenever the sweep ran


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 4000)), min_size=1, max_size=4),
    st.lists(st.integers(1, 9000), max_size=6),
)
def test_the_clock_does_not_depend_on_when_the_sweep_ran(cast, pauses, sweeps):
    with transaction.atomic():
        standards.load(at=MONDAY)
        told = []
        for subject, is_swept in (("disapu", True), ("tidak", False)):
            case = actions.start("verification", cast.unit, subject, by=None, at=MONDAY)
            actions.complete_step(case.pk, 1, by=None, at=MONDAY)
            now, due = MONDAY, sorted(MONDAY + timedelta(minutes=m) for m in sweeps) if is_swept else []
            for gap, length in pauses:
                now += timedelta(minutes=gap)
                while due and due[0] <= now:
                    actions.sound(case.pk, at=due.pop(0))
                hold(cast, case, until=now + timedelta(minutes=length), when=now)
                now += timedelta(minutes=length)
            now += timedelta(days=9)
            for instant in due:
                actions.sound(case.pk, at=min(instant, now))
            actions.complete_step(case.pk, 2, by=cast.verifier, at=now)
            owed = list(case.obligations.order_by("kind").values_list("kind", "accrued_at", "due_at"))
            turns = [(event.kind, event.at) for event in case.events.order_by("seq")]
            told.append((fresh(case).clock, owed, turns))
        assert told[0] == told[1]
        assert list(clockwork.faults()) == []
        transaction.set_rollback(True)
