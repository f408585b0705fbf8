"""Closed days from a file: read line by line, shown before anything is kept, all of them or none."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO

import builders
import openpyxl
import pytest
from builders import at
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.errors import DomainError
from services import closure_file, tasks
from services.actions import calendar as actions
from services.actions import case as cases
from services.actions import standard as standards
from services.calendar import token, working_calendar
from services.closure_plan import plan
from services.models import CalendarYear, Closure

pytestmark = pytest.mark.django_db
ADDRESS = "/kalender/impor/"
NOW = at("2026-04-20 09:00")
HEAD = ["Tanggal", "Jenis", "Nama", "Dasar hukum"]
SKB = "SKB 3 Menteri 2026"
NEW_DAY = [date(2026, 5, 13), "Penutupan lain", "Pemilihan", SKB]


@pytest.fixture(autouse=True)
def _now():
    with builders.moment(NOW):
        yield


@pytest.fixture
def client(cast, as_user):
    return as_user(cast.admin)


def book(*rows, head=HEAD, merge=""):
    made = openpyxl.Workbook()
    for row in [head, *rows]:
        made.active.append(row)
    if merge:
        made.active.merge_cells(merge)
    written = BytesIO()
    made.save(written)
    return written.getvalue()


def ics(*events, head="BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:uji\r\n"):
    body = "".join("BEGIN:VEVENT\r\n" + "".join(f"{line}\r\n" for line in event) + "END:VEVENT\r\n" for event in events)
    return (head + body + "END:VCALENDAR\r\n").encode()


def upload(client, data, name="libur.xlsx", **fields):
    return client.post(ADDRESS, {"berkas": SimpleUploadedFile(name, data), **fields})


def save(client, preview):
    return client.post(ADDRESS, {"pratinjau": preview.context["token"], "simpan": "ya"})


def states(answer):
    return [row.state.value for row in answer.context["plan"].rows]


def faults(data, name="libur.xlsx", **options):
    """(place, column, advice) of what is wrong with a file."""
    made = plan(closure_file.read(name, data), **options)
    return [(row.line.place, fault.column, fault.advice) for row in made.rows for fault in row.faults]


def refused(name, data):
    with pytest.raises(DomainError) as caught:
        closure_file.read(name, data)
    return caught.value.code


# Preview and confirmation


@pytest.mark.parametrize("wanted", ["xlsx", "csv"])
def test_the_template_imported_as_it_is_changes_nothing(client, wanted):
    content = client.get(f"{ADDRESS}?format={wanted}").content
    preview = upload(client, content, f"libur.{wanted}")
    assert set(states(preview)) == {"same"}
    assert len(states(preview)) == 25
    assert "Tidak ada yang perlu disimpan" in preview.content.decode()


def test_the_template_offers_the_kinds_to_choose_from(client):
    sheet = openpyxl.load_workbook(BytesIO(client.get(f"{ADDRESS}?format=xlsx").content)).active
    (choice,) = sheet.data_validations.dataValidation
    assert choice.formula1 == '"Libur nasional,Cuti bersama,Penutupan lain"'
    assert [cell.value for cell in sheet[2]][:3] == [datetime(2026, 1, 1), "Libur nasional", "Tahun Baru Masehi"]  # noqa: DTZ001


def test_the_preview_says_what_each_day_does_and_keeps_nothing(client):
    before = token()
    friday = Closure.objects.get(day=date(2026, 4, 3))
    same = [friday.day, "Libur nasional", friday.name, friday.basis]
    preview = upload(client, book(NEW_DAY, same, [date(2026, 5, 1), "Libur nasional", "Hari Buruh", SKB]))
    assert states(preview) == ["new", "changed", "same"]
    assert "semula Hari Buruh Internasional" in preview.content.decode()
    assert "23 hari tercatat tidak ada di berkas" in preview.content.decode()
    assert token() == before


def test_what_was_confirmed_counts_at_once_and_is_audited(client):
    assert working_calendar().is_open(at("2026-05-13 09:00"))
    answer = save(client, upload(client, book(NEW_DAY)))
    assert answer["Location"] == "/kalender/hitung-ulang/"
    assert not working_calendar().is_open(at("2026-05-13 09:00"))
    entry = audit.history(Closure.objects.get(day=date(2026, 5, 13)))[0]
    assert (entry.verb, entry.reason) == ("tambah hari libur", "Impor dari berkas libur.xlsx")


def test_a_preview_is_saved_as_it_was_seen_or_not_at_all(cast, client):
    preview = upload(client, book(NEW_DAY))
    actions.remove_closure(Closure.objects.get(day=date(2026, 4, 3)), by=cast.admin, at=NOW)
    answer = save(client, preview)
    assert answer.status_code == 409
    assert "sudah diubah sejak pratinjau" in answer.content.decode()
    assert not Closure.objects.filter(day=date(2026, 5, 13)).exists()
    assert save(client, answer).status_code == 302  # the file need not be chosen again


def test_a_preview_of_another_person_or_another_day_is_refused(cast, client, as_user):
    preview = upload(client, book(NEW_DAY))
    other = builders.user(Role.ADMIN, cast.bureau)
    assert "milik orang lain" in save(as_user(other), preview).content.decode()
    forged = client.post(ADDRESS, {"pratinjau": preview.context["token"] + "x", "simpan": "ya"})
    assert "kedaluwarsa" in forged.content.decode()
    assert not Closure.objects.filter(day=date(2026, 5, 13)).exists()


def test_one_wrong_row_keeps_all_of_them_out(client):
    preview = upload(client, book(NEW_DAY, ["besok", "", "Uji", SKB]))
    assert (preview.status_code, states(preview)) == (422, ["faulty", "new"])
    assert "Simpan 1 hari" not in preview.content.decode()
    assert save(client, preview).status_code == 422
    assert not Closure.objects.filter(day=date(2026, 5, 13)).exists()


def test_only_an_admin_imports(cast):
    with pytest.raises(PermissionDenied):
        actions.import_closures([], basis="", make_years=False, seen=token(), source="", by=cast.karoren, at=NOW)


def test_without_a_file_nothing_is_shown(client):
    assert "Pilih berkas dahulu" in client.post(ADDRESS, {}).content.decode()


# A year that is not loaded


def test_a_year_that_is_not_loaded_names_who_loads_it_and_can_be_made(client):
    preview = upload(client, book([date(2028, 1, 1), "", "Tahun Baru Masehi", "SKB 2028"]))
    assert "Kalender kerja tahun 2028 belum dimuat. Minta Admin memuatnya." in preview.content.decode()
    ticked = client.post(ADDRESS, {"pratinjau": preview.context["token"], "make_years": "on"})
    assert "Tahun 2028 akan dibuat" in ticked.content.decode()
    assert not CalendarYear.objects.filter(year=2028).exists()
    assert save(client, ticked).status_code == 302
    made = CalendarYear.objects.get(year=2028)
    assert (made.week, made.is_verified, made.ramadan_from, made.basis) == (
        CalendarYear.objects.get(year=2027).week,
        False,
        None,
        "SKB 2028",
    )
    assert working_calendar().is_open(at("2028-01-03 09:00"))


def test_without_any_year_there_are_no_hours_to_take_over():
    CalendarYear.objects.all().delete()
    ((_, _, advice),) = faults(book(NEW_DAY), make_years=True)
    assert advice == "Kalender kerja tahun 2026 belum dimuat. Minta Admin memuatnya."


# Tables


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-05-13", date(2026, 5, 13)),
        ("13/05/2026", date(2026, 5, 13)),
        ("13-5-2026", date(2026, 5, 13)),
        ("13 Mei 2026", date(2026, 5, 13)),
        ("Rabu, 13 Mei 2026", date(2026, 5, 13)),
        (datetime(2026, 5, 13), date(2026, 5, 13)),  # noqa: DTZ001
    ],
)
def test_dates_are_read_as_people_write_them(value, day):
    (line,) = closure_file.read("libur.xlsx", book([value, "", "Uji", SKB]))
    assert (line.day, line.faults) == (day, ())


@pytest.mark.parametrize(
    ("row", "column", "advice"),
    [
        (["31/02/2026", "", "Uji", SKB], "Tanggal", "Tanggal ini tidak ada"),
        (["05/13/2026", "", "Uji", SKB], "Tanggal", "Tanggal ini tidak ada"),
        (["13 Mai 2026", "", "Uji", SKB], "Tanggal", "Tanggal ini tidak ada"),
        (["segera", "", "Uji", SKB], "Tanggal", "Tulis tanggal seperti"),
        ([46155, "", "Uji", SKB], "Tanggal", "Ubah format selnya"),
        (["=DATE(2026,5,13)", "", "Uji", SKB], "Tanggal", "ganti rumus"),  # never computed by a spreadsheet
        ([None, "", "Uji", SKB], "Tanggal", "Pisahkan sel yang digabung"),
        (["13/05/1926", "", "Uji", SKB], "Tanggal", "Tanggal ini tidak ada"),
        ([date(2026, 5, 13), "Libur", "Uji", SKB], "Jenis", "Pilih Libur nasional"),
        ([date(2026, 5, 13), "", None, SKB], "Nama", "Isi nama"),
        ([date(2026, 5, 13), "", "a" * 201, SKB], "Nama", "Paling banyak 200"),
        ([date(2026, 5, 13), "", "Uji", "a" * 301], "Dasar hukum", "Paling banyak 300"),
        ([date(2026, 5, 13), "", "Uji", None], "Dasar hukum", "Isi kolomnya"),
    ],
)
def test_a_wrong_cell_is_named_with_what_to_do(row, column, advice):
    ((place, named, said),) = faults(book(row))
    assert (place, named) == ("Baris 2", column)
    assert advice in said


def test_a_formula_in_csv_is_named():
    assert "Ini rumus" in faults(b"Tanggal,Nama\n=TODAY(),Uji\n", "libur.csv", basis=SKB)[0][2]


def test_merged_dates_leave_the_second_row_without_one():
    data = book([date(2026, 5, 13), "", "Satu", SKB], [None, "", "Dua", SKB], merge="A2:A3")
    assert [(place, column) for place, column, _ in faults(data)] == [("Baris 3", "Tanggal")]


def test_the_same_day_twice_is_named_with_the_other_row():
    found = faults(book(NEW_DAY, [date(2026, 5, 13), "", "Lagi", SKB]))
    assert found == [("Baris 3", "Tanggal", "Tanggal ini sudah ada pada baris 2. Hapus salah satu.")]


def test_the_kind_is_told_by_the_name_if_no_column_tells_it():
    lines = closure_file.read("a.csv", b"Nama;Tanggal\nCuti Bersama Natal;2026-12-24\nNatal;2026-12-25\n")
    assert [line.kind for line in lines] == ["joint_leave", "holiday"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.xlsx", book(), "empty"),
        ("a.xlsx", b"PK\x03\x04rusak", "damaged"),
        ("a.xlsx", book(head=["Kalender 2026"]), "columns"),
        ("a.xlsx", book(head=["Tanggal", "Nama", "Nama"]), "columns"),
        ("a.xlsx", book(*[[date(2026, 1, 1), "", "a", "b"]] * 401), "too_big"),
        ("a.csv", "Tanggal,Nama\n2026-01-01,Café".encode("cp1252"), "encoding"),
        ("a.csv", b"Tanggal,Nama\n", "empty"),
        ("a.pdf", b"%PDF-1.4", "wrong_type"),
        ("a.ics", b"", "empty"),
        ("a.ics", b"ini bukan kalender", "wrong_type"),
        ("a.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "damaged"),
        ("a.ics", "BEGIN:VCALENDAR\r\nSUMMARY:Café".encode("cp1252"), "encoding"),
        ("a.ics", ics(), "empty"),
        ("a.ics", ics(*[["DTSTART;VALUE=DATE:20260101", "SUMMARY:a"]] * 401), "too_big"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_refused_in_a_sentence(name, data, code):
    assert refused(name, data) == code


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.docx", b"x", "Unggah berkas Excel"),
        ("a.xlsx", builders.pdf().read(), "Unggah berkas Excel"),
        ("a.csv", b"", "Berkas kosong"),
        ("a.ics", b"", "Berkas kosong"),
        ("a.ics", b"BEGIN:VCALENDAR\r\n" + b" " * 2_200_000, "lebih besar dari 2 MB"),
    ],
)
def test_what_is_uploaded_is_judged_by_its_content(client, name, data, said):
    answer = upload(client, data, name)
    assert answer.status_code == 422
    assert said in answer.content.decode()


# iCalendar

NEW_YEAR = ["DTSTART;VALUE=DATE:20260513", "DTEND;VALUE=DATE:20260514", "SUMMARY:Pemilihan\\, putaran kedua"]


def test_an_event_becomes_a_closed_day_with_the_legal_basis_of_the_form(client):
    preview = upload(client, ics(NEW_YEAR), "libur.ics")
    assert "isi dasar hukum di halaman ini" in preview.content.decode()
    given = client.post(ADDRESS, {"pratinjau": preview.context["token"], "basis": SKB})
    assert save(client, given).status_code == 302
    made = Closure.objects.get(day=date(2026, 5, 13))
    assert (made.kind, made.name, made.basis) == ("holiday", "Pemilihan, putaran kedua", SKB)


def test_the_end_of_an_event_is_the_first_day_after_it():
    event = ["DTSTART;VALUE=DATE:20260518", "DTEND;VALUE=DATE:20260521", "SUMMARY:Cuti bersama"]
    lines = closure_file.read("a.ics", ics(event))
    assert [(line.day, line.kind) for line in lines] == [(date(2026, 5, day), "joint_leave") for day in (18, 19, 20)]


@pytest.mark.parametrize(
    ("more", "count"),
    [([], 1), (["DURATION:P2D"], 2), (["DTEND;VALUE=DATE:20260518"], 1), (["STATUS:CANCELLED"], 0)],
)
def test_an_event_without_an_end_lasts_a_day(more, count):
    other = ["DTSTART;VALUE=DATE:20260601", "SUMMARY:Lain"]
    lines = closure_file.read("a.ics", ics(["DTSTART;VALUE=DATE:20260518", "SUMMARY:Uji", *more], other))
    assert len(lines) == count + 1


def test_folded_lines_and_a_byte_order_mark_are_read():
    data = ics(["DTSTART;VALUE=DATE:20260518", "SUMMARY:Kenaikan", "  Yesus"])
    (line,) = closure_file.read("a.ics", b"\xef\xbb\xbf" + data)
    assert line.name == "Kenaikan Yesus"


@pytest.mark.parametrize(
    ("event", "column", "advice"),
    [
        (["DTSTART:20260518T080000", "SUMMARY:Rapat"], "DTSTART", "sepanjang hari"),
        (["DTSTART;VALUE=DATE:20260518", "DTEND:20260518T080000", "SUMMARY:Rapat"], "DTEND", "sepanjang hari"),
        (["DTSTART;VALUE=DATE:20260518", "RRULE:FREQ=YEARLY", "SUMMARY:Uji"], "RRULE", "berulang tidak dibaca"),
        (["DTSTART;VALUE=DATE:20260518", "DTEND;VALUE=DATE:20260516", "SUMMARY:Uji"], "DTEND", "sesudah mulai"),
        (["DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20270101", "SUMMARY:Uji"], "DTEND", "paling lama 31"),
        (["DTSTART;VALUE=DATE:19260101", "SUMMARY:Uji"], "DTSTART", "Tahun harus antara"),
        (["DTSTART;VALUE=DATE:20261399", "SUMMARY:Uji"], "VEVENT", "tidak dapat dibaca"),
        (["DTSTART;VALUE=DATE:20260518"] * 2, "VEVENT", "tidak dapat dibaca"),
        (["SUMMARY:Tanpa tanggal"], "VEVENT", "tidak dapat dibaca"),
        (["DTSTART;VALUE=DATE:20260518"], "Nama", "Isi nama"),
    ],
)
def test_an_event_that_is_no_closed_day_is_named(event, column, advice):
    ((place, named, said),) = faults(ics(event), "a.ics", basis=SKB)
    assert (place, named) == ("Acara 1", column)
    assert advice in said


def test_a_time_zone_whose_rule_never_ends_is_not_followed():
    zone = "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
    zone += "TZOFFSETFROM:+0700\r\nTZOFFSETTO:+0700\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    event = ["DTSTART;TZID=X:20260518T080000", "SUMMARY:Uji"]
    data = ics(event, head=f"BEGIN:VCALENDAR\r\n{zone}")
    assert "sepanjang hari" in faults(data, "a.ics", basis=SKB)[0][2]


PIECES = ["BEGIN:", "END:", "BEGIN:VEVENT\r\n", "END:VEVENT\r\n", "VALARM", "DTSTART", "DTEND", "SUMMARY", "RRULE"]
PIECES += [":", ";", "=", "\r\n", " ", "VALUE=DATE", "20260101", "P1D", "\x00", "é"]


@given(st.lists(st.sampled_from(PIECES)))
def test_a_calendar_however_broken_is_read_or_refused(pieces):
    data = f"BEGIN:VCALENDAR\r\n{''.join(pieces)}\r\nEND:VCALENDAR\r\n".encode()
    with suppress(DomainError):
        assert all(line.day or line.faults for line in closure_file.read("a.ics", data))


# The command


def run(tmp_path, data, name="libur.xlsx", **options):
    path = tmp_path / name
    path.write_bytes(data)
    out = StringIO()
    call_command("load_calendar", file=path, stdout=out, stderr=StringIO(), **options)
    return out.getvalue().splitlines()


def test_the_command_reads_the_same_files(tmp_path):
    assert run(tmp_path, book(NEW_DAY), dry_run=True) == [
        "2026-05-13 Baru: Pemilihan",
        "1 baru, 0 berubah, 0 sama. Tidak ada yang disimpan.",
    ]
    assert not Closure.objects.filter(day=date(2026, 5, 13)).exists()
    assert run(tmp_path, book(NEW_DAY))[-1] == "1 baru, 0 berubah, 0 sama."
    assert run(tmp_path, ics(NEW_YEAR), "libur.ics", basis=SKB)[-1] == "0 baru, 1 berubah, 0 sama."


def test_the_command_keeps_nothing_of_a_wrong_file(tmp_path):
    with pytest.raises(CommandError, match="1 baris perlu diperbaiki"):
        run(tmp_path, book(NEW_DAY, ["besok", "", "Uji", SKB]))
    with pytest.raises(CommandError, match="bukan berkas iCalendar"):
        run(tmp_path, b"x", "a.ics")
    with pytest.raises(CommandError, match="tidak dapat dibuka"):
        call_command("load_calendar", file=tmp_path / "tidak-ada.xlsx")
    assert not Closure.objects.filter(day=date(2026, 5, 13)).exists()


# What it does to open cases

MONDAY = at("2026-04-20 07:30")


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


def test_open_cases_are_counted_anew_with_before_and_after(cast, case, client, as_user):
    preview = upload(client, book([date(2026, 4, 21), "", "Contoh", SKB]))
    assert "1 berkas berjalan akan dihitung ulang" in preview.content.decode()
    answer = client.post(ADDRESS, {"pratinjau": preview.context["token"], "simpan": "ya"}, follow=True)
    assert "1 berkas menunggu dihitung ulang" in answer.content.decode()
    with builders.moment(NOW + timedelta(minutes=1)):
        tasks.sound_clocks()
    for person in (cast.operator, cast.admin):
        text = as_user(person).get("/kalender/hitung-ulang/").content.decode()
        assert "23 April 2026 pukul 08.45 WIB" in text
        assert "24 April 2026 pukul 08.45 WIB" in text
        assert "menunggu dihitung ulang" not in text
    assert "Janji habis: 23 April 2026" in as_user(cast.verifier).get(case.get_absolute_url()).content.decode()
    assert "24-04-2026" not in as_user(cast.stranger).get("/kalender/hitung-ulang/?semua=ya").content.decode()
    assert "Belum ada yang dihitung ulang" in as_user(cast.stranger).get("/kalender/hitung-ulang/").content.decode()
    exported = as_user(cast.operator).get("/kalender/hitung-ulang/?format=csv&layanan=verification").content.decode()
    assert "Triwulan I 2026;2026-04-23 08:45:00;2026-04-24 08:45:00" in exported


def test_the_list_of_recounts_takes_the_same_queries_for_any_number(cast, client, django_assert_max_num_queries):
    standards.load(at=MONDAY)
    for number in range(12):
        cases.start("validation", cast.unit, f"Usulan {number}", by=None, at=MONDAY, year=2030 + number)
    actions.save_closure(Closure(day=date(2026, 4, 21), kind="other", name="C", basis="C"), by=cast.admin, at=NOW)
    tasks.sound_clocks()
    client.get("/kalender/hitung-ulang/")
    with django_assert_max_num_queries(12):
        assert client.get("/kalender/hitung-ulang/").content.decode().count("Usulan") == 24
