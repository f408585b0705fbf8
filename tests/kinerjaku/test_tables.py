"""Uploaded tables: read within limits, and whatever is wrong with one said in a sentence."""

import io
import zipfile

import openpyxl
import pytest

from kinerjaku import tables
from kinerjaku.errors import DomainError


def book(*rows) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def with_sheet(xml: str) -> bytes:
    """A workbook whose first sheet is this XML."""
    packed, written = zipfile.ZipFile(io.BytesIO(book(["a"]))), io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as out:
        for name in packed.namelist():
            out.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else packed.read(name))
    return written.getvalue()


def refused(read, data) -> str:
    with pytest.raises(DomainError) as caught:
        read(data)
    return caught.value.code


def test_a_sheet_is_as_wide_as_its_head_and_ends_with_its_last_filled_row():
    assert tables.sheet(book(["no", "nama"], [1, "satu", "lebih"], [None, None])) == [["no", "nama"], [1, "satu"]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_lines_are_separated_as_their_head_is(separator):
    assert tables.lines(f"a{separator}b\n1{separator}2\n".encode()) == [["a", "b"], ["1", "2"]]


def test_a_small_file_that_unpacks_to_much_is_not_unpacked():
    data = with_sheet("<worksheet>" + " " * (tables.MOST_UNPACKED + 1) + "</worksheet>")
    assert len(data) < 100_000
    assert refused(tables.sheet, data) == "too_big"


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def test_one_cell_at_the_far_end_does_not_fill_the_memory():
    far = SHEET.format('<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>')
    assert tables.sheet(with_sheet(far)) == []


@pytest.mark.parametrize("value", ["abc", "", "1e999999999"])
def test_a_number_that_is_none_is_damage(value):
    damaged = SHEET.format(f'<row r="1"><c r="A1" t="n"><v>{value}x</v></c></row>')
    assert refused(tables.sheet, with_sheet(damaged)) == "damaged"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip", with_sheet("<worksheet><sheetData><row")])
def test_a_broken_workbook_is_damage(data):
    assert refused(tables.sheet, data) == "damaged"


def test_too_many_rows_are_refused():
    assert refused(tables.lines, b"a\n" + b"1\n" * (tables.MOST_ROWS + 1)) == "too_big"


def test_a_field_without_end_is_damage():
    assert refused(tables.lines, b'a,b\n"' + b"x" * 200_000) == "damaged"


def test_another_encoding_is_named():
    assert refused(tables.lines, "nama\nJosé".encode("latin-1")) == "encoding"
