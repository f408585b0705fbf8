#!/usr/bin/env python
"""A sweep over 100,000 open clocks of which 100 are due, as a multiple of one over 1,000 of which 100 are due.

    eval "$(script/services --background)"; export DATABASE_URL REDIS_URL
    DATA_DIR=$(mktemp -d) .venv/bin/python -m bench.clocks
    script/services --stop "$SERVICES_DIR"

Promised: at most 2 times.
"""

import os
import statistics
import sys
import time
from datetime import datetime, timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

import django

django.setup()

from django.db import connection

from accounts.models import WorkUnit
from kinerjaku import clock
from kinerjaku.clock import WIB
from services import tasks
from services.actions import calendar, standard
from services.calendar import token
from services.models import Case, Obligation, Standard

START, NOW = datetime(2026, 4, 20, 7, 30, tzinfo=WIB), datetime(2026, 4, 23, 9, 0, tzinfo=WIB)
LATER, DUE, FEW, MANY = NOW + timedelta(days=9), 100, 1_000, 100_000
PROMISED, ROUNDS = 2, 7


def main() -> int:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        calendar.load(at=START)
        standard.load(at=START)
        unit = WorkUnit.objects.create(code="UJI", name="Contoh", path="/UJI/", level="I")
        make(unit, range(DUE), running_since=START, alarm_at=NOW - timedelta(minutes=1))
        make(unit, range(DUE, FEW), running_since=NOW, alarm_at=LATER)
        small = measure()
        make(unit, range(FEW, MANY), running_since=NOW, alarm_at=LATER)
        large = measure()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(f"{connection.vendor}, sweep of {DUE} due clocks among {FEW:,}: {small * 1000:.0f} ms")
    print(f"among {MANY:,}: {large * 1000:.0f} ms, {large / small:.2f} x (promised {PROMISED} x)")
    return 0 if large <= PROMISED * small else 1


def make(unit: WorkUnit, numbers: range, **clock: datetime) -> None:
    """Open cases in the step that takes longest."""
    promised = Standard.objects.prefetch_related("steps").get(key="verification")
    step, now = promised.steps.all()[2], token()
    cases = (
        Case(
            standard=promised,
            unit=unit,
            subject=str(number),
            step=step,
            started_at=START,
            calendar_token=now,
            **clock,
        )
        for number in numbers
    )
    Case.objects.bulk_create(cases, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE services_case")


def measure() -> float:
    """Median seconds of a sweep over the clocks that there are, of which the same ones are due each time."""
    taken = []
    for _ in range(ROUNDS):
        with clock.fixed(NOW):
            began = time.perf_counter()
            tasks.sound_clocks()
            taken.append(time.perf_counter() - began)
        if Obligation.objects.count() != 2 * DUE:
            raise SystemExit(f"{Obligation.objects.count()} obligations instead of {2 * DUE}")
        Obligation.objects.all().delete()
        Case.objects.filter(running_since=START).update(alarm_at=NOW - timedelta(minutes=1), marks=[], due_at=None)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
