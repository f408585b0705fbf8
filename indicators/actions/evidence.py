"""Evidence: attach a file to a row, say what it proves, use an earlier one again, take it away."""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import holds, workflow
from indicators.models import Achievement, Evidence, EvidenceSlot
from indicators.models.achievement import EvidenceQuerySet
from kinerjaku import audit, files
from kinerjaku.errors import DomainError

from .achievement import locked, require_row_open, require_still_open

MOST_FILES = 20


def attach(
    achievement_id: int, upload: UploadedFile, *, by: User, at: datetime, slot_id: int | None = None
) -> Evidence:
    """Check and keep a file, for one of the indicator's required documents or for none.

    `at` is read after its last byte was received, and decides alone: an upload that
    was in before the deadline counts [D], however long its check takes afterwards.

    Raises DomainError `closed`, `in_round`, `wrong_state`, `unknown_slot`, `too_many`, `duplicate`, or what
    files.inspect says.
    """
    facts = files.inspect(upload)
    with transaction.atomic():
        achievement = _editable(achievement_id, by=by, at=at, closed_meanwhile=True)
        slot = _slot(achievement, slot_id)
        _require_place(achievement, [facts.sha256])
        evidence = Evidence.objects.create(
            achievement=achievement,
            slot=slot,
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
def link(
    achievement_id: int, sources: Sequence[int], *, by: User, at: datetime, slot_id: int | None = None
) -> list[Evidence]:
    """Use files again that the unit has uploaded already: new rows on the same bytes; all of them or none.

    Raises as `attach`, DomainError `nothing_chosen`, and Evidence.DoesNotExist for a file that is not `linkable`.
    """
    achievement = _editable(achievement_id, by=by, at=at)
    due_at = achievement.due_at()
    found = list(linkable(achievement, by=by).filter(pk__in=sources))
    if len(found) < len(set(sources)):
        raise Evidence.DoesNotExist
    if not found:
        raise DomainError("Pilih berkas yang akan dipakai lagi.", code="nothing_chosen")
    slot = _slot(achievement, slot_id)
    _require_place(achievement, [source.sha256 for source in found])
    made = [
        Evidence.objects.create(
            achievement=achievement,
            slot=slot,
            linked_from=source,
            name=source.name,
            kind=source.kind,
            content_type=source.content_type,
            size=source.size,
            sha256=source.sha256,
            storage_name=source.storage_name,
            uploaded_at=at,
            uploaded_by=by,
        )
        for source in found
    ]
    _count(achievement)
    for evidence in made:
        after = {**_named(evidence), "linked_from": evidence.linked_from_id}
        audit.record(by=by, at=at, verb="tautkan data dukung", target=achievement, after=after)
    require_still_open(due_at)
    return made


def linkable(achievement: Achievement, *, by: User) -> EvidenceQuerySet:
    """Files that may be used again for the row: of its indicator's earlier quarters, and of the unit's other rows in
    its quarter, as far as the person sees them; newest first."""
    earlier = Achievement.objects.earlier_than(achievement).order_by()
    beside = Achievement.objects.of(achievement.quarter, achievement.unit).exclude(pk=achievement.pk)
    wanted = Q(achievement__in=earlier.values("pk")) | Q(achievement__in=beside.values("pk"))
    return Evidence.objects.visible_to(by).filter(wanted).order_by("-uploaded_at", "-pk")


@transaction.atomic
def assign(evidence_id: int, slot_id: int | None, *, by: User, at: datetime) -> Evidence:
    """Say which required document the file is; None: another one. The same twice changes nothing."""
    achievement_id = Evidence.objects.get(pk=evidence_id).achievement_id
    achievement = _editable(achievement_id, by=by, at=at)
    due_at = achievement.due_at()
    slot = _slot(achievement, slot_id)
    evidence = Evidence.objects.select_related("slot").get(pk=evidence_id)  # under the lock
    if evidence.removed_at is not None:
        raise DomainError("Berkas ini sudah dihapus dari data dukung.", code="gone", status=409)
    if evidence.slot_id == slot_id:
        return evidence
    before = _placed(evidence)
    evidence.slot = slot
    evidence.save(update_fields=["slot"])
    _count(achievement)
    verb = "pindahkan data dukung"
    audit.record(by=by, at=at, verb=verb, target=achievement, before=before, after=_placed(evidence))
    require_still_open(due_at)
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


def _slot(achievement: Achievement, slot_id: int | None) -> EvidenceSlot | None:
    if slot_id is None:
        return None
    slot = EvidenceSlot.objects.filter(indicator=achievement.indicator_id, pk=slot_id).first()
    if slot is None:
        raise DomainError(
            "Data dukung yang disyaratkan sudah berubah. Muat ulang halaman, lalu pilih lagi.",
            code="unknown_slot",
            status=409,
        )
    return slot


def _require_place(achievement: Achievement, hashes: Sequence[str]) -> None:
    """For so many more files, each of them once."""
    present = list(achievement.evidence.filter(removed_at=None).values_list("sha256", flat=True))
    if len(present) + len(hashes) > MOST_FILES:
        raise DomainError(
            f"Paling banyak {MOST_FILES} berkas untuk satu indikator. Hapus yang tidak perlu atau gabungkan dalam ZIP.",
            code="too_many",
        )
    if len({*present, *hashes}) < len(present) + len(hashes):
        raise DomainError("Berkas yang sama sudah diunggah pada baris ini.", code="duplicate", status=409)


def _count(achievement: Achievement) -> None:
    """Under the row's lock, so that number and documents are those of the files."""
    slots = list(achievement.evidence.filter(removed_at=None).values_list("slot__name", flat=True))
    achievement.file_count, achievement.filled_slots = len(slots), sorted({name for name in slots if name})
    achievement.is_mended = True
    achievement.save(update_fields=["file_count", "filled_slots", "is_mended"])


def _named(evidence: Evidence) -> dict[str, object]:
    return audit.snapshot(evidence, "id", "name", "sha256", "size")


def _placed(evidence: Evidence) -> dict[str, object]:
    return {"id": evidence.pk, "name": evidence.name, "slot": evidence.slot.name if evidence.slot else ""}
