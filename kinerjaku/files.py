"""Uploaded evidence: checked by content, stored under a random name, handed out as a download only."""

import hashlib
import json
import logging
import math
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from .errors import DomainError
from .file_types import TYPES, clean_name, damaged, name_for, suffix_of, too_complex
from .uploads import MAX_FILES

logger = logging.getLogger(__name__)

CHECK_SECONDS = 40  # wall clock; `file_check` limits its processor time more tightly
_slots = threading.BoundedSemaphore(2)  # checks at a time in one server process: each may take a gigabyte
SLOT_SECONDS = 5  # nobody waits longer for a check to begin: waiting holds a thread that other pages need
MOST_KNOWN = 1000
REFUSED_SECONDS = 300
# (SHA-256, suffix) to content type or refusal, and until when that is believed: whoever sends the same slow file again
# does not make us check it again.
_known: dict[tuple[str, str], tuple[str | DomainError, float]] = {}
# The package without its __init__, which would load Celery: saves a third of a second a file.
_START_CHECK = """
import sys, types
package = types.ModuleType("kinerjaku")
package.__path__ = [sys.argv[1]]
sys.modules["kinerjaku"] = package
from kinerjaku.file_check import main
main(*sys.argv[2:])
"""


@dataclass(frozen=True)
class FileFacts:
    name: str  # for people, at most 150 characters, with the extension of what the file is
    content_type: str
    kind: str  # "PDF", "Gambar", "Word", "Excel", "PowerPoint", "OpenDocument", "CSV", "ZIP"
    sha256: str  # 64 hex digits
    size: int  # bytes


def inspect(upload: UploadedFile) -> FileFacts:
    """What the upload is, told by its content. Takes about a quarter of a second, at most CHECK_SECONDS.

    Raises DomainError with a sentence that says what to do; code: empty, too_big, too_many, wrong_type,
    encrypted, macros, damaged.
    """
    refused = getattr(upload, "refused", "")
    if refused == "too_many":
        raise DomainError(f"Paling banyak {MAX_FILES} berkas sekali unggah. Unggah sebagian dahulu.", code="too_many")
    if refused or upload.size > settings.EVIDENCE_MAX_BYTES:
        limit = settings.EVIDENCE_MAX_BYTES // 2**20
        raise DomainError(
            f"Berkas lebih besar dari {limit} MB. Perkecil atau bagi berkas, lalu unggah lagi.",
            code="too_big",
        )
    if not upload.size:
        raise DomainError("Berkas kosong (0 byte). Pilih berkas lain.", code="empty")
    sha256 = getattr(upload, "sha256", "") or _sha256(upload)
    file_type = TYPES[_content_type(upload, sha256)]
    return FileFacts(
        name=name_for(upload.name, file_type),
        content_type=file_type.content_type,
        kind=file_type.kind,
        sha256=sha256,
        size=upload.size,
    )


def store(upload: UploadedFile, facts: FileFacts, folder: str) -> str:
    """Move or stream an inspected upload to `<folder>/<2 hex>/<32 hex>`; the name in the storage.

    The name is random and has no extension, the file no execute bit. ValueError: `facts` are of another file.
    """
    if upload.size != facts.size:
        raise ValueError("The facts do not belong to this upload.")
    name = secrets.token_hex(16)
    return default_storage.save(f"{folder}/{name[:2]}/{name}", upload)


def download(storage_name: str, *, filename: str, content_type: str) -> HttpResponseBase:
    """The stored file as an attachment that no browser shows or runs. The caller has checked who asks.

    Behind nginx (X_ACCEL_PREFIX) the body is empty and nginx sends the bytes; it drops our policy headers
    then, so its own location has to repeat them. DomainError file_missing (410): the storage has lost the
    file.
    """
    try:
        stored = default_storage.open(storage_name)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise DomainError(
            "Berkas tidak ditemukan di penyimpanan. Hubungi Admin, atau unggah ulang berkasnya.",
            code="file_missing",
            status=410,
        ) from error
    if content_type not in TYPES:
        content_type = "application/octet-stream"
    filename = clean_name(filename)
    response: HttpResponseBase
    if settings.X_ACCEL_PREFIX:
        stored.close()
        response = HttpResponse(content_type=content_type)
        response["Content-Disposition"] = content_disposition_header(True, filename)
        response["X-Accel-Redirect"] = f"{settings.X_ACCEL_PREFIX.rstrip('/')}/{quote(storage_name)}"
    else:
        response = FileResponse(stored, as_attachment=True, filename=filename, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@contextmanager
def _on_disk(upload: UploadedFile) -> Iterator[str]:
    """The path of the content, which is a temporary copy if the upload is kept in memory."""
    if hasattr(upload, "temporary_file_path"):
        yield upload.temporary_file_path()
        return
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as copy:
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.flush()
        yield copy.name


def _sha256(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _content_type(upload: UploadedFile, sha256: str) -> str:
    """What the check says, or said about the same bytes before."""
    suffix = suffix_of(clean_name(upload.name))
    found, until = _known.get((sha256, suffix), ("", 0.0))  # one look: another thread may clear in between
    if time.monotonic() >= until:
        if not _slots.acquire(timeout=SLOT_SECONDS):
            raise DomainError(
                "Server sedang memeriksa banyak berkas. Coba lagi sebentar lagi.", code="busy", status=503
            )
        try:
            with _on_disk(upload) as path:
                found, until = _checked(path, suffix), math.inf
        except DomainError as error:
            found, until = error, time.monotonic() + REFUSED_SECONDS
        finally:
            _slots.release()
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[sha256, suffix] = found, until
    if isinstance(found, DomainError):
        raise DomainError(found.message, code=found.code, status=found.status)
    return found


def _checked(path: str, suffix: str) -> str:
    """Ask a process of its own (see `file_check`). One that dies of the file, or takes too long, means no."""
    command = [sys.executable, "-I", "-c", _START_CHECK, str(Path(__file__).parent), path, suffix]
    try:
        result = subprocess.run(  # noqa: S603 -- our own interpreter and code; no shell
            command,
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CHECK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise too_complex() from error
    if result.returncode < 0:  # killed: out of processor time, or crashed by the file
        raise too_complex()
    if result.returncode:
        logger.error("The file check failed: %s", result.stderr[-500:].decode(errors="replace").strip())
        raise damaged()
    answer = json.loads(result.stdout)
    if "code" in answer:
        raise DomainError(answer["message"], code=answer["code"])
    return answer["content_type"]
