"""A real browser on a real server, at an instant of our choice."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import builders
import pytest
import time_machine
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect, sync_playwright

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright keeps an event loop in this thread
PATIENCE = 20_000  # milliseconds; a busy machine is slow, not wrong
expect.set_options(timeout=PATIENCE)
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.e2e)
            if item.path.name != "test_story.py":  # the story walks on both databases, the shorter ones on one
                item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def travel():
    """Set the clock of the whole process, server threads included; time goes on from there."""
    travellers = []

    def to(instant: datetime) -> None:
        while travellers:
            travellers.pop().stop()
        traveller = time_machine.travel(instant, tick=True)
        traveller.start()
        travellers.append(traveller)

    yield to
    while travellers:
        travellers.pop().stop()


@pytest.fixture
def session(browser, live_server, settings):
    """Open a page as a person: `with session(user) as page`. Any error in the page's console fails the test."""
    settings.BASE_URL = live_server.url

    @contextmanager
    def opened(user=None, *, width: int = 1280, javascript: bool = True) -> Iterator[Page]:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            accept_downloads=True,
            locale="id-ID",
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: _note(message, complaints))
        try:
            if user is not None:
                sign_in(page, user)
            yield page
            assert complaints == []
        finally:
            context.close()

    return opened


def sign_in(page: Page, user, path: str = "/masuk/") -> None:
    page.goto(path)
    page.get_by_label("Surel atau NIP").fill(user.email)
    page.get_by_label("Kata sandi", exact=True).fill(builders.PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_role("heading", level=1).wait_for()


def _note(message, complaints: list[str]) -> None:
    """Answers such as 409 and 422 are part of the talk between page and server."""
    if message.type == "error" and "Failed to load resource" not in message.text:
        complaints.append(message.text)


@pytest.fixture
def tick() -> Callable[[], None]:
    def run() -> None:
        call_command("tick", stdout=io.StringIO())

    return run
