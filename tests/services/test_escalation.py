"""Escalation along the chain of oversight: who is told of what, once, in working hours, and what proves it."""

from datetime import timedelta
from io import StringIO

import builders
import pytest
from builders import at
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import actions
from accounts.models import Notice
from accounts.roles import Role
from services import office, tasks
from services.actions import calendar as calendars
from services.actions import case as cases
from services.actions import compensation, escalation
from services.actions import standard as standards
from services.models import CalendarYear, Escalation, Obligation

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")  # a week without holidays
DUE = at("2026-04-23 08:45")  # the promise: three days of 7,5 hours and 1 hour 15
WRITTEN_DUE = at("2026-04-28 10:30")  # 48 working hours


@pytest.fixture
def chain(cast):
    """One person for each role above the unit."""
    roles = (Role.QUALITY_LEAD, Role.TEAM_LEAD, Role.SEKJEN, Role.ITJEN_OVERSIGHT, Role.ITJEN_VALIDATOR)
    people = {role: builders.user(role, cast.bureau) for role in roles}
    return {**people, Role.VERIFIER: cast.verifier, Role.KAROREN: cast.karoren, Role.ADMIN: cast.admin}


@pytest.fixture
def case(cast, chain):
    """A verification whose unit has done its part: the bureau's clock runs from Monday 07.30."""
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


def sweep(*instants):
    for instant in instants:
        with builders.moment(at(instant) if isinstance(instant, str) else instant):
            tasks.sound_clocks()
            tasks.escalate_overdue()


def told(case, mark):
    """The roles of those who have a notice of it."""
    row = Escalation.objects.get(case=case, mark=mark)
    people = Notice.objects.filter(cause=row.cause).values_list("user__memberships__role", flat=True)
    assert sorted(people) == sorted(role for role, count in row.told.items() if count)
    return set(people)


BROKEN = {"verifier", "team_lead", "karoren"}


@pytest.mark.parametrize(
    ("instant", "mark", "roles"),
    [
        ("2026-04-22 12:00", "risk_75", {"verifier", "quality_lead"}),
        ("2026-04-22 15:00", "risk_90", {"verifier", "quality_lead"}),
        ("2026-04-23 08:46", "oral", BROKEN),
        ("2026-05-05 09:00", "in_person", BROKEN | {"sekjen"}),
        ("2026-04-23 09:46", "overdue_oral", BROKEN | {"sekjen"}),
        ("2026-04-28 10:31", "overdue_written", BROKEN | {"sekjen"}),
        ("2026-05-05 09:00", "overdue_in_person", BROKEN | {"sekjen"}),
    ],
)
def test_each_mark_tells_its_part_of_the_chain(case, instant, mark, roles):
    sweep(instant)
    assert told(case, mark) == roles


def test_nobody_is_told_twice_of_one_mark(case):
    sweep("2026-04-22 12:00", "2026-04-22 14:00", "2026-04-23 09:00", "2026-04-23 10:00", "2026-04-23 11:00")
    assert sorted(case.escalations.values_list("mark", flat=True)) == ["oral", "overdue_oral", "risk_75", "risk_90"]
    notices = Notice.objects.values_list("user", "cause")
    assert len(notices) == len(set(notices)) == 2 + 2 + 3 + 4 + 2  # and the owner of each obligation


def test_a_row_says_since_when_and_when_it_was_told(case):
    sweep("2026-04-24 09:00")
    breach = case.escalations.get(mark="oral")
    assert (breach.since, breach.at, breach.obligation) == (DUE, at("2026-04-24 09:00"), None)
    overdue = case.escalations.get(mark="overdue_oral")
    assert (overdue.since, overdue.obligation) == (DUE, case.obligations.get(kind="oral"))


def test_a_role_that_nobody_holds_is_named(cast):
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    cases.complete_step(made.pk, 1, by=None, at=MONDAY)
    sweep("2026-04-23 08:46")
    row = Escalation.objects.get(mark="oral")
    assert row.told == {"verifier": 1, "team_lead": 0, "karoren": 1}
    assert "Ketua tim (eselon III) (tidak ada pemegang)" in row.told_words


def test_only_what_is_at_risk_can_be_kept_to_the_portal(case):
    sweep("2026-04-24 09:00")
    assert dict(Notice.objects.values_list("cause", "kind")) == {
        f"case/{case.pk}/risk_75": "service",
        f"case/{case.pk}/risk_90": "service",
        f"escalation/{case.pk}/oral": "escalation",
        f"escalation/{case.pk}/overdue_oral": "escalation",
        **{f"obligation/{debt.pk}/accrued": "escalation" for debt in case.obligations.all()},
    }


# Overdue obligations


@pytest.mark.parametrize(("instant", "is_told"), [("2026-04-23 09:45", False), ("2026-04-23 09:46", True)])
def test_an_oral_apology_has_a_working_hour(case, instant, is_told):
    sweep("2026-04-23 08:46", instant)
    assert case.escalations.filter(mark="overdue_oral").exists() == is_told


@pytest.mark.parametrize(
    ("instant", "is_told"), [("2026-04-23 20:00", False), ("2026-04-24 08:00", False), ("2026-04-24 08:01", True)]
)
def test_the_hour_is_one_of_work(instant, is_told):
    half_an_hour_before_closing = at("2026-04-23 15:30")
    owed = Obligation(accrued_at=half_an_hour_before_closing, due_at=half_an_hour_before_closing)
    assert escalation.is_past_grace(owed, at(instant)) == is_told


@pytest.mark.parametrize("settle", ["fulfil", "waive"])
def test_what_was_done_or_waived_in_time_goes_to_nobody(cast, case, settle):
    sweep("2026-04-23 08:46")
    owed = case.obligations.get(kind="oral")
    if settle == "fulfil":
        facts = {"given_by": cast.verifier, "to": "Sari", "position": "Kepala", "manner": "telephone"}
        compensation.fulfil(owed.pk, **facts, when=at("2026-04-23 09:00"), by=cast.verifier, at=at("2026-04-23 09:00"))
    else:
        compensation.waive(owed.pk, reason="Gempa.", by=cast.karoren, at=at("2026-04-23 09:00"))
    sweep("2026-04-23 12:00")
    assert not case.escalations.filter(mark="overdue_oral").exists()
    assert escalation.escalate_overdue(owed.pk, at=at("2026-04-23 12:00")) is None


@pytest.mark.parametrize(
    ("instant", "is_told"), [(WRITTEN_DUE, False), (WRITTEN_DUE + timedelta(microseconds=1), True)]
)
def test_a_letter_is_overdue_right_after_its_instant(case, instant, is_told):
    sweep("2026-04-23 08:46", instant)
    assert case.escalations.filter(mark="overdue_written").exists() == is_told


def test_what_a_finished_case_still_owes_goes_up_too(cast, case):
    for order in (2, 3, 4, 5):
        cases.complete_step(case.pk, order, by=cast.verifier, at=at("2026-04-23 09:00"))
    sweep("2026-04-29 09:00")
    assert set(case.escalations.values_list("mark", flat=True)) >= {"overdue_oral", "overdue_written"}


def test_a_schedule_that_slept_for_weeks_tells_everything_once(case):
    sweep("2026-06-02 09:00", "2026-06-02 09:01")
    assert set(case.escalations.values_list("mark", flat=True)) == set(Escalation.Mark.values)


def test_the_database_refuses_an_overdue_mark_without_its_obligation(case):
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(case=case, mark="overdue_oral", since=DUE, at=DUE, told={})


def cost_of_overdue() -> int:
    with CaptureQueriesContext(connection) as queries, builders.moment(at("2026-04-24 09:00")):
        tasks.escalate_overdue()
    return len(queries)


def test_a_sweep_costs_the_same_once_everything_is_told(cast, case):
    sweep("2026-04-24 09:00")
    few = cost_of_overdue()
    for number in range(5):
        other = cases.start("verification", cast.unit, f"Contoh {number}", by=None, at=MONDAY)
        cases.complete_step(other.pk, 1, by=None, at=MONDAY)
    sweep("2026-04-24 09:00")
    assert Escalation.objects.filter(mark="overdue_oral").count() == 6
    assert cost_of_overdue() == few


@pytest.mark.sqlite
def test_open_obligations_are_found_by_their_index(db):
    assert "obligation_unsettled" in Obligation.objects.to_escalate(DUE).explain()


# In working hours


@pytest.mark.parametrize(
    ("instant", "opens"),
    [
        ("2026-04-25 20:00", "2026-04-27 07:30"),  # a Saturday
        ("2026-04-23 12:30", "2026-04-23 13:00"),  # lunch
        ("2026-04-23 09:00", "2026-04-23 09:00"),
        ("2026-04-23 16:00", "2026-04-24 07:30"),
    ],
)
def test_mail_waits_for_the_office_to_open(cast, case, instant, opens):
    sweep(instant)
    told = Notice.objects.filter(user=cast.karoren, cause=f"escalation/{case.pk}/oral").get()
    assert told.send_after == at(opens)


def run(instant):
    call_command("tick", at=at(instant).isoformat(), stdout=StringIO())


def test_a_worker_that_wakes_in_the_evening_mails_nobody_until_morning(cast, case):
    sweep("2026-04-23 09:00")
    run("2026-04-23 20:00")
    assert mail.outbox == []
    run("2026-04-24 07:30")
    to = sorted(address for message in mail.outbox for address in message.to)
    assert to == sorted(user.email for user in {notice.user for notice in Notice.objects.all()})


def test_who_chose_the_digest_gets_all_of_it_at_the_next_opening(cast, case):
    actions.choose_channels(cast.karoren, {"escalation": "digest"}, at=MONDAY)
    sweep("2026-04-23 09:00", "2026-04-23 09:46")
    run("2026-04-23 10:00")
    assert cast.karoren.email not in [message.to[0] for message in mail.outbox]
    mail.outbox.clear()
    run("2026-04-24 07:30")
    run("2026-04-24 07:31")
    mine = [message for message in mail.outbox if message.to == [cast.karoren.email]]
    assert [message.subject for message in mine] == ["[Kinerjaku] 2 pemberitahuan untuk Anda"]
    assert f"{case.get_absolute_url()}\n" in mine[0].body


def without_calendar():
    CalendarYear.objects.filter(year=2026).delete()
    calendars._stamp()


@pytest.mark.parametrize(
    ("instant", "opened", "opens"),
    [
        ("2026-04-23 09:00", "2026-04-23 07:30", "2026-04-23 09:00"),
        ("2026-04-23 07:00", None, "2026-04-23 07:30"),
        ("2026-04-24 16:00", None, "2026-04-27 07:30"),
    ],
)
def test_without_a_calendar_the_office_is_open_on_weekdays(instant, opened, opens):
    without_calendar()
    assert office.opened_at(at(instant)) == (at(opened) if opened else None)
    assert office.next_open(at(instant)) == at(opens)


def test_a_calendar_that_is_missing_stops_no_escalation(cast, case):
    sweep("2026-04-23 08:46")
    without_calendar()
    with builders.moment(at("2026-04-23 09:46")):
        tasks.escalate_overdue()
        tasks.send_notices()
    assert case.escalations.filter(mark="overdue_oral").exists()
    assert cast.karoren.email in [address for message in mail.outbox for address in message.to]


# The page


def page(client, query="", status=200):
    with builders.moment(at("2026-04-24 10:00")):
        answer = client.get(reverse("escalations") + query)
    assert answer.status_code == status
    return answer


def test_itjen_sees_all_of_it(chain, case, as_user):
    sweep("2026-04-24 09:00")
    text = page(as_user(chain[Role.ITJEN_OVERSIGHT])).content.decode()
    for words in (
        "Melewati janji",
        "Maaf lisan terlambat",
        "23 April 2026 pukul 08.45 WIB",
        "Sekretaris Jenderal</td>",
        "Permohonan maaf lisan",
        "Terlambat",
        case.get_absolute_url(),
    ):
        assert words in text


def test_whose_work_is_overseen_does_not(cast, case, chain, as_user):
    for person in (cast.verifier, cast.operator, chain[Role.ITJEN_VALIDATOR]):
        page(as_user(person), status=403)


def test_the_list_is_filtered(cast, chain, case, as_user):
    client = as_user(chain[Role.SEKJEN])
    assert "Belum ada eskalasi" in page(client).content.decode()
    sweep("2026-04-24 09:00")
    marks = lambda query: [row.mark for row in page(client, query).context["listing"].rows]  # noqa: E731
    assert marks("?tanda=oral") == ["oral"]
    assert marks("?unit=ROREN") == []
    assert len(marks("?kewajiban=terutang&layanan=verification")) == 4
    for owed in case.obligations.all():
        compensation.waive(owed.pk, reason="Gempa.", by=cast.karoren, at=at("2026-04-24 09:30"))
    assert marks("?kewajiban=terutang") == []
    assert "Tidak ada eskalasi yang cocok" in page(client, "?tanda=in_person").content.decode()


def test_the_list_is_exported_with_what_is_owed(chain, case, as_user):
    sweep("2026-04-24 09:00")
    text = page(as_user(chain[Role.KAROREN]), "?format=csv&tanda=oral").content.decode()
    assert "Permohonan maaf lisan: terlambat; Permohonan maaf tertulis: terutang" in text


def test_the_page_takes_the_same_queries_for_any_number_of_rows(cast, chain, case, as_user):
    client = as_user(chain[Role.SEKJEN])
    sweep("2026-04-22 12:00")

    def cost():
        page(client)
        with CaptureQueriesContext(connection) as queries:
            page(client)
        return len(queries)

    few = cost()
    for number in range(4):
        other = cases.start("verification", cast.unit, f"Contoh {number}", by=None, at=MONDAY)
        cases.complete_step(other.pk, 1, by=None, at=MONDAY)
    sweep("2026-04-24 09:00")
    assert cost() == few
