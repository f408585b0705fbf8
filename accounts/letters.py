"""Letters of Biro Perencanaan: one act gives the number, freezes the content and seals it; the PDF follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import formats

from kinerjaku import audit, documents, numbering
from kinerjaku.clock import WIB, said
from kinerjaku.errors import DomainError
from kinerjaku.models import Document

from .models import User, WorkUnit


@dataclass(frozen=True)
class Letter:
    document: Document
    number: str
    unit_code: str
    year: int
    serial: int


def planning_bureau() -> WorkUnit:
    """Biro Perencanaan, which issues the letters of its services. Raises DomainError `no_bureau`."""
    bureau = WorkUnit.objects.filter(code=settings.PLANNING_BUREAU).first()
    if bureau is None or not bureau.letter_code:
        raise DomainError(
            f"Unit {settings.PLANNING_BUREAU} atau kode suratnya belum ada. Minta Admin melengkapinya.",
            code="no_bureau",
        )
    return bureau


def write(kind: str, title: str, content: dict[str, Any], *, signer: User, at: datetime) -> Letter:
    """Number, freeze and seal a letter, in the transaction of the act that issues it.

    To `content` are added number, date_text, from, signer {name, position} and is_example; templates/pdf/{kind}.html
    draws it. The caller has asked the policy. A number belongs to its transaction: one that fails uses up none.
    """
    bureau = planning_bureau()
    audit.hold()
    serial, year = numbering.take(bureau.letter_code, at=at)
    number = numbering.written(serial, bureau.letter_code, settings.NOTA_CLASSIFICATION, at)
    position = signer.position or bureau.head_title
    head = {
        "number": number,
        "date_text": formats.date_format(at.astimezone(WIB).date(), "j F Y"),
        "from": bureau.head_title,
        "signer": {"name": signer.name, "position": position},
        "is_example": signer.is_example,
    }
    document = documents.freeze(kind, title, {**head, **content}, at=at, number=number)
    signed = {"party": bureau.head_title, "name": signer.name, "position": signer.position, "at": said(at)}
    documents.seal(document, [signed], at=at)
    return Letter(document, number, bureau.letter_code, year, serial)
