"""Invitations: who prepares and issues them, what they do to clocks, letters, mails, answers, and who came."""

from datetime import date, timedelta
from io import BytesIO, StringIO

import builders
import pytest
from builders import at
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.http import Http404
from icalendar import Calendar
from pypdf import PdfReader

from accounts.models import Membership, Notice, User
from accounts.roles import Role
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from reporting import tasks as reporting_tasks
from services import mailing, tasks
from services.actions import attendance
from services.actions import case as cases
from services.actions import invitation as actions
from services.actions import standard as standards
from services.models import Case, Invitation, InvitationMail, InvitationRecipient

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")  # a week without holidays
NOW, MEETING = at("2026-04-20 09:00"), at("2026-04-22 09:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def case(cast):
    """A verification that waits for its invitation; the clock runs from Monday 07.30."""
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


def drafted(cast, *units, when=NOW, by=None, **fields):
    fields = {"begins_at": MEETING, "ends_at": MEETING + 3 * HOUR, **fields}
    return builders.invitation(*units, by=by or cast.verifier, at=when, **fields)


@pytest.fixture
def draft(cast, case):
    return drafted(cast, cases=[case])


@pytest.fixture
def issued(cast, draft):
    return builders.issued(draft, by=cast.karoren, at=NOW)


def fresh(case):
    return Case.objects.select_related("standard", "step", "unit").get(pk=case.pk)


def run(when):
    """What the schedule does about letters and mails."""
    with builders.moment(at(when) if isinstance(when, str) else when):
        reporting_tasks.render_documents()
        tasks.send_invitations()


def move(cast, invitation, to, when=NOW + HOUR, **fields):
    facts = {"begins_at": to, "ends_at": to + HOUR, "place": "Aula", "link": "", "reason": "Ruang dipakai.", **fields}
    with builders.moment(when):
        return actions.reschedule(invitation.pk, **facts, by=cast.karoren, at=when)


def call_off(cast, invitation, when=NOW + HOUR):
    with builders.moment(when):
        return actions.cancel(invitation.pk, reason="Ditunda.", by=cast.karoren, at=when)


def code_of(refused):
    return refused.value.code


# Drafting


def test_the_units_of_the_cases_are_invited_too_and_karoren_is_told(cast, case, draft):
    assert list(draft.units.all()) == [cast.unit]
    assert Notice.objects.get(user=cast.karoren).subject == f"Rancangan undangan: {draft.subject}"
    assert draft.number == ""


def test_a_verifier_prepares_for_their_own_units_only(cast, case):
    with pytest.raises(Http404):
        drafted(cast, cast.setjen)
    other = builders.unit("ROKUM", parent=cast.setjen)
    served = cases.start("validation", other, "2026", by=None, at=MONDAY)
    with pytest.raises(Http404):
        drafted(cast, kind="validation", cases=[served])
    with pytest.raises(PermissionDenied):
        drafted(cast, cast.unit, by=cast.operator)


def test_the_bureaus_leads_prepare_for_every_unit(cast, case):
    lead = builders.user(Role.TEAM_LEAD, cast.bureau)
    assert drafted(cast, cast.unit, cast.setjen, by=lead).units.count() == 2


NO_MEETING = [
    ({"begins_at": NOW, "ends_at": MEETING}, "begins_in_the_past"),
    ({"ends_at": MEETING}, "ends_before_it_begins"),
    ({"ends_at": MEETING - HOUR}, "ends_before_it_begins"),
    ({"place": "", "link": ""}, "no_place"),
    ({"place": "", "link": "http://rapat.example/1"}, "link_insecure"),
    ({"roles": [], "guests": []}, "no_recipients"),
    ({"cases": []}, "no_unit"),
]


def test_a_draft_that_cannot_be_a_meeting_is_refused(cast, case, subtests):
    for fields, code in NO_MEETING:
        with subtests.test(**fields), pytest.raises(DomainError) as refused:
            drafted(cast, **{"cases": [case], **fields})
        assert code_of(refused) == code
    assert not Invitation.objects.exists()


def test_a_unit_that_has_ended_is_named(cast, case):
    cast.unit.valid_to = date(2026, 4, 19)
    cast.unit.save()
    with pytest.raises(DomainError, match="sudah tidak berlaku sejak 19-04-2026") as refused:
        drafted(cast, cast.unit)
    assert code_of(refused) == "unit_ended"


def test_a_case_that_does_not_wait_for_this_letter_is_named(cast, case):
    with pytest.raises(DomainError, match="pada langkah 2") as refused:
        drafted(cast, kind="validation", cases=[case])
    assert code_of(refused) == "wrong_step"


def test_two_editors_do_not_overwrite_each_other(cast, case, draft):
    facts = {name: getattr(draft, name) for name in ("kind", "nature", "agenda", "begins_at", "ends_at", "place")}
    facts |= {"link": "", "roles": ["operator"], "guests": [], "units": [cast.unit], "cases": [case]}
    with builders.moment(NOW):
        changed = actions.change(draft.pk, **facts, subject="Baru", version=1, by=cast.verifier, at=NOW)
        assert (changed.subject, changed.version) == ("Baru", 2)
        with pytest.raises(DomainError) as refused:
            actions.change(draft.pk, **facts, subject="Lama", version=1, by=cast.verifier, at=NOW)
    assert code_of(refused) == "stale"


def test_who_is_responsible_for_some_of_its_units_sees_a_draft_and_cannot_change_it(cast, case):
    lead = builders.user(Role.TEAM_LEAD, cast.bureau)
    both = drafted(cast, cast.unit, cast.setjen, by=lead)
    assert both in Invitation.objects.visible_to(cast.verifier)
    assert not actions.may_change(cast.verifier, both)
    with pytest.raises(Http404):
        actions.cancel(both.pk, reason="Tidak jadi.", by=cast.verifier, at=NOW)


def test_a_draft_can_be_given_up_and_does_nothing(cast, case, draft):
    actions.cancel(draft.pk, reason="Tidak jadi.", by=cast.verifier, at=NOW)
    with pytest.raises(DomainError, match="sudah dibatalkan"):
        builders.issued(draft, by=cast.karoren, at=NOW)
    assert (fresh(case).step.order, InvitationMail.objects.count()) == (2, 0)


# Issuing


def test_only_karoren_issues(cast, draft):
    for person in (cast.verifier, builders.user(Role.TEAM_LEAD, cast.bureau)):
        with pytest.raises(PermissionDenied):
            builders.issued(draft, by=person, at=NOW)


def test_issuing_completes_the_step_and_the_clock_waits_for_the_meeting(cast, case, issued):
    assert issued.number == "1/SJ.1/OT.310/IV/2026"
    held = fresh(case)
    assert (held.step.order, held.is_paused, held.resumes_at) == (3, True, MEETING)
    assert held.used_microseconds == int(1.5 * HOUR / timedelta(microseconds=1))
    pause = case.events.order_by("-seq")[0]
    assert (pause.pause_kind, pause.until, pause.by) == ("waiting_for_meeting", MEETING, cast.karoren)
    with builders.moment(MEETING + HOUR):
        tasks.sound_clocks()
    assert fresh(case).running_since == MEETING
    call_command("replay_clocks", stdout=StringIO())


def test_one_invitation_covers_the_cases_of_many_units(cast, case):
    lead = builders.user(Role.TEAM_LEAD, cast.bureau)
    other = cases.start("verification", cast.setjen, "Triwulan I 2026", by=None, at=MONDAY)
    cases.complete_step(other.pk, 1, by=None, at=MONDAY)
    invitation = builders.issued(drafted(cast, by=lead, cases=[case, other]), by=cast.karoren, at=NOW)
    assert [fresh(one).resumes_at for one in (case, other)] == [MEETING, MEETING]
    assert {one.user for one in invitation.recipients.all()} == {cast.operator, cast.stranger, None}


def test_a_case_that_has_moved_on_meanwhile_stops_the_whole_letter(cast, case, draft):
    for order in (2, 3):
        cases.complete_step(case.pk, order, by=cast.verifier, at=NOW)
    with pytest.raises(DomainError, match="pada langkah 4"):
        builders.issued(draft, by=cast.karoren, at=NOW)
    assert (InvitationRecipient.objects.count(), documents.Document.objects.count()) == (0, 0)


def test_issuing_twice_is_refused_with_the_number(cast, issued):
    with pytest.raises(DomainError, match=r"1/SJ\.1/OT\.310/IV/2026") as refused:
        builders.issued(issued, by=cast.karoren, at=NOW)
    assert code_of(refused) == "already_issued"


def test_karoren_issues_what_was_shown(cast, draft):
    seen = actions.digest({})
    with builders.moment(NOW), pytest.raises(DomainError) as refused:
        actions.issue(draft.pk, seen=seen, by=cast.karoren, at=NOW)
    assert code_of(refused) == "stale"


def test_a_meeting_that_has_passed_is_not_announced(cast, draft):
    for when in (MEETING, MEETING + HOUR):
        with pytest.raises(DomainError) as refused:
            builders.issued(draft, by=cast.karoren, at=when)
        assert code_of(refused) == "begins_in_the_past"


def test_without_anybody_to_invite_nothing_is_issued(cast, case):
    empty = drafted(cast, cases=[case], roles=["kasubag"], guests=[])
    Membership.objects.filter(role="kasubag").delete()
    with pytest.raises(DomainError) as refused:
        builders.issued(empty, by=cast.karoren, at=NOW)
    assert (code_of(refused), fresh(case).step.order) == ("no_recipients", 2)


def test_somebody_without_an_address_is_named(cast, draft):
    User.objects.filter(pk=cast.operator.pk).update(email="")
    with pytest.raises(DomainError, match="Sari") as refused:
        builders.issued(draft, by=cast.karoren, at=NOW)
    assert code_of(refused) == "email_missing"


def test_recipients_stay_as_they_were_each_once(cast, draft):
    Membership.objects.create(user=cast.operator, role=Role.KASUBAG, unit=cast.unit)
    Invitation.objects.update(roles=["operator", "kasubag"])
    invitation = builders.issued(Invitation.objects.get(), by=cast.karoren, at=NOW)
    Membership.objects.all().delete()
    User.objects.filter(pk=cast.operator.pk).update(name="Nama Baru")
    told = list(invitation.recipients.order_by("name").values_list("name", "role"))
    assert told == [("Budi", "kasubag"), ("Sari", "kasubag"), ("Tamu Contoh", "")]


def test_a_request_for_validators_that_reaches_no_validator_is_not_issued(cast, case):
    asked = drafted(cast, cast.unit, kind="validators", roles=["operator"])
    with pytest.raises(DomainError) as refused:
        builders.issued(asked, by=cast.karoren, at=NOW)
    assert code_of(refused) == "itjen_missing"
    assert Invitation.objects.get(pk=asked.pk).state == "draft"


def test_a_request_for_validators_completes_its_step_and_the_wait_outlasts_the_units_own(cast, case):
    itjen = builders.unit("ITJEN", level="I", head_title="Inspektur Jenderal")
    validator = builders.user(Role.ITJEN_VALIDATOR, itjen)
    served = cases.start("validation", cast.unit, "2026", by=None, at=MONDAY)
    first = drafted(cast, kind="validation", cases=[served])
    builders.issued(first, by=cast.karoren, at=NOW)
    asked = drafted(cast, itjen, kind="validators", cases=[served], roles=["itjen_validator"], guests=[], when=NOW)
    letter = builders.issued(asked, by=cast.karoren, at=NOW + HOUR)
    assert letter.document.content["to"] == ["Inspektur Jenderal"]
    assert [one.user for one in letter.recipients.all()] == [validator]
    assert (fresh(served).step.order, fresh(served).resumes_at) == (3, MEETING)
    cases.complete_step(served.pk, 3, by=cast.operator, at=NOW + 2 * HOUR)
    assert (fresh(served).is_paused, fresh(served).resumes_at) == (True, MEETING)
    cases.sound(served.pk, at=MEETING + HOUR)
    assert fresh(served).running_since == MEETING
    call_command("replay_clocks", stdout=StringIO())


def test_the_units_own_step_is_over_before_the_clock_waits_no_longer(cast, case):
    """The meeting passes while the unit still fills in its matrix: nothing runs until the bureau's turn."""
    served = cases.start("validation", cast.unit, "2026", by=None, at=MONDAY)
    builders.issued(drafted(cast, kind="validation", cases=[served]), by=cast.karoren, at=NOW)
    cases.complete_step(served.pk, 2, by=cast.verifier, at=NOW + HOUR)
    later = MEETING + 2 * HOUR
    cases.sound(served.pk, at=later)
    assert (fresh(served).running_since, fresh(served).resumes_at) == (None, None)
    cases.complete_step(served.pk, 3, by=cast.operator, at=later)
    assert fresh(served).running_since == later


def test_a_meeting_that_was_held_earlier_ends_the_wait(cast, case, issued):
    early = MEETING - 20 * HOUR
    cases.complete_step(case.pk, 3, by=cast.verifier, at=early)
    assert (fresh(case).running_since, fresh(case).resumes_at) == (early, None)


def test_a_second_meeting_of_a_case_does_not_lengthen_the_wait_for_the_first(cast, case, issued):
    later = drafted(cast, cases=[case], begins_at=MEETING + 48 * HOUR, ends_at=MEETING + 49 * HOUR)
    builders.issued(later, by=cast.karoren, at=NOW + HOUR)
    assert fresh(case).resumes_at == MEETING
    call_off(cast, issued, when=NOW + 2 * HOUR)
    assert fresh(case).resumes_at == MEETING + 48 * HOUR


def test_a_pause_of_another_kind_stays_as_it_is(cast, case, issued):
    cases.resume(case.pk, by=cast.verifier, at=NOW + HOUR)
    cases.pause(case.pk, kind="force_majeure", reason="Banjir.", by=cast.verifier, at=NOW + HOUR)
    move(cast, issued, MEETING + 24 * HOUR, when=NOW + 2 * HOUR)
    assert (fresh(case).is_paused, fresh(case).resumes_at) == (True, None)


# Moving and calling off


def test_a_moved_meeting_moves_the_end_of_the_pause_and_is_another_letter(cast, case, issued):
    old = issued.document
    run(NOW)
    attendance.answer(
        issued.recipients.get(user=cast.operator).pk,
        answer="attends",
        substitute="",
        note="",
        by=cast.operator,
        at=NOW,
    )
    moved = move(cast, issued, MEETING + 24 * HOUR)
    old.refresh_from_db()
    assert (old.void_reason, moved.number) == ("Ruang dipakai.", "2/SJ.1/OT.310/IV/2026")
    assert moved.document.content["replaces"] == "1/SJ.1/OT.310/IV/2026"
    assert list(moved.earlier.all()) == [old]
    assert fresh(case).resumes_at == MEETING + 24 * HOUR
    assert set(moved.recipients.values_list("answer", flat=True)) == {""}
    cases.sound(case.pk, at=MEETING + HOUR)
    assert fresh(case).is_paused
    cases.sound(case.pk, at=MEETING + 30 * HOUR)
    assert fresh(case).running_since == MEETING + 24 * HOUR
    call_command("replay_clocks", stdout=StringIO())


def test_a_meeting_moved_nearer_ends_the_pause_earlier(cast, case, issued):
    move(cast, issued, MEETING - 20 * HOUR)
    assert fresh(case).resumes_at == MEETING - 20 * HOUR


def test_a_meeting_called_off_lets_the_clock_go_on_at_once(cast, case, issued):
    off = call_off(cast, issued)
    assert fresh(case).running_since == NOW + HOUR
    assert (off.state, off.document.void_reason) == ("cancelled", "Ditunda.")
    again = builders.issued(drafted(cast, cases=[case], when=NOW + HOUR), by=cast.karoren, at=NOW + 2 * HOUR)
    assert (fresh(case).step.order, fresh(case).resumes_at, again.number) == (3, MEETING, "2/SJ.1/OT.310/IV/2026")


def test_after_it_has_begun_a_meeting_is_neither_moved_nor_called_off(cast, issued):
    for act in (lambda: move(cast, issued, MEETING + 48 * HOUR, MEETING), lambda: call_off(cast, issued, MEETING)):
        with pytest.raises(DomainError) as refused:
            act()
        assert code_of(refused) == "has_begun"


def test_moving_needs_a_reason_a_future_and_karoren(cast, issued):
    with pytest.raises(DomainError, match="alasan"):
        move(cast, issued, MEETING + HOUR, reason=" ")
    with pytest.raises(DomainError, match="sesudah saat ini"):
        move(cast, issued, NOW)
    with pytest.raises(DomainError, match="tempat"):
        move(cast, issued, MEETING + HOUR, place=" ")
    with pytest.raises(PermissionDenied):
        actions.cancel(issued.pk, reason="Ditunda.", by=cast.verifier, at=NOW)


# The letter


def text_of(document):
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(BytesIO(documents.read(document))).pages).split()
    )


def test_the_pdf_says_what_an_invitation_says(cast, case):
    link = "https://rapat.example/verifikasi?a=1&b=2"
    invitation = drafted(cast, cases=[case], link=link, nature="urgent", agenda="1. Pembukaan <b>\n2. Verifikasi")
    invitation = builders.issued(invitation, by=cast.karoren, at=NOW)
    run(NOW)
    invitation.document.refresh_from_db()
    text = text_of(invitation.document)
    for part in (
        "Nomor 1/SJ.1/OT.310/IV/2026",
        "Sifat Segera",
        "Lampiran –",
        "Hal Verifikasi capaian Triwulan I 2026",
        "Jakarta, 20 April 2026",
        "Kepala ROKEU",
        "Rabu, 22 April 2026",
        "pukul 09.00–12.00 WIB",
        "Ruang Rapat Biro Perencanaan",
        link,
        "1. Pembukaan <b> 2. Verifikasi",
        cast.karoren.name,
    ):
        assert part in text


def test_many_recipients_are_listed_on_a_page_of_their_own(cast, case):
    guests = [{"name": f"Tamu {n}", "email": f"tamu{n}@example.test", "position": "Dinas"} for n in range(8)]
    invitation = builders.issued(drafted(cast, cases=[case], guests=guests), by=cast.karoren, at=NOW)
    run(NOW)
    invitation.document.refresh_from_db()
    text = text_of(invitation.document)
    assert "Lampiran Satu daftar" in text
    assert "Yth. (daftar terlampir)" in text
    assert "Daftar undangan" in text
    assert "Tamu 7" in text


# Mails


def event_of(message):
    part = next(p for p in message.message().walk() if p.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert calendar["method"] == part.get_param("method")
    return calendar, calendar.walk("VEVENT")[0]


def test_everyone_gets_one_mail_with_letter_and_event_once_the_pdf_is_there(cast, issued):
    with builders.moment(NOW):
        tasks.send_invitations()
    assert mail.outbox == []
    run(NOW)
    run(NOW + HOUR)
    assert sorted(one.to[0] for one in mail.outbox) == sorted([cast.operator.email, "tamu@example.test"])
    issued.document.refresh_from_db()
    for message in mail.outbox:
        name, data, kind = message.attachments[0]
        assert (name, kind) == ("undangan-1-SJ.1-OT.310-IV-2026.pdf", "application/pdf")
        assert data == documents.read(issued.document)
    calendar, event = event_of(mail.outbox[0])
    assert (calendar["method"], event["uid"], event["sequence"]) == ("REQUEST", issued.uid, 0)
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (MEETING, MEETING + 3 * HOUR)
    assert event["location"] == "Ruang Rapat Biro Perencanaan"
    assert event["attendee"] == f"mailto:{cast.operator.email}"
    assert event["organizer"] == "mailto:kinerjaku@localhost"
    assert Notice.objects.get(user=cast.operator, cause=f"invitation/{issued.pk}/0").sent_at  # no second mail


def test_the_event_keeps_odd_words_and_long_lines_apart(cast, case):
    subject = 'Verifikasi; capaian, "uji" \\ ' + "panjang " * 15
    invitation = drafted(cast, cases=[case], subject=subject.strip(), agenda="Baris 1;\nBaris 2, akhir")
    builders.issued(invitation, by=cast.karoren, at=NOW)
    run(NOW)
    _, event = event_of(mail.outbox[0])
    assert event["summary"] == subject.strip()
    assert "Baris 1;\nBaris 2, akhir" in event["description"]
    written = next(p for p in mail.outbox[0].message().walk() if p.get_content_type() == "text/calendar")
    assert max(len(line) for line in written.get_payload(decode=True).split(b"\r\n")) <= 75


def test_moving_sends_the_same_event_with_a_higher_number_and_calling_off_cancels_it(cast, issued):
    run(NOW)
    moved = move(cast, issued, MEETING + 24 * HOUR)
    run(NOW + HOUR)
    call_off(cast, moved, when=NOW + 2 * HOUR)
    run(NOW + 2 * HOUR)
    mine = [event_of(one) for one in mail.outbox if one.to == [cast.operator.email]]
    assert [(c["method"], str(e["uid"]), int(e["sequence"]), str(e["status"])) for c, e in mine] == [
        ("REQUEST", issued.uid, 0, "CONFIRMED"),
        ("REQUEST", issued.uid, 1, "CONFIRMED"),
        ("CANCEL", issued.uid, 2, "CANCELLED"),
    ]
    assert mine[1][1].decoded("dtstart") == MEETING + 24 * HOUR
    assert "Ditunda." in mail.outbox[-1].body


def test_a_letter_overtaken_before_it_was_sent_is_not_sent(cast, issued):
    move(cast, issued, MEETING + 24 * HOUR)
    run(NOW + HOUR)
    assert {event_of(one)[1]["sequence"] for one in mail.outbox} == {1}
    assert len(mail.outbox) == 2


def test_a_claim_of_a_worker_that_died_lapses(cast, issued):
    with builders.moment(NOW):
        reporting_tasks.render_documents()
    InvitationMail.objects.update(claimed_at=NOW)
    run(NOW + timedelta(minutes=9))
    assert mail.outbox == []
    run(NOW + timedelta(minutes=11))
    assert len(mail.outbox) == 2


def test_a_mail_that_cannot_be_sent_is_tried_again_and_holds_up_no_other(cast, issued, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    run(NOW)
    assert set(InvitationMail.objects.values_list("sent_at", flat=True)) == {None}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    run(NOW + timedelta(minutes=11))
    assert len(mail.outbox) == 2


# Answers


def answer(recipient, by, when=NOW, **fields):
    given = {"answer": "attends", "substitute": "", "note": "", **fields}
    return attendance.answer(recipient.pk, **given, by=by, at=when)


def test_each_change_of_an_answer_is_kept(cast, issued):
    mine = issued.recipients.get(user=cast.operator)
    answer(mine, cast.operator)
    answer(mine, cast.operator)
    changed = answer(mine, cast.operator, answer="substitute", substitute="Wawan", note="Cuti")
    assert (changed.answer, changed.substitute) == ("substitute", "Wawan")
    kept = audit.history(issued).filter(verb="jawab undangan")
    assert [one.after["jawaban"] for one in kept] == ["Diwakili", "Hadir"]
    assert answer(mine, cast.operator, answer="absent", substitute="Wawan").substitute == ""


def test_an_answer_that_says_nothing_or_comes_late_is_refused(cast, issued):
    mine = issued.recipients.get(user=cast.operator)
    for fields, code in (
        ({"answer": "mungkin"}, "unknown_answer"),
        ({"answer": "substitute", "substitute": " "}, "substitute_missing"),
        ({"when": MEETING}, "has_begun"),
    ):
        with pytest.raises(DomainError) as refused:
            answer(mine, cast.operator, **fields)
        assert code_of(refused) == code


def test_nobody_answers_for_somebody_else(cast, issued):
    with pytest.raises(Http404):
        answer(issued.recipients.get(user=cast.operator), cast.verifier)


def test_the_secret_link_is_kept_as_a_hash_and_stays_good_after_a_change(cast, issued):
    run(NOW)
    move(cast, issued, MEETING + 24 * HOUR)
    run(NOW + HOUR)
    links = [
        word.rstrip("/").rpartition("/")[2]
        for one in mail.outbox
        if one.to == ["tamu@example.test"]
        for word in one.body.split()
        if "/undangan/jawab/" in word
    ]
    assert len(set(links)) == 2
    assert {mailing.recipient_of(link).email for link in links} == {"tamu@example.test"}
    assert not InvitationMail.objects.filter(token_hash__in=links).exists()
    assert mailing.recipient_of("lain") is None


# Who came


def test_who_came_is_noted_on_the_day_and_closed_after_the_beginning(cast, issued):
    mine, guest = issued.recipients.order_by("pk")
    with pytest.raises(DomainError) as refused:
        attendance.record(issued.pk, shown=[mine.pk], came=[mine.pk], by=cast.verifier, at=MEETING - 10 * HOUR)
    assert code_of(refused) == "too_early"
    morning = MEETING - HOUR
    attendance.record(issued.pk, shown=[mine.pk, guest.pk], came=[mine.pk], by=cast.verifier, at=morning)
    attendance.record(issued.pk, shown=[guest.pk], came=[guest.pk], by=cast.verifier, at=morning)
    attendance.add_walk_in(issued.pk, name="Orang Lain", position="", by=cast.verifier, at=morning)
    with pytest.raises(DomainError, match="setelah rapat dimulai"):
        attendance.close(issued.pk, by=cast.verifier, at=morning)
    attendance.close(issued.pk, by=cast.verifier, at=MEETING)
    assert sorted(issued.recipients.filter(came=True).values_list("name", flat=True)) == [
        "Orang Lain",
        "Sari",
        "Tamu Contoh",
    ]
    with pytest.raises(DomainError) as refused:
        attendance.record(issued.pk, shown=[mine.pk], came=[], by=cast.verifier, at=MEETING + HOUR)
    assert code_of(refused) == "closed"


def test_only_who_prepares_the_units_invitations_notes_who_came(cast, issued):
    for person in (cast.operator, builders.user(Role.VERIFIER, cast.setjen)):
        with pytest.raises(PermissionDenied):
            attendance.add_walk_in(issued.pk, name="Orang", position="", by=person, at=MEETING)


# The database


def test_the_database_refuses_nonsense(issued, subtests):
    for wrong in (
        {"ends_at": MEETING},
        {"place": "", "link": ""},
        {"link": "http://rapat.example"},
        {"state": "draft"},
        {"state": "cancelled"},
        {"attendance_closed_at": MEETING},
    ):
        with subtests.test(**wrong), pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.update(**wrong)


def test_every_act_is_in_a_whole_chain(cast, issued):
    call_off(cast, move(cast, issued, MEETING + 24 * HOUR), when=NOW + 2 * HOUR)
    told = [one.verb for one in audit.history(issued).order_by("seq")]
    assert told == ["siapkan undangan", "terbitkan undangan", "pindahkan rapat", "batalkan undangan"]
    assert list(audit.problems()) == []
