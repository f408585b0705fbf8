"""The pages of nota dinas: list, ZIP, figures, issuing."""

import csv
import io
import zipfile
from datetime import timedelta

import builders
import openpyxl
import pytest
from builders import AFTER_CLOSE
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from kinerjaku import documents
from reporting import actions, exports
from reporting.models import NotaDinas

NOW = AFTER_CLOSE + timedelta(days=1)  # 17 April 2026


@pytest.fixture(autouse=True)
def _at_that_time():
    with builders.moment(NOW):
        yield


@pytest.fixture
def issue(cast, signed_sheet):
    """`issue()`: a nota dinas of the unit, or of another, with its PDF."""

    def make(unit=None, *, sent=False, rendered=True):
        nota = actions.issue(signed_sheet(unit, sent=sent), by=cast.karoren, at=NOW)
        if rendered:
            nota.document = documents.render(nota.document_id, at=NOW)
        return nota

    return make


def downloaded(answer):
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


# The list


def test_the_list_shows_number_score_and_state(cast, issue, as_user):
    nota = issue(sent=True)
    page = as_user(cast.admin).get("/nota-dinas/").content.decode()
    assert nota.number in page
    assert "105,56" in page
    assert "Sah" in page


def test_a_unit_sees_only_its_own(cast, issue, as_user):
    own, other = issue(), issue(builders.unit("ROKUM", parent=cast.setjen))
    client = as_user(cast.operator)
    page = client.get("/nota-dinas/").content.decode()
    assert own.number in page
    assert other.number not in page
    assert client.get(f"/nota-dinas/{other.pk}/").status_code == 404
    assert client.get(f"/nota-dinas/{other.pk}/pdf/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tahun=2026&triwulan=1", 2),
        ("triwulan=2", 0),
        ("unit=ROKUM", 1),
        ("q=2/SJ.1", 1),
        ("q=OT.999", 0),
        ("tahun=apa", 2),
    ],
)
def test_the_list_is_filtered(cast, issue, as_user, query, found):
    issue(rendered=False)
    issue(builders.unit("ROKUM", parent=cast.setjen), rendered=False)
    page = as_user(cast.admin).get(f"/nota-dinas/?{query}")
    assert len(page.context["listing"].rows) == found


def test_the_list_is_exported_with_numbers(cast, issue, as_user):
    issue(sent=True)
    answer = as_user(cast.admin).get("/nota-dinas/?format=xlsx")
    (head, row) = openpyxl.load_workbook(io.BytesIO(answer.content)).active.values
    assert head == ("Nomor", "Tanggal", "Unit kerja", "Tentang", "Nilai unit", "Status")
    assert row[0] == "1/SJ.1/OT.310/IV/2026"
    assert row[4] == pytest.approx(105.56)


# ZIP


def test_the_chosen_pdfs_come_as_a_zip_of_the_stored_bytes(cast, issue, as_user):
    first, second = issue(), issue(builders.unit("ROKUM", parent=cast.setjen))
    issue(builders.unit("ROUM", parent=cast.setjen))
    archive = downloaded(as_user(cast.admin).post("/nota-dinas/zip/", {"nota": [first.pk, second.pk]}))
    assert sorted(archive.namelist()) == [
        "ND 1-SJ.1-OT.310-IV-2026 ROKEU.pdf",
        "ND 2-SJ.1-OT.310-IV-2026 ROKUM.pdf",
    ]
    assert archive.read("ND 1-SJ.1-OT.310-IV-2026 ROKEU.pdf") == documents.read(first.document)


def test_all_that_the_filter_shows_can_be_taken_at_once(cast, issue, as_user):
    issue()
    issue(builders.unit("ROKUM", parent=cast.setjen))
    answer = as_user(cast.admin).post("/nota-dinas/zip/?unit=ROKUM", {"semua": "1"})
    assert downloaded(answer).namelist() == ["ND 2-SJ.1-OT.310-IV-2026 ROKUM.pdf"]


def test_what_the_user_may_not_see_never_gets_into_the_zip(cast, issue, as_user):
    other = issue(builders.unit("ROKUM", parent=cast.setjen))
    answer = as_user(cast.operator).post("/nota-dinas/zip/", {"nota": [other.pk]}, follow=True)
    assert "Sebagian pilihan tidak ada dalam daftar ini" in answer.content.decode()


@pytest.mark.parametrize("chosen", [{}, {"nota": ["apa"]}])
def test_without_a_proper_choice_there_is_a_sentence(cast, issue, as_user, chosen):
    issue()
    answer = as_user(cast.admin).post("/nota-dinas/zip/", chosen, follow=True)
    assert answer.redirect_chain == [("/nota-dinas/?", 302)]
    assert 'role="alert"' in answer.content.decode()


def test_a_pdf_that_is_not_made_yet_is_named(cast, issue, as_user):
    nota = issue(rendered=False)
    answer = as_user(cast.admin).post("/nota-dinas/zip/", {"nota": [nota.pk]}, follow=True)
    assert f"PDF {nota.number} masih dibuat" in answer.content.decode()


def test_too_many_are_refused(cast, issue, as_user, monkeypatch):
    monkeypatch.setattr(exports, "MOST_PDFS", 1)
    issue()
    issue(builders.unit("ROKUM", parent=cast.setjen))
    answer = as_user(cast.admin).post("/nota-dinas/zip/", {"semua": "1"}, follow=True)
    assert "Paling banyak 1 nota dinas" in answer.content.decode()


def test_a_swapped_file_is_noticed_before_it_is_packed(cast, issue, as_user, settings):
    nota = issue()
    path = settings.MEDIA_ROOT / nota.document.storage_name
    path.chmod(0o600)
    path.write_bytes(b"%PDF palsu")
    answer = as_user(cast.admin).post("/nota-dinas/zip/", {"nota": [nota.pk]}, follow=True)
    assert "tidak cocok dengan hash-nya" in answer.content.decode()


# Figures


def test_the_figures_of_every_indicator_are_exported(cast, issue, as_user):
    issue(sent=True)
    answer = as_user(cast.admin).get("/nota-dinas/angka/?format=csv")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert row["Nomor nota dinas"] == "1/SJ.1/OT.310/IV/2026"
    assert (row["Kode unit"], row["Tahun"], row["Triwulan"], row["No. IKU"]) == ("ROKEU", "2026", "1", "1")
    assert (row["Target"], row["Realisasi terverifikasi"], row["Hasil"]) == ("90", "95", "Sesuai")
    assert row["Capaian terverifikasi (%)"].startswith("105,55")


def test_figures_of_a_row_without_a_result_are_empty(cast, issue, as_user):
    issue()
    answer = as_user(cast.admin).get("/nota-dinas/angka/")
    (_, row) = openpyxl.load_workbook(io.BytesIO(answer.content)).active.values
    assert row[10:13] == (None, None, None)
    assert row[13] == "Tidak sesuai"


def test_figures_keep_to_the_filter_and_to_what_the_user_may_see(cast, issue, as_user):
    issue()
    issue(builders.unit("ROKUM", parent=cast.setjen))
    lines = as_user(cast.operator).get("/nota-dinas/angka/?format=csv").content.decode().splitlines()
    assert len(lines) == 2
    lines = as_user(cast.admin).get("/nota-dinas/angka/?format=csv&unit=ROKUM").content.decode().splitlines()
    assert len(lines) == 2
    assert "ROKUM" in lines[1]


# Issuing


def test_karoren_sees_what_is_ready_and_what_will_be_issued(cast, signed_sheet, as_user):
    sheet = signed_sheet(sent=True)
    client = as_user(cast.karoren)
    assert f"/nota-dinas/terbitkan/{sheet.pk}/" in client.get("/nota-dinas/siap/").content.decode()
    page = client.get(f"/nota-dinas/terbitkan/{sheet.pk}/").content.decode()
    assert "Indikator 1" in page
    assert "105,56" in page
    assert not NotaDinas.objects.exists()


def test_issuing_leads_to_the_letter(cast, signed_sheet, as_user):
    sheet = signed_sheet()
    answer = as_user(cast.karoren).post(f"/nota-dinas/terbitkan/{sheet.pk}/")
    assert answer.url == NotaDinas.objects.get().get_absolute_url()


def test_a_second_click_on_issue_says_that_it_is_out(cast, signed_sheet, as_user):
    sheet = signed_sheet()
    client = as_user(cast.karoren)
    client.post(f"/nota-dinas/terbitkan/{sheet.pk}/")
    answer = client.post(f"/nota-dinas/terbitkan/{sheet.pk}/")
    assert answer.status_code == 409
    assert "sudah terbit" in answer.content.decode()
    assert client.get(f"/nota-dinas/terbitkan/{sheet.pk}/").status_code == 302


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SEKJEN, Role.ITJEN_OVERSIGHT, Role.TEAM_LEAD])
def test_nobody_else_issues(cast, signed_sheet, as_user, role):
    sheet = signed_sheet()
    client = as_user(builders.user(role, cast.bureau))
    assert client.get("/nota-dinas/siap/").status_code == 403
    assert client.post(f"/nota-dinas/terbitkan/{sheet.pk}/").status_code == 403


def test_the_letter_shows_its_hashes_and_history(cast, issue, as_user):
    nota = issue()
    page = as_user(cast.operator).get(nota.get_absolute_url()).content.decode()
    assert nota.document.content_hash in page
    assert nota.document.sha256 in page
    assert f"/cek/{nota.document.code}/" in page
    assert "terbitkan nota dinas" in page


def test_the_pdf_is_downloaded_under_a_clean_name(cast, issue, as_user):
    nota = issue()
    answer = as_user(cast.operator).get(f"/nota-dinas/{nota.pk}/pdf/")
    assert answer.getvalue() == documents.read(nota.document)
    assert 'filename="ND 1-SJ.1-OT.310-IV-2026 ROKEU.pdf"' in answer["Content-Disposition"]


def test_the_guide_is_there_for_everyone(cast, as_user):
    assert "Panduan" in as_user(cast.operator).get("/panduan/").content.decode()


def test_the_admin_only_looks_at_letters_numbers_and_documents(cast, issue, as_user):
    nota = issue(rendered=False)
    client = as_user(cast.admin)
    assert client.get(f"/admin/reporting/notadinas/{nota.pk}/change/").status_code == 200
    assert client.post(f"/admin/reporting/notadinas/{nota.pk}/delete/").status_code == 403
    assert client.get("/admin/kinerjaku/numberseries/").status_code == 200
    assert client.post("/admin/kinerjaku/numberseries/1/change/", {"last": "0"}).status_code == 403
    assert client.get("/admin/kinerjaku/document/add/").status_code == 403


# Cost


def test_the_list_costs_the_same_for_2_and_20_letters(cast, signed_sheet, as_user):
    client = as_user(cast.admin)

    def of_units(numbers):
        for number in numbers:
            sheet = signed_sheet(builders.unit(f"UNIT{number}", parent=cast.setjen))
            actions.issue(sheet, by=cast.karoren, at=NOW)

    def queries():
        client.get("/nota-dinas/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/nota-dinas/").status_code == 200
        return len(captured)

    of_units(range(2))
    few = queries()
    of_units(range(2, 20))
    assert queries() == few
