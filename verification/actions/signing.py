"""Freezing a sheet, signing what was frozen, refusing it, opening it again: the same for every kind of sheet."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import UNIT_ROLES, Role
from kinerjaku import audit, documents
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from services.actions import case as cases
from services.models import CaseEvent
from verification import workflow
from verification.models import Sheet, Signature
from verification.workflow import Action

Party, State = Signature.Party, Sheet.State
SIGN_VERB = {
    Party.VERIFIER: Verb.SIGN_VERIFIER,
    Party.VALIDATOR: Verb.SIGN_VERIFIER,
    Party.ADVISER: Verb.SIGN_VERIFIER,
    Party.ITJEN: Verb.SIGN_ITJEN,
    Party.LEVEL_TWO: Verb.SIGN_UNIT,
    Party.LEVEL_ONE: Verb.SIGN_UNIT,
}


@dataclass(frozen=True)
class Kind:
    """What a kind of sheet does besides. All are called within the act, which holds the lock of the sheet."""

    settle: Callable[..., None]  # (sheet, at=): locks what hangs on the sheet and brings it up to now
    require_not_own: Callable[..., None]  # (sheet, by=): who had a hand in it does not sign for those who looked at it
    found_by: Callable[..., bool]  # (sheet, user): who looked at it does not sign for the unit
    signed: Callable[..., None]  # (sheet, by=, at=): everybody has
    opened_again: Callable[..., None]  # (sheet, reason, by=, at=): before its document is void


_KINDS: dict[type[Sheet], Kind] = {}


def register(model: type[Sheet], kind: Kind) -> None:
    _KINDS[model] = kind


def open_slots(user: User | None = None) -> Iterator[tuple[Any, list[Signature]]]:
    """Frozen sheets of every kind (that this user may see) with the slots that are still empty, in order."""
    for model in _KINDS:
        sheets = model.objects.all() if user is None else model.objects.visible_to(user)
        waiting = {one.document_id: one for one in sheets.to_sign().select_related(*model.named_by)}
        empty = Signature.objects.filter(document__in=waiting, signed_at=None).select_related("unit")
        if user is not None:
            empty = empty.exclude(document__signatures__signer=user)
        for document_id, slots in groupby(empty.order_by("document", "order"), lambda slot: slot.document_id):
            yield waiting[document_id], list(slots)


def may_fill(user: User, slot: Signature) -> bool:
    """Whether the user signs for this party; not whether it is their turn."""
    return policy.can(user, SIGN_VERB[Party(slot.party)], slot.unit)


def waiting_for(user: User, sheet: Sheet) -> Signature | None:
    """The slot that is next on this sheet, if this user may fill it."""
    if sheet.state != State.FROZEN or sheet.why_locked:
        return None
    slot = sheet.document.signatures.select_related("unit").filter(signed_at=None).order_by("order").first()
    if slot is None or not may_fill(user, slot):
        return None
    return None if sheet.document.signatures.filter(signer=user).exists() else slot


def require_turn(user: User, sheet: Sheet) -> Signature:
    """The slot this user may fill now. Raises DomainError: locked, wrong_state, already_signed, not_your_turn."""
    require_unlocked(sheet)
    workflow.next_state(sheet.state, Action.SIGN)
    slot = waiting_for(user, sheet)
    if slot is not None:
        return slot
    if sheet.document.signatures.filter(signer=user).exists():
        raise DomainError("Anda sudah menandatangani lembar kerja ini.", code="already_signed", status=409)
    raise DomainError("Saat ini bukan giliran Anda menandatangani.", code="not_your_turn", status=403)


def require_unlocked(sheet: Sheet) -> None:
    if sheet.why_locked:
        raise DomainError(sheet.why_locked, code="locked", status=409)


def fingerprint(facts: Iterable[Any]) -> str:
    """SHA-256 of what a page showed, as plain values; in no order."""
    return hashlib.sha256(json.dumps(sorted(facts)).encode()).hexdigest()


def require_seen(seen: str, present: str) -> None:
    """Who freezes has seen what is frozen. An act of the schedule or a test has seen nothing: "" is let through."""
    if seen not in ("", present):
        raise DomainError("Isi lembar kerja berubah sejak Anda membukanya. Periksa lagi.", code="stale", status=409)


def freeze(
    sheet: Sheet,
    kind: str,
    title: str,
    content: dict[str, Any],
    parties: list[tuple[Party, WorkUnit]],
    *,
    by: User,
    at: datetime,
) -> None:
    """The content is frozen under a new revision, and the parties are asked to sign. For the act of the kind of sheet,
    which has locked it and asked the policy."""
    before = audit.snapshot(sheet, "state")
    sheet.state = workflow.next_state(sheet.state, Action.FREEZE)
    sheet.revision += 1
    facts = {"revision": sheet.revision, "frozen_at_text": said(at)}
    sheet.document = documents.freeze(kind, title, content | facts, at=at)
    sheet.save(update_fields=["state", "revision", "document"])
    Signature.objects.bulk_create(
        Signature(document=sheet.document, order=order, party=party, unit=unit)
        for order, (party, unit) in enumerate(parties, 1)
    )
    after = {**audit.snapshot(sheet, "state", "revision"), "content_hash": sheet.document.content_hash}
    audit.record(by=by, at=at, verb="bekukan lembar kerja", target=sheet, before=before, after=after)


@transaction.atomic
def sign(sheet: Sheet, *, content_hash: str, by: User, at: datetime) -> Signature:
    """Sign the content whose hash was shown. The caller has proved who `by` is (password).

    Raises DomainError `stale` if the content is another one, `not_your_turn`; the last signature completes
    the sheet and lets its PDF be made.
    """
    sheet = _locked(sheet, by=by, at=at)
    slot = require_turn(by, sheet)
    document = sheet.document
    documents.require_intact(document)
    if content_hash != document.content_hash:
        raise DomainError(
            "Isi lembar kerja berubah sejak Anda membukanya. Baca lagi sebelum menandatangani.",
            code="stale",
            status=409,
        )
    kind = _KINDS[type(sheet)]
    if not slot.is_of_unit:
        kind.require_not_own(sheet, by=by)
    elif kind.found_by(sheet, by):
        raise PermissionDenied("Anda ikut menetapkan hasilnya, jadi tidak dapat menandatangani untuk unit.")
    slot.signer, slot.signed_at, slot.content_hash = by, at, content_hash
    slot.save(update_fields=["signer", "signed_at", "content_hash"])
    after = {"party": slot.get_party_display(), "revision": sheet.revision, "content_hash": content_hash}
    audit.record(by=by, at=at, verb="tanda tangani lembar kerja", target=sheet, after=after)
    following = document.signatures.filter(signed_at=None).order_by("order").first()
    if following is None:
        _complete(sheet, by=by, at=at)
    elif following.is_of_unit:
        _wait_for_unit(sheet, at=at)
    return slot


@transaction.atomic
def refuse(sheet: Sheet, *, reason: str, by: User, at: datetime) -> Sheet:
    """A party whose turn it is does not sign: the sheet goes back to correction, everybody is told."""
    sheet = _locked(sheet, by=by, at=at)
    require_turn(by, sheet)
    return _open_again(sheet, reason, "tolak tanda tangan", by=by, at=at)


@transaction.atomic
def reopen(sheet: Sheet, *, reason: str, by: User, at: datetime) -> Sheet:
    """The verifier changes a frozen sheet: its signatures are void, the next freeze is a new revision."""
    sheet = _locked(sheet, by=by, at=at)
    policy.require(by, Verb.VERIFY, sheet.unit)
    return _open_again(sheet, reason, "buka kembali lembar kerja", by=by, at=at)


def mark_reported(sheet: Sheet, *, by: User, at: datetime) -> None:
    """Its nota dinas has been issued: nothing moves any more. For whoever has locked it and asked the policy."""
    _move(sheet, Action.REPORT, "selesaikan lembar kerja", "", by=by, at=at)


def locked(sheet: Sheet) -> Any:
    """The sheet as it is now, under lock."""
    return type(sheet).objects.select_for_update(no_key=True, of=("self",)).get(pk=sheet.pk)


def _locked(sheet: Sheet, *, by: User, at: datetime) -> Any:
    found = locked(sheet)
    policy.require(by, Verb.VIEW, found.unit)
    _KINDS[type(found)].settle(found, at=at)
    require_unlocked(found)
    return found


def _wait_for_unit(sheet: Any, *, at: datetime) -> None:
    """What the unit takes to sign is not the bureau's time, as its own steps are not [D]. Every act that follows moves
    the case, and with it the clock."""
    if sheet.case_id is None:
        return
    if cases.lock(sheet.case_id, at=at).running_since is not None:
        reason = "Menunggu tanda tangan unit."
        cases.pause(sheet.case_id, kind=CaseEvent.PauseKind.WAITING_FOR_UNIT, reason=reason, by=None, at=at)


def _complete(sheet: Sheet, *, by: User, at: datetime) -> None:
    slots = sheet.document.signatures.select_related("signer", "unit").order_by("order")
    documents.seal(
        sheet.document,
        [
            {
                "party": slot.get_party_display(),
                "unit": slot.unit.name if slot.is_of_unit else "",
                "name": slot.signer.name,
                "position": slot.signer.position,
                "at": said(slot.signed_at),
                "content_hash": slot.content_hash,
            }
            for slot in slots
        ],
        at=at,
    )
    _move(sheet, Action.COMPLETE, "lengkapi lembar kerja", "", by=by, at=at)
    _KINDS[type(sheet)].signed(sheet, by=by, at=at)


def _open_again(sheet: Sheet, reason: str, verb: str, *, by: User, at: datetime) -> Sheet:
    if not reason.strip():
        raise DomainError("Tulis alasannya; semua pihak akan membacanya.", code="reason_missing")
    workflow.next_state(sheet.state, Action.REOPEN)
    document = sheet.document
    involved = {slot.signer for slot in document.signatures.select_related("signer") if slot.signer}
    involved |= {user for role in (Role.VERIFIER, *UNIT_ROLES) for user in policy.holders(role, sheet.unit)}
    _KINDS[type(sheet)].opened_again(sheet, reason.strip(), by=by, at=at)
    documents.void(document, reason.strip(), at=at)
    sheet.document = None
    _move(sheet, Action.REOPEN, verb, reason.strip(), by=by, at=at)
    notices.tell(
        involved - {by},
        cause=f"void/{document.pk}",
        subject=f"{sheet} dibuka kembali",
        body=f"Tanda tangan pada revisi {sheet.revision} batal. Alasan: {reason.strip()}",
        path=sheet.get_absolute_url(),
        at=at,
    )
    return sheet


def _move(sheet: Sheet, action: Action, verb: str, reason: str, *, by: User, at: datetime) -> None:
    before = audit.snapshot(sheet, "state", "revision")
    sheet.state = workflow.next_state(sheet.state, action)
    sheet.save(update_fields=["state", "document"])
    after = audit.snapshot(sheet, "state", "revision")
    audit.record(by=by, at=at, verb=verb, target=sheet, before=before, after=after, reason=reason)
