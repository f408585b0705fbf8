"""Who may do what, in one table. Actions ask `require`, templates and views `can`, queries `units_for`.

A role counts for the unit it is held for; the scope says how far it reaches from there.
"""

import enum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from kinerjaku import clock

from .models import Membership, User, WorkUnit
from .roles import Role


class Scope(enum.Enum):
    UNIT = "the unit itself"
    TREE = "the unit and everything below it"
    ALL = "the whole ministry"


class Verb(enum.Enum):
    VIEW = "lihat"
    ENTER = "isi capaian"
    SUBMIT = "kirim capaian"
    VERIFY = "verifikasi"
    SIGN_VERIFIER = "tanda tangan verifikator"
    SIGN_UNIT = "tanda tangan unit"
    EXTEND = "perpanjang tenggat"
    ISSUE_NOTA = "terbitkan nota dinas"
    VIEW_AUDIT = "lihat audit"
    ADMINISTER = "kelola"
    EDIT_CATALOGUE = "ubah katalog"


_EVERYONE_OF_THE_BUREAU = {
    Role.QUALITY_LEAD: Scope.ALL,
    Role.TEAM_LEAD: Scope.ALL,
    Role.KAROREN: Scope.ALL,
    Role.ADMIN: Scope.ALL,
}
GRANTS: dict[Verb, dict[Role, Scope]] = {
    Verb.VIEW: {
        Role.OPERATOR: Scope.UNIT,
        Role.KASUBAG: Scope.UNIT,
        Role.OFFICIAL: Scope.TREE,  # the Eselon I official signs the worksheets of the units below
        Role.VERIFIER: Scope.UNIT,
        Role.ITJEN_VALIDATOR: Scope.ALL,
        Role.SEKJEN: Scope.ALL,
        Role.ITJEN_OVERSIGHT: Scope.ALL,
        **_EVERYONE_OF_THE_BUREAU,
    },
    Verb.ENTER: {Role.OPERATOR: Scope.UNIT, Role.KASUBAG: Scope.UNIT, Role.OFFICIAL: Scope.UNIT},
    Verb.SUBMIT: {Role.OPERATOR: Scope.UNIT, Role.KASUBAG: Scope.UNIT, Role.OFFICIAL: Scope.UNIT},
    Verb.VERIFY: {Role.VERIFIER: Scope.UNIT},
    Verb.SIGN_VERIFIER: {Role.VERIFIER: Scope.UNIT},
    Verb.SIGN_UNIT: {Role.OFFICIAL: Scope.UNIT},
    Verb.EXTEND: {Role.KAROREN: Scope.ALL},
    Verb.ISSUE_NOTA: {Role.KAROREN: Scope.ALL},
    Verb.VIEW_AUDIT: {Role.ADMIN: Scope.ALL, Role.KAROREN: Scope.ALL, Role.ITJEN_OVERSIGHT: Scope.ALL},
    Verb.ADMINISTER: {Role.ADMIN: Scope.ALL},
    Verb.EDIT_CATALOGUE: {Role.ADMIN: Scope.ALL},
}


def can(user: Any, verb: Verb, unit: WorkUnit | None = None) -> bool:
    """Whether the user may do it to this unit; without a unit: to the whole ministry."""
    return any(_reaches(scope, membership, unit) for scope, membership in _held(user, verb))


def can_somewhere(user: Any, verb: Verb) -> bool:
    """Whether the user may do it to any unit at all."""
    return any(True for _ in _held(user, verb))


def require(user: Any, verb: Verb, unit: WorkUnit | None = None) -> None:
    """Raises Http404 if the user may not even see the unit, PermissionDenied (403) if they only lack the right."""
    if can(user, verb, unit):
        return
    if unit is not None and not can(user, Verb.VIEW, unit):
        raise Http404
    raise PermissionDenied


def units_for(user: Any, verb: Verb = Verb.VIEW) -> QuerySet[WorkUnit]:
    """The units to which the user may do it: the query twin of `can`."""
    wanted = Q(pk__in=[])
    for scope, membership in _held(user, verb):
        if scope is Scope.ALL:
            return WorkUnit.objects.all()
        wanted |= Q(pk=membership.unit_id) if scope is Scope.UNIT else Q(path__startswith=membership.unit.path)
    return WorkUnit.objects.filter(wanted)


def holders(role: Role, unit: WorkUnit | None = None) -> QuerySet[User]:
    """Active people who hold the role today (for this unit)."""
    today = clock.now().date()
    held = Membership.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gte=today), role=role
    )
    if unit is not None:
        held = held.filter(unit=unit)
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def _held(user: Any, verb: Verb) -> list[tuple[Scope, Membership]]:
    if not user.is_authenticated or not user.is_active:
        return []
    grants = GRANTS[verb]
    return [(grants[Role(m.role)], m) for m in _memberships(user) if m.role in grants]


def _memberships(user: User) -> list[Membership]:
    """Read once for each user object, that is once a request."""
    if not hasattr(user, "_held_memberships"):
        today = clock.now().date()
        user._held_memberships = [m for m in user.memberships.select_related("unit").order_by() if m.holds_on(today)]
    return user._held_memberships


def _reaches(scope: Scope, membership: Membership, unit: WorkUnit | None) -> bool:
    if scope is Scope.ALL:
        return True
    if unit is None:
        return False
    return unit.pk == membership.unit_id if scope is Scope.UNIT else unit.path.startswith(membership.unit.path)
