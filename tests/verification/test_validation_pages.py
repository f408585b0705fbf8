"""The pages of the validation: the list, the matrix, one proposal, and what bad input gets."""

from datetime import timedelta

import builders
import pytest
from builders import at

from accounts.roles import Role
from kinerjaku import documents
from reporting import actions as letters
from verification.actions import validation as actions
from verification.models import Proposal, ValidationSheet

pytestmark = pytest.mark.django_db
NOW = at("2026-10-05 09:00")
HOUR = timedelta(hours=1)
TYPED = {
    "version": "0",
    "objective": "Terwujudnya kinerja yang baik",
    "name": "Indeks kinerja",
    "measure": "nilai",
    "polarity": "maximize",
    "validity": "lag_output",
    "period": "yearly",
    "calculation": "Rata-rata nilai unit.",
    "source": "Biro Perencanaan",
    "target_4": "87,5",
    "justification": "",
}


@pytest.fixture(autouse=True)
def _at_that_time():
    with builders.moment(NOW):
        yield


@pytest.fixture
def itjen(cast):
    return builders.user(Role.ITJEN_VALIDATOR, builders.unit("ITJEN", level="I"))


@pytest.fixture
def sheet(cast):
    return builders.validation(cast.unit, when=NOW)


@pytest.fixture
def row(cast, sheet):
    return builders.proposal(sheet, by=cast.operator, when=NOW)


def text(answer):
    return answer.content.decode()


def test_a_proposal_is_typed_as_people_write_figures(cast, sheet, as_user):
    answer = as_user(cast.operator).post(f"/validasi/{sheet.pk}/usulan/", TYPED)
    assert answer.url == sheet.get_absolute_url()
    assert str(sheet.rows.get().target_4) == "87.5"


def test_a_figure_that_is_none_comes_back_as_it_was_typed(cast, sheet, as_user):
    answer = as_user(cast.operator).post(f"/validasi/{sheet.pk}/usulan/", {**TYPED, "target_4": "sembilan puluh"})
    assert answer.status_code == 422
    assert "sembilan puluh" in text(answer)
    assert "Rata-rata nilai unit." in text(answer)
    assert not sheet.rows.exists()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Tulis nama indikatornya."),
        ("name", "x" * 401, "400"),
        ("calculation", "x" * 2001, "2000"),
        ("polarity", "sideways", "Pilih"),
        ("period", "", "Pilih periode pelaporan."),
        ("target_1", "1" * 40, "digit"),
    ],
)
def test_impossible_input_is_refused_with_a_sentence(cast, sheet, as_user, field, typed, said):
    answer = as_user(cast.operator).post(f"/validasi/{sheet.pk}/usulan/", {**TYPED, field: typed})
    assert answer.status_code == 422
    assert said in text(answer)
    assert not sheet.rows.exists()


def test_a_script_is_shown_as_text(cast, sheet, as_user):
    as_user(cast.operator).post(f"/validasi/{sheet.pk}/usulan/", {**TYPED, "name": "<script>alert(1)</script>"})
    page = text(as_user(cast.verifier).get(sheet.get_absolute_url()))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_what_another_has_changed_meanwhile_is_shown_beside_what_was_typed(cast, sheet, row, as_user):
    as_user(cast.kasubag).post(row.get_absolute_url(), {**TYPED, "version": "1", "measure": "poin"})
    answer = as_user(cast.operator).post(row.get_absolute_url(), {**TYPED, "version": "1", "measure": "skor"})
    assert answer.status_code == 409
    assert "poin" in text(answer)
    assert 'value="skor"' in text(answer)
    assert 'name="version" value="2"' in text(answer)


def test_the_matrix_is_sent_from_its_page(cast, sheet, row, as_user):
    client = as_user(cast.operator)
    page = client.get(sheet.get_absolute_url())
    assert "Kirim matriks" in text(page)
    seen = page.context["send"]["seen"].value()
    assert client.post(f"/validasi/{sheet.pk}/kirim/", {"seen": seen}).status_code == 422
    answer = client.post(f"/validasi/{sheet.pk}/kirim/", {"seen": seen, "confirm": "on"})
    assert answer.url == sheet.get_absolute_url()
    assert ValidationSheet.objects.get().case.step.order == actions.VALIDATION


def test_a_matrix_that_has_changed_is_shown_again_and_can_then_be_sent(cast, sheet, row, as_user):
    client = as_user(cast.operator)
    old = client.get(sheet.get_absolute_url()).context["send"]["seen"].value()
    builders.proposal(sheet, by=cast.kasubag, name="Lain", when=NOW)
    answer = client.post(f"/validasi/{sheet.pk}/kirim/", {"seen": old, "confirm": "on"})
    assert answer.status_code == 409
    fresh = answer.context["send"]["seen"].value()
    assert fresh != old
    assert client.post(f"/validasi/{sheet.pk}/kirim/", {"seen": fresh, "confirm": "on"}).status_code == 302


def test_what_is_missing_stands_on_the_page_instead_of_the_button(cast, sheet, as_user):
    builders.proposal(sheet, by=cast.operator, source="", when=NOW)
    page = text(as_user(cast.operator).get(sheet.get_absolute_url()))
    assert f'<a href="{sheet.rows.get().get_absolute_url()}">Usulan 1</a> belum lengkap: sumber data.' in page
    assert ">Kirim matriks<" not in page


def test_a_finding_leads_to_the_next_proposal(cast, sheet, row, as_user):
    second = builders.proposal(sheet, by=cast.operator, name="Lain", when=NOW)
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    found = {"hasil-verdict": "valid", "hasil-note": "", "hasil-version": "1"}
    client = as_user(cast.verifier)
    assert client.post(f"/validasi/usulan/{row.pk}/hasil/", found).url == second.get_absolute_url()
    assert client.post(f"/validasi/usulan/{second.pk}/hasil/", found).url == sheet.get_absolute_url()


def test_all_the_rest_is_accepted_with_a_tick_and_stands_in_the_history(cast, sheet, row, as_user):
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    client, path = as_user(cast.verifier), f"/validasi/{sheet.pk}/terima/"
    assert client.post(path, {"expected": "1"}).status_code == 422
    assert client.post(path, {"expected": "1", "confirm": "on"}).status_code == 302
    page = text(client.get(sheet.get_absolute_url()))
    assert "terima usulan sekaligus" in page
    assert "Giliran: Verifikator, membekukan" in page


def test_from_one_proposal_to_the_next_that_is_incomplete(cast, sheet, row, as_user):
    lacking = builders.proposal(sheet, by=cast.operator, source="", name="Lain", when=NOW)
    client = as_user(cast.operator)
    assert "Simpan dan buka yang belum lengkap" in text(client.get(row.get_absolute_url()))
    typed = {**TYPED, "version": "1", "measure": "poin", "lanjut": "ya"}
    assert client.post(row.get_absolute_url(), typed).url == lacking.get_absolute_url()
    assert "Sebelum matriks dikirim, isi sumber data." in text(client.get(lacking.get_absolute_url()))


def test_a_finished_validation_says_that_it_is_finished(cast, itjen, sheet, row, as_user):
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    signed = builders.signed(
        builders.validated(sheet, by=cast.verifier, when=NOW), by=[cast.verifier, itjen, cast.official], when=NOW
    )
    letters.issue(signed, by=cast.karoren, at=NOW + HOUR)
    assert "Validasi ini sudah selesai." in text(as_user(cast.operator).get(row.get_absolute_url()))


def test_not_valid_without_a_note_comes_back(cast, sheet, row, as_user):
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    found = {"hasil-verdict": "invalid", "hasil-note": "", "hasil-version": "1"}
    answer = as_user(cast.verifier).post(f"/validasi/usulan/{row.pk}/hasil/", found)
    assert answer.status_code == 422
    assert "Tulis catatan mengapa usulan tidak valid." in text(answer)


def test_an_act_out_of_turn_says_why(cast, sheet, row, as_user):
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    answer = as_user(cast.operator).post(row.get_absolute_url(), {**TYPED, "version": "1"})
    assert answer.status_code == 409
    assert "Matriks sedang divalidasi." in text(answer)


def test_the_list_is_filtered_sorted_and_exported(cast, sheet, as_user):
    builders.validation(builders.unit("ROKUM", parent=cast.setjen), year=2028, when=NOW)
    client = as_user(cast.karoren)
    shown = client.get("/validasi/?tahun=2027&unit=ROKEU").context["shown"]
    assert [one for one, _ in shown] == [sheet]
    lines = text(client.get("/validasi/?format=csv&semua=ya")).splitlines()
    assert lines[1:] == [
        "Unit ROKUM;2028;Unit kerja;0;0;Sedang dikerjakan;0",
        "Unit ROKEU;2027;Unit kerja;0;0;Sedang dikerjakan;0",
    ]


def test_the_list_costs_the_same_for_one_and_many(cast, as_user, django_assert_max_num_queries):
    builders.validation(cast.unit, when=NOW)
    client = as_user(cast.karoren)
    client.get("/validasi/")
    with django_assert_max_num_queries(100) as few:
        client.get("/validasi/")
    for number in range(8):
        builders.validation(builders.unit(f"UNIT{number}", parent=cast.setjen), when=NOW)
    with django_assert_max_num_queries(len(few)):
        client.get("/validasi/")


def test_the_letter_is_issued_from_its_page_and_can_be_read(cast, itjen, sheet, row, as_user):
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    signed = builders.signed(
        builders.validated(sheet, by=cast.verifier, when=NOW), by=[cast.verifier, itjen, cast.official], when=NOW
    )
    client = as_user(cast.karoren)
    path = f"/nota-dinas/terbitkan/validasi/{signed.pk}/"
    assert "Hasil Validasi Usulan Indikator Kinerja Unit ROKEU 2027" in text(client.get(path))
    assert path in text(client.get("/nota-dinas/siap/"))
    with builders.moment(NOW + HOUR):
        answer = client.post(path)
    assert "Hasil validasi" in text(client.get(answer.url))
    assert "Usulan indikator 2027" in text(client.get("/nota-dinas/"))
    assert "Indeks kinerja" in text(client.get(signed.sign_path))


def test_the_public_check_names_the_signers_and_no_content(cast, itjen, sheet, row, as_user, client):
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    signed = builders.signed(
        builders.validated(sheet, by=cast.verifier, when=NOW), by=[cast.verifier, itjen, cast.official], when=NOW
    )
    document = ValidationSheet.objects.get(pk=signed.pk).document
    documents.render(document.pk, at=NOW)
    page = text(client.get(document.get_absolute_url()))
    assert itjen.name in page
    assert "Lengkap ditandatangani" in page
    assert "Indeks kinerja" not in page
    pdf = b"".join(as_user(cast.official).get(f"/validasi/{signed.pk}/pdf/").streaming_content)
    assert pdf.startswith(b"%PDF")


def test_search_finds_it(cast, sheet, as_user):
    assert sheet.get_absolute_url() in text(as_user(cast.operator).get("/cari/?q=ROKEU+2027"))


def test_the_case_leads_to_it_and_the_form_of_a_new_case_is_filled_in_by_its_link(cast, sheet, as_user):
    assert sheet.get_absolute_url() in text(as_user(cast.operator).get(sheet.case.get_absolute_url()))
    page = as_user(cast.verifier).get("/layanan/baru/?layanan=validation&tahun=2028")
    assert page.context["form"]["key"].value() == "validation"


def test_a_letter_keeps_its_figures_out_of_the_export_of_achievements(cast, itjen, sheet, row, as_user):
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    signed = builders.signed(
        builders.validated(sheet, by=cast.verifier, when=NOW), by=[cast.verifier, itjen, cast.official], when=NOW
    )
    letters.issue(signed, by=cast.karoren, at=NOW + HOUR)
    lines = text(as_user(cast.karoren).get("/nota-dinas/angka/?format=csv")).splitlines()
    assert len(lines) == 1
    assert Proposal.objects.count() == 1
