"""Who may do what, in one table. Actions ask `require`, templates and views `can`, queries `units_for`.

A role counts for the unit it is held for; the scope says how far it reaches from there.
"""

import enum
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404

from kinerjaku import clock

from .models import Membership, User, WorkUnit, holds
from .roles import Role


class Scope(enum.Enum):
    UNIT = "the unit itself"
    TREE = "the unit and everything below it"
    ALL = "the whole ministry"


class Verb(enum.Enum):
    VIEW = "lihat"
    ENTER = "isi capaian"
    COMMENT = "komentari capaian"
    SUBMIT = "kirim capaian"
    CHECK_UNIT = "periksa dan paraf di unit"
    VERIFY = "verifikasi"
    SIGN_VERIFIER = "tanda tangan verifikator"
    SIGN_UNIT = "tanda tangan unit"
    VALIDATE = "validasi"
    SIGN_ITJEN = "tanda tangan validator Itjen"
    EXTEND = "perpanjang tenggat"
    ISSUE_NOTA = "terbitkan nota dinas"
    ASSIGN = "serahkan berkas"
    OVERSEE_SERVICES = "awasi layanan"
    DIRECT_SERVICES = "beri arahan layanan"
    ISSUE_APOLOGY = "terbitkan surat permohonan maaf"
    REASSIGN = "alihkan kewajiban kompensasi"
    WAIVE = "bebaskan kewajiban kompensasi"
    DRAFT_INVITATION = "siapkan undangan"
    ISSUE_INVITATION = "terbitkan undangan"
    VIEW_AUDIT = "lihat audit"
    ADMINISTER = "kelola"
    EDIT_CATALOGUE = "ubah katalog"
    SET_TARGETS = "isi target"
    INITIAL_DECREE_PLANNING = "paraf keputusan Biro Perencanaan"
    INITIAL_DECREE_LEGAL = "paraf keputusan Biro Hukum"
    SIGN_DECREE = "tanda tangani keputusan"
    VIEW_SURVEY = "lihat hasil survei"
    MANAGE_SURVEY = "kelola survei"
    PUBLISH_SURVEY = "terbitkan hasil survei"
    VIEW_COMPLAINTS = "lihat pengaduan"
    HANDLE_COMPLAINT = "tangani pengaduan"
    SEE_COMPLAINANT = "lihat pengadu yang dirahasiakan"


_EVERYONE_OF_THE_BUREAU = {
    Role.QUALITY_LEAD: Scope.ALL,
    Role.TEAM_LEAD: Scope.ALL,
    Role.KAROREN: Scope.ALL,
    Role.ADMIN: Scope.ALL,
}
_COMPLAINT_HANDLERS = {
    Role.KAROREN: Scope.ALL,
    Role.TEAM_LEAD: Scope.ALL,
    Role.QUALITY_LEAD: Scope.ALL,
    Role.VERIFIER: Scope.UNIT,  # that is, not all of them: those that are assigned to the person
}
_OFFICERS = {
    Role.VERIFIER: Scope.UNIT,
    Role.QUALITY_LEAD: Scope.ALL,
    Role.TEAM_LEAD: Scope.ALL,
    Role.KAROREN: Scope.ALL,
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
    Verb.COMMENT: {  # who works on the row; Sekjen and Itjen watch, and read what was said
        Role.OPERATOR: Scope.UNIT,
        Role.KASUBAG: Scope.UNIT,
        Role.OFFICIAL: Scope.TREE,
        Role.VERIFIER: Scope.UNIT,
        **_EVERYONE_OF_THE_BUREAU,
    },
    Verb.SUBMIT: {Role.OPERATOR: Scope.UNIT, Role.KASUBAG: Scope.UNIT, Role.OFFICIAL: Scope.UNIT},
    Verb.CHECK_UNIT: {Role.KASUBAG: Scope.UNIT},
    Verb.VERIFY: {Role.VERIFIER: Scope.UNIT},
    Verb.SIGN_VERIFIER: {Role.VERIFIER: Scope.UNIT},
    Verb.SIGN_UNIT: {Role.OFFICIAL: Scope.UNIT},
    Verb.VALIDATE: {Role.VERIFIER: Scope.UNIT, Role.ITJEN_VALIDATOR: Scope.ALL},  # together [M 3.1]
    Verb.SIGN_ITJEN: {Role.ITJEN_VALIDATOR: Scope.ALL},
    Verb.EXTEND: {Role.KAROREN: Scope.ALL},
    Verb.ISSUE_NOTA: {Role.KAROREN: Scope.ALL},
    Verb.DRAFT_INVITATION: _OFFICERS,
    Verb.ASSIGN: _OFFICERS,
    Verb.OVERSEE_SERVICES: {
        Role.SEKJEN: Scope.ALL,
        Role.ITJEN_OVERSIGHT: Scope.ALL,
        **_EVERYONE_OF_THE_BUREAU,
    },
    Verb.DIRECT_SERVICES: {Role.KAROREN: Scope.ALL},
    Verb.ISSUE_APOLOGY: {Role.KAROREN: Scope.ALL},
    Verb.REASSIGN: {Role.TEAM_LEAD: Scope.ALL, Role.KAROREN: Scope.ALL},
    Verb.WAIVE: {Role.KAROREN: Scope.ALL},
    Verb.ISSUE_INVITATION: {Role.KAROREN: Scope.ALL},
    Verb.VIEW_AUDIT: {Role.ADMIN: Scope.ALL, Role.KAROREN: Scope.ALL, Role.ITJEN_OVERSIGHT: Scope.ALL},
    Verb.ADMINISTER: {Role.ADMIN: Scope.ALL},
    Verb.EDIT_CATALOGUE: {Role.ADMIN: Scope.ALL},
    Verb.SET_TARGETS: {Role.OPERATOR: Scope.UNIT, Role.KASUBAG: Scope.UNIT, Role.OFFICIAL: Scope.UNIT},
    Verb.INITIAL_DECREE_PLANNING: {Role.KAROREN: Scope.ALL},
    Verb.INITIAL_DECREE_LEGAL: {Role.OFFICIAL: Scope.UNIT},  # asked for settings.LEGAL_BUREAU
    Verb.SIGN_DECREE: {Role.SEKJEN: Scope.ALL},
    Verb.VIEW_SURVEY: {
        Role.ADMIN: Scope.ALL,
        Role.TEAM_LEAD: Scope.ALL,
        Role.KAROREN: Scope.ALL,
        Role.SEKJEN: Scope.ALL,
        Role.ITJEN_OVERSIGHT: Scope.ALL,
    },
    Verb.MANAGE_SURVEY: {Role.ADMIN: Scope.ALL, Role.TEAM_LEAD: Scope.ALL, Role.KAROREN: Scope.ALL},
    Verb.PUBLISH_SURVEY: {Role.KAROREN: Scope.ALL},  # the report bears the signature of Karoren
    Verb.VIEW_COMPLAINTS: {Role.SEKJEN: Scope.ALL, Role.ITJEN_OVERSIGHT: Scope.ALL, **_COMPLAINT_HANDLERS},
    Verb.HANDLE_COMPLAINT: _COMPLAINT_HANDLERS,
    Verb.SEE_COMPLAINANT: {Role.KAROREN: Scope.ALL, Role.TEAM_LEAD: Scope.ALL},
}


def can(user: Any, verb: Verb, unit: WorkUnit | None = None) -> bool:
    """Whether the user may do it to this unit; without a unit: to the whole ministry."""
    return any(_reaches(scope, held, unit) for scope, held in _held(user, verb))


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
    for scope, held in _held(user, verb):
        if scope is Scope.ALL:
            return WorkUnit.objects.all()
        wanted |= Q(pk=held.unit_id) if scope is Scope.UNIT else Q(path__startswith=held.unit_path)
    return WorkUnit.objects.filter(wanted)


def holders(role: Role, unit: WorkUnit | None = None) -> QuerySet[User]:
    """Active people who hold the role today (for this unit)."""
    held = memberships([role])
    if unit is not None:
        held = held.filter(unit=unit)
    return User.objects.filter(pk__in=held.values("user"))


def able(verb: Verb, unit: WorkUnit) -> QuerySet[User]:
    """Active people who may do it to this unit today: `can`, asked for everybody."""
    reach = {Scope.UNIT: Q(unit=unit), Scope.ALL: Q(), Scope.TREE: Q(unit__in=_upwards(unit))}
    held = Q(pk__in=[])
    for role, scope in GRANTS[verb].items():
        held |= Q(reach[scope], role=role)
    return User.objects.filter(pk__in=memberships(list(Role)).filter(held).values("user"))


def _upwards(unit: WorkUnit) -> list[int]:
    """The unit and every unit above it."""
    found: list[int] = []
    above: WorkUnit | None = unit
    while above is not None:
        found.append(above.pk)
        above = above.parent
    return found


def memberships(roles: Iterable[str]) -> QuerySet[Membership]:
    """Who holds one of the roles today, and for which unit."""
    today = clock.now().date()
    return Membership.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=today),
        Q(valid_to=None) | Q(valid_to__gte=today),
        role__in=roles,
        user__is_active=True,
    )


class _Held(NamedTuple):
    """A membership, as far as rights need it: read for nearly every answer."""

    role: str
    unit_id: int
    unit_path: str


def _held(user: Any, verb: Verb) -> list[tuple[Scope, _Held]]:
    if not user.is_authenticated or not user.is_active:
        return []
    grants = GRANTS[verb]
    return [(grants[Role(held.role)], held) for held in _memberships(user) if held.role in grants]


_HELD = [f"memberships__{name}" for name in ("role", "unit_id", "unit__path", "valid_from", "valid_to")]


def signed_in(user_id: int) -> User | None:
    """The person with their memberships, in one query: nearly every answer depends on both."""
    fields = [field.attname for field in User._meta.concrete_fields]
    rows = list(User.objects.filter(pk=user_id).order_by().values_list(*fields, *_HELD))
    if not rows:
        return None
    user = User.from_db("default", fields, rows[0][: len(fields)])
    user._held_memberships = _holding(row[len(fields) :] for row in rows)
    return user


def _memberships(user: User) -> list[_Held]:
    """Read once for each user object, that is once a request."""
    if not hasattr(user, "_held_memberships"):
        user._held_memberships = _holding(User.objects.filter(pk=user.pk).order_by().values_list(*_HELD))
    return user._held_memberships


def _holding(rows: Iterable[Sequence[Any]]) -> list[_Held]:
    """Those that hold today; somebody without any has one row of nothing."""
    today = clock.now().date()
    return [_Held(*held) for *held, first, last in rows if held[0] and holds(first, last, today)]


def _reaches(scope: Scope, held: _Held, unit: WorkUnit | None) -> bool:
    if scope is Scope.ALL:
        return True
    if unit is None:
        return False
    return unit.pk == held.unit_id if scope is Scope.UNIT else unit.path.startswith(held.unit_path)
