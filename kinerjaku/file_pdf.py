"""Is this a whole PDF that does nothing by itself? Runs in the process of `file_check`.

The text of all objects is searched, also in compressed object streams, instead of walking from the catalog:
no action hides in a place that only some viewers look at, and a long tagged report is not slow.
"""

import os
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from .errors import DomainError
from .file_types import PARSER_ERRORS, damaged, encrypted, macros, refuse_program, too_complex

MAX_LOOKUPS = 5000
_TAIL = 2048  # a whole PDF has its end mark here; viewers look at the last 1024 bytes
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")  # /Java#53cript is /JavaScript
_BLANK = rb"(?:[\s\0]++|%[^\r\n]*+[\r\n])*+"  # white space and comments
_REFERENCE = rb"(\d{1,10})" + _BLANK + rb"(\d{1,5})" + _BLANK + rb"R\b"
_KIND = rb"/S" + _BLANK
_ACTIVE_NAMES = ("/JavaScript", "/Launch", "/Rendition")
_ACTIVE = re.compile(
    _KIND + rb"/(?:JavaScript|Launch|Rendition)\b|/XFA" + _BLANK + rb"(?:\[|" + _REFERENCE + rb")"
)  # actions that run something, and forms with scripts
_KIND_ELSEWHERE = re.compile(_KIND + _REFERENCE)
_ATTACHED = re.compile(rb"/EF" + _BLANK + rb"(?:<<([^>]{0,500})>>|" + _REFERENCE + rb")")


def check(stream: BinaryIO) -> None:
    """Raise DomainError: damaged, encrypted, or macros for JavaScript, Launch, Rendition and XFA forms.

    Attached files stay (PDF/A-3 has them) unless one is a program. A PDF that only forbids printing counts as
    encrypted: what is in it cannot be checked.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    if not _has_end_mark(stream):
        raise damaged()
    try:
        reader = PdfReader(stream, strict=False)
        if reader.is_encrypted:
            raise _locked()
        if not reader.root_object["/Pages"]["/Kids"]:
            raise damaged("PDF ini tidak berisi halaman. Buat ulang PDF, lalu unggah lagi.")
        for text in _texts(stream, reader):
            _check_objects(text, reader)
    except DomainError:
        raise
    except DependencyError as error:  # AES, which pypdf leaves to a package that we do not need otherwise
        raise _locked() from error
    except (PyPdfError, *PARSER_ERRORS) as error:
        raise damaged() from error


def _locked() -> DomainError:
    return encrypted("PDF terkunci (kata sandi atau pembatasan). Simpan ulang tanpa pengaman, lalu unggah lagi.")


def _has_end_mark(stream: BinaryIO) -> bool:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    return b"%%EOF" in stream.read(_TAIL)


def _texts(stream: BinaryIO, reader: Any) -> Iterator[bytes]:
    """The file itself and the content of each object stream, escapes in names undone."""
    stream.seek(0)
    yield _unescaped(stream.read())
    for number in sorted({number for number, _ in reader.xref_objStm.values()}):
        yield _unescaped(_unpacked(_object(reader, number)))


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text)


def _object(reader: Any, number: int, generation: int = 0) -> Any:
    from pypdf.generic import IndirectObject

    return IndirectObject(number, generation, reader).get_object()


def _check_objects(text: bytes, reader: Any) -> None:
    if _ACTIVE.search(text):
        raise _active()
    for reference in _references(_KIND_ELSEWHERE, text):
        if _object(reader, *reference) in _ACTIVE_NAMES:
            raise _active()
    for match in _ATTACHED.finditer(text):
        streams = match[1] if match[1] is not None else match[0]
        for reference in _references(re.compile(_REFERENCE), streams):
            _check_attachment(_object(reader, *reference))


def _active() -> DomainError:
    return macros("PDF berisi skrip atau perintah untuk menjalankan program. Cetak ulang ke PDF, lalu unggah hasilnya.")


def _references(pattern: re.Pattern[bytes], text: bytes) -> set[tuple[int, int]]:
    found = {(int(match[1]), int(match[2])) for match in pattern.finditer(text)}
    if len(found) > MAX_LOOKUPS:
        raise too_complex()
    return found


def _check_attachment(found: Any) -> None:
    """An embedded file stream, or the dictionary that lists some."""
    streams = [found] if hasattr(found, "get_data") else [part.get_object() for part in found.values()]
    for stream in streams:
        refuse_program(_unpacked(stream)[:512])


def _unpacked(stream: Any) -> bytes:
    """The content, if it is packed as usual: for some other filters (JBIG2) pypdf would start a program."""
    if stream.get("/Filter") not in (None, "/FlateDecode", ["/FlateDecode"]):
        raise too_complex()
    return stream.get_data()
