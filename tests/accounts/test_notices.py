"""Notices: once a cause, claimed before sending, tried again when the mail failed; to a real mail server."""

from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header

import builders
import pytest
from aiosmtpd.controller import Controller

from accounts import notices
from accounts.models import Notice
from accounts.tasks import send_notices

AT = builders.at("2026-04-13 08:00")


class Sink:
    """Takes every mail, or refuses it."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], str, str]] = []
        self.refuses = False

    async def handle_DATA(self, server, session, envelope):
        if self.refuses:
            return "451 Coba lagi nanti"
        mail = message_from_bytes(envelope.content)
        subject = str(make_header(decode_header(mail["Subject"])))
        self.mails.append((envelope.rcpt_tos, subject, mail.get_payload(decode=True).decode()))
        return "250 OK"


@pytest.fixture
def sink(settings, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", free_port, 5
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def person(db):
    return builders.user(name="Siti")


def tell(*people, cause="tenggat/1", at=AT, **options) -> int:
    return notices.tell(
        people,
        cause=cause,
        subject="Tenggat besok",
        body="Kirim capaian.",
        path="/capaian/",
        at=at,
        **options,
    )


def test_a_cause_is_told_once_a_person(person):
    assert [tell(person), tell(person)] == [1, 0]
    assert person.notices.count() == 1


def test_somebody_new_is_told_of_an_old_cause(person):
    tell(person)
    assert tell(person, builders.user()) == 1


def test_another_cause_is_told_again(person):
    tell(person)
    assert tell(person, cause="tenggat/2") == 1


def test_the_mail_says_what_and_where(person, sink, settings):
    settings.BASE_URL = "https://kinerjaku.example"
    tell(person)
    assert notices.send(person.pk, at=AT)
    assert sink.mails == [
        (
            [person.email],
            "[Kinerjaku] Tenggat besok",
            "Kirim capaian.\r\n\r\nhttps://kinerjaku.example/capaian/\r\n",
        )
    ]
    assert person.notices.get().sent_at == AT


def test_a_notice_is_not_sent_twice(person, sink):
    tell(person)
    assert [notices.send(person.pk, at=AT), notices.send(person.pk, at=AT + timedelta(hours=1))] == [1, 0]
    assert len(sink.mails) == 1


def test_what_another_worker_has_claimed_is_left_alone(person, sink):
    tell(person)
    person.notices.update(claimed_at=AT)
    assert not notices.send(person.pk, at=AT + notices.CLAIM_LASTS)
    assert sink.mails == []


def test_the_claim_of_a_worker_that_died_lapses(person, sink):
    tell(person)
    person.notices.update(claimed_at=AT)
    assert notices.send(person.pk, at=AT + notices.CLAIM_LASTS + timedelta(seconds=1))
    assert len(sink.mails) == 1


def test_a_refused_mail_is_tried_again_after_the_claim(person, sink):
    tell(person)
    sink.refuses = True
    assert not notices.send(person.pk, at=AT)
    assert person.notices.get().sent_at is None
    sink.refuses = False
    later = AT + notices.CLAIM_LASTS + timedelta(seconds=1)
    assert notices.send(person.pk, at=later)
    assert person.notices.get().sent_at == later


def test_a_mail_server_that_is_away_loses_nothing(person, settings, free_port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    tell(person)
    assert not notices.send(person.pk, at=AT)
    assert person.notices.get().sent_at is None


def test_an_inactive_person_gets_no_mail_and_the_notice_is_done(sink, db):
    gone = builders.user(is_active=False)
    tell(gone)
    assert notices.send(gone.pk, at=AT)
    assert sink.mails == []
    assert gone.notices.get().sent_at == AT


def test_the_sweep_sends_what_is_due_and_leaves_the_rest(person, sink):
    tell(person, cause="sekarang")
    tell(person, cause="besok", send_after=AT + timedelta(days=1))
    with builders.moment(AT):
        send_notices()
    assert list(person.notices.filter(sent_at=None).values_list("cause", flat=True)) == ["besok"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail(sink, in_threads):
    person = builders.user()
    tell(person)
    tell(person, cause="tenggat/2")
    answers = in_threads([lambda: notices.send(person.pk, at=AT)] * 2)
    assert sorted(answers) == [0, 2]
    assert len(sink.mails) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_mail_twenty_people_once_each(sink, in_threads):
    people = [builders.user() for _ in range(20)]
    for number in range(3):
        tell(*people, cause=f"tenggat/{number}")

    def sweep():
        with builders.moment(AT):
            send_notices()

    assert in_threads([sweep] * 2) == [None, None]
    assert sorted(to for [to], _, _ in sink.mails) == sorted(person.email for person in people)
    assert not Notice.objects.filter(sent_at=None).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_killed_workers_had_claimed_goes_out_once(sink, in_threads):
    people = [builders.user() for _ in range(4)]
    tell(*people)
    for person in people:
        notices._claim(person.pk, at=AT, opening=None)  # and then the worker was killed
    tell(*people, cause="tenggat/2")
    later = AT + notices.CLAIM_LASTS + timedelta(seconds=1)
    acts = [lambda pk=person.pk: notices.send(pk, at=later) for person in people for _ in range(2)]
    in_threads(acts)
    in_threads(acts)
    assert len(sink.mails) == 8
    assert not Notice.objects.filter(sent_at=None).exists()


def test_reading_keeps_the_first_instant(person):
    tell(person)
    notices.mark_read(person.notices.get(), at=AT)
    notices.mark_read(person.notices.get(), at=AT + timedelta(days=1))
    assert person.notices.get().read_at == AT
