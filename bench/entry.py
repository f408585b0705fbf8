#!/usr/bin/env python
"""Autosave and the entry page of a 22-indicator unit, as multiples of a bare signed-in view in the same run.

    script/services --background      # prints DATABASE_URL and REDIS_URL
    DATABASE_URL=... .venv/bin/python -m bench.entry [rounds]

Promised: autosave at most 3 times, the entry page at most 6 times (on PostgreSQL, 2 cores).
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kinerjaku.settings.test")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment

from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from indicators.actions import catalogue
from indicators.actions import quarter as quarters
from indicators.models import Achievement, Decree
from kinerjaku import clock

PROMISES = {"autosave": 3, "entry page": 6}


def main(rounds: int) -> int:
    settings.ROOT_URLCONF = "bench.urls"
    settings.DEBUG = False
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    try:
        return report(measure(rounds))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure(rounds: int) -> dict[str, float]:
    """Median seconds of each act; the acts take turns, so that all see the same machine."""
    at = clock.now()
    call_command("load_catalogue", stdout=open(os.devnull, "w"))
    year, number = at.year, (at.month + 2) // 3
    decree = catalogue.copy_decree(Decree.objects.get(), year=year, key="bench", at=at, is_example=True)
    catalogue.enact(decree, by=None, at=at)
    quarter = quarters.open_quarter(year, number, at=at)
    unit = WorkUnit.objects.get(code="SETJEN")
    user = User.objects.create_user("bench@contoh.test", "x", name="Bench")
    Membership.objects.create(user=user, role=Role.OPERATOR, unit=unit)
    client = Client()
    client.force_login(user)
    row = Achievement.objects.of(quarter, unit).get(indicator__no=13)
    page = f"/capaian/{year}/{number}/SETJEN/"
    save = f"/capaian/baris/{row.pk}/simpan/"
    version = row.version

    def autosave(turn: int) -> None:
        nonlocal version
        fields = {"version": version, "regulasi_selesai": f"{turn % 90}", "regulasi_direncanakan": "90"}
        answer = client.post(save, fields, headers={"accept": "application/json"})
        assert answer.status_code == 200, answer.content
        version = answer.json()["version"]

    def get(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)

    acts: dict[str, Callable[[int], None]] = {
        "bare view": lambda _: get("/bench/bare/"),
        "autosave": autosave,
        "entry page": lambda _: get(page),
    }
    times: dict[str, list[float]] = {name: [] for name in acts}
    for turn in range(rounds + 10):
        for name, act in acts.items():
            began = time.perf_counter()
            act(turn)
            if turn >= 10:  # the first ones warm up
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in times.items()}


def report(medians: dict[str, float]) -> int:
    print(f"{connection.vendor}, bare signed-in view {medians['bare view'] * 1000:.2f} ms")
    failed = 0
    for name, most in PROMISES.items():
        ratio = medians[name] / medians["bare view"]
        failed += ratio > most
        print(f"{name:12} {medians[name] * 1000:6.2f} ms  {ratio:5.2f} x  (promised {most} x)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
