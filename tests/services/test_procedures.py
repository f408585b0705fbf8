"""Procedures that people walk by hand: beginning, requirements, steps by actor, handing over, time by step."""

from datetime import timedelta

import builders
import pytest
from builders import at
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Notice
from accounts.roles import Role
from kinerjaku.errors import DomainError
from reporting import home
from services import requirements, sla, turns
from services.actions import case as actions
from services.actions import standard as standards
from services.bar import bar_of, steps_of
from services.calendar import working_calendar
from services.models import Case

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")
HOUR = timedelta(hours=1)


@pytest.fixture
def loaded(db):
    standards.load(at=MONDAY)
    builders.walked_by_hand("report_assistance", "collection")


@pytest.fixture
def collection(cast, loaded):
    return actions.start("collection", cast.unit, "Triwulan I 2026", by=cast.operator, at=MONDAY, year=2026, quarter=1)


def fresh(case):
    return Case.objects.select_related("standard", "step", "unit").get(pk=case.pk)


def test_only_who_does_the_first_step_or_the_bureau_begins(cast, loaded):
    begin = {"unit": cast.unit, "subject": "Tahun 2026", "at": MONDAY, "year": 2026}
    actions.start("report_assistance", **begin, by=cast.kasubag)
    with pytest.raises(PermissionDenied):
        actions.start("collection", **begin, by=cast.verifier)  # inside the unit
    with pytest.raises(Http404):
        actions.start("report_assistance", **begin, by=cast.stranger)


def test_a_verification_is_begun_by_its_worksheet_alone(cast, loaded):
    with pytest.raises(DomainError) as refused:
        actions.start("verification", cast.unit, "Triwulan I 2026", by=cast.verifier, at=MONDAY)
    assert refused.value.code == "moved_elsewhere"


def test_a_step_of_the_worksheet_is_not_completed_by_hand(cast, loaded):
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    actions.carry(made.pk, through=2, by=None, at=MONDAY)
    with pytest.raises(DomainError) as refused:
        actions.complete_by_hand(made.pk, 3, note="", by=cast.verifier, at=MONDAY + HOUR)
    assert refused.value.code == "moved_elsewhere"


def test_a_requirement_that_is_not_met_keeps_the_case_from_beginning(cast, loaded):
    verifier = builders.user(Role.VERIFIER, cast.unit)
    with pytest.raises(DomainError, match="Syarat yang belum terpenuhi: Unit kerja Eselon I") as refused:
        actions.start("validation", cast.unit, "Tahun 2027", by=verifier, at=MONDAY, year=2027)
    assert refused.value.code == "requirement_unmet"
    assert not Case.objects.exists()


def test_requirements_are_a_checklist(cast, loaded):
    setjen_verifier = builders.user(Role.VERIFIER, cast.setjen)
    made = actions.start("validation", cast.setjen, "Tahun 2027", by=setjen_verifier, at=MONDAY, year=2027)
    assert [one.is_met for one in requirements.checklist(made, MONDAY)] == [True, False]
    for order in (1, 2, 3):
        actions.complete_step(made.pk, order, by=None, at=MONDAY)
    assert [one.is_met for one in requirements.checklist(fresh(made), MONDAY)] == [True, True]


def test_the_claims_of_the_quarter_are_looked_at(cast, loaded):
    builders.indicator(cast.unit)
    builders.quarter()
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY, year=2026, quarter=1)
    assert [one.is_met for one in requirements.checklist(made, MONDAY)] == [True, False, False]
    builders.submitted(cast.unit, by=cast.operator)
    assert [one.is_met for one in requirements.checklist(made, MONDAY)] == [True, True, True]


def test_a_format_is_not_filled_in_before_the_quarter_is_over(cast, loaded):
    early = at("2026-03-02 08:00")
    made = actions.start("collection", cast.unit, "Triwulan I 2026", by=cast.operator, at=early, year=2026, quarter=1)
    actions.complete_by_hand(made.pk, 1, note="", by=cast.operator, at=early)
    actions.complete_by_hand(made.pk, 2, note="", by=cast.kasubag, at=early)
    with pytest.raises(DomainError, match="Triwulan yang dilaporkan sudah berakhir"):
        actions.complete_by_hand(made.pk, 3, note="", by=cast.operator, at=early)
    actions.complete_by_hand(made.pk, 3, note="", by=cast.operator, at=at("2026-04-01 08:00"))


def test_each_step_waits_for_its_own_actor(cast, collection):
    with pytest.raises(PermissionDenied):
        actions.complete_by_hand(collection.pk, 1, note="", by=cast.verifier, at=MONDAY)
    actions.complete_by_hand(collection.pk, 1, note="Format 1.0", by=cast.operator, at=MONDAY)
    assert fresh(collection).events.order_by("-seq")[0].reason == "Format 1.0"


def test_the_unit_withdraws_what_has_not_come_to_the_bureau_yet(cast, loaded):
    made = actions.start("report_assistance", cast.unit, "Tahun 2025", by=cast.kasubag, at=MONDAY, year=2025)
    actions.cancel(made.pk, reason="Tahunnya keliru.", by=cast.operator, at=MONDAY)
    again = actions.start("report_assistance", cast.unit, "Tahun 2025", by=cast.kasubag, at=MONDAY, year=2025)
    actions.carry(again.pk, through=3, by=None, at=MONDAY)
    actions.carry_back(again.pk, reason="Lengkapi.", by=None, at=MONDAY)  # the bureau has seen it all the same
    with pytest.raises(PermissionDenied):
        actions.cancel(again.pk, reason="Tidak jadi.", by=cast.operator, at=MONDAY)


def test_a_case_is_handed_to_another_verifier_of_the_unit(cast, loaded):
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    other, elsewhere = builders.user(Role.VERIFIER, cast.unit), builders.user(Role.VERIFIER, cast.setjen)
    with pytest.raises(DomainError) as refused:
        actions.assign(made.pk, elsewhere, reason="Cuti.", by=cast.verifier, at=MONDAY)
    assert refused.value.code == "wrong_officer"
    with pytest.raises(DomainError) as refused:
        actions.assign(made.pk, other, reason=" ", by=cast.verifier, at=MONDAY)
    assert refused.value.code == "reason_missing"
    actions.assign(made.pk, other, reason="Cuti.", by=cast.verifier, at=MONDAY)
    assert fresh(made).officer == other
    assert Notice.objects.get(user=other).subject.startswith("Berkas diserahkan")


def test_the_time_of_each_step_is_working_time_without_pauses():
    calendar = working_calendar()
    events = [
        (1, True, at("2026-04-20 07:30")),
        (2, True, at("2026-04-20 08:30")),
        (2, False, at("2026-04-20 09:00")),
        (2, True, at("2026-04-21 07:30")),
        (1, True, at("2026-04-21 08:00")),
    ]
    assert sla.spent(events, at("2026-04-21 10:00"), calendar) == {1: 3 * HOUR, 2: HOUR}


def test_the_present_step_has_a_due_instant_that_moves_with_its_pause(cast, loaded):
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    actions.carry(made.pk, through=1, by=None, at=MONDAY)
    invitation = steps_of(fresh(made), MONDAY)[1]
    assert (invitation.used, invitation.due_at) == (0, at("2026-04-20 08:00"))
    actions.pause(made.pk, kind="force_majeure", reason="Banjir.", by=cast.verifier, at=at("2026-04-20 07:40"))
    assert steps_of(fresh(made), at("2026-04-21 12:00"))[1].due_at is None
    actions.resume(made.pk, by=cast.verifier, at=at("2026-04-21 07:30"))
    assert steps_of(fresh(made), at("2026-04-21 07:35"))[1].due_at == at("2026-04-21 07:50")
    late = steps_of(fresh(made), at("2026-04-21 09:00"))[1]
    assert (late.used, late.is_late) == (100, True)


@pytest.mark.parametrize(
    ("when", "percent", "left", "tone"),
    [
        ("2026-04-20 07:30", 0, 1425, "good"),
        ("2026-04-22 11:00", 77, 315, "warning"),
        ("2026-04-23 08:45", 100, 0, "warning"),
        ("2026-04-23 08:46", 100, None, "problem"),
    ],
)
def test_the_bar_says_what_is_left(cast, loaded, when, percent, left, tone):
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    actions.carry(made.pk, through=1, by=None, at=MONDAY)
    bar = bar_of(fresh(made), at(when))
    assert (bar.percent, bar.left, bar.tone) == (percent, left, tone)


def test_a_service_is_begun_and_walked_on_its_page(cast, loaded, as_user):
    client = as_user(cast.kasubag)
    with builders.moment(MONDAY):
        assert "Mulai layanan" in client.get("/layanan/").content.decode()
        refused = client.post("/layanan/baru/", {"key": "report_assistance", "unit": cast.unit.code, "year": ""})
        assert refused.status_code == 422
        fields = {"key": "report_assistance", "unit": cast.unit.code, "year": "2025", "quarter": ""}
        made = client.post("/layanan/baru/", fields)
        case = Case.objects.get()
        assert (made.url, case.subject) == (case.get_absolute_url(), "Tahun 2025")
        assert "Selesaikan langkah ini" in client.get(made.url).content.decode()
        done = client.post(f"/layanan/{case.pk}/langkah/1/selesai/", {"note": "Semua triwulan."})
        assert done.status_code == 302
        again = client.post(f"/layanan/{case.pk}/langkah/1/selesai/", {"note": "Dua kali."})
        assert again.status_code == 409
        page = again.content.decode()
    assert "berada pada langkah 2" in page
    assert "Dua kali." in page


def test_whoever_begins_for_the_bureau_is_its_officer_and_the_unit_is_told(cast, loaded):
    made = actions.start("report_assistance", cast.unit, "Tahun 2025", by=cast.verifier, at=MONDAY, year=2025)
    assert fresh(made).officer == cast.verifier
    told = Notice.objects.filter(cause__startswith=f"case/{made.pk}/turn/")
    assert {notice.user for notice in told} == {cast.operator, cast.kasubag, cast.official}


def test_the_turn_of_a_person_is_a_task_at_home_and_passes_on(cast, loaded):
    made = actions.start("report_assistance", cast.unit, "Tahun 2025", by=cast.kasubag, at=MONDAY, year=2025)
    titles = lambda who: [task.title for task in home.build(who, MONDAY).tasks if "Langkah" in task.title]  # noqa: E731
    assert [title[:10] for title in titles(cast.operator)] == ["Langkah 1:"]
    assert titles(cast.verifier) == []
    for order in (1, 2, 3):
        actions.complete_step(made.pk, order, by=cast.kasubag, at=MONDAY)
    assert [title[:10] for title in titles(cast.verifier)] == ["Langkah 4:"]
    assert Notice.objects.filter(user=cast.verifier, cause__startswith=f"case/{made.pk}/turn/").count() == 1


def test_awaiting_is_the_query_twin_of_having_the_turn(cast, collection):
    for person in (cast.operator, cast.kasubag, cast.verifier, cast.karoren, cast.stranger):
        assert turns.awaiting(person).exists() == turns.has_turn(person, fresh(collection)), person


def test_a_case_is_not_handed_to_whom_has_it(cast, loaded, as_user):
    made = actions.start("report_assistance", cast.unit, "Tahun 2025", by=cast.verifier, at=MONDAY, year=2025)
    with builders.moment(MONDAY):
        assert (
            "Serahkan kepada petugas lain" not in as_user(cast.verifier).get(made.get_absolute_url()).content.decode()
        )
        builders.user(Role.VERIFIER, cast.unit)
        assert "Serahkan kepada petugas lain" in as_user(cast.verifier).get(made.get_absolute_url()).content.decode()
