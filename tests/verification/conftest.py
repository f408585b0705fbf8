"""A unit with two indicators, sent in time, and the people around it."""

from dataclasses import dataclass

import builders
import pytest
from django.test import Client

from accounts.models import User, WorkUnit
from accounts.roles import Role
from verification.models import Worksheet, WorksheetRow


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

    @property
    def signers(self) -> list[User]:
        return [self.verifier, self.official, self.chief]


@pytest.fixture
def cast(db) -> Cast:
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
    )


@pytest.fixture
def sheet(cast) -> Worksheet:
    """Open, two rows sent with 95 of 100 and evidence."""
    for no in (1, 2):
        builders.indicator(cast.unit, no)
    builders.submitted(cast.unit, by=cast.operator)
    return builders.worksheet(cast.unit)


@pytest.fixture
def row(sheet) -> WorksheetRow:
    """The row of indicator 1."""
    return sheet.rows.get(achievement__indicator__no=1)


@pytest.fixture
def as_user():
    """A client signed in as the person: `as_user(person)`."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
