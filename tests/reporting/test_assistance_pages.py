"""The pages of the assistance: what comes back when something is refused, and what each page costs."""

import io
from datetime import timedelta

import builders
import pytest
from builders import at
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from accounts.roles import Role
from reporting.actions import assistance as actions
from reporting.actions.assistance import Given, GivenNotes
from reporting.models import AssistanceSheet
from reporting.tasks import render_documents

pytestmark = pytest.mark.django_db
NOW = at("2026-04-16 10:00")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_that_time():
    with builders.moment(NOW):
        yield


@pytest.fixture
def sheet(cast):
    builders.indicator(cast.unit)
    builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    return builders.assistance(cast.unit, by=cast.operator, when=NOW)


@pytest.fixture
def asked(cast, sheet):
    return builders.requested(sheet, by=cast.operator, when=NOW)


def fresh(sheet):
    return AssistanceSheet.objects.select_related("case__step", "document").get(pk=sheet.pk)


def shown(client, sheet):
    return client.get(sheet.get_absolute_url()).content.decode()


def filled(sheet, **typed):
    """What a browser sends from the table as it stands, with some fields changed."""
    data = {"notes": sheet.notes, "initial-notes": sheet.notes, "notes_version": sheet.notes_version}
    for row in sheet.rows.all():
        data |= {f"answer_{row.no}": row.answer, f"note_{row.no}": row.note, f"version_{row.no}": row.version}
        data |= {f"initial-answer_{row.no}": row.answer, f"initial-note_{row.no}": row.note}
    return data | typed


def post(client, sheet, act, data, **options):
    return client.post(f"{sheet.get_absolute_url()}{act}/", data, **options)


def test_the_unit_begins_it_from_the_list(cast, as_user):
    builders.standards.load(at=NOW)
    client = as_user(cast.operator)
    page = client.get("/pendampingan/").content.decode()
    begin = f"{reverse('case_new')}?layanan=report_assistance&amp;tahun=2025"
    assert begin in page
    form = client.get(begin.replace("&amp;", "&")).content.decode()
    assert '<option value="report_assistance" selected>' in form
    assert 'value="2025"' in form
    data = {"key": "report_assistance", "unit": cast.unit.code, "year": "2025", "quarter": ""}
    case_page = client.post(reverse("case_new"), data, follow=True).content.decode()
    assert AssistanceSheet.objects.get().get_absolute_url() in case_page


def test_a_quarter_is_refused_in_the_form(cast, as_user):
    builders.standards.load(at=NOW)
    data = {"key": "report_assistance", "unit": cast.unit.code, "year": "2025", "quarter": "4"}
    answer = as_user(cast.operator).post(reverse("case_new"), data)
    assert answer.status_code == 422
    assert "kosongkan triwulannya" in answer.content.decode()


def test_the_unit_uploads_reads_and_takes_away_its_draft(cast, sheet, as_user):
    client = as_user(cast.operator)
    assert post(client, sheet, "rancangan", {"berkas": builders.pdf("lkj"), "note": "Versi 1"}).status_code == 302
    draft = sheet.drafts.get()
    assert (draft.name, draft.note) == ("lkj.pdf", "Versi 1")
    got = client.get(draft.get_absolute_url())
    assert got["Content-Disposition"] == 'attachment; filename="lkj.pdf"'
    assert as_user(cast.stranger).get(draft.get_absolute_url()).status_code == 404
    assert client.post(f"{draft.get_absolute_url()}hapus/").status_code == 302
    assert "Belum ada rancangan" in shown(client, sheet)


def test_a_refused_file_says_why_and_keeps_what_was_typed(cast, sheet, as_user):
    client = as_user(cast.operator)
    answer = post(client, sheet, "rancangan", {"berkas": SimpleUploadedFile("a.csv", b"a;b\n"), "note": "Versi satu"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "PDF atau Word" in page
    assert 'value="Versi satu"' in page
    nothing = post(client, sheet, "rancangan", {"note": ""})
    assert "Pilih berkas dahulu" in nothing.content.decode()


def test_a_name_of_a_draft_is_shown_as_text(cast, sheet, as_user):
    evil = builders.pdf("lkj")
    evil.name = "<img src=x onerror=alert(1)>.pdf"
    post(as_user(cast.operator), sheet, "rancangan", {"berkas": evil, "note": "<b>tebal</b>"})
    page = shown(as_user(cast.operator), sheet)
    assert "<img src=x" not in page
    assert "<b>tebal" not in page


def test_an_incomplete_request_is_refused_with_what_is_lacking(cast, sheet, as_user):
    client = as_user(cast.operator)
    assert "Dapat dikirim setelah semua persyaratan terpenuhi." in shown(client, sheet)
    answer = post(client, sheet, "minta", {"message": "Mohon didampingi."})
    assert answer.status_code == 409
    assert "Syarat yang belum terpenuhi: Rancangan laporan kinerja sudah disampaikan." in answer.content.decode()


def test_the_request_goes_to_the_verifier(cast, sheet, as_user):
    client = as_user(cast.operator)
    post(client, sheet, "rancangan", {"berkas": builders.pdf("lkj")})
    assert post(client, sheet, "minta", {"message": "Mohon didampingi."}).status_code == 302
    assert "Sedang didampingi" in shown(client, sheet)
    assert "Simpan jawaban" in shown(as_user(cast.verifier), sheet)
    assert "Simpan jawaban" not in shown(client, sheet)


def test_all_points_are_answered_in_one_form_without_a_script(cast, asked, as_user):
    client = as_user(cast.verifier)
    typed = {f"answer_{no}": "conform" for no in range(1, 24)} | {"notes": "Perkuat analisis."}
    typed |= {"answer_3": "partial", "note_3": "Lengkapi.\r\nTabel 2."}
    assert post(client, asked, "isi", filled(asked, **typed)).status_code == 302
    assert not asked.rows.filter(answer="pending").exists()
    assert asked.rows.get(no=3).note == "Lengkapi.\nTabel 2."
    assert "Bekukan lembar kerja" in shown(client, asked)
    before = asked.rows.get(no=3).version
    post(client, asked, "isi", filled(fresh(asked)))
    assert asked.rows.get(no=3).version == before  # nothing was touched


def test_what_is_wrong_stands_beside_its_row_and_nothing_typed_is_lost(cast, asked, as_user):
    typed = {"answer_1": "conform", "answer_2": "nonconform", "note_4": "Lihat bab 2.", "notes": "Catatan umum."}
    answer = post(as_user(cast.verifier), asked, "isi", filled(asked, **typed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<a href="#id_note_2">Catatan butir 2: Tulis apa yang perlu diperbaiki unit.</a>' in page
    assert "Lihat bab 2." in page
    assert "Catatan umum." in page
    assert not asked.rows.exclude(answer="pending").exists()


def test_what_another_changed_is_shown_with_both_values_and_can_then_be_saved(cast, asked, as_user):
    seen = filled(asked)
    given = [Given(1, "partial", "Grafik kurang.", 0), Given(2, "conform", "", 0)]
    actions.answer(asked.pk, given, notes=GivenNotes("Dari orang lain.", 0), by=cast.verifier, at=NOW)
    client = as_user(builders.user(Role.VERIFIER, cast.unit))
    refused = post(client, asked, "isi", seen | {"answer_1": "nonconform", "note_1": "Grafik tidak ada."})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert f"Tersimpan oleh {cast.verifier.name}: “Sebagian: Grafik kurang”" in page
    assert "Grafik tidak ada." in page
    assert "Dari orang lain." in page  # what was not touched is as it is now
    form = refused.context["points"]
    again = {bound.html_name: bound.value() for bound in form}
    initial = {name: value for name, value in form.data.items() if name.startswith("initial-")}
    assert (again["answer_1"], again["answer_2"], str(again["version_1"])) == ("nonconform", "conform", "1")
    assert post(client, asked, "isi", again | initial).status_code == 302
    stored = dict(asked.rows.filter(no__lte=2).values_list("no", "answer"))
    assert (stored, fresh(asked).notes) == ({1: "nonconform", 2: "conform"}, "Dari orang lain.")


def test_a_tampered_choice_is_refused(cast, asked, as_user):
    answer = post(as_user(cast.verifier), asked, "isi", filled(asked, answer_1="bagus"))
    assert answer.status_code == 422
    assert asked.rows.get(no=1).answer == "pending"


def test_one_point_by_itself_and_on_to_the_next(cast, asked, as_user):
    client = as_user(cast.verifier)
    first, second = asked.rows.order_by("no")[:2]
    page = client.get(first.get_absolute_url()).content.decode()
    assert "Laporan menampilkan data penting unit kerja" in page
    data = {"answer_1": "conform", "note_1": "", "version_1": "0", "initial-answer_1": "pending"}
    assert client.post(first.get_absolute_url(), data).url == second.get_absolute_url()
    wrong = client.post(second.get_absolute_url(), {"answer_2": "partial", "note_2": "", "version_2": "0"})
    assert wrong.status_code == 422
    assert "Tulis apa yang perlu diperbaiki unit." in wrong.content.decode()
    last = asked.rows.get(no=23)
    data = {"answer_23": "conform", "note_23": "", "version_23": "0"}
    assert client.post(last.get_absolute_url(), data).url == asked.get_absolute_url()
    assert "Anda dapat melihat" in as_user(cast.operator).get(first.get_absolute_url()).content.decode()


def test_giving_back_asks_for_the_reason_and_the_unit_reads_it(cast, asked, as_user):
    client = as_user(cast.verifier)
    refused = post(client, asked, "kembalikan", {"reason": ""})
    assert refused.status_code == 422
    assert "Tulis apa yang perlu diperbaiki unit." in refused.content.decode()
    assert post(client, asked, "kembalikan", {"reason": "Bab 3 kosong."}).status_code == 302
    page = shown(as_user(cast.operator), asked)
    assert "Dikembalikan" in page
    assert "Bab 3 kosong." in page
    assert "Unggah versi baru" in page


def test_answers_from_before_the_newest_draft_are_marked(cast, asked, as_user):
    actions.answer(asked.pk, [Given(1, "conform", "", 0)], by=cast.verifier, at=NOW)
    actions.give_back(asked.pk, reason="Perbaiki.", by=cast.verifier, at=NOW)
    with builders.moment(NOW + HOUR) as later:
        builders.drafts.give(asked.pk, builders.pdf("versi-dua"), by=cast.operator, at=later)
        builders.drafts.request(asked.pk, message="Sudah.", by=cast.operator, at=later)
        assert shown(as_user(cast.verifier), asked).count("Dijawab untuk rancangan sebelumnya") == 1


def test_freezing_asks_for_the_tick_and_is_refused_while_something_is_open(cast, asked, as_user):
    client = as_user(cast.verifier)
    assert "23 dari 23 butir belum dijawab" in shown(client, asked)
    assert post(client, asked, "bekukan", {"confirm": "on"}).status_code == 422
    actions.answer(asked.pk, [Given(no, "conform", "", 0) for no in range(1, 24)], by=cast.verifier, at=NOW)
    assert "Centang pernyataan" in post(client, asked, "bekukan", {}).content.decode()
    assert post(client, asked, "bekukan", {"confirm": "on"}).status_code == 302
    assert fresh(asked).state == "frozen"


def test_it_is_signed_and_its_pdf_fetched(cast, asked, as_user):
    frozen = fresh(builders.assisted(asked, by=cast.verifier, when=NOW))
    for person in (cast.verifier, cast.official):
        form = {"read": "on", "password": builders.PASSWORD, "content_hash": frozen.document.content_hash}
        page = as_user(person).get(frozen.sign_path).content.decode()
        assert "Indikator memenuhi kriteria SMART" in page
        assert as_user(person).post(frozen.sign_path, form).status_code == 302
    render_documents()
    answer = as_user(cast.operator).get(f"{frozen.get_absolute_url()}pdf/")
    assert answer["Content-Disposition"] == 'attachment; filename="pendampingan-lkj-ROKEU-2026-rev1.pdf"'
    check = as_user(cast.stranger).get(frozen.document.get_absolute_url()).content.decode()
    assert "Lengkap ditandatangani" in check
    assert "Pendamping Biro Perencanaan" in check


def test_a_cancelled_one_says_that_it_is_locked(cast, asked, as_user):
    frozen = builders.assisted(asked, by=cast.verifier, when=NOW)
    builders.cases.cancel(frozen.case_id, reason="Salah tahun.", by=cast.karoren, at=NOW)
    client = as_user(cast.verifier)
    assert "Berkas layanannya dibatalkan" in shown(client, asked)
    assert "Berkas layanannya dibatalkan" in client.get(frozen.sign_path).content.decode()
    assert post(client, asked, "buka", {"reason": "Lanjut."}).status_code == 409


def test_the_list_filters_by_year_unit_and_status_and_is_exported(cast, asked, as_user):
    client = as_user(cast.karoren)
    for query, found in [
        ("tahun=2026", True),
        ("status=assisted", True),
        ("status=with_unit", False),
        ("unit=ROKEU", True),
        ("unit=SETJEN", False),
    ]:
        page = client.get(f"/pendampingan/?{query}").content.decode()
        assert (asked.get_absolute_url() in page) == found, query
    book = load_workbook(io.BytesIO(client.get("/pendampingan/?format=xlsx").content))
    assert [cell.value for cell in book.active[2]] == ["Unit ROKEU", 2026, "Sedang didampingi", 0, 23, 0]


def cost(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def another(cast, number):
    unit = builders.unit(f"UNIT{number}", parent=cast.setjen)
    builders.Membership.objects.create(user=cast.verifier, role=Role.VERIFIER, unit=unit)
    builders.Membership.objects.create(user=cast.operator, role=Role.OPERATOR, unit=unit)
    made = builders.assistance(unit, when=NOW)
    if number % 2:
        builders.cases.carry(made.case_id, through=3, by=None, at=NOW)


@pytest.mark.parametrize("path", ["/pendampingan/", "/"])
def test_list_and_home_take_the_same_queries_for_any_number_of_sheets(cast, asked, as_user, path):
    for number in (1, 2):
        another(cast, number)
    clients = [as_user(cast.verifier), as_user(cast.operator)]
    few = [cost(client, path) for client in clients]
    for number in (3, 4, 5, 6):
        another(cast, number)
    assert [cost(client, path) for client in clients] == few
