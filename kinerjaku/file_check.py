"""What a file really is, found out in a process of its own.

A hostile file can cost no more than CPU_SECONDS and MEMORY_BYTES, and can hang or crash nothing else. The
process imports no Django, knows no secret of the environment and answers `files.inspect` with one line of
JSON.
"""

import json
import logging
import os
import re
import resource
import struct
import sys
import traceback
import warnings
from functools import partial
from types import TracebackType
from typing import Any, BinaryIO

from . import file_archives, file_legacy, file_pdf
from .errors import DomainError
from .file_types import (
    CSV,
    JPEG,
    PARSER_ERRORS,
    PDF,
    PNG,
    TIFF,
    WEBP,
    FileType,
    damaged,
    refuse_virus,
    too_complex,
    wrong_type,
)

CPU_SECONDS = 30
MEMORY_BYTES = 1024**3  # address space; a large progressive JPEG needs most of it
MAX_PIXELS = 100_000_000  # A3 at 600 dpi has 70 million
MAX_FRAMES = 2000
_HEAD = 64 * 1024
_IMAGES = {file_type.content_type: file_type for file_type in (PNG, JPEG, WEBP, TIFF)}
_FORMATS = {PNG: ["PNG"], JPEG: ["JPEG", "MPO"], WEBP: ["WEBP"], TIFF: ["TIFF"]}
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MARKUP_AT_START = re.compile(rb"(\xef\xbb\xbf)?\s*(<[a-z!?/]|#!)", re.IGNORECASE)
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|iframe)\b|<\?(xml|php)", re.IGNORECASE)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # with members, empty, split
_ACTIVE_TEXT = re.compile(
    r"(text|application)/(html|xml|rtf|(x-)?(javascript|msdos-batch|php|perl|ruby|shellscript|script\.python))|image/svg.*"
)


def examine(stream: BinaryIO, suffix: str, *, inside_zip: bool = False) -> FileType:
    """The type, told by the content. `suffix` (".csv", "" if unknown) only decides whether text may be a CSV.

    Raises DomainError: empty, too_big, wrong_type, encrypted, macros, damaged.
    """
    import magic

    head = stream.read(_HEAD)
    if head.startswith(_ZIP):
        return file_archives.check(stream, None if inside_zip else partial(examine, inside_zip=True))
    if head.startswith(file_legacy.SIGNATURE):
        return file_legacy.check(stream)
    content_type = magic.from_buffer(head, mime=True)
    if content_type == PDF.content_type:
        file_pdf.check(stream)
        return PDF
    if content_type in _IMAGES:
        file_type = _IMAGES[content_type]
        _check_image(stream, file_type)
        return file_type
    if suffix not in CSV.suffixes or _ACTIVE_TEXT.fullmatch(content_type):
        raise wrong_type()
    refuse_virus(head)
    stream.seek(0)
    _check_text(stream.read())
    return CSV


def _check_text(data: bytes) -> None:
    """CSV: UTF-8 or Windows text without control characters, markup or scripts."""
    if _CONTROL.search(data):
        raise wrong_type("Berkas ini bukan teks CSV. Simpan sebagai “CSV UTF-8”, lalu unggah lagi.")
    if _MARKUP_AT_START.match(data) or _MARKUP.search(data):
        raise wrong_type("CSV berisi HTML atau skrip. Hapus bagian itu, lalu unggah lagi.")
    for encoding in ("utf-8", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return
    raise wrong_type("Huruf di dalam CSV tidak terbaca. Simpan sebagai “CSV UTF-8”, lalu unggah lagi.")


def _check_image(stream: BinaryIO, file_type: FileType) -> None:
    """Header, size in pixels, and that nothing is cut off. Only JPEG is decoded, at an eighth of its size."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(stream, formats=_FORMATS[file_type]) as image:
            if file_type is PNG:
                image.verify()  # the checksum of every chunk
            elif file_type is JPEG:
                image.draft("L", (1, 1))
                image.load()
            elif file_type is WEBP:
                _check_riff(stream)
            else:
                _check_tiff(stream, image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except PARSER_ERRORS as error:
        raise damaged() from error


def _too_many_pixels() -> DomainError:
    return DomainError("Gambar melebihi 100 juta piksel. Perkecil ukurannya, lalu unggah lagi.", code="too_big")


def _check_riff(stream: BinaryIO) -> None:
    stream.seek(4)
    (length,) = struct.unpack("<I", stream.read(4))
    if length + 8 > stream.seek(0, os.SEEK_END):
        raise damaged()


def _check_tiff(stream: BinaryIO, image: Any) -> None:
    """Every page: the strips or tiles that it lists lie inside the file."""
    size = stream.seek(0, os.SEEK_END)
    for frame in range(MAX_FRAMES):
        try:
            image.seek(frame)
        except EOFError:
            return
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels()
        tags = image.tag_v2
        offsets, counts = (tags[273], tags[279]) if 273 in tags else (tags[324], tags[325])
        if any(offset + count > size for offset, count in zip(offsets, counts, strict=True)):
            raise damaged()
    raise too_complex()


def main(path: str, suffix: str) -> None:
    """Print {"content_type": ...} or {"code": ..., "message": ...}."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.excepthook = _say_where
    logging.disable()
    warnings.simplefilter("ignore")
    try:
        with open(path, "rb") as stream:
            answer = {"content_type": examine(stream, suffix).content_type}
    except DomainError as error:
        answer = {"code": error.code, "message": error.message}
    except (MemoryError, RecursionError):
        error = too_complex()
        answer = {"code": error.code, "message": error.message}
    print(json.dumps(answer))


def _say_where(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Type and place of a bug, without the message: it could carry what is in the file."""
    frames = traceback.extract_tb(trace)[-3:]
    places = " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    print(f"{kind.__name__} at {places}", file=sys.stderr)
