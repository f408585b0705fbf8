"""Evidence: attach a file to a row, take it away again."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import holds, workflow
from indicators.models import Achievement, Evidence
from kinerjaku import audit, files
from kinerjaku.errors import DomainError

from .achievement import locked, require_row_open, require_still_open

MOST_FILES = 20


def attach(achievement_id: int, upload: UploadedFile, *, by: User, at: datetime) -> Evidence:
    """Check and keep a file. `at` is read after its last byte was received, and decides alone: an upload that
    was in before the deadline counts [D], however long its check takes afterwards.

    Raises DomainError `closed`, `in_round`, `wrong_state`, `too_many`, `duplicate`, or what files.inspect says.
    """
    facts = files.inspect(upload)
    with transaction.atomic():
        achievement = _editable(achievement_id, by=by, at=at, closed_meanwhile=True)
        present = achievement.evidence.filter(removed_at=None)
        if present.count() >= MOST_FILES:
            raise DomainError(
                f"Paling banyak {MOST_FILES} berkas untuk satu indikator. "
                "Hapus yang tidak perlu atau gabungkan dalam ZIP.",
                code="too_many",
            )
        if present.filter(sha256=facts.sha256).exists():
            raise DomainError("Berkas yang sama sudah diunggah pada baris ini.", code="duplicate", status=409)
        evidence = Evidence.objects.create(
            achievement=achievement,
            name=facts.name,
            kind=facts.kind,
            content_type=facts.content_type,
            size=facts.size,
            sha256=facts.sha256,
            storage_name=files.store(upload, facts, "evidence"),
            uploaded_at=at,
            uploaded_by=by,
        )
        _count(achievement)
        audit.record(by=by, at=at, verb="unggah data dukung", target=achievement, after=_named(evidence))
    return evidence


@transaction.atomic
def remove(evidence_id: int, *, by: User, at: datetime) -> None:
    """Take a file off its row. The bytes stay for the audit."""
    evidence = Evidence.objects.get(pk=evidence_id)
    achievement = _editable(evidence.achievement_id, by=by, at=at)
    due_at = achievement.due_at()
    if not Evidence.objects.filter(pk=evidence_id, removed_at=None).update(removed_at=at):
        return
    _count(achievement)
    audit.record(by=by, at=at, verb="hapus data dukung", target=achievement, before=_named(evidence))
    require_still_open(due_at)


def _editable(achievement_id: int, *, by: User, at: datetime, closed_meanwhile: bool = False) -> Achievement:
    achievement = locked(achievement_id)
    policy.require(by, Verb.ENTER, achievement.unit)
    require_row_open(achievement, at)
    holds.require_free(achievement, by=by)
    states = set(workflow.EDITABLE)
    if closed_meanwhile:  # open at `at`, so it was closed while the file was being checked
        states.add(Achievement.State.NOT_ENTERED)
    if achievement.state not in states:
        raise DomainError("Data dukung baris yang sudah dikirim tidak dapat diubah.", code="wrong_state", status=409)
    return achievement


def _count(achievement: Achievement) -> None:
    """Under the row's lock, so that the number is that of the files."""
    achievement.file_count = achievement.evidence.filter(removed_at=None).count()
    achievement.is_mended = True
    achievement.save(update_fields=["file_count", "is_mended"])


def _named(evidence: Evidence) -> dict[str, object]:
    return audit.snapshot(evidence, "id", "name", "sha256", "size")
