"""Shared set-up of all tests."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection


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
