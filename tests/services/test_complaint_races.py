"""Two at once: one ticket, one answer, one closing, one mail."""

from functools import partial

import pytest
from builders import at
from django.core import mail

from kinerjaku.errors import DomainError
from services import complaint_mail
from services.actions import complaint as actions
from services.actions import complaint_dialogue as dialogue
from services.actions.complaint import Report
from services.complaint_flow import Act
from services.models import Complaint, ComplaintMail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
MONDAY = at("2026-04-20 09:00")


def receive():
    report = Report("service", "Lambat", "Belum.", "named", name="Wati", email="wati@example.test")
    return actions.receive(report, key="kunci", at=MONDAY)


def answer(complaint, text, by):
    return actions.reply(complaint.pk, Act.ANSWER, text, seen=1, by=by, at=MONDAY)


def kinds():
    return list(Complaint.objects.get().events.order_by("seq").values_list("kind", flat=True))


def test_a_form_sent_eight_times_at_once_makes_one_ticket(cast, in_threads):
    results = in_threads([receive] * 8)
    assert len({(complaint.pk, secret) for complaint, secret in results}) == 1
    assert kinds() == ["report"]


def test_of_two_answers_to_the_same_page_the_second_reads_the_first(cast, in_threads):
    complaint, _ = receive()
    results = in_threads([partial(answer, complaint, text, cast.karoren) for text in ("Sudah.", "Belum.")])
    assert {type(result) for result in results} == {Complaint, DomainError}
    assert kinds() == ["report", "answer"]


def test_two_sweeps_close_once(cast, in_threads):
    complaint, _ = receive()
    actions.reply(complaint.pk, Act.ANSWER, "Sudah.", seen=1, by=cast.karoren, at=MONDAY)
    assert in_threads([lambda: actions.sound(complaint.pk, at=at("2026-05-06 00:00"))] * 6) == [None] * 6
    assert kinds() == ["report", "answer", "close"]


def test_a_reply_and_the_automatic_closing_agree_who_was_first(cast, in_threads):
    complaint, _ = receive()
    actions.reply(complaint.pk, Act.ANSWER, "Sudah.", seen=1, by=cast.karoren, at=MONDAY)
    late = at("2026-05-06 00:00")
    replied, swept = in_threads(
        [lambda: dialogue.write(complaint.pk, "Belum.", at=late), lambda: actions.sound(complaint.pk, at=late)]
    )
    assert swept is None
    expected = ["more"] if isinstance(replied, Complaint) else ["close"]
    assert kinds() == ["report", "answer", *expected]


def test_two_workers_send_one_mail(cast, in_threads):
    receive()
    waiting = ComplaintMail.objects.get()
    results = in_threads([lambda: complaint_mail.send(waiting.pk, at=MONDAY)] * 6)
    assert sorted(results) == [False] * 5 + [True]
    assert len(mail.outbox) == 1
