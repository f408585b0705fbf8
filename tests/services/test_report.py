"""The report on the services: figures of a period, drafted once by the schedule, read by Karoren."""

from datetime import date, timedelta
from io import BytesIO

import builders
import pytest
from builders import at
from openpyxl import load_workbook
from pypdf import PdfReader

from accounts.models import Notice
from accounts.roles import Role
from kinerjaku import documents
from services import performance, tasks
from services.actions import case as actions
from services.actions import report as reports
from services.actions import standard as standards
from services.models import ServiceReport

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")
APRIL = (date(2026, 4, 1), date(2026, 4, 30))
MAY_FIRST = at("2026-05-01 00:01")


@pytest.fixture
def finished(cast):
    """Two verifications in April: one in 5 hours, one late; one is still open."""
    standards.load(at=MONDAY)
    verify(cast.unit, cast, until="2026-04-20 13:30")
    verify(builders.unit("ROUM", parent=cast.setjen), cast, until="2026-04-23 09:00")
    late = actions.start("verification", cast.setjen, "Triwulan I 2026", by=None, at=MONDAY)
    return actions.carry(late.pk, through=1, by=None, at=MONDAY)


def verify(unit, cast, *, until):
    case = actions.start("verification", unit, "Triwulan I 2026", by=None, at=MONDAY)
    actions.carry(case.pk, through=1, by=None, at=MONDAY)
    actions.carry(case.pk, through=2, by=cast.verifier, at=MONDAY + timedelta(hours=1))
    actions.carry(case.pk, through=5, by=cast.verifier, at=at(until))


def rows(title, when=MAY_FIRST):
    found = {section.title: section.rows for section in performance.sections(*APRIL, at=when)}
    return found[title]


def test_volume_and_share_in_time(finished):
    verification = next(row for row in rows("Jumlah dan ketepatan waktu") if "Verifikasi" in row[0])
    assert verification == ["Verifikasi capaian kinerja", 3, 2, 1, "50,0%", "14 jam 30 menit", "24 jam"]


def test_a_service_of_another_month_does_not_count(finished):
    assert [one.finished for one in performance.by_service(date(2026, 5, 1), date(2026, 5, 31))] == [0, 0, 0]


def test_the_last_day_counts_whole(cast):
    standards.load(at=MONDAY)
    verify(cast.unit, cast, until="2026-04-30 23:59")
    assert sum(one.finished for one in performance.by_service(*APRIL)) == 1


def test_time_by_step_and_officer(finished, cast):
    steps = {row[1][0]: row[2:] for row in rows("Waktu menurut langkah")}
    assert steps["2"] == ["30 menit", 2, "1 jam", "1 jam", 2]
    assert rows("Waktu menurut petugas") == [
        ["Tanpa petugas", 1, "24 jam", "24 jam", 1],  # nobody verifies that unit
        [cast.verifier.name, 1, "5 jam", "5 jam", 0],
    ]


def test_breaches_with_what_they_owe(finished):
    breach = rows("Layanan yang melewati janji")
    assert [row[3:] for row in breach] == [
        ["24 jam", "15 menit", "Permohonan maaf lisan: terlambat; Permohonan maaf tertulis: terlambat"]
    ]


def test_what_is_still_overdue_is_listed(finished):
    kinds = [row[0] for row in rows("Masih terlambat ketika laporan disusun", at("2026-04-27 09:00"))]
    assert kinds == ["Berkas", "Permohonan maaf lisan"]


def test_the_schedule_drafts_each_period_once_and_tells_karoren(finished, cast):
    with builders.moment(MAY_FIRST):
        tasks.draft_reports()
        tasks.draft_reports()
    report = ServiceReport.objects.get()
    assert (report.kind, report.first, report.last, report.title) == ("month", *APRIL, "April 2026")
    told = Notice.objects.get(user=cast.karoren, cause__startswith="service-report/")
    assert told.send_after == at("2026-05-04 07:30")  # 1 May is a holiday


def test_a_schedule_that_slept_makes_what_is_missing(finished):
    reports.draft_due(at=at("2026-07-02 08:00"))
    assert list(ServiceReport.objects.order_by("last", "kind").values_list("title", flat=True)) == [
        "April 2026",
        "Mei 2026",
        "Juni 2026",
        "Triwulan II 2026",
    ]


def test_without_a_case_nothing_is_reported(cast):
    assert reports.draft_due(at=MAY_FIRST) == []


def test_what_was_reported_does_not_change(finished, cast):
    (report,) = reports.draft_due(at=MAY_FIRST)
    before = report.document.content_hash
    verify(builders.unit("ROHUMAS", parent=cast.setjen), cast, until="2026-04-30 10:00")
    reports.draft_due(at=at("2026-05-02 08:00"))
    report.refresh_from_db()
    assert report.document.content_hash == before
    documents.require_intact(report.document)


def test_page_pdf_and_spreadsheet_say_the_same(finished, cast, as_user):
    (report,) = reports.draft_due(at=MAY_FIRST)
    documents.render(report.document_id, at=MAY_FIRST)
    client = as_user(cast.karoren)
    assert "14 jam 30 menit" in client.get(report.get_absolute_url()).content.decode()
    pdf = b"".join(client.get(f"{report.get_absolute_url()}pdf/").streaming_content)
    assert "14 jam 30 menit" in "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    book = load_workbook(BytesIO(client.get(f"{report.get_absolute_url()}xlsx/").content))
    assert book.sheetnames[0] == "Jumlah dan ketepatan waktu"
    assert [cell.value for cell in book.worksheets[0][3]][:4] == ["Verifikasi capaian kinerja", 3, 2, 1]


def test_karoren_reads_it_once_with_a_direction(finished, cast, as_user):
    (report,) = reports.draft_due(at=MAY_FIRST)
    client = as_user(cast.karoren)
    with builders.moment(at("2026-05-04 09:00")):
        read = client.post(f"{report.get_absolute_url()}arahan/", {"direction": "Tambah petugas."})
        assert read.status_code == 302
        again = client.post(f"{report.get_absolute_url()}arahan/", {"direction": "Lagi."})
    assert (again.status_code, "sudah dicatat" in again.content.decode()) == (409, True)
    report.refresh_from_db()
    assert (report.read_by, report.direction) == (cast.karoren, "Tambah petugas.")
    lead = builders.user(Role.TEAM_LEAD, cast.bureau)
    assert "Beri arahan" not in as_user(lead).get(report.get_absolute_url()).content.decode()


def test_complaints_and_satisfaction_are_part_of_the_report(finished):
    assert rows("Pengaduan")[0] == ["Diterima", 0]
    assert rows("Kepuasan (IKM)")[0] == ["Semua layanan", 0, "–", "–"]


def test_the_public_page_shows_how_promises_are_kept(finished, client):
    with builders.moment(MAY_FIRST):
        page = " ".join(client.get("/standar/").content.decode().split())
    assert "Kinerja layanan" in page
    assert '<td class="num" data-label="Persentase tepat waktu">50,0%</td>' in page
    assert '<td class="num" data-label="Kompensasi terutang">2</td>' in page
