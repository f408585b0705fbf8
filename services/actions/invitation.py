"""An invitation is drafted, issued by Karoren, moved or called off. Issuing completes the step of its cases; their
clocks then wait for the meeting (memo 3, domain guide 3)."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import letters, notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from kinerjaku import audit, documents
from kinerjaku.clock import WIB, said
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from services import invitees
from services.models import Case, Invitation, InvitationMail, InvitationRecipient

from . import case as engine

Kind, State = Invitation.Kind, Invitation.State
_TIMES = ("begins_at", "ends_at", "place", "link")
_AUDITED = ("kind", "subject", "nature", "agenda", *_TIMES)


@transaction.atomic
def draft(*, by: User, at: datetime, **facts: Any) -> Invitation:
    """Prepare a letter for Karoren to issue. `facts`: see `_write`."""
    invitation = Invitation(drafted_by=by, drafted_at=at, uid=f"{uuid.uuid4()}@kinerjaku")
    _write(invitation, **facts, verb="siapkan undangan", by=by, at=at)
    notices.tell(
        policy.holders(Role.KAROREN).exclude(pk=by.pk),
        cause=f"invitation/{invitation.pk}/draft",
        subject=f"Rancangan undangan: {invitation.subject}",
        body=f"{by.name} menyiapkan undangan untuk rapat {said(invitation.begins_at)}. Periksa dan terbitkan.",
        path=invitation.get_absolute_url(),
        at=at,
    )
    return invitation


@transaction.atomic
def change(invitation_id: int, *, version: int, by: User, at: datetime, **facts: Any) -> Invitation:
    """Another text of a draft. Raises DomainError `stale` if somebody else changed it meanwhile."""
    invitation = _locked(invitation_id)
    _require_may_prepare(invitation.kind, invitation.units.all(), invitation.cases.all(), by=by)
    _require_draft(invitation)
    if version != invitation.version:
        raise DomainError(
            "Rancangan ini diubah orang lain sejak Anda membukanya. Buka lagi, lalu ubah.", code="stale", status=409
        )
    _write(invitation, **facts, verb="ubah rancangan undangan", by=by, at=at)
    return invitation


@transaction.atomic
def issue(invitation_id: int, *, seen: str, by: User, at: datetime) -> Invitation:
    """Number and freeze the letter, complete the step of its cases, let their clocks wait, and invite everybody.

    `seen` is the `digest` of what was shown. Raises DomainError `already_issued`, `no_recipients`, `email_missing`,
    `stale`, and what `draft` raises.
    """
    invitation = _locked(invitation_id)
    policy.require(by, Verb.ISSUE_INVITATION)
    _require_draft(invitation)
    units, cases = list(invitation.units.all()), _locked_cases(invitation)
    _require_sound(invitation, units, cases, at=at)
    persons = invitees.people(invitation)
    _require_reachable(persons)
    if invitation.kind == Kind.VALIDATORS and not any(one.role == Role.ITJEN_VALIDATOR for one in persons):
        raise DomainError(
            "Permohonan tim validator belum tertuju kepada Inspektorat Jenderal. Pilih unit Itjen dan peran Validator "
            "Itjen.",
            code="itjen_missing",
        )
    content = invitees.content(invitation, persons)
    if seen != digest(content):
        raise DomainError(
            "Isi atau penerimanya berubah sejak Anda membukanya. Periksa sekali lagi, lalu terbitkan.",
            code="stale",
            status=409,
        )
    invitation.state, invitation.issued_at, invitation.issued_by = State.ISSUED, at, by
    _write_letter(invitation, content, by=by, at=at)
    for case in cases:
        if case.step.invites == invitation.kind:
            engine.complete_step(case.pk, case.step.order, by=by, at=at)
    InvitationRecipient.objects.bulk_create(invitees.recipient(invitation, person) for person in persons)
    _wait(invitation, "Menunggu rapat dimulai.", by=by, at=at)
    after = {"number": invitation.number, "penerima": len(persons)}
    audit.record(by=by, at=at, verb="terbitkan undangan", target=invitation, after=after)
    _send(invitation, "Undangan", f"Rapat {said(invitation.begins_at)}. Jawab apakah Anda hadir.", by=by, at=at)
    return invitation


@transaction.atomic
def reschedule(
    invitation_id: int,
    *,
    begins_at: datetime,
    ends_at: datetime,
    place: str,
    link: str,
    reason: str,
    by: User,
    at: datetime,
) -> Invitation:
    """Another time or place before the meeting has begun: a new letter, the old one is void, and everybody is asked
    again. The clocks wait for the new time."""
    invitation = _locked(invitation_id)
    _require_coming(invitation, reason, by=by, at=at)
    _lock_parts(invitation)
    before, old = audit.snapshot(invitation, *_TIMES) | {"number": invitation.number}, invitation.document
    invitation.begins_at, invitation.ends_at = begins_at, ends_at
    invitation.place, invitation.link = place.strip(), link.strip()
    _require_meeting(invitation, at=at)
    documents.void(old, reason.strip(), at=at)
    invitation.sequence += 1
    invitation.earlier.add(old)
    content = invitees.content(invitation, invitees.invited(invitation), replaces=old.number)
    _write_letter(invitation, content, by=by, at=at)
    invitation.recipients.update(answer="", substitute="", note="", answered_at=None)
    _wait(invitation, f"Rapat dipindahkan. {reason.strip()}", by=by, at=at)
    after = audit.snapshot(invitation, *_TIMES) | {"number": invitation.number}
    audit.record(
        by=by, at=at, verb="pindahkan rapat", target=invitation, before=before, after=after, reason=reason.strip()
    )
    body = f"Rapat menjadi {said(begins_at)}. Jawab lagi apakah Anda hadir. Alasan: {reason.strip()}"
    _send(invitation, "Perubahan jadwal", body, by=by, at=at)
    return invitation


@transaction.atomic
def cancel(invitation_id: int, *, reason: str, by: User, at: datetime) -> Invitation:
    """Give up a draft, or call a meeting off: its letter is void and the clocks go on at once."""
    invitation = _locked(invitation_id)
    if invitation.state == State.DRAFT:
        _require_may_prepare(invitation.kind, invitation.units.all(), invitation.cases.all(), by=by)
        _require_reason(reason)
    else:
        _require_coming(invitation, reason, by=by, at=at)
        _lock_parts(invitation)
        documents.void(invitation.document, reason.strip(), at=at)
        invitation.sequence += 1
    invitation.state, invitation.cancelled_at, invitation.cancel_reason = State.CANCELLED, at, reason.strip()
    invitation.save()
    audit.record(by=by, at=at, verb="batalkan undangan", target=invitation, reason=reason.strip())
    if invitation.document is not None:
        _wait(invitation, f"Rapat dibatalkan. {reason.strip()}", by=by, at=at)
        body = f"Rapat {said(invitation.begins_at)} dibatalkan. Alasan: {reason.strip()}"
        _send(invitation, "Dibatalkan", body, by=by, at=at)
    return invitation


def _lock_parts(invitation: Invitation) -> None:
    """Cases and recipients before the audit chain: whoever answers takes them in the same order."""
    _locked_cases(invitation)
    list(invitation.recipients.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def digest(content: dict[str, Any]) -> str:
    """Of a letter as it was shown."""
    return documents.content_hash(content)


def may_change(user: User, invitation: Invitation) -> bool:
    """Whether the user may draft for all of its units."""
    served = invitation.cases.select_related("unit")
    concerned = _concerned(invitation.kind, invitation.units.all(), served) or {None}
    return all(policy.can(user, Verb.DRAFT_INVITATION, unit) for unit in concerned)


def may_prepare(user: User, invitation: Invitation) -> bool:
    """Whether the user may draft for one of its units: they also note who came."""
    return Invitation.objects.prepared_by(user).filter(pk=invitation.pk).exists()


def _write(
    invitation: Invitation,
    *,
    units: Collection[WorkUnit],
    cases: Collection[Case],
    verb: str,
    by: User,
    at: datetime,
    **facts: Any,
) -> None:
    """Kind, subject, nature, agenda, times, place, link, roles and guests as given; the units of the cases are invited
    too, unless the letter asks Itjen for validators."""
    before = _described(invitation) if invitation.pk else None
    for name, value in facts.items():
        setattr(invitation, name, value)
    everywhere = set(units) if invitation.kind == Kind.VALIDATORS else {*units, *(case.unit for case in cases)}
    _require_may_prepare(invitation.kind, everywhere, cases, by=by)
    _require_sound(invitation, everywhere, cases, at=at)
    if not (everywhere and invitation.roles) and not invitation.guests:
        raise DomainError("Pilih unit dan peran yang diundang, atau tulis undangan lain.", code="no_recipients")
    invitation.version += 1
    invitation.save()
    invitation.units.set(everywhere)
    invitation.cases.set(cases)
    audit.record(by=by, at=at, verb=verb, target=invitation, before=before, after=_described(invitation))


def _described(invitation: Invitation) -> dict[str, Any]:
    return audit.snapshot(invitation, *_AUDITED) | {
        "roles": invitation.role_labels,
        "unit": [unit.name for unit in invitation.units.order_by("path")],
        "berkas": [str(case) for case in invitation.cases.select_related("standard", "unit").order_by("pk")],
        "tamu": [guest["name"] for guest in invitation.guests],
    }


def _concerned(kind: str, units: Iterable[WorkUnit], cases: Iterable[Case]) -> set[WorkUnit]:
    """For which units one has to be responsible. Itjen, which is only asked for validators, is nobody's to verify."""
    concerned = {case.unit for case in cases} | set(units)
    return concerned - set(invitees.itjen_units()) if kind == Kind.VALIDATORS else concerned


def _require_may_prepare(kind: str, units: Iterable[WorkUnit], cases: Iterable[Case], *, by: User) -> None:
    concerned = _concerned(kind, units, cases)
    for unit in concerned:
        policy.require(by, Verb.DRAFT_INVITATION, unit)
    if not concerned and not policy.can(by, Verb.DRAFT_INVITATION):
        if not policy.can_somewhere(by, Verb.DRAFT_INVITATION):
            raise PermissionDenied
        raise DomainError("Pilih berkas layanan atau unit yang Anda tangani.", code="no_unit")


def _require_sound(
    invitation: Invitation, units: Collection[WorkUnit], cases: Collection[Case], *, at: datetime
) -> None:
    """What holds for a draft and again when it is issued."""
    _require_meeting(invitation, at=at)
    day = at.astimezone(WIB).date()
    for unit in units:
        if unit.valid_to is not None and unit.valid_to < day:
            raise DomainError(f"{unit.name} sudah tidak berlaku sejak {unit.valid_to:%d-%m-%Y}.", code="unit_ended")
    waiting = set(
        Case.objects.invitable(invitation.kind).filter(pk__in=[c.pk for c in cases]).values_list("pk", flat=True)
    )
    for case in cases:
        if case.pk not in waiting:
            raise DomainError(
                f"Berkas {case} sedang pada langkah {case.step.order}, yang tidak memerlukan surat ini.",
                code="wrong_step",
                status=409,
            )


def _require_meeting(invitation: Invitation, *, at: datetime) -> None:
    if invitation.begins_at <= at:
        raise DomainError("Rapat harus mulai sesudah saat ini.", code="begins_in_the_past")
    if invitation.ends_at <= invitation.begins_at:
        raise DomainError("Rapat harus selesai sesudah mulai.", code="ends_before_it_begins")
    if not invitation.place and not invitation.link:
        raise DomainError("Isi tempat rapat, tautannya, atau keduanya.", code="no_place")
    if invitation.link and not invitation.link.startswith("https://"):
        raise DomainError("Tautan rapat harus dimulai dengan https://.", code="link_insecure")


def _require_reachable(persons: list[invitees.Invitee]) -> None:
    if not persons:
        raise DomainError(
            "Tidak ada penerima: tidak seorang pun memegang peran yang dipilih pada unit yang diundang.",
            code="no_recipients",
        )
    if silent := [one.name for one in persons if not one.email]:
        raise DomainError(
            f"Belum memiliki surel: {', '.join(silent)}. Minta Admin melengkapinya.", code="email_missing"
        )


def _require_draft(invitation: Invitation) -> None:
    if invitation.state == State.ISSUED:
        raise DomainError(f"Undangan ini sudah terbit, nomor {invitation.number}.", code="already_issued", status=409)
    if invitation.state != State.DRAFT:
        raise DomainError("Undangan ini sudah dibatalkan.", code="cancelled", status=409)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise DomainError("Tulis alasannya; semua penerima akan membacanya.", code="reason_missing")


def _require_coming(invitation: Invitation, reason: str, *, by: User, at: datetime) -> None:
    """Karoren moves a meeting or calls it off before it has begun, with a reason."""
    policy.require(by, Verb.ISSUE_INVITATION)
    if invitation.state != State.ISSUED:
        raise DomainError("Undangan ini tidak sedang berlaku.", code="not_issued", status=409)
    if invitation.has_begun(at):
        raise DomainError("Rapat ini sudah dimulai.", code="has_begun", status=409)
    _require_reason(reason)


def _write_letter(invitation: Invitation, content: dict[str, Any], *, by: User, at: datetime) -> None:
    title = f"{invitation.get_kind_display()}: {invitation.subject}"
    invitation.document = letters.write(Document.Kind.INVITATION, title, content, signer=by, at=at).document
    invitation.save()


def _wait(invitation: Invitation, reason: str, *, by: User, at: datetime) -> None:
    """Each of its clocks waits for the next meeting that its case is invited to, or goes on if there is none."""
    for case in Case.objects.invitable(invitation.kind).filter(invitations=invitation).order_by("pk"):
        coming = case.invitations.filter(state=State.ISSUED, begins_at__gt=at).order_by("begins_at").first()
        engine.wait(case.pk, coming.begins_at if coming else None, reason=reason, by=by, at=at)


def _send(invitation: Invitation, what: str, body: str, *, by: User, at: datetime) -> None:
    """A mail to everyone, sent by the worker once the PDF is there, and a notice to those who sign in."""
    recipients = list(invitation.recipients.filter(is_walk_in=False).select_related("user").order_by("pk"))
    is_off = invitation.state == State.CANCELLED
    InvitationMail.objects.bulk_create(
        InvitationMail(
            recipient=one, sequence=invitation.sequence, is_cancellation=is_off, document=invitation.document
        )
        for one in recipients
    )
    notices.tell(
        [one.user for one in recipients if one.user is not None],
        cause=f"invitation/{invitation.pk}/{invitation.sequence}",
        subject=f"{what}: {invitation.subject}",
        body=body,
        path=invitation.get_absolute_url(),
        at=at,
        is_mailed=True,
    )


def _locked(invitation_id: int) -> Invitation:
    """Without joins, as every row that is waited for."""
    return Invitation.objects.select_for_update(no_key=True).get(pk=invitation_id)


def _locked_cases(invitation: Invitation) -> list[Case]:
    """All at once and in order, before the number of the letter and the first entry of the audit: whoever holds one of
    the cases may be waiting for those."""
    pks = invitation.cases.values_list("pk", flat=True)
    locked = Case.objects.select_for_update(no_key=True).filter(pk__in=list(pks)).order_by("pk")
    return list(locked)
