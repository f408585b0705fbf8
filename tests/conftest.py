"""Shared set-up of all tests."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import builders
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.models import User, WorkUnit
from accounts.roles import Role


@dataclass(frozen=True)
class Cast:
    """A unit and the people around it."""

    setjen: WorkUnit
    bureau: WorkUnit
    unit: WorkUnit
    operator: User
    kasubag: User
    official: User  # of the unit, Eselon II
    chief: User  # of Setjen, Eselon I
    verifier: User
    karoren: User
    admin: User
    stranger: User  # operator of another unit

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
        operator=builders.user(Role.OPERATOR, unit, name="Sari"),
        kasubag=builders.user(Role.KASUBAG, unit, name="Budi"),
        official=builders.user(Role.OFFICIAL, unit),
        chief=builders.user(Role.OFFICIAL, setjen),
        verifier=builders.user(Role.VERIFIER, unit),
        karoren=builders.user(Role.KAROREN, bureau),
        admin=builders.user(Role.ADMIN, bureau),
        stranger=builders.user(Role.OPERATOR, setjen),
    )


@pytest.fixture
def as_user():
    """A client signed in as the person: `as_user(person)`."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, "accounts.backends.EmailOrNipBackend")
        return client

    return signed_in


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    """Each test has its own place for files."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _empty_cache():
    yield
    cache.clear()


@pytest.fixture
def in_threads():
    """Run the given functions at the same time, each in its own thread with its own connection; their results.

    What one of them raises stands in its place in the list.
    """

    def run(acts):
        barrier = threading.Barrier(len(acts))

        def one(act):
            try:
                barrier.wait(timeout=20)
                return act()
            except Exception as error:  # noqa: BLE001  why: the test looks at what was raised
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(one, acts))

    return run


def pytest_collection_modifyitems(items):
    """Tests that need row locks belong to the PostgreSQL pass; elsewhere they are not collected."""
    if connection.vendor != "postgresql":
        items[:] = [item for item in items if "postgres" not in item.keywords]
