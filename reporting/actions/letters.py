"""Issuing letters. One act: number, frozen content, seal, and the worksheet is settled."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import letters, notices, policy
from accounts.models import User
from accounts.policy import Verb
from accounts.roles import UNIT_ROLES
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from reporting.models import NotaDinas
from verification.actions import signing, validation
from verification.models import ValidationSheet, Worksheet


@transaction.atomic
def issue(sheet: Worksheet | ValidationSheet, *, by: User, at: datetime) -> NotaDinas:
    """Karoren issues the nota dinas with the result of a signed worksheet. Twice: `already_issued`."""
    sheet = signing.locked(sheet)
    policy.require(by, Verb.ISSUE_NOTA, sheet.unit)
    if NotaDinas.objects.filter(**{sheet.route: sheet}).exists():
        raise DomainError("Nota dinas untuk lembar kerja ini sudah terbit.", code="already_issued", status=409)
    _require_as_signed(sheet)
    if isinstance(sheet, ValidationSheet):
        validation.letter_issued(sheet, by=by, at=at)
        about = {"about_year": sheet.year, "about_quarter": None}
        content = _validated(sheet)
    else:
        signing.mark_reported(sheet, by=by, at=at)
        about = {"about_year": sheet.quarter.year, "about_quarter": sheet.quarter.number}
        content = _verified(sheet)
    title = f"Nota dinas {subject_of(sheet)}"
    letter = letters.write(Document.Kind.NOTA_DINAS, title, _head(sheet) | content, signer=by, at=at)
    nota = NotaDinas.objects.create(
        **{sheet.route: sheet},
        **about,
        unit=sheet.unit,
        document=letter.document,
        number=letter.number,
        unit_code=letter.unit_code,
        year=letter.year,
        serial=letter.serial,
        recipient=sheet.unit.head_title or sheet.unit.name,
        issued_at=at,
        issued_by=by,
    )
    after = {"number": letter.number, "content_hash": letter.document.content_hash}
    audit.record(by=by, at=at, verb="terbitkan nota dinas", target=nota, after=after)
    notices.tell(
        {user for role in UNIT_ROLES for user in policy.holders(role, sheet.unit)},
        cause=f"nota/{nota.pk}",
        subject=f"Nota dinas: {subject_of(sheet)}",
        body=f"Nota dinas {letter.number} telah terbit.",
        path=nota.get_absolute_url(),
        at=at,
    )
    return nota


def subject_of(sheet: Worksheet | ValidationSheet) -> str:
    """What its letter is about, as the letter says it."""
    if isinstance(sheet, ValidationSheet):
        return f"Hasil Validasi Usulan Indikator Kinerja {sheet.unit.name} {sheet.year}"
    return f"Hasil Verifikasi Capaian Kinerja {sheet.unit.name} {sheet.quarter}"


def _require_as_signed(sheet: Worksheet | ValidationSheet) -> None:
    """What goes into the letter is what was frozen and what everyone signed."""
    document = sheet.document
    if document is None:  # opened again; `mark_reported` says so
        return
    documents.require_intact(document)
    if document.signatures.exclude(content_hash=document.content_hash).filter(signed_at__isnull=False).exists():
        raise DomainError("Isi lembar kerja bukan yang ditandatangani. Hubungi Admin.", code="tampered", status=409)


def _head(sheet: Worksheet | ValidationSheet) -> dict[str, Any]:
    frozen = sheet.document.content
    return {
        "of": sheet.route,
        "to": sheet.unit.head_title or sheet.unit.name,
        "subject": subject_of(sheet),
        "copies": ["Sekretaris Jenderal", "Inspektur Jenderal"],
        "unit": frozen["unit"],
        "is_example": frozen["is_example"],
        "worksheet": {"code": sheet.document.code, "content_hash": sheet.document.content_hash},
        "rows": frozen["rows"],
    }


def _verified(sheet: Worksheet) -> dict[str, Any]:
    frozen = sheet.document.content
    return {name: frozen[name] for name in ("quarter", "objectives", "unit_score_text")}


def _validated(sheet: ValidationSheet) -> dict[str, Any]:
    frozen = sheet.document.content
    return {name: frozen[name] for name in ("year", "valid")}
