"""Filling in a quarter from a spreadsheet: template, preview, and all rows or none, by the same rules as the page."""

import csv
from io import BytesIO, StringIO

import builders
import openpyxl
import pytest
from builders import IN_TIME, at
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts import importing
from accounts.models import ImportJob
from accounts.roles import Role
from indicators.models import Achievement
from kinerjaku import audit
from kinerjaku.models import AuditEntry

ADDRESS = "/capaian/2026/1/ROKEU/impor/"
State = ImportJob.State


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


def template(client, address=f"{ADDRESS}?format=csv"):
    text = client.get(address).content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


def as_csv(lines, delimiter=";"):
    out = StringIO()
    writer = csv.DictWriter(out, lines[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return SimpleUploadedFile("isian.csv", out.getvalue().encode(), content_type="text/csv")


def upload(client, lines, address=ADDRESS, **options):
    return send(client, as_csv(lines, **options), address)


def send(client, file, address=ADDRESS):
    answer = client.post(address, {"berkas": file})
    assert answer.status_code == 302, answer.content.decode()
    return ImportJob.objects.latest("pk")


def confirm(client, job):
    answer = client.post(f"/impor/{job.pk}/simpan/", {"digest": job.digest})
    job.refresh_from_db()
    return answer


def faults(job):
    assert job.state == State.FAULTY
    return [(one.row, one.column, one.advice) for one in importing.details(job).faults]


def stored():
    return list(Achievement.objects.order_by("indicator__no").values_list("version", "values", "score", "progress"))


def test_the_template_has_a_column_for_each_variable_and_what_is_stored(cast, rows, operator, save):
    save(rows[0], by=cast.operator, selesai="1234.5", progress="Berjalan.")
    first, second = template(operator)
    assert list(first) == [
        *("versi", "tahun", "triwulan", "unit", "keputusan", "no", "indikator", "satuan", "selesai", "rencana"),
        *("nilai", "sumber_nilai", "belum_ada_hasil", "penjelasan", "kendala", "tindak_lanjut"),
        "penjelasan_nilai",
    ]
    assert (first["versi"], first["selesai"], first["penjelasan"]) == ("1", "1234,5", "Berjalan.")
    assert (second["no"], second["nilai"]) == ("2", "")


@pytest.mark.parametrize("wanted", ["csv", "xlsx"])
@pytest.mark.parametrize("progress", ["=1+1", "'=1+1", "＝3", "'biasa'"])
def test_the_template_imported_as_it_is_changes_nothing(cast, rows, operator, save, wanted, progress):
    save(rows[0], by=cast.operator, selesai="0.5", rencana="-7", progress=progress, no_result=True)
    before = stored()
    content = operator.get(f"{ADDRESS}?format={wanted}").content
    job = send(operator, SimpleUploadedFile(f"isian.{wanted}", content))
    assert (job.state, job.changed, job.unchanged) == (State.READY, 0, 2)
    assert "Tidak ada yang perlu disimpan" in operator.get(job.get_absolute_url()).content.decode()
    assert confirm(operator, job).status_code == 409
    assert stored() == before


def test_the_preview_shows_old_and_new_and_saves_nothing(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "1.234,5", "rencana": "2000"}
    job = upload(operator, lines)
    (change,) = importing.details(job).changes
    assert change.fields == [("Selesai", "", "1234,5"), ("Rencana", "", "2000")]
    assert "1234,5" in operator.get(job.get_absolute_url()).content.decode()
    assert Achievement.objects.get(pk=rows[0].pk).version == 0
    assert not AuditEntry.objects.filter(verb="simpan capaian").exists()


def test_what_was_confirmed_is_saved_with_history(cast, rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95", "rencana": "100", "penjelasan": "Selesai."}
    lines[1] |= {"nilai": "88,5", "sumber_nilai": "Surat Itjen"}
    job = upload(operator, lines)
    assert confirm(operator, job)["Location"] == job.get_absolute_url()
    assert (job.state, job.applied_at) == (State.DONE, IN_TIME)
    ratio, score = Achievement.objects.order_by("indicator__no")
    assert (ratio.actual, ratio.progress, ratio.saved_by, ratio.state) == (95, "Selesai.", cast.operator, "draft")
    assert ratio.percent.__round__(2) == (ratio.actual / 90 * 100).__round__(2)
    assert (score.score, score.score_source, score.version) == (score.actual, "Surat Itjen", 1)
    assert AuditEntry.objects.filter(verb="simpan capaian", by=cast.operator).count() == 2
    assert audit.history(ratio)[0].after["values"] == {"selesai": "95", "rencana": "100"}
    assert list(audit.problems()) == []


def test_a_row_from_a_file_is_computed_and_noted_as_one_from_the_page(cast, rows, operator, save):
    other = builders.row(builders.indicator(cast.unit, 3))
    save(other, by=cast.operator, selesai="95", rencana="100", progress="Sama.")
    lines = template(operator)
    lines[0] |= {"selesai": "95", "rencana": "100", "penjelasan": "Sama."}
    confirm(operator, upload(operator, lines))
    plain = [f.attname for f in Achievement._meta.concrete_fields if f.attname not in ("id", "indicator_id")]
    first, second = (Achievement.objects.filter(pk=pk).values(*plain).get() for pk in (rows[0].pk, other.pk))
    assert first == second
    first, second = (audit.history(row)[0] for row in (rows[0], other))
    assert (first.verb, first.before, first.after) == (second.verb, second.before, second.after)


def test_every_problem_is_named_by_row_and_column_and_nothing_is_saved(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "banyak", "rencana": "1,234.5", "nilai": "5", "belum_ada_hasil": "mungkin"}
    lines[1] |= {"nilai": "88", "penjelasan": "a" * 5001}
    job = upload(operator, lines)
    assert faults(job) == [
        (2, "nilai", "Indikator ini tidak memakai kolom ini. Kosongkan."),
        (2, "belum_ada_hasil", "Tulis ya atau tidak."),
        (2, "selesai", "“banyak” bukan angka. Tulis hanya angka, misalnya 1.234,5."),
        (2, "rencana", "Gunakan koma untuk desimal dan titik untuk ribuan. Maksud Anda 1234,5?"),
        (3, "penjelasan", "Pastikan nilai ini mengandung paling banyak 5000 karakter (sekarang 5001 karakter)."),
    ]
    assert all(version == 0 for version, *_ in stored())
    assert [one.cell for one in importing.details(job).faults] == ["K2", "M2", "I2", "J2", "N3"]
    page = operator.get(f"{job.get_absolute_url()}?kolom=penjelasan").content.decode()
    assert "5001 karakter" in page
    assert "bukan angka" not in page


def test_the_result_file_says_at_each_row_what_is_wrong_and_can_be_read_again(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "banyak"}
    job = upload(operator, lines)
    told = template(operator, f"/impor/{job.pk}/hasil/?format=csv")
    assert told[0]["kesalahan"] == "selesai: “banyak” bukan angka. Tulis hanya angka, misalnya 1.234,5."
    told[0]["selesai"] = "95"
    assert upload(operator, told).changed == 1


def test_one_bad_row_keeps_out_the_good_ones(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    lines[1] |= {"nilai": "banyak"}
    job = upload(operator, lines)
    assert len(faults(job)) == 1
    assert confirm(operator, job).status_code == 409
    assert all(version == 0 for version, *_ in stored())


def test_a_row_that_somebody_changed_meanwhile_is_refused(cast, rows, operator, save):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    save(rows[0], by=cast.kasubag, selesai="90")
    ((row, column, advice),) = faults(upload(operator, lines))
    assert (row, column, "sudah diubah Budi" in advice) == (2, "versi", True)


def test_a_change_between_preview_and_confirmation_is_not_overwritten(cast, rows, operator, save):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    job = upload(operator, lines)
    save(rows[0], by=cast.kasubag, selesai="90")
    confirm(operator, job)
    assert "sudah diubah Budi" in faults(job)[0][2]
    assert Achievement.objects.get(pk=rows[0].pk).values == {"selesai": "90"}


def test_the_deadline_holds_between_check_and_apply(rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    job = upload(operator, lines)
    with builders.moment(at("2026-04-16 00:00")):
        confirm(operator, job)
    assert "sudah ditutup sejak" in faults(job)[0][2]
    assert Achievement.objects.get(pk=rows[0].pk).version == 0


def test_a_right_that_ended_between_check_and_apply_keeps_the_rows(cast, rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    job = upload(operator, lines)
    importing.confirm(job.pk, digest=job.digest, by=cast.operator, at=IN_TIME)
    cast.operator.memberships.all().delete()
    importing.sweep(IN_TIME)
    job.refresh_from_db()
    assert "tidak lagi berhak" in faults(job)[0][2]
    assert Achievement.objects.get(pk=rows[0].pk).version == 0


def test_a_round_that_holds_a_row_holds_it_against_files_too(cast, rows, operator):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    builders.handed_out(cast.unit, cast.official, staff=cast.operator, kasubag=cast.kasubag)
    assert "Ditugaskan kepada" in faults(upload(operator, lines))[0][2]


def test_a_unit_of_others_is_not_told_from_one_that_is_not_there(cast, rows, operator):
    builders.row(builders.indicator(cast.setjen, 1))
    lines = template(operator)[:1]
    address = "/impor/baru/?jenis=capaian"
    foreign, missing = (
        faults(upload(operator, [lines[0] | {"unit": code, "selesai": "1"}], address))
        for code in ("SETJEN", "TIDAKADA")
    )
    assert foreign == missing == [(2, "unit", "Unit tidak ditemukan di antara unit yang Anda isi. Periksa kodenya.")]


def test_the_page_of_a_unit_takes_no_rows_of_another_quarter(rows, operator):
    lines = template(operator)
    lines[0] |= {"triwulan": "2", "selesai": "95"}
    assert faults(upload(operator, lines))[0][1:] == (
        "triwulan",
        "Berkas ini untuk triwulan 1. Impor baris ini di halamannya.",
    )


def test_several_units_come_in_one_file(cast, rows, as_user):
    builders.row(builders.indicator(cast.setjen, 1))
    builders.quarter()
    both = builders.user(Role.OPERATOR, cast.unit)
    both.memberships.create(role=Role.OPERATOR, unit=cast.setjen)
    client = as_user(both)
    lines = template(client, "/impor/berkas/capaian/?format=csv&tahun=2026&triwulan=1")
    assert {line["unit"] for line in lines} == {"ROKEU", "SETJEN"}
    for line in lines:
        if line["no"] == "1":
            line |= {"selesai": "9", "rencana": "10"}
    job = upload(client, lines, "/impor/baru/?jenis=capaian")
    confirm(client, job)
    assert (job.state, job.changed) == (State.DONE, 2)


@pytest.mark.parametrize(("person", "status"), [("verifier", 403), ("karoren", 403), ("stranger", 404)])
def test_only_people_of_the_unit_import(cast, rows, as_user, person, status):
    client = as_user(getattr(cast, person))
    assert client.get(ADDRESS).status_code == status
    assert client.post(ADDRESS, {"berkas": SimpleUploadedFile("isian.csv", b"versi,no\n0,1\n")}).status_code == status


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"versi,no,selesai\n", "tidak berisi baris data"),
        (b"no,selesai\n1,95\n", "Kolom ini tidak ada. Tambahkan kolom “versi”."),
        (b"versi,no,salah\n0,1,95\n", "Kolom ini tidak dikenal."),
        (b"versi,no,selesai\n0,1,95\n0,1,96\n", "Kunci ganda: indikator dan triwulan ini sudah ada pada baris 2."),
        (b"versi,no,selesai\n0,1,=A1\n", "Ini rumus."),
        (b"versi,no,selesai\n0,99,95\n", "Indikator nomor ini tidak ditemukan pada unit dan triwulan ini."),
    ],
)
def test_a_file_with_problems_says_what_to_do(rows, operator, content, words):
    assert words in faults(send(operator, SimpleUploadedFile("isian.csv", content)))[0][2]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("isian.csv", b"", "Berkas kosong"),
        ("isian.csv", b"versi,no\n0,\xc3\xa9\n1,\xff\n", "Huruf tidak terbaca pada baris 3, kolom B: “�”."),
        ("isian.pdf", builders.pdf().read(), "Unggah berkas Excel (.xlsx) atau CSV."),
    ],
)
def test_a_file_that_cannot_be_read_is_not_taken_in(rows, operator, name, content, words):
    answer = operator.post(ADDRESS, {"berkas": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_commas_and_windows_letters_are_read_with_a_word_about_it(rows, operator):
    job = send(operator, SimpleUploadedFile("isian.csv", "versi,no,penjelasan\n0,1,naïf\n".encode("cp1252")))
    assert (job.state, "Windows" in job.note) == (State.READY, True)
    confirm(operator, job)
    assert Achievement.objects.get(pk=rows[0].pk).progress == "naïf"


def test_number_cells_of_a_spreadsheet_are_read_as_they_are(rows, operator):
    book = openpyxl.load_workbook(BytesIO(operator.get(f"{ADDRESS}?format=xlsx").content))
    sheet = book.worksheets[0]
    sheet["I2"], sheet["J2"] = 1234.5, 2000
    buffer = BytesIO()
    book.save(buffer)
    confirm(operator, send(operator, SimpleUploadedFile("isian.xlsx", buffer.getvalue())))
    assert Achievement.objects.get(pk=rows[0].pk).values == {"selesai": "1234.5", "rencana": "2000"}


def test_a_column_that_is_not_in_the_file_stays_as_it_is(cast, rows, operator, save):
    save(rows[0], by=cast.operator, progress="Berjalan.")
    confirm(operator, send(operator, SimpleUploadedFile("isian.csv", b"versi,no,selesai\n1,1,95\n")))
    saved = Achievement.objects.get(pk=rows[0].pk)
    assert (saved.values, saved.progress) == ({"selesai": "95"}, "Berjalan.")


def test_the_command_does_the_same(cast, rows, operator, tmp_path, capsys):
    lines = template(operator)
    lines[0] |= {"selesai": "95", "rencana": "100"}
    path = tmp_path / "isian.csv"
    path.write_bytes(as_csv(lines).read())
    call_command("import_sheet", "capaian", str(path), "--by", cast.operator.email, "--dry-run")
    assert Achievement.objects.get(pk=rows[0].pk).version == 0
    call_command("import_sheet", "capaian", str(path), "--by", cast.operator.email)
    assert Achievement.objects.get(pk=rows[0].pk).actual == 95
    assert "1 berubah" in capsys.readouterr().out


def test_the_command_names_every_problem_and_ends_with_an_error(cast, rows, operator, tmp_path, capsys):
    path = tmp_path / "isian.csv"
    path.write_text("versi;tahun;triwulan;unit;no;selesai\n0;2026;1;ROKEU;1;banyak\n0;2026;1;ROKEU;9;1\n")
    for extra in ([], ["--dry-run"]):
        with pytest.raises(CommandError, match="Tidak ada yang disimpan"):
            call_command("import_sheet", "capaian", str(path), "--by", cast.operator.email, *extra)
        told = capsys.readouterr()
        assert "baris 2, kolom selesai (F2) “banyak”: “banyak” bukan angka." in told.err
        assert "baris 3, kolom no (E3) “9”: Indikator nomor ini tidak ditemukan" in told.err
        assert "Perlu diperbaiki: 2 baris dibaca, 0 berubah, 0 tetap, 2 masalah." in told.out
    with pytest.raises(CommandError, match="tidak berhak mengimpor"):
        call_command("import_sheet", "unit", str(path), "--by", cast.operator.email)
    with pytest.raises(CommandError, match="Jenis “entah” tidak ada"):
        call_command("import_sheet", "entah", str(path), "--by", cast.operator.email)


def test_a_formula_in_a_file_comes_back_neutralised(rows, operator):
    job = send(operator, SimpleUploadedFile("isian.csv", b"versi;no;selesai;penjelasan\n0;1;x;'=HYPERLINK(1)\n"))
    assert template(operator, f"/impor/{job.pk}/hasil/?format=csv")[0]["penjelasan"] == "'=HYPERLINK(1)"
    book = openpyxl.load_workbook(BytesIO(operator.get(f"/impor/{job.pk}/hasil/?format=xlsx").content))
    assert (book.worksheets[0]["D2"].value, book.worksheets[0]["D2"].data_type) == ("'=HYPERLINK(1)", "s")


def test_the_list_of_imports_costs_the_same_for_many(rows, operator, query_cost):
    text = b"versi;no;selesai\n0;1;5\n"
    for _ in range(2):
        send(operator, SimpleUploadedFile("isian.csv", text))
    few = query_cost(operator, "/impor/")
    for _ in range(6):
        send(operator, SimpleUploadedFile("isian.csv", text))
    assert query_cost(operator, "/impor/") == few


def test_others_do_not_see_an_import_and_an_admin_does_not_apply_it(cast, rows, operator, as_user):
    lines = template(operator)
    lines[0] |= {"selesai": "95"}
    job = upload(operator, lines)
    assert as_user(cast.kasubag).get(job.get_absolute_url()).status_code == 404
    assert as_user(cast.admin).get(job.get_absolute_url()).status_code == 200
    assert confirm(as_user(cast.admin), job).status_code == 403
    assert job.state == State.READY


def test_the_explanation_of_an_unusual_figure_goes_out_and_comes_back(cast, rows, operator, save):
    save(rows[0], by=cast.operator, selesai="95", rencana="100", explanation="Anggaran dipotong.")
    lines = template(operator)
    assert lines[0]["penjelasan_nilai"] == "Anggaran dipotong."
    lines[1]["penjelasan_nilai"] = "Kegiatan dipercepat."
    assert confirm(operator, upload(operator, lines)).status_code == 302
    assert Achievement.objects.get(pk=rows[1].pk).explanation == "Kegiatan dipercepat."
