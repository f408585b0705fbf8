"""Issuing letters. One act: number, frozen content, seal, and the worksheet is settled."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import formats

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from indicators.actions.quarter import UNIT_ROLES
from indicators.models.quarter import said
from kinerjaku import audit, documents
from kinerjaku.clock import WIB
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from verification.actions import signing
from verification.models import Worksheet

from . import numbering
from .models import NotaDinas


@transaction.atomic
def issue(worksheet_id: int, *, by: User, at: datetime) -> NotaDinas:
    """Karoren issues the nota dinas with the result of a signed worksheet. Twice: `already_issued`."""
    worksheet = Worksheet.objects.select_for_update(of=("self",)).get(pk=worksheet_id)
    policy.require(by, Verb.ISSUE_NOTA, worksheet.unit)
    if NotaDinas.objects.filter(worksheet=worksheet).exists():
        raise DomainError("Nota dinas untuk lembar kerja ini sudah terbit.", code="already_issued", status=409)
    _require_as_signed(worksheet)
    signing.mark_reported(worksheet.pk, by=by, at=at)
    bureau = issuing_bureau()
    serial, year = numbering.take(bureau.letter_code, at=at)
    number = numbering.written(serial, bureau.letter_code, settings.NOTA_CLASSIFICATION, at)
    document = documents.freeze(
        Document.Kind.NOTA_DINAS,
        f"Nota dinas hasil verifikasi capaian kinerja {worksheet.unit.name}, {worksheet.quarter}",
        _content(worksheet, bureau, number, by=by, at=at),
        at=at,
        number=number,
    )
    documents.seal(
        document,
        [{"party": bureau.head_title, "name": by.name, "position": by.position, "at": said(at)}],
        at=at,
    )
    nota = NotaDinas.objects.create(
        worksheet=worksheet,
        document=document,
        number=number,
        unit_code=bureau.letter_code,
        year=year,
        serial=serial,
        recipient=worksheet.unit.head_title or worksheet.unit.name,
        issued_at=at,
        issued_by=by,
    )
    after = {"number": number, "content_hash": document.content_hash}
    audit.record(by=by, at=at, verb="terbitkan nota dinas", target=nota, after=after)
    notices.tell(
        {user for role in UNIT_ROLES for user in policy.holders(role, worksheet.unit)},
        cause=f"nota/{nota.pk}",
        subject=f"Nota dinas hasil verifikasi {worksheet.quarter}",
        body=f"Nota dinas {number} tentang hasil verifikasi {worksheet.unit.name} telah terbit.",
        path=nota.get_absolute_url(),
        at=at,
    )
    return nota


def issuing_bureau() -> WorkUnit:
    """Biro Perencanaan, which issues the letters of this service."""
    bureau = WorkUnit.objects.filter(code=settings.PLANNING_BUREAU).first()
    if bureau is None or not bureau.letter_code:
        raise DomainError(
            f"Unit {settings.PLANNING_BUREAU} atau kode suratnya belum ada. Minta Admin melengkapinya.",
            code="no_bureau",
        )
    return bureau


def _require_as_signed(worksheet: Worksheet) -> None:
    """What goes into the letter is what was frozen and what everyone signed."""
    document = worksheet.document
    if document is None:  # opened again; `mark_reported` says so
        return
    documents.require_intact(document)
    if document.signatures.exclude(content_hash=document.content_hash).filter(signed_at__isnull=False).exists():
        raise DomainError("Isi lembar kerja bukan yang ditandatangani. Hubungi Admin.", code="tampered", status=409)


def _content(worksheet: Worksheet, bureau: WorkUnit, number: str, *, by: User, at: datetime) -> dict[str, Any]:
    frozen = worksheet.document.content
    return {
        "number": number,
        "date_text": formats.date_format(at.astimezone(WIB).date(), "j F Y"),
        "to": worksheet.unit.head_title or worksheet.unit.name,
        "from": bureau.head_title,
        "subject": f"Hasil Verifikasi Capaian Kinerja {worksheet.unit.name} {worksheet.quarter}",
        "signer": {"name": by.name, "position": by.position or bureau.head_title},
        "copies": ["Sekretaris Jenderal", "Inspektur Jenderal"],
        "unit": frozen["unit"],
        "quarter": frozen["quarter"],
        "is_example": frozen["is_example"],
        "worksheet": {"code": worksheet.document.code, "content_hash": worksheet.document.content_hash},
        "rows": frozen["rows"],
        "objectives": frozen["objectives"],
        "unit_score_text": frozen["unit_score_text"],
    }
