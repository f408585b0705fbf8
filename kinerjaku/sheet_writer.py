"""The files of a kind of sheet: template with drop-downs and instructions, what is stored, the result of an import."""

import csv
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from .cells import cell
from .sheet_reader import MOST_ROWS
from .sheets import MOST_CHOICES, Column

BOLD = Font(bold=True)
_SHOWN = PatternFill("solid", fgColor="EEF1F4")
LISTS = "Daftar"
RULES = (
    "Isi mulai baris 2 pada lembar pertama. Jangan mengubah judul kolom.",
    "Angka ditulis seperti 1.234,5; tanggal seperti 31-12-2026.",
    "Jangan menggabungkan sel dan jangan memakai rumus: tempel sebagai nilai.",
    f"Paling banyak {MOST_ROWS // 1000}.000 baris dalam satu berkas.",
    "Semua baris disimpan bersama atau tidak sama sekali. Anda melihat pratinjaunya dahulu.",
)


def xlsx(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows with drop-downs, a sheet of instructions, and the lists of the drop-downs. Streams: memory stays small."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
        if column.key and not column.choices:
            sheet.column_dimensions[get_column_letter(place)].number_format = "@"
    lists = [column for column in columns if 0 < len(column.choices) <= MOST_CHOICES]
    for place, column in enumerate(lists, 1):
        letter = get_column_letter(place)
        source = f"'{LISTS}'!${letter}$2:${letter}${len(column.choices) + 1}"
        choice = DataValidation(type="list", formula1=source, allow_blank=True)
        choice.error, choice.showErrorMessage = "Pilih salah satu dari daftar.", True
        target = get_column_letter([one.key for one in columns].index(column.key) + 1)
        choice.add(f"{target}2:{target}{MOST_ROWS + 1}")
        sheet.data_validations.append(choice)
    sheet.append([_head(sheet, column) for column in columns])
    for row in rows:
        sheet.append([cell(value) for value in row])
    _instructions(book, columns)
    if lists:
        values = book.create_sheet(LISTS)
        values.append([column.key for column in lists])
        for number in range(max(len(column.choices) for column in lists)):
            values.append([cell(one.choices[number]) if number < len(one.choices) else None for one in lists])
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _head(sheet: Any, column: Column) -> WriteOnlyCell:
    head = WriteOnlyCell(sheet, column.key)
    head.font = BOLD
    if column.is_shown:
        head.fill = _SHOWN
    return head


def _instructions(book: Workbook, columns: Sequence[Column]) -> None:
    sheet = book.create_sheet("Petunjuk")
    for letter, width in zip("ABC", (26, 12, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    for rule in RULES:
        sheet.append([rule])
    sheet.append([])
    heads = [WriteOnlyCell(sheet, text) for text in ("Kolom", "Wajib", "Isi")]
    for head in heads:
        head.font = BOLD
    sheet.append(heads)
    for column in columns:
        told = WriteOnlyCell(sheet, column.help)
        told.alignment = Alignment(wrap_text=True, vertical="top")
        need = "ya" if column.is_required else "dilewati" if column.is_shown else ""
        sheet.append([column.key, need, told])


def as_csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """As spreadsheets read it where the comma is the decimal sign: UTF-8 with BOM, semicolons."""
    written = StringIO()
    writer = csv.writer(written, delimiter=";")
    writer.writerow([column.key for column in columns])
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + written.getvalue().encode()
