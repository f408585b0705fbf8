"""Every bad file gets a sentence that names row, column, value and what to do."""

import io
import zipfile

import openpyxl
import pytest

from kinerjaku import sheet_reader, sheet_writer
from kinerjaku.cells import as_cell_text, cell
from kinerjaku.errors import DomainError
from kinerjaku.sheets import Column, Row, repeated

COLUMNS = [
    Column("kode", "Kode.", is_required=True),
    Column("nama", "Nama."),
    Column("jenis", "Jenis.", choices=("a", "b")),
    Column("catatan", "Untuk dibaca.", is_shown=True),
]
HEADS = ["kode", "nama", "jenis", "catatan"]


def book(*rows, merge="", heads=HEADS):
    made = openpyxl.Workbook()
    made.active.append(heads)
    for row in rows:
        made.active.append(row)
    if merge:
        made.active.merge_cells(merge)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def read(data, name="berkas.xlsx", **options):
    return sheet_reader.read(io.BytesIO(data), name, COLUMNS, **options)


def told(table):
    return [(one.row, one.column, one.cell, one.value, one.advice) for one in table.faults]


def test_rows_are_read_by_the_heads_in_any_order_and_spelling():
    table = read(book(["Satu", "A1"], [], ["Dua", "A2"], heads=["Nama ", "KODE"]))
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, {"nama": "Satu", "kode": "A1"}),
        (4, {"nama": "Dua", "kode": "A2"}),
    ]


def test_a_missing_an_unknown_and_a_repeated_column_are_named():
    assert [
        (row, column, address, advice[:35])
        for row, column, address, _, advice in told(read(book(["x"], heads=["nama", "nama", "warna"])))
    ] == [
        (1, "kode", "", "Kolom ini tidak ada. Tambahkan kolo"),
        (1, "nama", "B1", "Kolom ini ada lebih dari satu. Sisa"),
        (1, "warna", "C1", "Kolom ini tidak dikenal. Hapus kolo"),
    ]


def test_merged_cells_are_named_by_their_range():
    ((row, _, address, _, advice),) = told(read(book(["A1", "Satu"], ["A2", "Dua"], merge="B2:B3")))
    assert (row, address) == (2, "B2:B3")
    assert advice == "Sel B2:B3 digabung. Pisahkan, lalu isi setiap selnya sendiri."


def test_a_formula_is_named_and_not_computed():
    assert told(read(book(["A1", "=1+1"]))) == [(2, "nama", "B2", "=1+1", sheet_reader.FORMULA)]
    assert told(read(b"kode;nama\nA1;=1+1\n", "berkas.csv")) == [(2, "nama", "B2", "=1+1", sheet_reader.FORMULA)]


def test_a_number_that_the_spreadsheet_has_rounded_is_refused():
    ((_, column, address, _, advice),) = told(read(book(["A1", 198501012010011001])))
    assert (column, address, "membulatkan angka panjang" in advice) == ("nama", "B2", True)


def test_an_error_value_is_named():
    made = openpyxl.load_workbook(io.BytesIO(book(["A1", "x"])))
    made.active["B2"].value, made.active["B2"].data_type = "#REF!", "e"
    written = io.BytesIO()
    made.save(written)
    assert told(read(written.getvalue()))[0][2:] == (
        "B2",
        "#REF!",
        "Sel ini berisi galat #REF!. Ganti dengan nilainya.",
    )


def test_the_same_key_twice_is_named_with_both_rows():
    rows = [Row(2, {"kode": "A1", "nama": "x"}), Row(3, {"kode": "a1", "nama": "y"})]
    (fault,) = repeated(rows, ["kode"])
    assert (fault.row, fault.value) == (3, "a1")
    assert fault.advice == "Kunci ganda: kode a1 sudah ada pada baris 2. Hapus salah satu dari baris itu."


@pytest.mark.parametrize("name", ["berkas.xlsx", "berkas.csv"])
def test_a_million_rows_end_at_the_limit(name):
    if name.endswith("csv"):
        data = b"kode\n" + b"A\n" * 1_000_000
    else:
        sheet = b"".join(b'<row r="%d"><c t="str"><v>A</v></c></row>' % number for number in range(2, 1_000_001))
        data = with_sheet(b'<row r="1"><c t="str"><v>kode</v></c></row>' + sheet)
    with pytest.raises(
        DomainError, match=r"Baris 20002 tidak dibaca lagi: berkas berisi lebih dari 20\.000 baris data"
    ):
        read(data, name)


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    data = with_sheet(b"<row/>" * 20_000_000)
    with pytest.raises(DomainError, match="terlalu besar setelah dibuka"):
        read(data)


def with_sheet(rows):
    """A workbook whose first sheet holds these rows, packed tightly."""
    source = zipfile.ZipFile(io.BytesIO(book(["A1"])))
    written = io.BytesIO()
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in source.namelist():
            content = source.read(member)
            if member == "xl/worksheets/sheet1.xml":
                content = head + rows + b"</sheetData></worksheet>"
            packed.writestr(member, content)
    return written.getvalue()


def test_a_million_columns_are_not_laid_out():
    table = read(book(["A1"], heads=["kode", *[""] * 16_000, "jauh"]))
    assert [row.cells for row in table.rows] == [{"kode": "A1"}]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"kode;nama\nA1;\xc3\xa9\nA2;\xffb\n", "Huruf tidak terbaca pada baris 3, kolom B: “�b”. Simpan berkas"),
        (b"kode;nama\nA1;x\x81\n", "Huruf tidak terbaca pada baris 2, kolom B"),
        ("kode;nama\nA1;x\n".encode("utf-16"), "Huruf tidak terbaca pada baris 1"),
    ],
)
def test_a_wrong_encoding_is_named_by_its_place(data, words):
    with pytest.raises(DomainError) as refused:
        read(data, "berkas.csv")
    assert words in refused.value.message


@pytest.mark.parametrize("data", [b"kode;nama\nA1;x;y\n", b"kode,nama\nA1,x\n", b"sep=;\nkode;nama\nA1;x\n"])
def test_separators_of_spreadsheets_are_understood(data):
    assert read(b"\xef\xbb\xbf" + data, "berkas.csv").rows[0].cells == {"kode": "A1", "nama": "x"}


def test_windows_letters_are_read_with_a_note():
    table = read("kode;nama\nA1;naïf\n".encode("cp1252"), "berkas.csv")
    assert (table.rows[0].cells["nama"], "Windows" in table.note) == ("naïf", True)


@pytest.mark.parametrize(("data", "name"), [(b"bukan apa-apa", "berkas.xlsx"), (b"x", "berkas.pdf")])
def test_what_is_no_table_is_refused(data, name):
    with pytest.raises(DomainError, match=r"tidak dapat dibaca sebagai tabel|Unggah berkas Excel"):
        read(data, name)


@pytest.mark.parametrize("text", ["=1+1", "+62", "-7", "@a", "'=1", "''=1", "'biasa'", "＝1", "a'=1", "' =1"])
def test_what_is_neutralised_comes_back_as_it_was(text):
    out = cell(text)
    assert not str(out).startswith(("=", "+", "-", "@", "＝"))
    assert as_cell_text(out) == text


def test_the_template_has_drop_downs_instructions_and_neutral_cells():
    made = openpyxl.load_workbook(io.BytesIO(sheet_writer.xlsx("Data", COLUMNS, [["A1", "=1+1", "a", ""]])))
    assert made.sheetnames == ["Data", "Petunjuk", "Daftar"]
    (choice,) = made["Data"].data_validations.dataValidation
    assert (choice.formula1, str(choice.sqref)) == ("'Daftar'!$A$2:$A$3", "C2:C20001")
    assert made["Data"]["B2"].value == "'=1+1"
    assert made["Data"]["B2"].data_type == "s"
    assert [row[0].value for row in made["Petunjuk"].iter_rows(min_row=8)] == HEADS


def test_what_is_written_is_read_back():
    rows = [["A1", "=1+1", "a", ""], ["A2", "Dua\nbaris", "b", "x"]]
    for data, name in (
        (sheet_writer.xlsx("Data", COLUMNS, rows), "berkas.xlsx"),
        (sheet_writer.as_csv(COLUMNS, rows), "berkas.csv"),
    ):
        assert [list(row.cells.values()) for row in read(data, name).rows] == rows
