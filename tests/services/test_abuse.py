"""What somebody could do to the services on purpose: each was tried once, and must not work again."""

from datetime import timedelta
from io import BytesIO

import builders
import pytest
from builders import at
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from openpyxl import load_workbook

from accounts.roles import Role
from kinerjaku.errors import DomainError
from services import closure_file, mailing, robots, tasks
from services.actions import calendar as calendars
from services.actions import case as cases
from services.actions import compensation, complaint, complaint_dialogue, survey_period
from services.actions import standard as standards
from services.calendar import token
from services.models import ComplaintFile, InvitationMail, SurveyPeriod

pytestmark = pytest.mark.django_db
NOW = at("2026-04-20 09:00")
NOWHERE = "a@א1.id"  # a valid address to look at, that no mail server can be asked about


def report(**facts):
    return complaint.Report(**{"kind": "service", "subject": "s", "text": "t", "mode": "named", "name": "n", **facts})


def test_an_address_that_cannot_be_mailed_holds_up_no_other_mail(cast):
    complaint.receive(report(email=NOWHERE), key="a" * 20, at=NOW)
    complaint.receive(report(email="warga@example.test"), key="b" * 20, at=NOW)
    with builders.moment(NOW):
        tasks.watch_complaints()
    assert [message.to for message in mail.outbox] == [["warga@example.test"]]


def test_whom_a_complaint_is_about_reads_nothing_of_it_in_the_audit(cast, as_user):
    lead, officer = builders.user(Role.TEAM_LEAD, cast.bureau), builders.user(Role.QUALITY_LEAD, cast.bureau)
    with builders.moment(NOW):
        made, _ = complaint.receive(report(), key="a" * 20, at=NOW)
        complaint.mark_concerned(made.pk, [cast.karoren], by=lead, at=NOW)
        complaint.assign(made.pk, officer, note="Hati-hati.", by=lead, at=NOW)
        complaint.classify(made.pk, "supervision", reason="Diduga suap.", by=lead, at=NOW)
        for reader in (cast.karoren, cast.admin):
            for address in ("/audit/", "/audit/?format=csv"):
                text = as_user(reader).get(address).content.decode()
                assert "Hati-hati" not in text, (reader, address)
                assert "suap" not in text, (reader, address)


def test_a_promise_is_not_escaped_by_cancelling_the_case_of_a_worksheet(cast):
    standards.load(at=NOW)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=NOW)
    with pytest.raises(PermissionDenied):
        cases.cancel(made.pk, reason="x", by=cast.verifier, at=NOW)
    assert cases.cancel(made.pk, reason="Unit dibubarkan.", by=cast.karoren, at=NOW).state == "cancelled"


def test_who_drafts_the_format_does_not_correct_it(cast):
    standards.load(at=NOW)
    builders.walked_by_hand("collection")
    made = cases.start("collection", cast.unit, "Triwulan I 2026", by=cast.operator, at=NOW)
    cases.complete_by_hand(made.pk, 1, note="", by=cast.operator, at=NOW)
    with pytest.raises(PermissionDenied):
        cases.complete_by_hand(made.pk, 2, note="", by=cast.operator, at=NOW)
    cases.complete_by_hand(made.pk, 2, note="", by=cast.kasubag, at=NOW)


def test_a_plan_for_the_year_9999_is_refused(cast, as_user):
    facts = {"first_day": NOW.date(), "last_day": NOW.date() + timedelta(days=30), "services": ["verification"]}
    period = survey_period.save_period(None, name="SKM", population=10, **facts, by=cast.karoren, at=NOW)
    planned = {"element": "time", "action": "Percepat.", "owner": cast.karoren.pk, "due_on": "9999-12-31"}
    with builders.moment(NOW):
        answer = as_user(cast.karoren).post(f"/survei/periode/{period.pk}/tindak-lanjut/", planned)
    assert (answer.status_code, "Periksa tahunnya" in answer.content.decode()) == (422, True)
    assert not SurveyPeriod.objects.get().follow_ups.exists()


def test_the_same_words_with_another_file_are_another_message(cast):
    made, _ = complaint.receive(report(), key="a" * 20, at=NOW)
    for name in ("satu", "dua", "dua"):
        complaint_dialogue.write(made.pk, "Terlampir.", at=NOW, uploads=[builders.pdf(name)])
    assert list(ComplaintFile.objects.values_list("name", flat=True)) == ["satu.pdf", "dua.pdf"]


@pytest.mark.parametrize("key", ["9" * 25, "9" * 5000, str(2**63), "²"])
def test_a_number_that_no_row_has_is_no_fault_of_ours(cast, as_user, key):
    draft = builders.invitation(cast.unit, by=cast.verifier, at=NOW, begins_at=NOW + timedelta(hours=1))
    issued = builders.issued(draft, by=cast.karoren, at=NOW)
    client = as_user(cast.verifier)
    with builders.moment(NOW + timedelta(minutes=5)):
        assert client.post(f"/undangan/{issued.pk}/hadir/", {"shown": key, "came": key}).status_code == 302
        assert client.post("/undangan/baru/", {"units": key, "cases": key, "kind": "verification"}).status_code == 422
        if key.isascii():
            assert client.get(f"/undangan/{key[:25]}/jawab/").status_code == 404


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", "\u00a0".encode(), "\u2028".encode()])
def test_an_empty_calendar_file_gets_a_sentence(content):
    with pytest.raises(DomainError):
        closure_file.read("a.ics", content)


def test_a_calendar_of_empty_lines_is_read_line_by_line():
    with pytest.raises(DomainError):
        closure_file.read("a.ics", b"BEGIN:VCALENDAR" + b"\n" * 1_000_000 + b"END:VEVENT")


def test_a_holiday_that_looks_like_a_formula_is_text_in_the_template(cast, as_user):
    lines = [closure_file.Line("Baris 2", at("2026-06-05 00:00").date(), "other", '=HYPERLINK("http://x")', "=1+1")]
    calendars.import_closures(lines, basis="", make_years=False, seen=token(), source="Uji", by=cast.admin, at=NOW)
    with builders.moment(NOW):
        book = load_workbook(BytesIO(as_user(cast.admin).get("/kalender/impor/?format=xlsx").content))
    assert [cell.value for row in book.active for cell in row if cell.data_type == "f"] == []


def test_a_mail_that_is_sent_again_carries_the_same_link(cast):
    issued = builders.issued(builders.invitation(cast.unit, by=cast.verifier, at=NOW), by=cast.karoren, at=NOW)
    guest = InvitationMail.objects.get(recipient__user=None)
    assert mailing.token_of(guest.pk) == mailing.token_of(guest.pk)
    assert mailing.token_of(guest.pk) != mailing.token_of(issued.pk + guest.pk)


def test_a_refused_handover_leaves_no_file(cast):
    standards.load(at=NOW)
    builders.handed_over(cast.unit, by=cast.verifier, signer=cast.karoren, when=NOW)
    kept = set(default_storage.listdir("handovers")[1])
    other = builders.unit("ROUM", parent=cast.setjen)
    verifier = builders.user(Role.VERIFIER, other)
    late = NOW + timedelta(days=30)
    case = cases.start("verification", other, "Terlambat", by=None, at=NOW)
    cases.carry(case.pk, through=1, by=None, at=NOW)
    cases.carry(case.pk, through=5, by=None, at=late)
    owed = case.obligations.get(kind="in_person")
    builders.issued_apology(owed, by=verifier, signer=cast.karoren, when=late)
    facts = {"given_by": verifier, "to": "Sari", "position": "Kepala", "place": "Jakarta", "what": "Hasil"}
    facts |= {"when": late + timedelta(days=1), "scan": SimpleUploadedFile("a.pdf", builders.pdf().read())}
    with builders.moment(late), pytest.raises(DomainError):
        compensation.hand_over(owed.pk, **facts, by=verifier, at=late)
    assert set(default_storage.listdir("handovers")[1]) == kept


def test_one_network_of_ipv6_is_one_address():
    limit, ask = robots.Limit("uji", 20, 900), RequestFactory().post
    taken = sum(limit.take(ask("/", REMOTE_ADDR=f"2001:db8::{number:x}")) for number in range(50))
    assert taken == 20
