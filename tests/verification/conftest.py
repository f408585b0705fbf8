"""The worksheet of a unit with two indicators, sent in time."""

import builders
import pytest

from verification.models import Worksheet, WorksheetRow


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
