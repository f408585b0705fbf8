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
LATER, DUE, PROMISED, ROUNDS = NOW + timedelta(days=9), 100, 2, 5


def main() -> int:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        calendar.load(at=START)
        standard.load(at=START)
        unit = WorkUnit.objects.create(code="UJI", name="Contoh", path="/UJI/", level="I")
        small, large = measure(unit, 1_000), measure(unit, 100_000)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(f"{connection.vendor}, sweep of {DUE} due clocks among 1,000: {small * 1000:.0f} ms")
    print(f"among 100,000: {large * 1000:.0f} ms, {large / small:.2f} x (promised {PROMISED} x)")
    return 0 if large <= PROMISED * small else 1


def measure(unit: WorkUnit, count: int) -> float:
    """Median seconds of a sweep, each over the same clocks made anew."""
    promised = Standard.objects.prefetch_related("steps").get(key="verification")
    step = promised.steps.all()[2]
    taken = []
    for _ in range(ROUNDS):
        Obligation.objects.all().delete()
        Case.objects.all()._raw_delete(Case.objects.db)
        Case.objects.bulk_create(
            (
                Case(
                    standard=promised,
                    unit=unit,
                    subject=str(number),
                    step=step,
                    started_at=START,
                    running_since=START if number < DUE else NOW,
                    alarm_at=NOW - timedelta(minutes=1) if number < DUE else LATER,
                    calendar_token=token(),
                )
                for number in range(count)
            ),
            batch_size=5000,
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE services_case")
        with clock.fixed(NOW):
            began = time.perf_counter()
            tasks.sound_clocks()
            taken.append(time.perf_counter() - began)
        if Obligation.objects.count() != 2 * DUE:
            raise SystemExit(f"{Obligation.objects.count()} obligations instead of {2 * DUE}")
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
