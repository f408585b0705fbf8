"""Which files are accepted as evidence, why others are refused, and how a name is shown.

Standard library only: the process that opens uploads (`file_check`) imports it too.
"""

import os.path
import re
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass

from .errors import DomainError

NAME_LENGTH = 150


@dataclass(frozen=True)
class FileType:
    content_type: str
    kind: str  # for people
    suffixes: tuple[str, ...]  # lower case; the first one goes to a file whose name has a wrong one


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

PDF = FileType("application/pdf", "PDF", (".pdf",))
PNG = FileType("image/png", "Gambar", (".png",))
JPEG = FileType("image/jpeg", "Gambar", (".jpg", ".jpeg"))
WEBP = FileType("image/webp", "Gambar", (".webp",))
TIFF = FileType("image/tiff", "Gambar", (".tif", ".tiff"))
DOCX = FileType(f"{_OOXML}wordprocessingml.document", "Word", (".docx",))
XLSX = FileType(f"{_OOXML}spreadsheetml.sheet", "Excel", (".xlsx",))
PPTX = FileType(f"{_OOXML}presentationml.presentation", "PowerPoint", (".pptx",))
DOC = FileType("application/msword", "Word", (".doc",))
XLS = FileType("application/vnd.ms-excel", "Excel", (".xls",))
PPT = FileType("application/vnd.ms-powerpoint", "PowerPoint", (".ppt",))
ODT = FileType(f"{_ODF}text", "OpenDocument", (".odt",))
ODS = FileType(f"{_ODF}spreadsheet", "OpenDocument", (".ods",))
ODP = FileType(f"{_ODF}presentation", "OpenDocument", (".odp",))
CSV = FileType("text/csv", "CSV", (".csv",))
ZIP = FileType("application/zip", "ZIP", (".zip",))

TYPES = {
    file_type.content_type: file_type
    for file_type in (PDF, PNG, JPEG, WEBP, TIFF, DOCX, XLSX, PPTX, DOC, XLS, PPT, ODT, ODS, ODP, CSV, ZIP)
}
ACCEPTED_SUFFIXES = frozenset(suffix for file_type in TYPES.values() for suffix in file_type.suffixes)

# What the parsers raise on a broken or hostile file. Not MemoryError: `file_check.main` answers that.
PARSER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,  # Pillow, for a broken PNG
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def wrong_type(
    message: str = "Jenis berkas ini tidak diterima. Unggah PDF, gambar (PNG, JPEG, WebP, TIFF), dokumen "
    "Office atau OpenDocument, CSV, atau ZIP.",
) -> DomainError:
    return DomainError(message, code="wrong_type")


def encrypted(
    message: str = "Berkas terkunci kata sandi. Simpan ulang tanpa kata sandi, lalu unggah lagi.",
) -> DomainError:
    return DomainError(message, code="encrypted")


def macros(
    message: str = "Berkas berisi makro. Simpan sebagai .docx, .xlsx, .pptx, atau PDF, lalu unggah lagi.",
) -> DomainError:
    return DomainError(message, code="macros")


def damaged(
    message: str = "Berkas rusak atau terpotong. Pastikan berkas dapat dibuka, lalu unggah lagi.",
) -> DomainError:
    return DomainError(message, code="damaged")


def too_complex() -> DomainError:
    return damaged("Isi berkas terlalu rumit untuk diperiksa. Simpan ulang atau cetak ke PDF, lalu unggah lagi.")


def clean_name(name: str) -> str:
    """The last part of a path, without control, format (bidi, zero width) and unassigned characters."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name[-1000:])[-1])
    visible = "".join(char for char in name if char.isspace() or unicodedata.category(char)[0] != "C")
    return " ".join(visible.split()).strip(". ") or "berkas"


def suffix_of(name: str) -> str:
    """The extension in lower case with its dot, or "" if it is none that we accept."""
    suffix = os.path.splitext(name)[1].lower()
    return suffix if suffix in ACCEPTED_SUFFIXES else ""


def name_for(name: str, file_type: FileType) -> str:
    """A clean name, at most NAME_LENGTH characters, whose extension tells what the content is.

    A PNG called scan.jpg becomes scan.png; a PDF called laporan.exe becomes laporan.exe.pdf.
    """
    stem, suffix = clean_name(name), file_type.suffixes[0]
    if suffix_of(stem):
        stem, own = os.path.splitext(stem)
        suffix = own if own.lower() in file_type.suffixes else suffix
    return stem[: NAME_LENGTH - len(suffix)].rstrip(". ") + suffix


def refuse_virus(head: bytes) -> None:
    """Raise wrong_type for the file with which virus scanners are tested: it is text and would pass for a CSV."""
    if head.startswith(_VIRUS_TEST):
        raise wrong_type("Berkas ini dikenali sebagai virus. Periksa komputer Anda, lalu pilih berkas lain.")


def refuse_program(head: bytes) -> None:
    """Raise wrong_type if the first bytes are those of a program, a script or a Windows shortcut."""
    refuse_virus(head)
    if head.startswith(_PROGRAMS):
        raise wrong_type("Berkas berisi program di dalamnya. Hapus program itu, simpan ulang, lalu unggah lagi.")


_VIRUS_TEST = b"X5O!P%@AP[4" + b"\\PZX54(P^)7CC)7}$EICAR"  # in two parts: whole, it sets off scanners here too
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",  # Java class, Mach-O for several processors
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # shortcut
)
