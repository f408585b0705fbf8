"""Files with rows, XLSX and CSV, read within limits and without guessing: a merged cell, a formula, a rounded number or
a broken letter is named by its place. Pure: bytes in, rows and faults out."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import openpyxl
from openpyxl.utils import get_column_letter

from .cells import as_cell_text
from .errors import DomainError
from .file_types import PARSER_ERRORS
from .sheets import Column, Fault, Row

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 100 * 1024 * 1024
MOST_ROWS, MOST_COLUMNS, MOST_FAULTS = 20_000, 300, 2000
MOST_LINES, MOST_TEXTS = 200_000, 600_000  # of a sheet with its empty rows; different texts of a book
_MERGED = re.compile(rb'<(?:\w{1,20}:)?mergeCell\s[^>]{0,200}?ref="([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})"')
_FAR_DOWN = re.compile(rb"""\sr\s{0,9}=\s{0,9}["']([0-9]{6,})""")
_UTF8_LETTER = re.compile(rb"[\xc3-\xf4][\x80-\xbf]")
_NO_LETTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f]")
RESULTS = ("kesalahan", "hasil")  # what a result file adds; read again it says nothing
ROUNDED_FROM = 10**15  # spreadsheets keep fifteen digits
FORMULA = "Ini rumus. Ganti dengan nilainya: salin selnya, lalu tempel sebagai nilai."


class TooManyRows(DomainError):
    def __init__(self, most: int) -> None:
        super().__init__(
            f"Baris {most + 2} tidak dibaca lagi: berkas berisi lebih dari {most:,} baris data. "
            "Hapus baris kosong yang diberi format, atau bagi menjadi beberapa berkas.".replace(",", ".", 1),
            code="too_big",
        )


@dataclass
class Table:
    """What was read. With faults in the head there are no rows."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)  # of the columns, by their key
    note: str = ""  # what the person should know about how it was read


def read(stream: BinaryIO, name: str, columns: Sequence[Column], *, most_rows: int = MOST_ROWS) -> Table:
    """The rows of a file by its name and content. Raises DomainError where nothing of it can be read."""
    if stream.seek(0, io.SEEK_END) > MOST_BYTES:
        raise DomainError(
            f"Berkas lebih besar dari {MOST_BYTES // 2**20} MB. Hapus lembar dan gambar yang tidak perlu, atau bagi "
            "menjadi beberapa berkas.",
            code="too_big",
        )
    stream.seek(0)
    table = Table()
    try:
        if name.lower().endswith(".xlsx"):
            lines = _xlsx(stream, table)
        elif name.lower().endswith(".csv"):
            lines = _csv(stream, table)
        else:
            raise DomainError("Unggah berkas Excel (.xlsx) atau CSV.", code="wrong_type")
        _fill(table, lines, columns, most_rows)
    except DomainError:
        raise
    except (*PARSER_ERRORS, csv.Error) as error:
        raise DomainError(
            "Berkas tidak dapat dibaca sebagai tabel. Buka dengan aplikasi lembar kerja, simpan ulang, lalu unggah "
            "lagi.",
            code="damaged",
        ) from error
    table.faults.sort(key=lambda fault: fault.row)
    return table


Line = tuple[int, Sequence[str], Sequence[tuple[int, str]]]  # number, texts, and what is wrong by place in the row


def _fill(table: Table, lines: Iterator[Line], columns: Sequence[Column], most_rows: int) -> None:
    _, head, _ = next(lines, (1, (), ()))
    keys = [re.sub(r"[\s_]+", "_", text.strip().casefold()) for text in head]
    table.faults += _faults_of_head(keys, head, columns)
    if table.faults and any(fault.row <= 1 for fault in table.faults):
        return
    known = {column.key for column in columns}
    read_from = [(place, key) for place, key in enumerate(keys) if key in known]
    table.letters = {key: get_column_letter(place + 1) for place, key in read_from}
    for number, texts, wrong in lines:
        if not any(texts) and not wrong:
            continue
        if len(table.rows) == most_rows:
            raise TooManyRows(most_rows)
        if len(table.faults) < MOST_FAULTS:
            table.faults += [_fault(number, place, keys, texts, advice) for place, advice in wrong]
        width = len(texts)
        table.rows.append(Row(number, {key: texts[place] if place < width else "" for place, key in read_from}))
    if not table.rows:
        raise DomainError("Berkas tidak berisi baris data. Isi baris di bawah judul kolom.", code="empty")


def _fault(number: int, place: int, keys: Sequence[str], texts: Sequence[str], advice: str) -> Fault:
    column = keys[place] if place < len(keys) else ""
    value = texts[place][:80] if place < len(texts) else ""
    return Fault(number, column, value, advice, f"{get_column_letter(place + 1)}{number}")


def _faults_of_head(keys: Sequence[str], head: Sequence[str], columns: Sequence[Column]) -> list[Fault]:
    if len(keys) > MOST_COLUMNS:
        return [Fault(1, "", "", f"Paling banyak {MOST_COLUMNS} kolom. Hapus kolom yang tidak perlu.")]
    known = {column.key for column in columns}
    advice = "Pakai judul kolom seperti pada templat; unduh templatnya di halaman impor."
    faults = [
        Fault(1, column.key, "", f"Kolom ini tidak ada. Tambahkan kolom “{column.key}”. {advice}")
        for column in columns
        if column.is_required and column.key not in keys
    ]
    for place, key in enumerate(keys):
        cell = f"{get_column_letter(place + 1)}1"
        if key and key not in known and key not in RESULTS:
            words = "Kolom ini tidak dikenal. Hapus kolomnya atau perbaiki judulnya. "
            faults.append(Fault(1, head[place][:80], head[place][:80], words + advice, cell))
        elif key and keys.index(key) != place:
            faults.append(Fault(1, key, head[place], "Kolom ini ada lebih dari satu. Sisakan satu.", cell))
    return faults


# XLSX


def _xlsx(stream: BinaryIO, table: Table) -> Iterator[Line]:
    with zipfile.ZipFile(stream) as packed:
        if sum(member.file_size for member in packed.infolist()) > MOST_UNPACKED:
            raise DomainError(
                f"Isi berkas terlalu besar setelah dibuka. Paling banyak {MOST_ROWS // 1000}.000 baris; hapus lembar, "
                "gambar, dan baris kosong yang diberi format, atau bagi menjadi beberapa berkas.",
                code="too_big",
            )
        for part in packed.namelist():
            _require_few(packed, part)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        table.faults += _merged(packed, sheet._worksheet_path)
    sheet.reset_dimensions()  # a file may claim a million columns
    head = next(iter(sheet.iter_rows(max_row=1, max_col=MOST_COLUMNS + 1)), ())
    texts = [as_cell_text(one.value) for one in head]
    width = max((place for place, text in enumerate(texts, 1) if text), default=0)
    yield 1, texts[:width], ()
    if not width:
        return
    for number, cells in enumerate(sheet.iter_rows(min_row=2, max_row=MOST_LINES, max_col=width), 2):
        found: list[str] = []
        wrong: list[tuple[int, str]] = []
        for one in cells:
            value = one.value
            if value is None:
                found.append("")
                continue
            kind = one.data_type
            if kind == "f":
                wrong.append((len(found), FORMULA))
                found.append(str(getattr(value, "text", value)))
                continue
            if kind == "e":
                wrong.append((len(found), f"Sel ini berisi galat {value}. Ganti dengan nilainya."))
            elif kind == "n" and not isinstance(value, str) and abs(value) >= ROUNDED_FROM:
                advice = "Lembar kerja membulatkan angka panjang. Jadikan sel ini teks, lalu tulis lagi digitnya."
                wrong.append((len(found), advice))
            found.append(as_cell_text(value))
        yield number, found, wrong


def _require_few(packed: zipfile.ZipFile, part: str) -> None:
    """A small file may unpack to millions of rows that say nothing, or to one that says it is the billionth, and the
    reader would walk through all that lie before it. Counted in the bytes, before anything is read."""
    rows, texts, before = 0, 0, b""
    with packed.open(part) as stream:
        while chunk := stream.read(2**20):
            rows += chunk.count(b"<row") + chunk.count(b":row")
            texts += chunk.count(b"<si") + chunk.count(b":si")
            is_far = any(int(found[:12]) > MOST_LINES for found in _FAR_DOWN.findall(before + chunk))
            if rows > MOST_LINES or texts > MOST_TEXTS or is_far:
                raise TooManyRows(MOST_ROWS)
            before = chunk[-64:]


def _merged(packed: zipfile.ZipFile, path: str) -> list[Fault]:
    """The merged cells of a sheet, which a streaming reader does not tell."""
    faults: list[Fault] = []
    with packed.open(path.lstrip("/")) as part:
        before = b""
        while chunk := part.read(2**20):
            text = before + chunk
            for found in _MERGED.finditer(text):
                first, last = found[1].decode(), found[2].decode()
                number = int(re.sub(r"\D", "", first))
                advice = f"Sel {first}:{last} digabung. Pisahkan, lalu isi setiap selnya sendiri."
                faults.append(Fault(number, re.sub(r"\d", "", first), "", advice, f"{first}:{last}"))
            before = text[-200:] if not _MERGED.search(text[-200:]) else b""
    return faults[:MOST_FAULTS]


# CSV


def _csv(stream: BinaryIO, table: Table) -> Iterator[Line]:
    text, table.note = decoded(stream.read())
    if text[:4].casefold() == "sep=":
        text = text.split("\n", 1)[-1]
    separator = max(";,\t", key=text.split("\n", 1)[0].count)
    for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
        wrong = [(place, FORMULA) for place, value in enumerate(cells) if value[:1] == "="]
        yield number, [as_cell_text(value) for value in cells], wrong


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a CSV file, and a note if it is not UTF-8. Raises DomainError that names the first broken letter."""
    try:
        text, note = data.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        if _UTF8_LETTER.search(data):  # UTF-8 with something broken in it
            raise _broken(
                data[: error.start].decode("utf-8", "replace"), data[error.start : error.start + 12]
            ) from error
        text = data.decode("cp1252", "replace")
        note = "Berkas ini bukan UTF-8 dan dibaca sebagai huruf Windows. Periksa huruf yang tidak biasa pada pratinjau."
    if found := _NO_LETTERS.search(text.replace("\ufffd", "\x00")):
        raise _broken(text[: found.start()], text[found.start() : found.start() + 12].encode())
    return text, note


def _broken(before: str, value: bytes) -> DomainError:
    line = before.rpartition("\n")[2]
    column = max(map(line.count, ";,\t")) + 1
    shown = "".join(char if char.isprintable() else "�" for char in value.decode("utf-8", "replace").split("\n")[0])
    return DomainError(
        f"Huruf tidak terbaca pada baris {before.count(chr(10)) + 1}, kolom {get_column_letter(column)}: “{shown}”. "
        "Simpan berkas sebagai “CSV UTF-8”, lalu unggah lagi.",
        code="encoding",
    )


def all_faults(faults: Iterable[Fault], letters: Mapping[str, str]) -> list[Fault]:
    """In the order of the file, each with the address of its cell."""
    found = sorted(faults, key=lambda fault: fault.row)[:MOST_FAULTS]
    return [
        replace(one, cell=f"{letters[one.column]}{one.row}") if one.column in letters and not one.cell else one
        for one in found
    ]
