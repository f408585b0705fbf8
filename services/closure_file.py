"""Closed days in a file that somebody brings: a table (XLSX, CSV) or an iCalendar. Here it is only read, line by line
with every fault; `closure_plan` says what it would change."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import PurePath
from typing import Any

import icalendar
from django.core.files.uploadedfile import UploadedFile
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from kinerjaku import files, tables
from kinerjaku.cells import cell
from kinerjaku.errors import DomainError
from kinerjaku.file_types import PARSER_ERRORS

from .models import Closure

COLUMNS = ("Tanggal", "Jenis", "Nama", "Dasar hukum")
SUFFIXES = (".xlsx", ".csv", ".ics")
MOST_DAYS, MOST_SPAN = 400, 31  # days of a file, days of one event
MOST_NAME, MOST_BASIS = (Closure._meta.get_field(name).max_length or 0 for name in ("name", "basis"))
FIRST_YEAR, LAST_YEAR = 2000, 2100
KINDS = {label.lower(): value for value, label in Closure.Kind.choices}
MONTHS = "januari februari maret april mei juni juli agustus september oktober november desember".split()  # noqa: SIM905
_MARK = "BEGIN:VCALENDAR"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})"),
    re.compile(r"(?:\w+,\s*)?(?P<day>\d{1,2})\s+(?P<month>[a-z]+)\s+(?P<year>\d{4})"),
)


@dataclass(frozen=True)
class Fault:
    column: str
    value: str
    advice: str


@dataclass(frozen=True)
class Line:
    """One day of the file, and where it stands there. Without a day there is at least one fault."""

    place: str
    day: date | None
    kind: str = ""
    name: str = ""
    basis: str = ""
    faults: tuple[Fault, ...] = ()

    def kept(self) -> list[Any]:
        """As JSON, for as long as the person looks at the preview."""
        faults = [[one.column, one.value, one.advice] for one in self.faults]
        return [self.place, self.day and self.day.isoformat(), self.kind, self.name, self.basis, faults]

    @classmethod
    def from_kept(cls, kept: list[Any]) -> "Line":
        place, day, kind, name, basis, faults = kept
        return cls(place, day and date.fromisoformat(day), kind, name, basis, tuple(Fault(*one) for one in faults))


def read_upload(upload: UploadedFile) -> list[Line]:
    """The lines of an uploaded file, whose content is checked like every upload."""
    suffix = PurePath(upload.name or "").suffix.lower()
    if suffix not in SUFFIXES:
        raise _wrong_type()
    if suffix != ".ics" and files.inspect(upload).kind not in ("Excel", "CSV"):
        raise _wrong_type()
    if getattr(upload, "refused", "") or (upload.size or 0) > tables.MOST_BYTES:
        raise DomainError("Berkas lebih besar dari 2 MB. Bagi menjadi beberapa berkas.", code="too_big")
    upload.seek(0)
    return read(upload.name or "", upload.read())


def read(name: str, data: bytes) -> list[Line]:
    """The lines of a file by its name and content. Raises DomainError where nothing of it can be read."""
    if not data.strip():
        raise DomainError("Berkas kosong. Pilih berkas lain.", code="empty")
    if name.lower().endswith(".ics") or data.lstrip(b"\xef\xbb\xbf \r\n").upper().startswith(_MARK.encode()):
        lines = _events(data)
    elif name.lower().endswith(".csv"):
        lines = _rows(tables.lines(data))
    elif name.lower().endswith(".xlsx"):
        lines = _rows(tables.sheet(data))
    else:
        raise _wrong_type()
    if not lines:
        raise DomainError("Berkas tidak berisi tanggal. Isi sedikitnya satu hari libur.", code="empty")
    if len(lines) > MOST_DAYS:
        raise DomainError(f"Berkas berisi lebih dari {MOST_DAYS} hari. Bagi menjadi beberapa berkas.", code="too_big")
    return lines


def kind_of(name: str) -> str:
    """What a day is, told by its name."""
    return Closure.Kind.JOINT_LEAVE if "cuti bersama" in name.lower() else Closure.Kind.HOLIDAY


def template(closures: list[Closure]) -> bytes:
    """A workbook to fill in: what is recorded now, and the kinds to choose from."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Hari libur"
    sheet.append(COLUMNS)
    for one in closures:
        sheet.append([one.day, one.get_kind_display(), cell(one.name), cell(one.basis)])
    for head in sheet[1]:
        head.font = Font(bold=True)
    for row in sheet.iter_rows(min_row=2, max_row=MOST_DAYS + 1, max_col=1):
        row[0].number_format = "dd/mm/yyyy"
    for letter, width in zip("ABCD", (14, 18, 50, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    choice = DataValidation(type="list", formula1=f'"{",".join(Closure.Kind.labels)}"', allow_blank=True)
    choice.error, choice.showErrorMessage = "Pilih salah satu dari daftar.", True
    choice.add(f"B2:B{MOST_DAYS + 1}")
    sheet.add_data_validation(choice)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


# Tables


def _rows(cells: list[list[Any]]) -> list[Line]:
    head = [_text(cell).lower() for cell in cells[0]] if cells else []
    known = {column: head.index(column.lower()) for column in COLUMNS if column.lower() in head}
    if "Tanggal" not in known or "Nama" not in known:
        raise DomainError(
            f"Baris pertama harus berisi judul kolom {', '.join(COLUMNS)}. Gunakan berkas contoh dari halaman ini.",
            code="columns",
        )
    if twice := next((column for column in known if head.count(column.lower()) > 1), None):
        raise DomainError(f"Kolom {twice} ada lebih dari satu. Sisakan satu.", code="columns")
    filled = [(number, row) for number, row in enumerate(cells[1:], 2) if any(map(_text, row))]
    return [_row(f"Baris {number}", {name: row[at : at + 1] for name, at in known.items()}) for number, row in filled]


def _row(place: str, found: dict[str, list[Any]]) -> Line:
    def cell(column: str) -> Any:
        return next(iter(found.get(column, [])), None)

    faults = []
    try:
        day: date | None = _day(cell("Tanggal"))
    except ValueError as error:
        day = None
        faults.append(Fault("Tanggal", _text(cell("Tanggal")), str(error)))
    name, basis, kind = _text(cell("Nama")), _text(cell("Dasar hukum")), _text(cell("Jenis"))
    if kind and kind.lower() not in KINDS:
        faults.append(Fault("Jenis", kind, f"Pilih {', '.join(Closure.Kind.labels)}."))
    faults += _faults_of_texts(name, basis)
    return Line(place, day, KINDS.get(kind.lower(), "" if kind else kind_of(name)), name, basis, tuple(faults))


def _faults_of_texts(name: str, basis: str) -> list[Fault]:
    faults = []
    if not name:
        faults.append(Fault("Nama", "", "Isi nama hari libur."))
    for column, text, most in (("Nama", name, MOST_NAME), ("Dasar hukum", basis, MOST_BASIS)):
        if len(text) > most:
            faults.append(Fault(column, f"{text[:40]}…", f"Paling banyak {most} huruf."))
    return faults


def _text(value: Any) -> str:
    """A cell as one line of text; the apostrophe with which we export what looks like a formula goes away."""
    text = " ".join(_CONTROL.sub(" ", "" if value is None else str(value)).split())
    return re.sub(r"^'(?=[=+\-@])", "", text)


def _day(value: Any) -> date:
    """Raises ValueError with what to do."""
    if isinstance(value, datetime):
        return _bounded(value.date())
    if isinstance(value, int | float):
        raise ValueError("Ini angka. Ubah format selnya menjadi tanggal.")
    text = _text(value).lower()
    if not text:
        raise ValueError(
            "Isi tanggal. Pisahkan sel yang digabung; ganti rumus dengan nilainya (salin, lalu tempel sebagai nilai)."
        )
    if text.startswith("="):
        raise ValueError("Ini rumus. Ganti dengan nilainya (salin, lalu tempel sebagai nilai).")
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            month = found["month"]
            number = int(month) if month.isdigit() else MONTHS.index(month) + 1 if month in MONTHS else 0
            try:
                return _bounded(date(int(found["year"]), number, int(found["day"])))
            except ValueError as error:
                raise ValueError("Tanggal ini tidak ada. Tulis seperti 31/01/2026.") from error
    raise ValueError("Tulis tanggal seperti 31/01/2026 atau 31 Januari 2026.")


def _bounded(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"Tahun harus antara {FIRST_YEAR} dan {LAST_YEAR}.")
    return day


# iCalendar (RFC 5545): events that last whole days


def _events(data: bytes) -> list[Line]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError(
            "Huruf di dalam berkas ini tidak terbaca. Ekspor ulang kalendernya sebagai iCalendar UTF-8.",
            code="encoding",
        ) from error
    content = _unfolded(text)
    if not content or content[0].upper() != _MARK:
        raise DomainError("Ini bukan berkas iCalendar. Pilih berkas .ics hasil ekspor kalender.", code="wrong_type")
    if content[-1].upper() != "END:VCALENDAR":
        raise DomainError("Berkas iCalendar ini terpotong. Ekspor ulang kalendernya, lalu unggah lagi.", code="damaged")
    lines: list[Line] = []
    for number, block in enumerate(_blocks(content), 1):
        lines += _event(f"Acara {number}", block)
        if len(lines) > MOST_DAYS:
            break
    return lines


def _unfolded(text: str) -> list[str]:
    """Lines; one that begins with a space goes on with the one before (RFC 5545, 3.1)."""
    parts: list[list[str]] = []
    for line in re.split(r"\r\n|\r|\n", text):
        if line[:1] in (" ", "\t") and parts:
            parts[-1].append(line[1:])
        elif line.strip():
            parts.append([line])
    return ["".join(part).rstrip() for part in parts]


def _blocks(content: list[str]) -> list[list[str]]:
    """The lines of each event. Only these are parsed: time zones, whose rules can run for ever, are not needed."""
    blocks: list[list[str]] = []
    inside = False
    for line in content:
        if line.upper() == "BEGIN:VEVENT":
            inside = True
            blocks.append([])
        if inside:
            blocks[-1].append(line)
        if line.upper() == "END:VEVENT":
            inside = False
    return blocks


def _event(place: str, block: list[str]) -> list[Line]:
    try:
        event = icalendar.Event.from_ical("\r\n".join([*block, ""]))
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            return []
        name = _text(event.get("SUMMARY"))
        days = _days_of(event)
    except ValueError as error:
        said = error.args[0] if error.args and isinstance(error.args[0], Fault) else _unreadable()
        return [Line(place, None, faults=(said,))]
    except PARSER_ERRORS:
        return [Line(place, None, faults=(_unreadable(),))]
    faults = tuple(_faults_of_texts(name, ""))
    return [Line(place, day, kind_of(name), name, "", faults) for day in days]


def _days_of(event: icalendar.Event) -> list[date]:
    """Its days; DTEND is the first one after it. Raises ValueError of a Fault."""
    for name in ("RRULE", "RDATE"):
        if name in event:
            advice = "Acara berulang tidak dibaca. Tulis setiap tanggalnya sebagai acara sendiri."
            raise ValueError(Fault(name, "", advice))
    start = event.decoded("DTSTART")
    if isinstance(start, list):
        raise ValueError(_unreadable())
    if isinstance(start, datetime) or not isinstance(start, date):
        raise ValueError(Fault("DTSTART", str(start)[:40], "Jadikan acara sepanjang hari, tanpa jam."))
    end = event.decoded("DTEND") if "DTEND" in event else start + event.decoded("DURATION", timedelta(days=1))
    if isinstance(end, datetime) or not isinstance(end, date):
        raise ValueError(Fault("DTEND", str(end)[:40], "Jadikan acara sepanjang hari, tanpa jam."))
    count = max((end - start).days, 1 if end == start else 0)
    if not 1 <= count <= MOST_SPAN:
        advice = f"Acara harus berakhir sesudah mulai dan paling lama {MOST_SPAN} hari."
        raise ValueError(Fault("DTEND", str(end), advice))
    for day in (start, end):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(Fault("DTSTART", str(day), f"Tahun harus antara {FIRST_YEAR} dan {LAST_YEAR}."))
    return [start + timedelta(days=offset) for offset in range(count)]


def _unreadable() -> Fault:
    return Fault("VEVENT", "", "Acara ini tidak dapat dibaca. Hapus atau buat ulang acaranya, lalu ekspor lagi.")


def _wrong_type() -> DomainError:
    return DomainError("Unggah berkas Excel (.xlsx), CSV, atau iCalendar (.ics).", code="wrong_type")
