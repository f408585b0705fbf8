"""A unit with a signed worksheet, and the people around it."""

from dataclasses import dataclass

import builders
import pytest
from django.test import Client

from accounts.models import User, WorkUnit
from accounts.roles import Role
from verification.models import Worksheet


@dataclass(frozen=True)
class Cast:
    setjen: WorkUnit
    bureau: WorkUnit
    unit: WorkUnit
    operator: User
    official: User  # of the unit, Eselon II
    chief: User  # of Setjen, Eselon I
    verifier: User
    karoren: User
    admin: User

    @property
    def signers(self) -> list[User]:
        return [self.verifier, self.official, self.chief]


def make_cast() -> Cast:
    setjen, bureau, unit = builders.ministry()
    return Cast(
        setjen,
        bureau,
        unit,
        operator=builders.user(Role.OPERATOR, unit),
        official=builders.user(Role.OFFICIAL, unit),
        chief=builders.user(Role.OFFICIAL, setjen),
        verifier=builders.user(Role.VERIFIER, unit),
        karoren=builders.user(Role.KAROREN, bureau),
        admin=builders.user(Role.ADMIN, bureau),
    )


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def signed_sheet(cast):
    """`signed_sheet()`: the worksheet of a unit with one indicator that was never sent, signed by everyone;
    `signed_sheet(sent=True)` has a claim of 95 of 100 with evidence, which takes longer to make."""

    def make(unit: WorkUnit | None = None, *, sent: bool = False) -> Worksheet:
        unit = unit or cast.unit
        official, verifier = cast.official, cast.verifier
        if unit != cast.unit:
            official, verifier = builders.user(Role.OFFICIAL, unit), builders.user(Role.VERIFIER, unit)
        builders.indicator(unit)
        if sent:
            builders.submitted(unit, by=cast.operator)
        sheet = builders.frozen(builders.worksheet(unit), by=verifier)
        return builders.signed(sheet, by=[verifier, official, cast.chief])

    return make


@pytest.fixture
def as_user():
    """A client signed in as the person: `as_user(person)`."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
