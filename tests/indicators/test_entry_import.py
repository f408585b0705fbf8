"""Filling in a quarter from a spreadsheet: template, preview, and all rows or none, by the same rules as the page."""

import csv
from io import BytesIO, StringIO

import builders
import openpyxl
import pytest
from builders import IN_TIME, at
from django.core.files.uploadedfile import SimpleUploadedFile

from indicators.models import Achievement
from kinerjaku.models import AuditEntry

ADDRESS = "/capaian/2026/1/ROKEU/impor/"


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(IN_TIME):
        yield


@pytest.fixture
def rows(cast):
    ratio = builders.row(builders.indicator(cast.unit, 1))
    score = builders.row(builders.scored_indicator(cast.unit, 2))
    return ratio, score


@pytest.fixture
def operator(cast, rows, as_user):
    return as_user(cast.operator)


def template(client):
    text = client.get(f"{ADDRESS}?format=csv").content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def as_csv(lines, delimiter=","):
    out = StringIO()
    writer = csv.DictWriter(out, lines[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return SimpleUploadedFile("isian.csv", out.getvalue().encode(), content_type="text/csv")


def upload(client, lines, **options):
    return client.post(ADDRESS, {"berkas": as_csv(lines, **options)})


def confirm(client, preview):
    return client.post(ADDRESS, {"pratinjau": preview.context["token"]})


def problems(answer):
    assert answer.status_code == 422
    return [(p["line"], p["column"], p["message"]) for p in answer.context["problems"]]


def stored():
    return list(Achievement.objects.order_by("indicator__no").values_list("version", "values", "score", "progress"))


def test_the_template_has_a_column_for_each_variable_and_what_is_stored(cast, rows, operator, save):
    save(rows[0], by=cast.operator, selesai="1234.5", progress="Berjalan.")
    first, second = template(operator)
    assert list(first) == [
        *("versi", "no", "indikator", "satuan", "selesai", "rencana", "nilai", "sumber_nilai"),
        *("belum_ada_hasil", "penjelasan", "kendala", "tindak_lanjut"),
    ]
    assert (first["versi"], first["selesai"], first["penjelasan"]) == ("1", "1234,5", "Berjalan.")
    assert (second["no"], second["nilai"]) == ("2", "")


@pytest.mark.parametrize("wanted", ["csv", "xlsx"])
def test_the_template_imported_as_it_is_changes_nothing(cast, rows, operator, save, wanted):
    save(rows[0], by=cast.operator, selesai="0.5", rencana="-7", progress="=1+1", no_result=True)
    before, entries = stored(), AuditEntry.objects.count()
    content = operator.get(f"{ADDRESS}?format={wanted}").content
    preview = operator.post(ADDRESS, {"berkas": SimpleUploadedFile(f"isian.{wanted}", content)})
    assert preview.status_code == 200
    assert "Tidak ada yang perlu disimpan" in preview.content.decode()
    assert (stored(), AuditEntry.objects.count()) == (before, entries)


def test_the_preview_shows_old_and_new_and_saves_nothing(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "1.234,5", "rencana": "2000"}
    preview = upload(operator, lines)
    assert [fields for _, fields in preview.context["changes"]] == [
        [("Selesai", "", "1234,5"), ("Rencana", "", "2000")]
    ]
    assert Achievement.objects.get(pk=rows[0].pk).version == 0
    assert not AuditEntry.objects.filter(verb="simpan capaian").exists()


def test_what_was_confirmed_is_saved_with_history(cast, rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95", "rencana": "100", "penjelasan": "Selesai."}
    lines[1] |= {"nilai": "88,5", "sumber_nilai": "Surat Itjen"}
    answer = confirm(operator, upload(operator, lines))
    assert answer["Location"] == "/capaian/2026/1/ROKEU/"
    ratio, score = Achievement.objects.order_by("indicator__no")
    assert (ratio.percent.__round__(2), ratio.progress, ratio.saved_by) == (
        ratio.percent.__round__(2),
        "Selesai.",
        cast.operator,
    )
    assert (score.score, score.score_source, score.version) == (score.actual, "Surat Itjen", 1)
    assert AuditEntry.objects.filter(verb="simpan capaian", by=cast.operator).count() == 2


def test_every_problem_is_named_by_line_and_column_and_nothing_is_saved(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "banyak", "rencana": "1,234.5", "nilai": "5", "belum_ada_hasil": "mungkin"}
    lines[1] |= {"nilai": "88", "penjelasan": "a" * 5001}
    assert problems(upload(operator, lines)) == [
        ("2", "nilai", "Indikator ini tidak memakai kolom ini. Kosongkan."),
        ("2", "belum_ada_hasil", "Tulis ya atau tidak."),
        ("2", "selesai", "“banyak” bukan angka. Tulis hanya angka, misalnya 1.234,5."),
        (
            "2",
            "rencana",
            "Gunakan koma untuk desimal dan titik untuk ribuan. Maksud Anda 1234,5?",
        ),
        (
            "3",
            "penjelasan",
            "Pastikan nilai ini mengandung paling banyak 5000 karakter (sekarang 5001 karakter).",
        ),
    ]
    assert all(version == 0 for version, *_ in stored())


def test_one_bad_row_keeps_out_the_good_ones(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    lines[1] |= {"nilai": "banyak"}
    assert len(problems(upload(operator, lines))) == 1
    assert all(version == 0 for version, *_ in stored())


def test_blank_lines_do_not_shift_the_line_numbers(rows, operator):
    lines = template(operator)
    lines[1] |= {"nilai": "banyak"}
    assert problems(upload(operator, [lines[0], dict.fromkeys(lines[0], ""), lines[1]]))[0][0] == "4"


def test_a_row_that_somebody_changed_meanwhile_is_refused(cast, rows, operator, save):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    save(rows[0], by=cast.kasubag, selesai="90")
    ((line, _, message),) = problems(upload(operator, lines))
    assert (line, "sudah diubah Budi" in message) == ("2", True)


def test_a_change_between_preview_and_confirmation_is_not_overwritten(cast, rows, operator, save):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    preview = upload(operator, lines)
    save(rows[0], by=cast.kasubag, selesai="90")
    assert confirm(operator, preview).status_code == 422
    assert Achievement.objects.get(pk=rows[0].pk).values == {"selesai": "90"}


def test_the_deadline_holds_for_files_too(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    preview = upload(operator, lines)
    with builders.moment(at("2026-04-16 00:00")):
        assert "sudah ditutup sejak" in problems(confirm(operator, preview))[0][2]
    assert Achievement.objects.get(pk=rows[0].pk).version == 0


@pytest.mark.parametrize(("person", "status"), [("verifier", 403), ("karoren", 403), ("stranger", 404)])
def test_only_people_of_the_unit_import(cast, rows, as_user, person, status):
    client = as_user(getattr(cast, person))
    assert client.get(ADDRESS).status_code == status
    assert client.post(ADDRESS, {"berkas": SimpleUploadedFile("isian.csv", b"versi,no\n0,1\n")}).status_code == status


def test_a_confirmation_of_another_unit_is_refused(cast, rows, operator, as_user):
    builders.row(builders.indicator(cast.setjen))
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    token = upload(operator, lines).context["token"]
    answer = as_user(cast.stranger).post("/capaian/2026/1/SETJEN/impor/", {"pratinjau": token})
    assert answer.status_code == 422
    assert "milik unit atau triwulan lain" in answer.content.decode()


def test_a_forged_confirmation_is_refused(rows, operator):
    answer = operator.post(ADDRESS, {"pratinjau": "dipalsukan"})
    assert answer.status_code == 422
    assert "Pratinjau sudah kedaluwarsa" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("isian.csv", b"", "Berkas kosong"),
        ("isian.csv", b"versi,no,selesai\n", "tidak berisi baris data"),
        ("isian.csv", b"no,selesai\n1,95\n", "Kolom tidak ada: versi."),
        ("isian.csv", b"versi,no,salah\n0,1,95\n", "Kolom tidak dikenal: salah."),
        ("isian.csv", b"versi,no,selesai\n0,1,95\n0,1,96\n", "Indikator nomor 1 ditulis lebih dari sekali."),
        ("isian.csv", "versi,no,penjelasan\n0,1,naïf\n".encode("latin-1"), "CSV UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(rows, operator, name, content, words):
    answer = operator.post(ADDRESS, {"berkas": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_an_unknown_indicator_is_named(rows, operator):
    answer = operator.post(ADDRESS, {"berkas": SimpleUploadedFile("isian.csv", b"versi,no,selesai\n0,99,95\n")})
    assert problems(answer) == [("2", "no", "Indikator nomor “99” tidak ada pada unit dan triwulan ini.")]


def test_a_pdf_is_not_a_table(rows, operator):
    answer = operator.post(ADDRESS, {"berkas": builders.pdf()})
    assert "Unggah berkas Excel (.xlsx) atau CSV." in answer.content.decode()


def test_semicolons_as_indonesian_spreadsheets_write_them(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "1234,5"}
    assert confirm(operator, upload(operator, lines, delimiter=";")).status_code == 302
    assert Achievement.objects.get(pk=rows[0].pk).values == {"selesai": "1234.5"}


def test_number_cells_of_a_spreadsheet_are_read_as_they_are(rows, operator):
    book = openpyxl.load_workbook(BytesIO(operator.get(f"{ADDRESS}?format=xlsx").content))
    book.active["E2"], book.active["F2"] = 1234.5, 2000
    buffer = BytesIO()
    book.save(buffer)
    preview = operator.post(ADDRESS, {"berkas": SimpleUploadedFile("isian.xlsx", buffer.getvalue())})
    confirm(operator, preview)
    assert Achievement.objects.get(pk=rows[0].pk).values == {"selesai": "1234.5", "rencana": "2000"}


def test_a_column_that_is_not_in_the_file_stays_as_it_is(cast, rows, operator, save):
    save(rows[0], by=cast.operator, progress="Berjalan.")
    preview = operator.post(ADDRESS, {"berkas": SimpleUploadedFile("isian.csv", b"versi,no,selesai\n1,1,95\n")})
    confirm(operator, preview)
    saved = Achievement.objects.get(pk=rows[0].pk)
    assert (saved.values, saved.progress) == ({"selesai": "95"}, "Berjalan.")
