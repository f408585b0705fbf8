"""Each person's choice of channel, and what is due together as one mail: the digest and the flood."""

import ast
from datetime import timedelta
from email import message_from_bytes, policy

import builders
import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from test_architecture import LEFT_TO_RIGHT, sources

from accounts import actions, notices
from accounts.channels import CHOOSABLE, TERMS, URGENT, Channel, Kind, kind_of
from accounts.models import Notice, NoticeChoice
from accounts.tasks import send_notices
from kinerjaku import audit
from kinerjaku.errors import DomainError

OPENING = builders.at("2026-04-13 07:30")
AT = builders.at("2026-04-13 08:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def person(db):
    return builders.user(name="Siti")


def tell(*people, cause="deadline/1", at=AT, subject="", **options) -> int:
    subject = subject or f"Perihal {cause}"
    return notices.tell(people, cause=cause, subject=subject, body="Isi.", path="/capaian/", at=at, **options)


def choose(person, **wanted):
    actions.choose_channels(person, wanted, at=AT)


def minutes_of_sweeps(count, *, begin=AT):
    for number in range(count):
        with builders.moment(begin + number * MINUTE):
            send_notices()


def subjects():
    return [message.subject.removeprefix("[Kinerjaku] ") for message in mail.outbox]


# Kinds


def test_every_cause_of_the_portal_has_its_kind():
    """Whoever tells people of something new writes it into the table of accounts/channels.py."""
    unknown = []
    for path in (path for app in LEFT_TO_RIGHT for path in sources(app)):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "tell":
                cause = next((word.value for word in node.keywords if word.arg == "cause"), None)
                part = cause.values[0] if isinstance(cause, ast.JoinedStr) else cause
                if isinstance(part, ast.Constant) and not any(
                    part.value.partition("/")[0] in terms.causes for terms in TERMS.values()
                ):
                    unknown.append(f"{path}: {part.value}")
    assert unknown == []


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("return/7/2", Kind.ACHIEVEMENT),
        ("sign/3", Kind.LETTER),
        ("case/1/risk_75", Kind.SERVICE),
        ("escalation/1/oral", Kind.ESCALATION),
        ("password/1/x", Kind.PORTAL),
        ("entah", Kind.PORTAL),
    ],
)
def test_the_kind_follows_from_the_cause(person, cause, kind):
    tell(person, cause=cause)
    assert (kind_of(cause), person.notices.get().kind) == (kind, kind)


def test_the_database_and_the_table_offer_the_same(person):
    for kind, terms in TERMS.items():
        for channel in Channel:
            try:
                with transaction.atomic():
                    NoticeChoice.objects.create(user=person, kind=kind, channel=channel)
                    transaction.set_rollback(True)
                stored = True
            except IntegrityError:
                stored = False
            assert stored == (kind in CHOOSABLE and channel in terms.offered), (kind, channel)


# The choice


def test_without_a_choice_the_default_holds(person):
    tell(person)
    tell(person, cause="complaint/1")
    assert list(person.notices.order_by("pk").values_list("channel", flat=True)) == ["now", "digest"]


def test_who_wants_the_portal_only_finds_it_there_and_gets_no_mail(person):
    choose(person, achievement="portal")
    tell(person)
    minutes_of_sweeps(1)
    assert (person.notices.count(), mail.outbox) == (1, [])


def test_a_choice_is_of_one_kind_and_one_person(person):
    choose(person, achievement="portal")
    tell(person, builders.user(), cause="deadline/1")
    tell(person, cause="sign/1")
    assert list(Notice.objects.order_by("pk").values_list("channel", flat=True)) == ["portal", "now", "now"]


@pytest.mark.parametrize(
    "wanted", [{"escalation": "portal"}, {"portal": "digest"}, {"achievement": "telegram"}, {"x": "now"}]
)
def test_what_is_not_offered_is_refused_and_nothing_is_kept(person, wanted):
    with pytest.raises(DomainError) as refused:
        choose(person, letter="digest", **wanted)
    assert refused.value.code == "not_offered"
    assert not NoticeChoice.objects.exists()


def test_a_choice_is_audited_once_with_before_and_after(person):
    choose(person, letter="digest", service="now")
    choose(person, letter="digest")
    entry = audit.history(NoticeChoice.objects.get()).get()
    assert (entry.by, entry.before, entry.after) == (
        person,
        {"channel": "now"},
        {"kind": "letter", "channel": "digest"},
    )


def test_what_waits_follows_the_choice_and_what_was_for_the_portal_stays_there(person):
    choose(person, letter="portal")
    tell(person, cause="sign/1")
    choose(person, letter="digest")
    tell(person, cause="sign/2")
    choose(person, letter="now")
    assert list(person.notices.order_by("pk").values_list("channel", flat=True)) == ["portal", "now"]


# The daily digest


def test_a_digest_waits_for_the_next_opening_and_is_one_mail(person, settings):
    settings.BASE_URL = "https://kinerjaku.example"
    choose(person, achievement="digest")
    for number in (1, 2):
        tell(person, cause=f"deadline/{number}")
    minutes_of_sweeps(3)
    assert notices.send(person.pk, at=AT, opening=OPENING) == 0  # the office opened before they were told
    tomorrow = OPENING + timedelta(days=1)
    assert notices.send(person.pk, at=tomorrow, opening=tomorrow) == 2
    assert subjects() == ["2 pemberitahuan untuk Anda"]
    assert mail.outbox[0].body == (
        "Ada 2 pemberitahuan untuk Anda.\n\n"
        "1. Perihal deadline/1\nIsi.\nhttps://kinerjaku.example/capaian/\n\n"
        "2. Perihal deadline/2\nIsi.\nhttps://kinerjaku.example/capaian/\n\n"
        "Atur cara Anda diberi tahu: https://kinerjaku.example/profil/\n"
    )


def test_there_is_one_digest_a_working_day(person):
    choose(person, achievement="digest")
    early = OPENING - MINUTE
    tell(person, at=early)
    assert notices.send(person.pk, at=OPENING, opening=OPENING) == 1
    tell(person, cause="deadline/2", at=early)  # committed late
    assert notices.send(person.pk, at=AT, opening=OPENING) == 0
    tomorrow = OPENING + timedelta(days=1)
    assert notices.send(person.pk, at=tomorrow, opening=tomorrow) == 1


def test_the_digest_takes_along_what_else_is_due(person):
    choose(person, achievement="digest")
    tell(person, at=OPENING - MINUTE)
    tell(person, cause="sign/1", at=OPENING)
    assert notices.send(person.pk, at=OPENING, opening=OPENING) == 2
    assert len(mail.outbox) == 1


def test_what_is_not_urgent_waits_while_the_office_is_closed(person):
    tell(person, cause="case/1/risk_75")
    assert Kind.SERVICE not in URGENT
    assert notices.people_to_mail(at=AT) == []
    assert notices.people_to_mail(at=AT, opening=OPENING) == [person.pk]


def test_a_mail_never_grows_without_bound(person):
    for number in range(notices.MOST_A_MAIL + 7):
        tell(person, cause=f"deadline/{number}")
    minutes_of_sweeps(1)
    assert "Dan 7 lagi di portal" in mail.outbox[0].body
    assert not person.notices.filter(sent_at=None).exists()


# The flood


def test_what_is_due_at_the_same_time_is_one_mail(person):
    tell(person)
    tell(person, cause="sign/1")
    minutes_of_sweeps(1)
    assert subjects() == ["2 pemberitahuan untuk Anda"]


def flood(person, count, *, first="return"):
    for number in range(count):
        tell(person, cause=f"{first}/{number}", at=AT + number * MINUTE)
        minutes_of_sweeps(1, begin=AT + number * MINUTE)


def test_the_sixth_mail_of_an_hour_is_gathered_with_what_follows(person):
    flood(person, 9)
    assert len(mail.outbox) == notices.MOST_AN_HOUR
    minutes_of_sweeps(1, begin=AT + timedelta(minutes=59))
    assert len(mail.outbox) == notices.MOST_AN_HOUR
    minutes_of_sweeps(2, begin=AT + timedelta(minutes=60))
    assert subjects()[notices.MOST_AN_HOUR :] == ["4 pemberitahuan untuk Anda"]


def test_another_kind_is_not_held_up_and_takes_the_gathered_along(person):
    flood(person, 7)
    tell(person, cause="sign/1", at=AT + 8 * MINUTE)
    minutes_of_sweeps(1, begin=AT + 8 * MINUTE)
    assert subjects()[notices.MOST_AN_HOUR :] == ["Perihal sign/1"]


def test_another_person_is_not_held_up(person):
    flood(person, 7)
    tell(builders.user(), cause="return/1", at=AT + 8 * MINUTE)
    minutes_of_sweeps(1, begin=AT + 8 * MINUTE)
    assert len(mail.outbox) == notices.MOST_AN_HOUR + 1


def test_news_of_a_password_is_never_held_up(person):
    flood(person, 8, first="password")
    assert len(mail.outbox) == 8


# What a killed worker leaves


def test_a_mail_that_was_begun_is_sent_again_as_the_same_mail(person):
    tell(person)
    begun = notices._claim(person.pk, at=AT, opening=None)[0].mail  # and then the worker was killed
    tell(person, cause="deadline/2")
    later = AT + notices.CLAIM_LASTS + MINUTE
    assert [notices.send(person.pk, at=later) for _ in range(3)] == [1, 1, 0]
    assert subjects() == ["Perihal deadline/1", "Perihal deadline/2"]
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<{begun}@")


def test_a_digest_that_was_begun_is_sent_again_whole_even_when_the_office_has_closed(person):
    choose(person, achievement="digest")
    tell(person, at=OPENING - MINUTE)
    tell(person, cause="sign/1", at=OPENING)
    notices._claim(person.pk, at=OPENING, opening=OPENING)
    evening = builders.at("2026-04-13 18:00")
    minutes_of_sweeps(1, begin=evening)
    assert subjects() == ["2 pemberitahuan untuk Anda"]


# What a sweep costs


def cost_of_sweep() -> int:
    with CaptureQueriesContext(connection) as queries, builders.moment(AT):
        send_notices()
    return len(queries)


def test_a_sweep_costs_the_same_for_any_number_of_people_to_whom_nothing_is_due(person):
    tell(person)
    few = cost_of_sweep()
    others = [builders.user() for _ in range(30)]
    tell(*others, cause="deadline/1", send_after=AT + MINUTE)
    tell(*others, cause="complaint/1", at=AT)
    Notice.objects.filter(user__in=others[:10], cause="deadline/1").update(channel="portal", send_after=AT)
    tell(person, cause="deadline/2")
    assert cost_of_sweep() == few


@pytest.mark.sqlite
def test_a_sweep_looks_at_what_is_due_by_an_index(db):
    for opening in (None, OPENING):
        with CaptureQueriesContext(connection) as queries:
            notices.people_to_mail(at=AT, opening=opening)
        steps = [step for step in _plan(queries[0]["sql"]) if "accounts_notice" in step]
        assert steps
        assert all("INDEX notice_to_send (channel=? AND send_after<?)" in step for step in steps)


def _plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [row[3] for row in cursor.fetchall()]


# On a real mail server


@pytest.fixture
def letters(settings, free_port):
    class Box(list):
        async def handle_DATA(self, server, session, envelope):
            self.append(message_from_bytes(envelope.content, policy=policy.default))
            return "250 OK"

    box = Box()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    settings.DEFAULT_FROM_EMAIL = "Kinerjaku <kinerjaku@kkp.example>"
    controller = Controller(box, hostname="127.0.0.1", port=free_port)
    controller.start()
    yield box
    controller.stop()


def test_a_digest_arrives_once_with_the_headers_of_a_machine(person, letters, settings):
    tell(person, subject="Capaian “Triwulan I” ditutup besok – ingat")
    tell(person, cause="deadline/2")
    minutes_of_sweeps(3)
    [letter] = letters
    assert (letter["From"], letter["To"]) == ("Kinerjaku <kinerjaku@kkp.example>", person.email)
    assert letter["Subject"] == "[Kinerjaku] 2 pemberitahuan untuk Anda"
    assert letter["Message-ID"] == f"<{person.notices.first().mail}@kkp.example>"
    assert letter["Date"].datetime.year >= 2026
    assert letter["Auto-Submitted"] == "auto-generated"
    assert (letter.get_content_type(), letter.get_content_charset()) == ("text/plain", "utf-8")
    assert "1. Capaian “Triwulan I” ditutup besok – ingat" in letter.get_content()


# The pages


def test_the_profile_shows_the_choice_and_saves_another(person, as_user):
    client = as_user(person)
    choose(person, letter="portal")
    page = client.get(reverse("profile")).content.decode()
    assert '<option value="portal" selected>Hanya di portal</option>' in page
    fields = {kind.value: "digest" for kind in CHOOSABLE}
    with builders.moment(AT):
        assert client.post(reverse("channels"), fields).url == reverse("profile")
    assert set(person.notice_choices.values_list("kind", "channel")) == {
        (kind.value, "digest") for kind in CHOOSABLE if TERMS[kind].default != Channel.DIGEST
    }


def test_a_choice_that_is_not_offered_is_explained_at_its_field(person, as_user):
    fields = {kind.value: "now" for kind in CHOOSABLE} | {"escalation": "portal"}
    answer = as_user(person).post(reverse("channels"), fields)
    assert answer.status_code == 422
    assert 'href="#id_escalation"' in answer.content.decode()
    assert not NoticeChoice.objects.exists()


def test_notices_are_filtered_by_kind_and_by_whether_they_were_read(person, as_user):
    for cause in ("sign/1", "sign/2", "deadline/1"):
        tell(person, cause=cause)
    notices.mark_read(person.notices.get(cause="sign/1"), at=AT)
    rows = as_user(person).get(reverse("notices"), {"jenis": "letter", "status": "belum"}).context["listing"].rows
    assert [notice.cause for notice in rows] == ["sign/2"]
