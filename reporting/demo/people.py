"""Demo people, named after their role, and the units they work for."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.contrib.auth.hashers import make_password

from accounts import actions
from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role

PASSWORD = "contoh-kinerjaku-2026"  # noqa: S105  (printed on the first start; demo data only)
DOMAIN = "contoh.test"
VERIFIED_BY = {  # Tim Layanan is divided by unit [M 4.4]
    1: ("SETJEN", "ROREN", "ROSDMAO"),
    2: ("ROKUM", "ROHUMAS", "ROKEU"),
    3: ("ROUM", "PUSDATIN", "LPMUKP"),
}
_AT_THE_BUREAU = {
    Role.QUALITY_LEAD: "subtim",
    Role.TEAM_LEAD: "ketuatim",
    Role.KAROREN: "karoren",
    Role.ADMIN: "admin",
}
_IN_THE_UNIT = {Role.OPERATOR: "operator", Role.KASUBAG: "kasubag", Role.OFFICIAL: "pejabat"}


@dataclass(frozen=True)
class Account:
    role: str
    email: str
    password: str


def accounts() -> list[Account]:
    """One account for each role, to be printed on start."""
    names = {
        Role.OPERATOR: "operator.rokeu",
        Role.KASUBAG: "kasubag.rokeu",
        Role.OFFICIAL: "pejabat.rokeu",
        "Pejabat unit Eselon I": "pejabat.setjen",
        Role.VERIFIER: "verifikator2",
        Role.QUALITY_LEAD: "subtim",
        Role.TEAM_LEAD: "ketuatim",
        Role.KAROREN: "karoren",
        Role.SEKJEN: "sekjen",
        Role.ITJEN_VALIDATOR: "validator.itjen",
        Role.ITJEN_OVERSIGHT: "pengawas.itjen",
        Role.ADMIN: "admin",
    }
    return [Account(str(getattr(role, "label", role)), f"{name}@{DOMAIN}", PASSWORD) for role, name in names.items()]


def make(units: dict[str, WorkUnit], *, at: datetime) -> None:
    """All demo people. Twice changes nothing."""
    itjen = WorkUnit.objects.filter(code="ITJEN").first() or actions.save_unit(
        WorkUnit(
            code="ITJEN",
            name="Inspektorat Jenderal",
            level="I",
            parent=units["KKP"],
            head_title="Inspektur Jenderal",
        ),
        by=None,
        at=at,
    )
    encoded = make_password(PASSWORD)
    for code, unit in units.items():
        if code != "KKP":
            for role, name in _IN_THE_UNIT.items():
                _person(f"{name}.{code.lower()}", f"{role.label} {unit.name}", {role: [unit]}, encoded, at)
    for number, codes in VERIFIED_BY.items():
        roles = {Role.VERIFIER: [units[code] for code in codes]}
        _person(f"verifikator{number}", f"Verifikator {number} Biro Perencanaan", roles, encoded, at)
    for role, name in _AT_THE_BUREAU.items():
        _person(name, str(role.label), {role: [units["ROREN"]]}, encoded, at)
    _person("sekjen", "Sekretaris Jenderal", {Role.SEKJEN: [units["SETJEN"]]}, encoded, at)
    _person("validator.itjen", "Validator Inspektorat Jenderal", {Role.ITJEN_VALIDATOR: [itjen]}, encoded, at)
    _person("pengawas.itjen", "Pengawas Inspektorat Jenderal", {Role.ITJEN_OVERSIGHT: [itjen]}, encoded, at)


@cache
def person(name: str) -> User:
    return User.objects.get(email=f"{name}@{DOMAIN}")


def verifier_of(code: str) -> User:
    return person(f"verifikator{next(number for number, codes in VERIFIED_BY.items() if code in codes)}")


def _person(name: str, title: str, roles: dict[Role, list[WorkUnit]], encoded: str, at: datetime) -> None:
    email = f"{name}@{DOMAIN}"
    if User.objects.filter(email=email).exists():
        return
    user = User(email=email, name=f"{title} (contoh)"[:150], position=title[:200], password=encoded)
    actions.save_user(user, by=None, at=at)
    for role, units in roles.items():
        for unit in units:
            actions.save_membership(Membership(user=user, role=role, unit=unit), by=None, at=at)
