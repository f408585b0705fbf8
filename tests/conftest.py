"""Shared set-up of all tests."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass

import builders
import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.base import ModelState
from django.test import Client

from accounts.models import User, WorkUnit
from accounts.roles import Role
from services.actions import calendar
from services.models import CalendarStamp, CalendarYear, Closure
from services.views import shared

DATABASE = {"db", "transactional_db", "live_server"}


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
    shared.forget()


@pytest.fixture(scope="session")
def calendar_rows():
    """The years and closed days of the project's data file, not saved."""
    data = json.loads(calendar.CALENDAR.read_text())
    return [calendar.read_year(int(year), facts, data) for year, facts in data["years"].items()]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, calendar_rows):
    """The working calendar is in the database before the first test, and stays through all that roll back."""
    with django_db_blocker.unblock():
        load_calendar(calendar_rows)


@pytest.fixture(autouse=True)
def _calendar(request, calendar_rows):
    """Again after a test that emptied the database."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None and not DATABASE & set(request.fixturenames):
        return
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    request.getfixturevalue("transactional_db" if commits or (marker and marker.kwargs.get("transaction")) else "db")
    load_calendar(calendar_rows)


def load_calendar(rows):
    """Once; by its token a process builds it only once too."""
    if CalendarStamp.objects.exists():
        return
    CalendarYear.objects.bulk_create(year for year, _ in rows)
    Closure.objects.bulk_create(replace_pk(one) for _, closures in rows for one in closures)
    CalendarStamp.objects.create(pk=1, token="test")


def replace_pk(row):
    """The same row to be inserted anew: `bulk_create` leaves its key in the one it saved."""
    row = copy(row)
    row.pk, row._state = None, ModelState()
    return row


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
    """Tests that need row locks belong to the PostgreSQL pass, those that know no database to the other one."""
    if connection.vendor == "postgresql":
        items[:] = [item for item in items if uses_database(item) and "sqlite" not in item.keywords]
    else:
        items[:] = [item for item in items if "postgres" not in item.keywords]


def uses_database(item):
    return "django_db" in item.keywords or bool(DATABASE & set(item.fixturenames))
