"""Issuing letters. One act: number, frozen content, seal, and the worksheet is settled."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import letters, notices, policy
from accounts.models import User
from accounts.policy import Verb
from indicators.actions.quarter import UNIT_ROLES
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from reporting.models import NotaDinas
from verification.actions import signing
from verification.models import Worksheet


@transaction.atomic
def issue(worksheet_id: int, *, by: User, at: datetime) -> NotaDinas:
    """Karoren issues the nota dinas with the result of a signed worksheet. Twice: `already_issued`."""
    worksheet = Worksheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=worksheet_id)
    policy.require(by, Verb.ISSUE_NOTA, worksheet.unit)
    if NotaDinas.objects.filter(worksheet=worksheet).exists():
        raise DomainError("Nota dinas untuk lembar kerja ini sudah terbit.", code="already_issued", status=409)
    _require_as_signed(worksheet)
    signing.mark_reported(worksheet, by=by, at=at)
    letter = letters.write(
        Document.Kind.NOTA_DINAS,
        f"Nota dinas hasil verifikasi capaian kinerja {worksheet.unit.name}, {worksheet.quarter}",
        _content(worksheet),
        signer=by,
        at=at,
    )
    nota = NotaDinas.objects.create(
        worksheet=worksheet,
        document=letter.document,
        number=letter.number,
        unit_code=letter.unit_code,
        year=letter.year,
        serial=letter.serial,
        recipient=worksheet.unit.head_title or worksheet.unit.name,
        issued_at=at,
        issued_by=by,
    )
    after = {"number": letter.number, "content_hash": letter.document.content_hash}
    audit.record(by=by, at=at, verb="terbitkan nota dinas", target=nota, after=after)
    notices.tell(
        {user for role in UNIT_ROLES for user in policy.holders(role, worksheet.unit)},
        cause=f"nota/{nota.pk}",
        subject=f"Nota dinas hasil verifikasi {worksheet.quarter}",
        body=f"Nota dinas {letter.number} tentang hasil verifikasi {worksheet.unit.name} telah terbit.",
        path=nota.get_absolute_url(),
        at=at,
    )
    return nota


def _require_as_signed(worksheet: Worksheet) -> None:
    """What goes into the letter is what was frozen and what everyone signed."""
    document = worksheet.document
    if document is None:  # opened again; `mark_reported` says so
        return
    documents.require_intact(document)
    if document.signatures.exclude(content_hash=document.content_hash).filter(signed_at__isnull=False).exists():
        raise DomainError("Isi lembar kerja bukan yang ditandatangani. Hubungi Admin.", code="tampered", status=409)


def _content(worksheet: Worksheet) -> dict[str, Any]:
    frozen = worksheet.document.content
    return {
        "to": worksheet.unit.head_title or worksheet.unit.name,
        "subject": f"Hasil Verifikasi Capaian Kinerja {worksheet.unit.name} {worksheet.quarter}",
        "copies": ["Sekretaris Jenderal", "Inspektur Jenderal"],
        "unit": frozen["unit"],
        "quarter": frozen["quarter"],
        "is_example": frozen["is_example"],
        "worksheet": {"code": worksheet.document.code, "content_hash": worksheet.document.content_hash},
        "rows": frozen["rows"],
        "objectives": frozen["objectives"],
        "unit_score_text": frozen["unit_score_text"],
    }
