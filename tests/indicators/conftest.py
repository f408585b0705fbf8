"""A row, and ways to save it."""

from decimal import Decimal
from typing import Any

import builders
import pytest
from builders import IN_TIME
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.models import Achievement, CollectionRound


@pytest.fixture
def row(cast) -> Achievement:
    """Quarter I of 2026 of a ratio with a target of 90."""
    return builders.row(builders.indicator(cast.unit))


@pytest.fixture
def rows(cast) -> list[Achievement]:
    """Two rows of quarter I of 2026, which is over and open until 15 April."""
    made = [builders.indicator(cast.unit, no) for no in (1, 2)]
    return [builders.row(one) for one in made]


@pytest.fixture
def second(cast) -> User:
    """Another official of the unit."""
    return builders.user(Role.OFFICIAL, cast.unit, name="Tono")


@pytest.fixture
def filling_in(cast, rows, second) -> CollectionRound:
    """A round at step 4: row 1 is the official's, row 2 the second one's."""
    return builders.handed_out(cast.unit, cast.official, second, staff=cast.operator, kasubag=cast.kasubag)


@pytest.fixture
def checking(cast, filling_in, second) -> CollectionRound:
    """Both have returned their formats."""
    builders.returned_by(filling_in, cast.official)
    return builders.returned_by(filling_in, second)


@pytest.fixture
def save():
    """`save(row, by=person, selesai="95", rencana="100", progress="...")`: what the entry page would send."""

    def saved(
        row: Achievement, *, by: User, when: Any = IN_TIME, version: int | None = None, **typed: Any
    ) -> Achievement:
        texts = {"progress", "obstacles", "follow_up", "score_source", "no_result", "score", "explanation"}
        changes: dict[str, Any] = {name: typed.pop(name) for name in list(typed) if name in texts}
        if typed:
            changes["values"] = {code: None if text is None else Decimal(text) for code, text in typed.items()}
        with builders.moment(when):
            seen = Achievement.objects.get(pk=row.pk).version if version is None else version
            return achievements.save(row.pk, changes, version=seen, by=by, at=when)

    return saved


@pytest.fixture
def query_cost():
    """How many queries a page takes: `query_cost(client, "/iku/")`."""

    def counted(client: Client, address: str) -> int:
        client.get(address)  # the first visit may fill caches
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    return counted
