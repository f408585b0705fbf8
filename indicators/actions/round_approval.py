"""Steps 5 to 8 of a round [S]: the Kasubag checks, validates and initials; the official signs, and with it sends."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from indicators.models import Achievement, CollectionRound, Stage
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from services.actions import case as cases

from . import achievement as achievements
from . import round as rounds
from .achievement import Changed, attestation, locked_rows
from .round_filling import entered

ENTERED = "Sudah diinput pejabat lewat formulir portal: angka tidak diketik dua kali."
KASUBAG, OFFICIAL = "Paraf Kasubag Program, Kepegawaian, dan Pelaporan", "Pejabat unit"


@transaction.atomic
def accept(round_id: int, *, content_hash: str, by: User, at: datetime) -> CollectionRound:
    """Step 5 is done, and step 6 with it. Raises Changed, DomainError `own_entry`."""
    found = rounds.locked(round_id, Stage.CHECK, by=by, at=at)
    _require_seen(_rows_for(found, by=by), content_hash)
    found.assignments.filter(checked_at=None).update(checked_at=at, checked_by=by, correction="")
    audit.record(by=by, at=at, verb="terima isian", target=found)
    found = rounds.move_on(found, by=by, at=at)
    found = rounds.move_on(found, by=by, at=at, note=ENTERED)
    rounds.tell_turn(found, "Paraf capaian", "Isian diterima dan menunggu paraf.", by=by, at=at)
    return found


@transaction.atomic
def initial(round_id: int, *, content_hash: str, by: User, at: datetime) -> CollectionRound:
    """Step 7 is done: the Kasubag stands for what was seen. Raises Changed, DomainError `own_entry`."""
    found = rounds.locked(round_id, Stage.INITIAL, by=by, at=at)
    _require_seen(_rows_for(found, by=by), content_hash)
    found.content_hash, found.initialled_at, found.initialled_by = content_hash, at, by
    found.save(update_fields=["content_hash", "initialled_at", "initialled_by"])
    audit.record(by=by, at=at, verb="paraf capaian", target=found, after={"content_hash": content_hash})
    found = rounds.move_on(found, by=by, at=at)
    rounds.tell_turn(found, "Tanda tangani dan kirim", f"{by} memaraf capaian unit Anda.", by=by, at=at)
    return found


@transaction.atomic
def sign(round_id: int, *, content_hash: str, by: User, at: datetime) -> CollectionRound:
    """Step 8 is done: what the Kasubag initialled is signed and sent, and the round ends with it.

    Raises Changed, Incomplete, DomainError `own_initial`, `closed`.
    """
    found = rounds.locked(round_id, Stage.SIGN, by=by, at=at)
    if found.initialled_by_id == by.pk:
        raise DomainError("Yang memaraf tidak menandatangani juga. Minta pejabat lain.", code="own_initial", status=409)
    locked_rows(Achievement.objects.of(found.quarter, found.unit))
    rows = rows_of(found)
    if found.content_hash != content_hash:
        raise Changed
    _require_seen(rows, content_hash)
    initialled = attestation(KASUBAG, found.initialled_by, found.initialled_at)
    submission = achievements.submit(
        found.quarter_id,
        found.unit,
        by=by,
        at=at,
        seen=achievements.fingerprint(rows),
        collected={row.pk for row in rows},
        attestations=[initialled, attestation(OFFICIAL, by, at)],
    )
    after = {"content_hash": content_hash, "number": submission.number}
    audit.record(by=by, at=at, verb="tanda tangani dan kirim", target=found, after=after)
    cases.carry(found.case_id, through=Stage.SIGN, by=by, at=at, note=f"Tanda terima {submission.number}.")
    CollectionRound.objects.filter(pk=round_id).update(submission=submission)
    return CollectionRound.objects.for_pages().select_related("submission").get(pk=round_id)


def rows_of(found: CollectionRound) -> list[Achievement]:
    """The rows of the round in the order of the catalogue."""
    rows = Achievement.objects.filter(pk__in=found.assignments.values("achievement"))
    return list(rows.for_pages().order_by("indicator__no", "pk"))


def content_hash_of(rows: list[Achievement]) -> str:
    """SHA-256 of what is initialled and signed: every figure and text, the targets and the evidence."""
    return documents.content_hash({"rows": [achievements.row_content(row) for row in rows]})


def _rows_for(found: CollectionRound, *, by: User) -> list[Achievement]:
    """Under lock, for somebody who examines them. Nobody verifies what they entered themselves (domain guide 1)."""
    if entered(by, locked_rows(Achievement.objects.filter(assignments__round=found))):
        raise DomainError(
            "Anda ikut mengisi capaian ini, jadi tidak dapat memeriksa atau memarafnya. Minta Kasubag lain, "
            "atau batalkan pengumpulan data ini dan kirim langsung.",
            code="own_entry",
            status=409,
        )
    return rows_of(found)


def _require_seen(rows: list[Achievement], content_hash: str) -> None:
    if content_hash_of(rows) != content_hash:
        raise Changed
