"""A unit with a signed worksheet."""

import builders
import pytest

from accounts.models import WorkUnit
from accounts.roles import Role
from verification.models import Worksheet


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
