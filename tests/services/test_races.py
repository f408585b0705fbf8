"""Two workers at once: one case, one step, one obligation, one escalation, one digest."""

from datetime import date
from functools import partial

import builders
import pytest
from builders import at
from django.core import mail

from accounts import actions as accounts
from accounts import notices
from accounts.models import Notice
from kinerjaku.errors import DomainError
from services import tasks
from services.actions import calendar as calendars
from services.actions import case as actions
from services.actions import escalation
from services.actions import standard as standards
from services.calendar import token
from services.closure_file import Line
from services.models import Case, Closure, Escalation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
MONDAY = at("2026-04-20 07:30")


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = actions.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return actions.complete_step(made.pk, 1, by=None, at=MONDAY)


def test_eight_starts_make_one_case(cast, in_threads):
    standards.load(at=MONDAY)
    begin = lambda: actions.start("validation", cast.unit, "2026", by=None, at=MONDAY)  # noqa: E731
    assert len({made.pk for made in in_threads([begin] * 8)}) == 1
    assert Case.objects.get().events.count() == 1


def test_two_sweeps_make_one_obligation(case, in_threads):
    late = at("2026-06-02 09:00")
    assert in_threads([lambda: actions.sound(case.pk, at=late)] * 6) == [None] * 6
    assert sorted(case.obligations.values_list("kind", flat=True)) == ["in_person", "oral", "written"]


def test_a_step_is_completed_by_one_of_two(cast, case, in_threads):
    act = lambda: actions.complete_step(case.pk, 2, by=cast.verifier, at=at("2026-04-20 09:00"))  # noqa: E731
    results = in_threads([act] * 2)
    assert {type(result) for result in results} == {Case, DomainError}
    assert Case.objects.get().step.order == 3


def test_a_sweep_and_the_end_of_a_case_owe_once(cast, case, in_threads):
    late = at("2026-04-24 09:00")
    for order in (2, 3, 4):
        actions.complete_step(case.pk, order, by=cast.verifier, at=at("2026-04-20 09:00"))
    results = in_threads(
        [
            lambda: actions.sound(case.pk, at=late),
            lambda: actions.complete_step(case.pk, 5, by=cast.verifier, at=late),
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(case.obligations.values_list("kind", flat=True)) == ["oral", "written"]


def test_two_imports_of_one_preview_keep_it_once(cast, in_threads):
    lines, seen = [Line("Baris 2", date(2026, 5, 13), "other", "Pemilihan", "Keppres 1/2026")], token()
    act = partial(calendars.import_closures, lines, basis="", make_years=False, seen=seen, source="Uji", at=MONDAY)
    results = in_threads([partial(act, by=cast.admin)] * 4)
    assert sorted(type(one).__name__ for one in results) == ["DomainError"] * 3 + ["Plan"]
    assert {one.code for one in results if isinstance(one, DomainError)} == {"stale"}


def test_an_import_and_an_editor_wait_for_each_other(cast, in_threads):
    day = date(2026, 5, 13)
    lines, seen = [Line("Baris 2", day, "other", "Pemilihan", "Keppres 1/2026")], token()
    edited = Closure(day=day, kind="other", name="Pemilihan", basis="Keppres 1/2026")
    results = in_threads(
        [
            lambda: calendars.import_closures(
                lines, basis="", make_years=False, seen=seen, source="Uji", by=cast.admin, at=MONDAY
            ),
            lambda: calendars.save_closure(edited, by=cast.admin, at=MONDAY),
        ]
    )
    (refused,) = (one for one in results if isinstance(one, Exception))
    assert refused.code in ("stale", "day_taken")
    assert Closure.objects.filter(day=day).count() == 1


def test_two_sweeps_send_one_overdue_obligation_up_once(cast, case, in_threads):
    late = at("2026-04-24 09:00")
    actions.sound(case.pk, at=late)
    owed = case.obligations.get(kind="oral")
    answers = in_threads([lambda: escalation.escalate_overdue(owed.pk, at=late)] * 6)
    assert sorted(type(answer) for answer in answers if answer is not None) == [Escalation]
    assert Notice.objects.filter(user=cast.karoren, cause=f"escalation/{case.pk}/overdue_oral").count() == 1


def test_an_obligation_is_fulfilled_or_goes_up_but_not_after(cast, case, in_threads):
    late = at("2026-04-24 09:00")
    actions.sound(case.pk, at=late)
    owed = case.obligations.get(kind="oral")
    results = in_threads(
        [
            lambda: actions.fulfil(owed.pk, to="Kepala Biro", proof="Telepon", by=cast.verifier, at=late),
            lambda: escalation.escalate_overdue(owed.pk, at=late),
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)]
    assert escalation.escalate_overdue(owed.pk, at=late) is None


def test_two_workers_send_twenty_digests_once(cast, in_threads):
    opening = at("2026-04-21 07:30")
    people = [builders.user() for _ in range(20)]
    for person in people:
        accounts.choose_channels(person, {"letter": "digest"}, at=MONDAY)
    for number in range(3):
        notices.tell(people, cause=f"sign/{number}", subject="Uji", body="Uji.", path="/", at=MONDAY)

    def sweep():
        with builders.moment(opening):
            tasks.send_notices()

    assert in_threads([sweep] * 3) == [None] * 3
    assert sorted(message.to[0] for message in mail.outbox) == sorted(person.email for person in people)
    assert {message.subject for message in mail.outbox} == {"[Kinerjaku] 3 pemberitahuan untuk Anda"}
