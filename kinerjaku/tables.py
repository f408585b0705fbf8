"""Tables that people upload, XLSX and CSV, read within limits: small files can unpack to gigabytes, or claim a
million columns. Whatever is wrong with one is a DomainError (too_big, damaged, encoding)."""

import csv
import logging
import zipfile
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import tablib
from import_export.formats import base_formats

from .errors import DomainError

MOST_BYTES = 2 * 1024 * 1024
MOST_UNPACKED = 30 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS = 5000, 300
logger = logging.getLogger(__name__)


def sheet(data: bytes) -> list[list[Any]]:
    """The cells of the first sheet of an XLSX file, as wide as its first row."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > MOST_UNPACKED:
                raise _too_big()
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
        cells = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1, values_only=True)
        rows = [list(row) for row in cells]
    except DomainError:
        raise
    except Exception as error:
        logger.info("A table could not be read: %s", type(error).__name__)
        raise _damaged() from error
    width = max((place for place, name in enumerate(rows[0], 1) if name not in (None, "")), default=0) if rows else 0
    return _bounded([row[:width] for row in rows], width)


def lines(data: bytes) -> list[list[str]]:
    """The cells of a CSV file, whichever of comma, semicolon and tab its first line uses most."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError("Simpan berkas sebagai “CSV UTF-8”, lalu unggah lagi.", code="encoding") from error
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise _damaged() from error
    return _bounded(rows, len(rows[0]) if rows else 0)


def _bounded(rows: list[list[Any]], width: int) -> list[list[Any]]:
    while rows and not any(value not in (None, "") for value in rows[-1]):
        rows.pop()
    if len(rows) > MOST_ROWS + 1 or width > MOST_COLUMNS:
        raise DomainError(f"Paling banyak {MOST_ROWS} baris dan {MOST_COLUMNS} kolom.", code="too_big")
    return rows


def _too_big() -> DomainError:
    return DomainError("Isi berkas tabel terlalu besar. Hapus lembar dan gambar yang tidak perlu.", code="too_big")


def _damaged() -> DomainError:
    return DomainError(
        "Berkas tabel tidak dapat dibaca. Buka dengan aplikasi lembar kerja, simpan ulang, lalu unggah lagi.",
        code="damaged",
    )


def _dataset(rows: list[list[Any]]) -> tablib.Dataset:
    if not rows:
        raise DomainError("Berkas tidak berisi baris data. Isi baris di bawah judul kolom.", code="empty")
    width = len(rows[0])
    return tablib.Dataset(*((row + [""] * width)[:width] for row in rows[1:]), headers=rows[0])


class BoundedXLSX(base_formats.XLSX):
    """For the admin's import."""

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        return _dataset(sheet(in_stream))


class BoundedCSV(base_formats.CSV):
    def create_dataset(self, in_stream: str | bytes) -> tablib.Dataset:
        return _dataset(lines(in_stream.encode() if isinstance(in_stream, str) else in_stream))
