"""Documents: frozen content, a public check code, and a PDF that is rendered once and never again.

freeze -> (signatures elsewhere) -> seal -> render; or void at any point, which stays visible.
"""

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.http import HttpResponseBase

from . import files, jobs, pdf
from .errors import DomainError
from .models import Document

_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of the content: keys sorted, no spaces, UTF-8; figures are strings."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def freeze(kind: str, title: str, content: dict[str, Any], *, at: datetime, number: str = "") -> Document:
    """Keep `content` for good under a new check code of 16 letters."""
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(16))
    return Document.objects.create(
        kind=kind,
        code=code,
        title=title,
        number=number,
        content=content,
        content_hash=content_hash(content),
        created_at=at,
    )


def require_intact(document: Document) -> None:
    """The content is still the one that was frozen. Raises DomainError `tampered`."""
    if content_hash(document.content) != document.content_hash:
        raise DomainError(
            f"Isi “{document.title}” tidak cocok dengan hash-nya. Hubungi Admin.", code="tampered", status=409
        )


def seal(document: Document, attestations: list[dict[str, Any]], *, at: datetime) -> None:
    """Everyone has signed; from now on the PDF may be made."""
    if document.voided_at or document.sealed_at:
        raise DomainError("Dokumen ini sudah lengkap atau sudah dibatalkan.", code="wrong_state")
    document.attestations, document.sealed_at = attestations, at
    document.save(update_fields=["attestations", "sealed_at"])
    jobs.wake("reporting.render_documents")


def void(document: Document, reason: str, *, at: datetime) -> None:
    document.voided_at, document.void_reason = at, reason
    document.save(update_fields=["voided_at", "void_reason"])


def render(document_id: int, *, at: datetime) -> Document:
    """Make the PDF if it is not there yet. Two workers: the second finds it done and throws its own away.

    The rendering takes seconds and stays outside the transaction: SQLite has one writer, everybody else would wait.
    """
    document = Document.objects.get(pk=document_id)
    if document.rendered_at:
        return document
    if not document.sealed_at:
        raise DomainError("Dokumen belum lengkap ditandatangani.", code="not_sealed")
    require_intact(document)
    data = pdf.render(
        f"pdf/{document.kind}.html",
        {
            "document": document,
            "content": document.content,
            "check_url": f"{settings.BASE_URL}{document.get_absolute_url()}",
        },
    )
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True, of=("self",)).get(pk=document_id)
        if document.rendered_at:
            return document
        name = f"documents/{document.created_at:%Y/%m}/{secrets.token_hex(16)}.pdf"
        document.storage_name = default_storage.save(name, ContentFile(data))
        document.sha256, document.size, document.rendered_at = hashlib.sha256(data).hexdigest(), len(data), at
        document.save(update_fields=["storage_name", "sha256", "size", "rendered_at"])
    return document


def response(document: Document, *, filename: str) -> HttpResponseBase:
    """The stored PDF as a download, if it is still the one that was made. The caller has checked who asks."""
    if not document.rendered_at:
        raise DomainError("PDF sedang dibuat. Muat ulang halaman ini sebentar lagi.", code="not_rendered", status=409)
    read(document)
    return files.download(document.storage_name, filename=filename, content_type="application/pdf")


def read(document: Document) -> bytes:
    """The stored bytes, checked against the stored hash. Raises DomainError `file_missing`, `tampered`."""
    try:
        with default_storage.open(document.storage_name) as stored:
            data = stored.read()
    except FileNotFoundError as error:
        raise DomainError(
            f"Berkas “{document.title}” tidak ditemukan di penyimpanan. Hubungi Admin.",
            code="file_missing",
            status=410,
        ) from error
    if hashlib.sha256(data).hexdigest() != document.sha256:
        raise DomainError(
            f"Berkas “{document.title}” tidak cocok dengan hash-nya. Hubungi Admin.",
            code="tampered",
            status=409,
        )
    return data
