#!/usr/bin/env python
"""The performance page of the whole Setjen as a multiple of a bare signed-in view, and the scores of a year anew.

    eval "$(script/services --background)"; export DATABASE_URL REDIS_URL
    DATA_DIR=$(mktemp -d) .venv/bin/python -m bench.performance [rounds] [indicators]
    script/services --stop "$SERVICES_DIR"

A real gunicorn answers, PostgreSQL and Redis behind it; the pages take turns, so that all see the same machine. On a
machine that others use, whatever takes longer than a time slice waits for its next one, so that the ratio of wall times
says more about the others; the ratio of the server's own processor time stands beside it and is what is judged there.
Promised: the page of 110 indicators with four quarters and an earlier year at most 8 times the bare view; all scores
of a year with 10,000 indicators in less than 10 seconds, which is also given as a multiple of the bare view.
"""

import os
import statistics
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from bench.entry import PORT, Browser, wait_for_server
from indicators.actions import decree as decrees
from indicators.actions import decree_copy, targets
from indicators.actions import quarter as quarters
from indicators.models import Achievement, Decree, Indicator, Objective, Quarter
from kinerjaku import clock
from reporting.actions import score

YEAR, EARLIER = 2026, 2025
PAGES = {
    "bare view": "/bench/bare/",
    "whole Setjen, quarter": f"/kinerja/SETJEN/?tahun={YEAR}&triwulan=4&tampilan=triwulan&cakupan=semua",
    "whole Setjen, year": f"/kinerja/SETJEN/?tahun={YEAR}&triwulan=4&tampilan=tahunan&cakupan=semua",
    "unit of 22": f"/kinerja/SETJEN/?tahun={YEAR}&triwulan=4&tampilan=tahunan",
    "list": f"/kinerja/?tahun={YEAR}&triwulan=4&tampilan=tahunan",
}
PROMISES = {"whole Setjen, quarter": 8, "whole Setjen, year": 8}
MOST_SECONDS = 10


def main(rounds: int, indicators: int) -> int:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    command = f"gunicorn kinerjaku.wsgi --bind 127.0.0.1:{PORT} --worker-class gthread --threads 4 --no-control-socket"
    server = subprocess.Popen([sys.executable, "-m", *command.split()], env={**os.environ, "DATABASE_URL": url})
    try:
        session = prepare()
        wait_for_server()
        medians, processor = measure(Browser(session), rounds, server.pid)
        return report(medians, processor, *recompute(indicators))
    finally:
        server.terminate()
        server.wait()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def prepare() -> str:
    """110 indicators in two years, every quarter reported; the session of somebody who sees them all."""
    at = clock.now()
    with open(os.devnull, "w") as nowhere:
        call_command("load_catalogue", stdout=nowhere)
    source = Decree.objects.get()
    for year in (EARLIER, YEAR):
        decree = decree_copy.copy_decree(source, year=year, key=f"bench-{year}", at=at, is_example=True)
        for indicator in decree.indicators.all():
            for number in (1, 2, 3, 4):
                targets.set_target(indicator, number, value=90, by=None, at=at)
        decrees.enact_on_paper(decree.pk, number=f"bench-{year}", decided_on=date(year, 1, 1), by=None, at=at)
        for number in (1, 2, 3, 4):
            quarters.open_quarter(year, number, at=at)
        report_all(Achievement.objects.filter(quarter__year=year), at)
        score.recompute(year, at=at)
    user = User.objects.create_user("bench@contoh.test", "x", name="Bench")
    Membership.objects.create(user=user, role=Role.KAROREN, unit=WorkUnit.objects.get(code="SETJEN"))
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(user, "accounts.backends.EmailOrNipBackend")
    return client.cookies["sessionid"].value


def report_all(rows, at) -> None:
    for row in rows.iterator():
        row.state, row.actual = Achievement.State.SUBMITTED, Decimal(70 + row.pk % 40)
        row.submitted_at, row.submitted_by_id = at, first_user().pk
        row.save(update_fields=["state", "actual", "submitted_at", "submitted_by"])


def first_user() -> User:
    return User.objects.first() or User.objects.create_user("first@contoh.test", "x", name="First")


def measure(browser: Browser, rounds: int, server: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds of each page, and mean seconds of processor time that the server spent on it."""
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    spent = dict.fromkeys(PAGES, 0.0)
    for turn in range(rounds + 10):
        for name, path in PAGES.items():
            before, began = processor_time(server), time.perf_counter()
            browser.ask("GET", path)
            taken = time.perf_counter() - began
            if turn >= 10:  # the first ones warm up
                times[name].append(taken)
                spent[name] += processor_time(server) - before
    return {name: statistics.median(taken) for name, taken in times.items()}, {
        name: total / rounds for name, total in spent.items()
    }


def processor_time(server: int) -> float:
    """Seconds on a processor so far, of gunicorn's workers and all their threads."""
    workers = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    files = [file for worker in workers for file in Path(f"/proc/{worker}/task").glob("*/schedstat")]
    return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def recompute(count: int) -> tuple[int, float]:
    """A year with so many indicators, ten a unit, all quarters sent: seconds that its scores take."""
    at, by = clock.now(), first_user()
    decree = Decree.objects.create(key="bench-many", number="1", title="Bench", year=2027, state="enacted")
    many = [
        Quarter.objects.create(year=2027, number=n, opens_at=at, closes_at=at.replace(year=2099)) for n in range(1, 5)
    ]
    model = Indicator.objects.filter(decree__year=YEAR, unit__code="ROKEU").first()
    top = WorkUnit.objects.get(code="SETJEN")
    units = [
        WorkUnit(code=f"B{n}", name=f"Bench {n}", level="II", parent=top, path=f"{top.path}B{n}/")
        for n in range(count // 10)
    ]
    WorkUnit.objects.bulk_create(units)
    objectives = Objective.objects.bulk_create(
        Objective(decree=decree, unit=unit, no=1, name="Bench") for unit in units
    )
    indicators = Indicator.objects.bulk_create(
        Indicator(
            decree=decree,
            objective=objective,
            unit=objective.unit,
            no=no,
            name=f"Bench {no}",
            measure="%",
            method=model.method,
            polarity=("maximize", "minimize", "stabilize")[no % 3],
            consolidation=("sum", "average", "last")[no % 3],
            kept_rule=model.kept_rule,
        )
        for objective in objectives
        for no in range(1, 11)
    )
    Achievement.objects.bulk_create(
        (
            Achievement(
                indicator=indicator,
                quarter=quarter,
                unit_id=indicator.unit_id,
                state="submitted",
                actual=Decimal(70 + (indicator.no * 7 + quarter.number) % 40),
                submitted_at=at,
                submitted_by=by,
            )
            for indicator in indicators
            for quarter in many
        ),
        batch_size=2000,
    )
    taken = []
    for _ in range(2):  # the second finds rows to overwrite
        began = time.perf_counter()
        found = score.recompute(2027, at=at)
        taken.append(time.perf_counter() - began)
    return found, max(taken)


def report(medians: dict[str, float], processor: dict[str, float], count: int, seconds: float) -> int:
    bare, spent = medians.pop("bare view"), processor["bare view"]
    print(f"{connection.vendor}, bare signed-in view {bare * 1000:.2f} ms, of which processor {spent * 1000:.2f} ms")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    failed = 0
    is_busy = os.getloadavg()[0] > (os.cpu_count() or 1)
    for name, median in medians.items():
        most, ratio, own = PROMISES.get(name), median / bare, processor[name] / spent
        failed += most is not None and (own if is_busy else ratio) > most
        promised = f"  (promised {most} x)" if most else ""
        print(f"{name:22} {median * 1000:7.2f} ms {ratio:6.2f} x, processor {own:6.2f} x{promised}")
    failed += seconds > MOST_SECONDS
    print(f"{count} indicators anew     {seconds:7.2f} s   {seconds / bare:6.0f} x  (promised {MOST_SECONDS} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*(int(text) for text in (sys.argv[1:3] + ["60", "10000"][len(sys.argv) - 1 :]))))
