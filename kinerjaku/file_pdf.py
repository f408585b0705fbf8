"""Is this a whole PDF that does nothing by itself? Runs in the process of `file_check`, which bounds time and memory."""

import mmap
import os
import re
from typing import Any, BinaryIO

from .errors import DomainError
from .file_types import PARSER_ERRORS, damaged, encrypted, macros, refuse_program, too_complex

MAX_OBJECTS = 200_000
_TAIL = 2048  # a whole PDF has its end mark here; viewers look at the last 1024 bytes
_ACTIVE = {"/JavaScript", "/Launch"}
_ACTIVE_BYTES = re.compile(rb"/S\s*/(JavaScript|Launch)\b")
# No action sits below these, and they are the bulk of a document.
_NOT_FOLLOWED = {
    "/AP", "/Contents", "/Metadata", "/OCProperties", "/Parent", "/PieceInfo", "/Resources", "/StructTreeRoot", "/Thumb",
}  # fmt: skip


def check(stream: BinaryIO) -> None:
    """Raise DomainError: damaged, encrypted, or macros for JavaScript, Launch actions and XFA forms.

    Attached files stay (PDF/A-3 has them) unless one is a program. A PDF that only forbids printing is encrypted too:
    what it hides cannot be checked.
    """
    from pypdf import PdfReader

    if not _has_end_mark(stream):
        raise damaged()
    try:
        reader = PdfReader(stream, strict=False)
        if reader.is_encrypted:
            raise encrypted(
                "PDF terkunci (kata sandi atau pembatasan). Simpan ulang tanpa pengaman, lalu unggah lagi."
            )
        if not reader.pages:
            raise damaged("PDF ini tidak berisi halaman. Buat ulang PDF, lalu unggah lagi.")
        _refuse_active(reader.trailer["/Root"])
    except DomainError:
        raise
    except _errors() as error:
        raise damaged() from error
    if _ACTIVE_BYTES.search(_bytes(stream)):  # in a part that this parser does not reach, but another one may
        raise _active()


def _errors() -> tuple[type[Exception], ...]:
    from pypdf.errors import PyPdfError

    return (PyPdfError, *PARSER_ERRORS)


def _active() -> DomainError:
    return macros(
        "PDF berisi skrip atau perintah untuk menjalankan program. Cetak ulang ke PDF, lalu unggah hasilnya."
    )


def _has_end_mark(stream: BinaryIO) -> bool:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    return b"%%EOF" in stream.read(_TAIL)


def _bytes(stream: BinaryIO) -> Any:
    """The whole content, without a copy in memory where it is a file on disk."""
    try:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError:  # a member of a ZIP, in memory already
        stream.seek(0)
        return stream.read()


def _refuse_active(root: Any) -> None:
    """Look at everything that hangs on the catalog, each object once."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    seen: set[tuple[int, int]] = set()
    waiting = [root]
    visited = 0
    while waiting:
        value = waiting.pop()
        visited += 1
        if visited > MAX_OBJECTS * 10 or len(seen) > MAX_OBJECTS:
            raise too_complex()
        if isinstance(value, IndirectObject):
            reference = (value.idnum, value.generation)
            if reference in seen:
                continue
            seen.add(reference)
            value = value.get_object()
        if isinstance(value, DictionaryObject):
            kind = value["/S"] if "/S" in value else None
            if kind in _ACTIVE or not value.keys().isdisjoint({"/JS", "/JavaScript", "/XFA"}):
                raise _active()
            if "/EF" in value:
                for attachment in value["/EF"].values():
                    _check_attachment(attachment.get_object())
            waiting.extend(part for key, part in value.items() if key not in _NOT_FOLLOWED)
        elif isinstance(value, ArrayObject):
            waiting.extend(list.__iter__(value))


def _check_attachment(attachment: Any) -> None:
    names = attachment.get("/Filter")
    if names not in (None, "/FlateDecode", ["/FlateDecode"]):  # JBIG2, for one, would start another program
        raise too_complex()
    refuse_program(attachment.get_data()[:512])
