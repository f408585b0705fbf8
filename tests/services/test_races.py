"""Two workers at once: one case, one step, one obligation, one escalation, one digest."""

import time
from datetime import date
from functools import partial

import builders
import pytest
from builders import at
from django.core import mail
from django.db import transaction

from accounts import actions as accounts
from accounts import letters, notices
from accounts.models import Notice
from accounts.roles import Role
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import Document, NumberSeries
from services import tasks
from services.actions import apology, compensation, escalation
from services.actions import calendar as calendars
from services.actions import case as cases
from services.actions import standard as standards
from services.calendar import token
from services.closure_file import Line
from services.models import Apology, Case, Closure, Escalation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
MONDAY = at("2026-04-20 07:30")


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


def test_eight_starts_make_one_case(cast, in_threads):
    standards.load(at=MONDAY)
    begin = lambda: cases.start("validation", cast.unit, "2026", by=None, at=MONDAY)  # noqa: E731
    assert len({made.pk for made in in_threads([begin] * 8)}) == 1
    assert Case.objects.get().events.count() == 1


def test_two_sweeps_make_one_obligation(case, in_threads):
    late = at("2026-06-02 09:00")
    assert in_threads([lambda: cases.sound(case.pk, at=late)] * 6) == [None] * 6
    assert sorted(case.obligations.values_list("kind", flat=True)) == ["in_person", "oral", "written"]


def test_a_step_is_completed_by_one_of_two(cast, case, in_threads):
    act = lambda: cases.complete_step(case.pk, 2, by=cast.verifier, at=at("2026-04-20 09:00"))  # noqa: E731
    results = in_threads([act] * 2)
    assert {type(result) for result in results} == {Case, DomainError}
    assert Case.objects.get().step.order == 3


def test_a_sweep_and_the_end_of_a_case_owe_once(cast, case, in_threads):
    late = at("2026-04-24 09:00")
    for order in (2, 3, 4):
        cases.complete_step(case.pk, order, by=cast.verifier, at=at("2026-04-20 09:00"))
    results = in_threads(
        [
            lambda: cases.sound(case.pk, at=late),
            lambda: cases.complete_step(case.pk, 5, by=cast.verifier, at=late),
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
    cases.sound(case.pk, at=late)
    owed = case.obligations.get(kind="oral")
    answers = in_threads([lambda: escalation.escalate_overdue(owed.pk, at=late)] * 6)
    assert sorted(type(answer) for answer in answers if answer is not None) == [Escalation]
    assert Notice.objects.filter(user=cast.karoren, cause=f"escalation/{case.pk}/overdue_oral").count() == 1


def test_an_obligation_is_fulfilled_or_goes_up_but_not_after(cast, case, in_threads):
    late = at("2026-04-24 09:00")
    cases.sound(case.pk, at=late)
    owed = case.obligations.get(kind="oral")
    facts = {"given_by": cast.verifier, "to": "Sari", "position": "Kepala", "manner": "telephone"}
    results = in_threads(
        [
            lambda: compensation.fulfil(owed.pk, **facts, when=late, by=cast.verifier, at=late),
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


LATE = at("2026-06-02 09:00")
TEXTS = {"cause": "Dokumen terlambat diperiksa.", "prevention": "Jadwal periksa ditambah."}


@pytest.fixture
def drafted(cast, case):
    """A late case whose letter waits for Karoren, and what Karoren saw."""
    cases.sound(case.pk, at=LATE)
    letter = apology.draft(case.pk, **TEXTS, version=0, by=cast.verifier, at=LATE)
    return case, documents.content_hash(apology.content_of(letter))


def test_two_sweeps_give_each_obligation_one_owner_and_one_notice(cast, case, in_threads):
    in_threads([lambda: cases.sound(case.pk, at=LATE)] * 4)
    assert {debt.owner for debt in case.obligations.all()} == {cast.verifier}
    assert Notice.objects.filter(cause__startswith="obligation/").count() == 3
    assert list(audit.problems()) == []


def test_two_clicks_on_issue_make_one_letter(cast, drafted, in_threads):
    case, seen = drafted
    people = [cast.karoren, builders.user(Role.KAROREN, cast.bureau)]
    acts = [lambda who=who: apology.issue(case.pk, content_hash=seen, by=who, at=LATE) for who in people * 2]
    results = in_threads(acts)
    assert sorted(type(result).__name__ for result in results) == ["Apology", *["DomainError"] * 3]
    assert {result.code for result in results if isinstance(result, DomainError)} == {"already_issued"}
    assert (NumberSeries.objects.get().last, Document.objects.count()) == (1, 1)
    assert case.obligations.exclude(letter=None).count() == 2


def test_a_letter_issued_while_the_last_tier_accrues_serves_it_too(cast, case, in_threads):
    soon = at("2026-05-04 12:00")  # 72 hours
    cases.sound(case.pk, at=soon)
    letter = apology.draft(case.pk, **TEXTS, version=0, by=cast.verifier, at=soon)
    seen = documents.content_hash(apology.content_of(letter))

    def issue():
        try:
            return apology.issue(case.pk, content_hash=seen, by=cast.karoren, at=LATE)
        except DomainError:  # the tier was first: Karoren has to see it
            now = documents.content_hash(apology.content_of(letter))
            return apology.issue(case.pk, content_hash=now, by=cast.karoren, at=LATE)

    results = in_threads([issue, lambda: cases.sound(case.pk, at=LATE)])
    assert not [result for result in results if isinstance(result, Exception)]
    assert case.obligations.get(kind="in_person").letter == Apology.objects.get()


def test_an_apology_is_noted_by_one_of_two(cast, case, in_threads):
    cases.sound(case.pk, at=LATE)
    debt = case.obligations.get(kind="oral")
    facts = {"given_by": cast.verifier, "to": "Sari", "position": "Kepala", "when": LATE, "manner": "meeting"}
    fulfil = lambda: compensation.fulfil(debt.pk, **facts, by=cast.verifier, at=LATE)  # noqa: E731
    waive = lambda: compensation.waive(debt.pk, reason="Gempa.", by=cast.karoren, at=LATE)  # noqa: E731
    results = in_threads([fulfil, waive, fulfil])
    assert sorted(type(result).__name__ for result in results) == ["DomainError", "DomainError", "Obligation"]


def test_letters_and_acts_that_are_audited_first_do_not_wait_for_each_other(cast, drafted, in_threads):
    """A letter whose act is audited before it is numbered, beside others that are numbered first."""
    case, seen = drafted

    @transaction.atomic
    def audited_first():
        audit.record(by=cast.karoren, at=LATE, verb="uji", target=cast.unit)
        time.sleep(0.2)
        return letters.write(Document.Kind.INVITATION, "Uji", {}, signer=cast.karoren, at=LATE)

    issue = lambda: apology.issue(case.pk, content_hash=seen, by=cast.karoren, at=LATE)  # noqa: E731
    results = in_threads([audited_first, issue, audited_first])
    assert not [result for result in results if isinstance(result, Exception)]
    assert NumberSeries.objects.get().last == 3


def test_sending_up_what_is_overdue_and_drafting_its_letter_do_not_wait_for_each_other(cast, case, in_threads):
    cases.sound(case.pk, at=LATE)
    pks, much_later = list(case.obligations.values_list("pk", flat=True)), at("2026-06-22 09:00")
    for version in range(8):
        Escalation.objects.all().delete()
        acts = [lambda pk=pk: escalation.escalate_overdue(pk, at=much_later) for pk in pks * 2]
        acts += [lambda v=version: apology.draft(case.pk, **TEXTS, version=v, by=cast.verifier, at=LATE)] * 3
        results = in_threads(acts)
        assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, DomainError)]


def test_a_person_acts_while_an_admin_changes_them(cast, case, in_threads):
    """The row that somebody's act points at is locked without its key."""
    acts = [
        lambda: accounts.save_user(cast.verifier, by=cast.admin, at=LATE),
        lambda: cases.pause(case.pk, kind="force_majeure", reason="Banjir.", by=cast.verifier, at=LATE),
    ]
    results = in_threads(acts * 3)
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, DomainError)]
