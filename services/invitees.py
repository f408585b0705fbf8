"""Whom an invitation reaches, and what its letter says: read from what is stored, frozen when it is issued."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import formats

from accounts import policy
from accounts.models import WorkUnit
from accounts.roles import Role
from kinerjaku.clock import WIB

from .models import Invitation, InvitationRecipient

Kind = Invitation.Kind
ROLES = (  # who can be invited; officials first, as on a letter
    Role.OFFICIAL,
    Role.KASUBAG,
    Role.OPERATOR,
    Role.VERIFIER,
    Role.ITJEN_VALIDATOR,
    Role.ITJEN_OVERSIGHT,
    Role.QUALITY_LEAD,
    Role.TEAM_LEAD,
)
MOST_NAMED = 5  # addressees or people that a letter names; more of them go into its attachment

_OPENING = {
    Kind.VERIFICATION: "Dalam rangka pengukuran dan verifikasi capaian kinerja, kami mengundang Saudara pada:",
    Kind.VALIDATION: (
        "Dalam rangka validasi usulan indikator kinerja level I, kami mengundang Saudara pada rapat berikut, dengan "
        "matriks usulan indikator dan target yang sudah diisi:"
    ),
    Kind.VALIDATORS: (
        "Dalam rangka validasi usulan indikator kinerja dan target, kami mohon Saudara menugaskan tim validator "
        "Inspektorat Jenderal pada:"
    ),
    Kind.ASSISTANCE: "Dalam rangka pendampingan penyusunan laporan kinerja, kami mengundang Saudara pada:",
}
_CLOSING = "Demikian kami sampaikan. Atas perhatian dan kehadiran Saudara, kami ucapkan terima kasih."


@dataclass(frozen=True)
class Invitee:
    """A person as of now, who becomes an InvitationRecipient when the letter is issued."""

    name: str
    email: str
    position: str
    unit: WorkUnit | None = None
    role: str = ""
    user_id: int | None = None


def people(invitation: Invitation) -> list[Invitee]:
    """Those who hold an invited role for an invited unit today, each once, then the guests."""
    held = policy.memberships(invitation.roles).filter(unit__in=invitation.units.all()).select_related("user", "unit")
    rank = {role: place for place, role in enumerate(ROLES)}
    found: dict[str, Invitee] = {}
    for one in sorted(held, key=lambda m: (m.unit.path, rank.get(Role(m.role), len(rank)), m.user.name)):
        person = Invitee(
            one.user.name, one.user.email, one.user.position or one.get_role_display(), one.unit, one.role, one.user_id
        )
        found.setdefault(person.email or f"user {one.user_id}", person)
    for guest in invitation.guests:
        found.setdefault(guest["email"], Invitee(**guest))
    return list(found.values())


def invited(invitation: Invitation) -> list[Invitee]:
    """Those of an issued letter, as they were then."""
    rows = invitation.recipients.filter(is_walk_in=False).select_related("unit").order_by("pk")
    return [Invitee(row.name, row.email, row.position, row.unit, row.role, row.user_id) for row in rows]


def recipient(invitation: Invitation, person: Invitee) -> InvitationRecipient:
    """Not saved."""
    facts = {name: getattr(person, name) for name in ("name", "email", "position", "unit", "role", "user_id")}
    return InvitationRecipient(invitation=invitation, **facts)


def itjen_units() -> QuerySet[WorkUnit]:
    """Whom a request for validators goes to: the units for which somebody validates."""
    return WorkUnit.objects.filter(pk__in=policy.memberships([Role.ITJEN_VALIDATOR]).values("unit"))


def content(invitation: Invitation, persons: Sequence[Invitee], *, replaces: str = "") -> dict[str, Any]:
    """What templates/pdf/invitation.html draws, but for what `letters.write` adds."""
    to = addressees(invitation)
    return {
        "kind": invitation.kind,
        "nature": invitation.get_nature_display(),
        "subject": invitation.subject,
        "to": to,
        "is_listed": max(len(to), len(persons)) > MOST_NAMED,
        "opening": _OPENING[Kind(invitation.kind)],
        "day_text": day_text(invitation.begins_at, invitation.ends_at),
        "time_text": time_text(invitation.begins_at, invitation.ends_at),
        "place": invitation.place,
        "link": invitation.link,
        "agenda": invitation.agenda,
        "closing": _CLOSING,
        "replaces": replaces,
        "begins_at": invitation.begins_at.astimezone(WIB).isoformat(),
        "ends_at": invitation.ends_at.astimezone(WIB).isoformat(),
        "recipients": [
            {"name": one.name, "position": one.position, "unit": one.unit.name if one.unit else ""} for one in persons
        ],
        "cases": [str(case) for case in invitation.cases.select_related("standard", "unit").order_by("pk")],
    }


def addressees(invitation: Invitation) -> list[str]:
    """To whom the letter is written: the heads of the units, then the guests."""
    heads = [unit.head_title or unit.name for unit in invitation.units.order_by("path")]
    return heads + [_addressed(guest) for guest in invitation.guests]


def _addressed(guest: dict[str, str]) -> str:
    return ", ".join(part for part in (guest["name"], guest["position"]) if part)


def without_anybody(units: Iterable[WorkUnit], persons: Iterable[Invitee]) -> list[WorkUnit]:
    """Units that are invited though nobody there holds an invited role."""
    reached = {one.unit for one in persons}
    return [unit for unit in units if unit not in reached]


def day_text(begins_at: datetime, ends_at: datetime) -> str:
    """Senin, 27 April 2026; with the last day if it is another one."""
    first, last = begins_at.astimezone(WIB).date(), ends_at.astimezone(WIB).date()
    text = formats.date_format(first, "l, j F Y")
    return text if first == last else f"{text} sampai {formats.date_format(last, 'l, j F Y')}"


def time_text(begins_at: datetime, ends_at: datetime) -> str:
    return f"{begins_at.astimezone(WIB):%H.%M}–{ends_at.astimezone(WIB):%H.%M} WIB"
