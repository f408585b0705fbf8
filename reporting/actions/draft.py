"""What the unit does for its report to be assisted: it hands in drafts, and asks."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts import notices, policy
from accounts.models import User
from accounts.policy import Verb
from accounts.roles import Role
from kinerjaku import audit, files
from kinerjaku.errors import DomainError
from kinerjaku.file_types import DOCX, PDF
from reporting.models import AssistanceSheet, ReportDraft
from reporting.models.assistance import ASSISTANCE
from services import requirements

from . import service

ACCEPTED = (PDF.content_type, DOCX.content_type)
MOST_DRAFTS = 20
WRITING = ("unggah rancangan laporan", "hapus rancangan laporan", "minta pendampingan")  # verbs of its authors
_NAMED = ("id", "name", "sha256", "size")


def give(sheet_id: int, upload: UploadedFile, *, note: str = "", by: User, at: datetime) -> ReportDraft:
    """Check and keep another version of the draft; it counts from now on.

    Raises DomainError `locked`, `wrong_state`, `wrong_type`, `too_many`, `duplicate`, or what files.inspect says.
    """
    facts = files.inspect(upload)
    if facts.content_type not in ACCEPTED:
        raise DomainError("Unggah rancangan laporan sebagai PDF atau Word (.docx).", code="wrong_type")
    with transaction.atomic():
        sheet = service.locked(sheet_id, Verb.ENTER, by=by, at=at)
        service.require_units_turn(sheet)
        present = sheet.drafts.present()
        if present.count() >= MOST_DRAFTS:
            raise DomainError(f"Paling banyak {MOST_DRAFTS} versi. Hapus yang tidak perlu.", code="too_many")
        if present.filter(sha256=facts.sha256).exists():
            raise DomainError("Berkas yang sama sudah diunggah.", code="duplicate", status=409)
        draft = ReportDraft.objects.create(
            sheet=sheet,
            name=facts.name,
            kind=facts.kind,
            content_type=facts.content_type,
            size=facts.size,
            sha256=facts.sha256,
            storage_name=files.store(upload, facts, "drafts"),
            note=note.strip(),
            uploaded_at=at,
            uploaded_by=by,
        )
        after = audit.snapshot(draft, *_NAMED)
        audit.record(by=by, at=at, verb="unggah rancangan laporan", target=sheet, after=after)
    return draft


@transaction.atomic
def remove(draft_id: int, *, by: User, at: datetime) -> None:
    """Take a version away that was never sent; twice is once. The bytes stay for the audit."""
    draft = ReportDraft.objects.get(pk=draft_id)
    sheet = service.locked(draft.sheet_id, Verb.ENTER, by=by, at=at)
    service.require_units_turn(sheet)
    draft.refresh_from_db()
    if draft.sent_at is not None:
        raise DomainError("Rancangan yang sudah dikirim tidak dapat dihapus.", code="sent", status=409)
    if draft.removed_at is None:
        draft.removed_at = at
        draft.save(update_fields=["removed_at"])
        before = audit.snapshot(draft, *_NAMED)
        audit.record(by=by, at=at, verb="hapus rancangan laporan", target=sheet, before=before)


@transaction.atomic
def request(sheet_id: int, *, message: str, by: User, at: datetime) -> AssistanceSheet:
    """The unit asks to be assisted, which ends its steps [M 3.3 steps 1-3].

    Raises DomainError `locked`, `wrong_state`, `message_missing`, `requirement_unmet`.
    """
    sheet = service.locked(sheet_id, Verb.SUBMIT, by=by, at=at)
    service.require_units_turn(sheet)
    if not message.strip():
        raise DomainError("Tulis pesan permintaan kepada Biro Perencanaan.", code="message_missing")
    requirements.require_met(sheet.case, ASSISTANCE, at)
    draft = sheet.drafts.present().first()
    if draft is not None:  # a standard may ask for none
        draft.sent_at = at
        draft.save(update_fields=["sent_at"])
    service.requested(sheet, message.strip(), by=by, at=at)
    after = {"name": draft.name, "sha256": draft.sha256} if draft else None
    audit.record(by=by, at=at, verb="minta pendampingan", target=sheet, after=after, reason=message.strip())
    notices.tell(
        set(policy.holders(Role.VERIFIER, sheet.unit)) - {by},
        cause=f"case/{sheet.case_id}/request/{sheet.case.events.count()}",
        subject=f"{sheet.unit.name} meminta pendampingan laporan kinerja {sheet.year}",
        body=message.strip(),
        path=sheet.get_absolute_url(),
        at=at,
    )
    return sheet
