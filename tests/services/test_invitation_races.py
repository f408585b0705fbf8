"""Two people or two workers at once: one letter, one mail each, one end of a pause."""

from datetime import timedelta
from functools import partial

import builders
import pytest
from builders import at
from django.core import mail

from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from reporting import tasks as reporting_tasks
from services import mailing, tasks
from services.actions import attendance, clockwork
from services.actions import case as cases
from services.actions import invitation as actions
from services.actions import standard as standards
from services.models import Case, Invitation, InvitationMail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
MONDAY, NOW, MEETING = at("2026-04-20 07:30"), at("2026-04-20 09:00"), at("2026-04-22 09:00")


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


@pytest.fixture
def draft(cast, case):
    guests = [{"name": f"Tamu {n}", "email": f"tamu{n}@example.test", "position": ""} for n in range(6)]
    times = {"begins_at": MEETING, "ends_at": MEETING + timedelta(hours=3)}
    return builders.invitation(by=cast.verifier, at=NOW, cases=[case], guests=guests, **times)


def test_of_two_who_issue_one_does(cast, draft, in_threads):
    results = in_threads([lambda: builders.issued(draft, by=cast.karoren, at=NOW)] * 2)
    assert {type(result) for result in results} == {Invitation, DomainError}
    assert Document.objects.filter(kind="invitation").count() == 1
    assert (Case.objects.get().step.order, Case.objects.get().events.count()) == (3, 4)


def test_four_workers_send_each_mail_once(cast, draft, in_threads):
    builders.issued(draft, by=cast.karoren, at=NOW)
    with builders.moment(NOW):
        reporting_tasks.render_documents()

    def work():
        with builders.moment(NOW):
            tasks.send_invitations()

    assert in_threads([work] * 4) == [None] * 4
    assert len(mail.outbox) == 7
    assert not InvitationMail.objects.filter(sent_at=None).exists()


def test_one_mail_is_claimed_by_one_worker(cast, draft, in_threads):
    builders.issued(draft, by=cast.karoren, at=NOW)
    with builders.moment(NOW):
        reporting_tasks.render_documents()
    first = InvitationMail.objects.earliest("pk")
    assert sorted(in_threads([lambda: mailing.send(first.pk, at=NOW)] * 5)) == [False] * 4 + [True]


def test_a_sweep_and_an_act_write_the_end_of_a_pause_once(cast, draft, in_threads):
    builders.issued(draft, by=cast.karoren, at=NOW)
    case, later = Case.objects.get(), MEETING + timedelta(hours=1)
    sweep = lambda: cases.sound(case.pk, at=later)  # noqa: E731
    act = lambda: cases.complete_step(case.pk, 3, by=cast.verifier, at=later)  # noqa: E731
    results = in_threads([sweep, act, sweep, sweep])
    assert not [result for result in results if isinstance(result, Exception)]
    assert case.events.filter(kind="resume", at=MEETING).count() == 1
    assert list(clockwork.faults()) == []


def test_issuing_for_many_cases_and_acts_on_them_do_not_lock_each_other_out(cast, case, draft, in_threads):
    begin = partial(cases.start, "validation", cast.unit, by=None, at=MONDAY)
    others = [begin(f"Usulan {n}", year=2030 + n) for n in range(4)]
    many = builders.invitation(by=cast.verifier, at=NOW, kind="validation", cases=others)
    held = {"kind": "force_majeure", "reason": "Contoh.", "by": cast.verifier, "at": NOW}
    acts = [partial(cases.pause, one.pk, **held) for one in reversed(others)]
    issue = [lambda: builders.issued(many, by=cast.karoren, at=NOW + timedelta(minutes=1))]
    results = in_threads([*acts, *issue])
    unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, DomainError)]
    assert unexpected == []
    assert list(clockwork.faults()) == []


def test_an_answer_and_a_change_of_the_meeting_leave_no_old_answer(cast, draft, in_threads):
    invitation = builders.issued(draft, by=cast.karoren, at=NOW)
    mine = invitation.recipients.get(user=cast.operator)
    to = {"begins_at": MEETING + timedelta(days=1), "ends_at": MEETING + timedelta(days=2), "place": "Aula", "link": ""}
    answer = lambda: attendance.answer(  # noqa: E731
        mine.pk, answer="attends", substitute="", note="", by=cast.operator, at=NOW
    )
    move = lambda: actions.reschedule(invitation.pk, **to, reason="Ruang.", by=cast.karoren, at=NOW)  # noqa: E731
    results = in_threads([answer, move])
    assert not [result for result in results if isinstance(result, Exception)]
    assert Invitation.objects.get(pk=invitation.pk).sequence == 1


def test_a_meeting_is_moved_while_people_answer(cast, in_threads):
    guests = [{"name": f"Tamu {n}", "email": f"tamu{n}@example.test", "position": ""} for n in range(8)]
    issued = builders.issued(
        builders.invitation(cast.unit, by=cast.verifier, at=NOW, guests=guests), by=cast.karoren, at=NOW
    )
    later = {
        "begins_at": issued.begins_at + timedelta(hours=1),
        "ends_at": issued.ends_at + timedelta(hours=1),
        "place": "Aula",
        "link": "",
    }
    answer = {"answer": "attends", "substitute": "", "note": "", "by": None, "at": NOW}
    acts = [lambda pk=one.pk: attendance.answer(pk, **answer) for one in issued.recipients.filter(user=None)]
    move = lambda: actions.reschedule(issued.pk, **later, reason="Bentrok.", by=cast.karoren, at=NOW)  # noqa: E731
    results = in_threads([*acts, move])
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, DomainError)]
