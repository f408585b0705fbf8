"""A real Celery worker on the real broker of this pass: files beside SQLite, Redis beside PostgreSQL."""

import time
from collections.abc import Callable

import builders
import pytest
from celery.contrib.testing.worker import start_worker
from django.core import mail

from accounts.models import Notice
from accounts.roles import Role
from kinerjaku.celery import app
from kinerjaku.models import Document

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker():
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="ERROR"):
        yield


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.1)
    return False


def sent() -> None:
    unit = builders.unit("ROKEU")
    builders.indicator(unit)
    builders.user(Role.VERIFIER, unit)
    builders.submitted(unit, by=builders.user(Role.OPERATOR, unit))


def test_a_receipt_becomes_a_pdf_as_soon_as_the_act_is_committed(worker):
    sent()
    assert wait_until(lambda: Document.objects.filter(rendered_at__isnull=False).exists())


def test_a_notice_becomes_a_mail_as_soon_as_the_act_is_committed(worker):
    sent()
    assert wait_until(lambda: Notice.objects.filter(sent_at__isnull=False).exists())
    assert [message.subject for message in mail.outbox] == ["[Kinerjaku] Unit ROKEU mengirim capaian Triwulan I 2026"]


def test_work_that_was_left_behind_is_done_by_the_next_sweep():
    """Nobody was there to hear the wake-up call: the broker was away or the worker was killed."""
    sent()
    assert not Document.objects.filter(rendered_at__isnull=False).exists()
    app.tasks["reporting.render_documents"]()
    assert Document.objects.get().rendered_at is not None
