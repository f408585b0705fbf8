"""Waking the worker once the transaction is committed. A broker that is away costs a minute: the schedule does it."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger("kinerjaku.jobs")


def wake(task: str) -> None:
    """Run the named sweep soon after this transaction commits."""
    transaction.on_commit(lambda: _send(task))


def _send(task: str) -> None:
    try:
        current_app.send_task(task, retry=False)
    except OperationalError as error:
        log.warning("%s waits for the schedule, the broker is away: %s", task, type(error).__name__)
