"""Complaints: received once, answered within working days, escalated, closed, opened again; who knows who complains."""

from datetime import date, timedelta
from decimal import Decimal

import builders
import pytest
from builders import at
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import Notice
from accounts.roles import Role
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry
from services import complaint_flow, tasks
from services.actions import calendar as calendars
from services.actions import complaint as actions
from services.actions import complaint_dialogue as dialogue
from services.actions.complaint import Report
from services.complaint_flow import Act
from services.complaints import statistics
from services.models import CalendarStamp, CalendarYear, Closure, Complaint, ComplaintFile
from tests.kinerjaku import sample_files as sample

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 09:00")  # a week without holidays
HOUR = timedelta(hours=1)
SECRET_WORDS = "Pejabat meminta imbalan."


@pytest.fixture
def desk(cast):
    """The people around complaints, besides the cast."""
    return {role: builders.user(role, cast.bureau) for role in (Role.TEAM_LEAD, Role.QUALITY_LEAD, Role.SEKJEN)}


def report(**fields):
    given = {"kind": "service", "subject": "Lambat", "text": SECRET_WORDS, "mode": "anonymous", **fields}
    return Report(**given)


def confidential(**fields):
    return report(mode="confidential", name="Wati", email="wati@example.test", contact="0812", **fields)


def received(what=None, *, key="kunci", when=MONDAY, **options):
    return actions.receive(what or report(), key=key, at=when, **options)[0]


def answered(complaint, *, by, when):
    seen = complaint.events.count()
    return actions.reply(complaint.pk, Act.ANSWER, "Sudah diperbaiki.", seen=seen, by=by, at=when)


def watched(when):
    with builders.moment(when):
        tasks.watch_complaints()


def told(user):
    return [notice.subject.split(" ", 2)[2] for notice in user.notices.order_by("pk")]


def kinds(complaint):
    return list(complaint.events.order_by("seq").values_list("kind", flat=True))


# Receiving


def test_a_complaint_gets_a_number_a_secret_and_its_limits(cast):
    complaint, secret = actions.receive(report(), key="kunci", at=MONDAY)
    assert complaint.number.startswith("ADU-2026-")
    assert len(secret) == 16
    assert (complaint.response_due_at, complaint.answer_due_at) == (at("2026-04-24 00:00"), at("2026-05-12 00:00"))
    assert kinds(complaint) == ["report"]


@pytest.mark.parametrize(
    ("kind", "due"), [("information", "2026-04-28"), ("service", "2026-05-12"), ("supervision", "2026-07-23")]
)
def test_the_limit_of_the_answer_follows_the_kind(cast, kind, due):
    assert received(report(kind=kind)).answer_due_at == at(f"{due} 00:00")


def test_only_hashes_of_the_secret_are_kept(cast):
    complaint, secret = actions.receive(report(), key="kunci", at=MONDAY)
    stored = " ".join(str(value) for value in Complaint.objects.filter(pk=complaint.pk).values().get().values())
    assert secret not in stored
    assert "kunci" not in stored
    assert dialogue.find(complaint.number.lower(), f" {secret[:4]}-{secret[4:].lower()} ") == complaint
    assert dialogue.find(complaint.number, "A" * 16) is None
    assert dialogue.find("ADU-2026-000000", secret) is None


def test_the_same_form_twice_is_one_complaint_with_one_answer(cast, desk):
    first, second = (actions.receive(report(), key="kunci", at=MONDAY) for _ in range(2))
    assert first == second
    assert Complaint.objects.count() == 1
    assert told(desk[Role.TEAM_LEAD]) == ["diterima dan menunggu disposisi"]


def test_the_same_form_with_another_text_is_not_taken_for_the_first(cast):
    first = received()
    with pytest.raises(DomainError, match=first.number) as refused:
        received(report(text="Yang lain."))
    assert (refused.value.code, refused.value.status) == ("used", 409)


def test_an_anonymous_complaint_cannot_store_anybody(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        received(report(name="Wati"))


def test_a_handler_registers_one_that_came_by_email(cast):
    complaint = received(by=cast.karoren, channel="email", received_at=at("2026-04-15 00:00"))
    assert complaint.response_due_at == at("2026-04-21 00:00")
    assert complaint.registered_by == cast.karoren
    with pytest.raises(PermissionDenied):
        received(key="lain", by=cast.operator, channel="email")
    with pytest.raises(DomainError, match="belum tiba"):
        received(key="lain", by=cast.karoren, channel="email", received_at=MONDAY + HOUR)


def test_nothing_of_the_complaint_is_in_audit_or_notices(cast, desk):
    complaint = received(confidential())
    answered(complaint, by=desk[Role.TEAM_LEAD], when=MONDAY + HOUR)
    said = [str((entry.before, entry.after, entry.reason)) for entry in AuditEntry.objects.all()]
    said += [f"{notice.subject} {notice.body}" for notice in Notice.objects.all()]
    assert not [text for text in said if "Wati" in text or SECRET_WORDS in text or "wati@" in text]


# Files


def test_a_file_is_kept_like_evidence(cast):
    complaint = received(uploads=[builders.pdf("surat")])
    file = ComplaintFile.objects.get(event__complaint=complaint)
    assert (file.name, file.kind) == ("surat.pdf", "PDF")
    assert file.storage_name.startswith("complaints/")


MACROS = sample.office("application/vnd.ms-word.document.macroEnabled.main+xml", "word/document.xml")
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("eicar.com", EICAR, "wrong_type"),
        ("eicar.pdf", EICAR, "wrong_type"),
        ("eicar.csv", EICAR, "wrong_type"),
        ("program.pdf", b"MZ\x90\x00" + bytes(500), "wrong_type"),
        ("makro.docx", MACROS, "macros"),
        ("kosong.pdf", b"", "empty"),
        ("besar.pdf", b"%PDF-1.4" + bytes(10 * 2**20), "too_big"),
    ],
)
def test_a_hostile_file_is_refused_and_nothing_is_received(cast, name, content, code):
    with pytest.raises(DomainError, match=f"“{name}” tidak diterima") as refused:
        received(uploads=[SimpleUploadedFile(name, content)])
    assert refused.value.code == code
    assert not Complaint.objects.exists()


def test_four_files_are_one_too_many(cast):
    with pytest.raises(DomainError, match="Paling banyak 3"):
        received(uploads=[builders.pdf(str(number)) for number in range(4)])


# Handling


def test_a_complaint_walks_from_disposition_to_closing(cast, desk):
    chief, complaint = desk[Role.TEAM_LEAD], received()
    actions.assign(complaint.pk, cast.verifier, note="Mohon dijawab.", by=chief, at=MONDAY + HOUR)
    assert told(cast.verifier) == ["ditugaskan kepada Anda"]
    actions.reply(complaint.pk, Act.RESPOND, "Kami periksa.", seen=1, by=cast.verifier, at=MONDAY + HOUR)
    actions.reply(complaint.pk, Act.ASK, "Kapan?", seen=2, by=cast.verifier, at=MONDAY + 2 * HOUR)
    assert Complaint.objects.get().state == "asked"
    dialogue.write(complaint.pk, "Senin.", at=MONDAY + 3 * HOUR)
    assert told(cast.verifier)[-1] == "dibalas pengadu"
    answered(complaint, by=cast.verifier, when=at("2026-04-22 10:00"))
    found = Complaint.objects.get()
    assert (found.state, found.answer_days, found.is_in_time) == ("answered", 2, True)
    assert found.closes_at == at("2026-05-08 00:00")
    actions.close(complaint.pk, text="", by=cast.verifier, at=at("2026-04-23 10:00"))
    assert Complaint.objects.get().closed_at == at("2026-04-23 10:00")
    assert kinds(complaint) == ["report", "response", "question", "more", "answer", "close"]


def test_a_question_pauses_nothing(cast):
    complaint = received()
    actions.reply(complaint.pk, Act.ASK, "Kapan?", seen=1, by=cast.karoren, at=MONDAY + HOUR)
    dialogue.write(complaint.pk, "Senin.", at=at("2026-04-30 09:00"))
    assert Complaint.objects.get().answer_due_at == at("2026-05-12 00:00")


def test_the_bureau_closes_nothing_before_it_has_answered(cast):
    with pytest.raises(DomainError, match="penutupan tidak berlaku") as refused:
        actions.close(received().pk, text="Selesai.", by=cast.karoren, at=MONDAY + HOUR)
    assert refused.value.status == 409


def test_an_answer_to_what_has_changed_meanwhile_is_refused(cast):
    complaint = received()
    dialogue.write(complaint.pk, "Tambahan.", at=MONDAY + HOUR)
    with pytest.raises(DomainError, match="pesan baru"):
        actions.reply(complaint.pk, Act.ANSWER, "Sudah.", seen=1, by=cast.karoren, at=MONDAY + 2 * HOUR)


def test_the_same_answer_twice_is_one(cast):
    complaint = received()
    for _ in range(2):
        actions.reply(complaint.pk, Act.ANSWER, "Sudah.", seen=1, by=cast.karoren, at=MONDAY + HOUR)
    assert kinds(complaint) == ["report", "answer"]


def test_another_kind_moves_the_limit_with_a_reason(cast):
    complaint = received()
    with pytest.raises(DomainError, match="alasan"):
        actions.classify(complaint.pk, "supervision", reason=" ", by=cast.karoren, at=MONDAY + HOUR)
    actions.classify(complaint.pk, "supervision", reason="Ada dugaan.", by=cast.karoren, at=MONDAY + HOUR)
    assert Complaint.objects.get().answer_due_at == at("2026-07-23 00:00")


def test_only_the_bureau_is_given_a_complaint(cast):
    with pytest.raises(DomainError, match="tidak dapat ditugaskan"):
        actions.assign(received().pk, cast.operator, note="", by=cast.karoren, at=MONDAY + HOUR)


def test_an_officer_handles_what_is_assigned_and_nothing_else(cast):
    mine, other = received(), received(key="lain")
    actions.assign(mine.pk, cast.verifier, note="", by=cast.karoren, at=MONDAY)
    assert list(Complaint.objects.visible_to(cast.verifier)) == [mine]
    with pytest.raises(Http404):
        answered(other, by=cast.verifier, when=MONDAY + HOUR)
    with pytest.raises(PermissionDenied):
        actions.assign(mine.pk, cast.karoren, note="", by=cast.verifier, at=MONDAY + HOUR)


def test_itjen_and_sekjen_see_all_and_handle_none(cast, desk):
    complaint = received(confidential())
    for role in (Role.ITJEN_OVERSIGHT, Role.SEKJEN):
        person = desk.get(role) or builders.user(role, cast.bureau)
        assert Complaint.objects.visible_to(person).exists()
        assert not complaint.shows_identity_to(person)
        with pytest.raises(PermissionDenied):
            answered(complaint, by=person, when=MONDAY + HOUR)


def test_a_confidential_name_is_for_karoren_team_lead_and_the_assigned_officer(cast, desk):
    complaint = received(confidential())
    actions.assign(complaint.pk, cast.verifier, note="", by=cast.karoren, at=MONDAY)
    complaint.refresh_from_db()
    knows = {cast.karoren, desk[Role.TEAM_LEAD], cast.verifier}
    people = {*knows, desk[Role.QUALITY_LEAD], desk[Role.SEKJEN], cast.admin, cast.operator}
    assert {person for person in people if complaint.shows_identity_to(person)} == knows


def test_nobody_handles_or_sees_a_complaint_about_themselves(cast, desk):
    complaint, chief = received(), desk[Role.TEAM_LEAD]
    actions.assign(complaint.pk, cast.verifier, note="", by=chief, at=MONDAY)
    actions.mark_concerned(complaint.pk, [cast.verifier, cast.karoren], by=chief, at=MONDAY + HOUR)
    complaint.refresh_from_db()
    assert complaint.assigned_to is None
    for person in (cast.verifier, cast.karoren):
        assert not Complaint.objects.visible_to(person).exists()
        with pytest.raises(Http404):
            answered(complaint, by=person, when=MONDAY + HOUR)
        with pytest.raises(DomainError, match="tidak dapat ditugaskan"):
            actions.assign(complaint.pk, person, note="", by=chief, at=MONDAY + HOUR)


def test_somebody_is_left_to_handle_it(cast, desk):
    chiefs = [cast.karoren, desk[Role.TEAM_LEAD], desk[Role.QUALITY_LEAD]]
    with pytest.raises(DomainError, match="Harus tersisa"):
        actions.mark_concerned(received().pk, chiefs, by=cast.karoren, at=MONDAY)


# Limits


def test_lateness_climbs_the_chain_of_oversight(cast, desk):
    complaint, chief = received(), desk[Role.TEAM_LEAD]
    actions.assign(complaint.pk, cast.verifier, note="", by=chief, at=MONDAY)
    watched(at("2026-04-21 23:59"))
    assert len(told(cast.verifier)) == 1
    watched(at("2026-04-22 00:00"))  # one whole working day before the last
    assert "tinggal satu hari kerja lagi" in told(cast.verifier)[-1]
    assert "tinggal satu hari kerja lagi" in told(chief)[-1]
    assert told(cast.karoren) == []
    watched(at("2026-04-24 00:00"))
    assert told(cast.karoren) == ["melewati batas tanggapan awal"]
    watched(at("2026-05-08 00:00"))
    assert told(chief)[-1].startswith("belum dijawab")
    watched(at("2026-05-12 00:00"))
    assert told(cast.karoren)[-1] == "melewati batas jawaban"
    assert Complaint.objects.get().is_in_time is False
    watched(at("2026-05-20 23:59"))
    assert told(desk[Role.SEKJEN]) == []
    watched(at("2026-05-21 00:00"))
    watched(at("2026-05-21 00:01"))
    assert told(desk[Role.SEKJEN]) == ["melewati batas jawaban lebih dari 5 hari kerja"]
    assert Complaint.objects.get().alarm_at is None


def test_notices_are_sent_in_working_hours(cast):
    received()
    watched(at("2026-04-24 00:00"))
    assert cast.karoren.notices.get().send_after.replace(microsecond=0) == at("2026-04-24 07:30")


def test_whom_it_is_about_is_passed_over(cast, desk):
    complaint = received()
    actions.mark_concerned(complaint.pk, [cast.karoren], by=desk[Role.TEAM_LEAD], at=MONDAY)
    watched(at("2026-04-24 00:00"))
    assert told(cast.karoren) == []
    assert told(desk[Role.SEKJEN]) == ["melewati batas tanggapan awal"]


def test_an_unanswered_answer_closes_after_ten_working_days(cast):
    complaint = answered(received(), by=cast.karoren, when=MONDAY + HOUR)
    watched(at("2026-05-05 23:59"))
    assert Complaint.objects.get().state == "answered"
    watched(at("2026-05-06 00:00"))
    watched(at("2026-05-06 00:01"))
    assert Complaint.objects.get().state == "closed"
    assert kinds(complaint) == ["report", "answer", "close"]


def test_a_reply_after_the_answer_keeps_it_open_with_a_new_limit(cast):
    complaint = answered(received(), by=cast.karoren, when=MONDAY + HOUR)
    dialogue.write(complaint.pk, "Belum.", at=at("2026-05-05 09:00"))
    watched(at("2026-05-07 00:00"))
    found = Complaint.objects.get()
    assert (found.state, found.closes_at) == ("in_progress", None)
    assert found.answer_due_at == at("2026-05-30 00:00")


def test_the_complainant_closes_and_opens_again_with_a_reason(cast):
    complaint = received()
    dialogue.withdraw(complaint.pk, text="", at=MONDAY + HOUR)
    assert Complaint.objects.get().alarm_at is None
    with pytest.raises(DomainError, match="tidak berlaku"):
        dialogue.write(complaint.pk, "Halo.", at=MONDAY + 2 * HOUR)
    with pytest.raises(DomainError, match="Tulis pesannya"):
        dialogue.reopen(complaint.pk, text=" ", at=MONDAY + 2 * HOUR)
    dialogue.reopen(complaint.pk, text="Terulang lagi.", at=at("2026-04-27 09:00"))
    found = Complaint.objects.get()
    assert (found.state, found.closed_at) == ("in_progress", None)
    assert found.answer_due_at == at("2026-05-21 00:00")


def test_another_calendar_moves_the_limits_of_open_complaints(cast):
    complaint = received()
    closure = Closure(day=date(2026, 4, 22), kind="joint_leave", name="Cuti bersama", basis="SKB")
    calendars.save_closure(closure, by=cast.admin, at=MONDAY)
    watched(MONDAY + HOUR)
    complaint.refresh_from_db()
    assert (complaint.response_due_at, complaint.answer_due_at) == (at("2026-04-25 00:00"), at("2026-05-13 00:00"))
    assert AuditEntry.objects.filter(verb="hitung ulang batas").count() == 1


def test_a_year_that_is_not_loaded_leaves_the_limit_open_and_is_named(cast):
    CalendarYear.objects.filter(year=2027).delete()
    CalendarStamp.objects.update(token="tanpa 2027")
    complaint = received(when=at("2026-12-21 09:00"))
    assert complaint.response_due_at == at("2026-12-29 00:00")
    assert complaint.answer_due_at is None
    assert "2027 belum dimuat" in complaint_flow.missing_calendar(complaint)
    answered(complaint, by=cast.karoren, when=at("2026-12-22 09:00"))
    assert Complaint.objects.get().is_in_time is True


# Mail


def test_the_complainant_is_told_without_the_text_and_without_the_secret(cast):
    complaint, secret = actions.receive(confidential(), key="kunci", at=MONDAY)
    answered(complaint, by=cast.karoren, when=MONDAY + HOUR)
    watched(MONDAY + 2 * HOUR)
    watched(MONDAY + 3 * HOUR)
    assert [one.to for one in mail.outbox] == [["wati@example.test"]] * 2
    said = " ".join(f"{one.subject} {one.body}" for one in mail.outbox)
    assert complaint.number in said
    assert "/pengaduan/lacak/" in said
    assert not [word for word in (secret, SECRET_WORDS, "Lambat", "Sudah diperbaiki", "Wati") if word in said]


def test_a_mail_that_failed_is_tried_again_for_three_days(cast, settings):
    received(confidential())
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    watched(MONDAY + HOUR)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    watched(MONDAY + HOUR)
    assert mail.outbox == []
    watched(MONDAY + 2 * HOUR)
    assert len(mail.outbox) == 1
    received(confidential(), key="lain")
    watched(MONDAY + timedelta(days=4))
    assert len(mail.outbox) == 1


# Figures


def test_statistics_count_and_measure_the_first_answer(cast):
    quick, slow, _waiting = (received(key=key) for key in "abc")
    answered(quick, by=cast.karoren, when=at("2026-04-22 09:00"))
    watched(at("2026-05-12 00:00"))  # now the two others are late
    answered(slow, by=cast.karoren, when=at("2026-05-12 09:00"))
    received(report(kind="information"), key="d", when=at("2026-06-02 09:00"))
    found = statistics(date(2026, 4, 1), date(2026, 6, 30))
    assert (found.received, found.answered, found.waiting) == (4, 2, 2)
    assert (found.in_time, found.late, found.median_days) == (1, 2, Decimal("8.5"))
    assert round(found.percent_in_time, 2) == Decimal("33.33")
    assert [(month.first.month, month.received, month.answered) for month in found.by_month] == [
        (4, 3, 2),
        (5, 0, 0),
        (6, 1, 0),
    ]
    assert found.by_kind[:2] == [("Permintaan informasi", 1), ("Pengaduan tanpa substansi pengawasan", 3)]
    assert found.by_channel == [("Portal", 4), ("Datang langsung", 0), ("Surel", 0)]


def test_statistics_of_nothing_measure_nothing(cast):
    received(when=at("2026-04-30 23:59"))
    found = statistics(date(2026, 5, 1), date(2026, 5, 1))
    assert (found.received, found.percent_in_time, found.median_days) == (0, None, None)
    with pytest.raises(ValueError, match="sebelum dimulai"):
        statistics(date(2026, 5, 2), date(2026, 5, 1))
