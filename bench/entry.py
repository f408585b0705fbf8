#!/usr/bin/env python
"""Autosave and the entry page of a 22-indicator unit, as multiples of a bare signed-in view in the same run.

    eval "$(script/services --background)"; export DATABASE_URL REDIS_URL
    DATA_DIR=$(mktemp -d) .venv/bin/python -m bench.entry [rounds]
    script/services --stop "$SERVICES_DIR"

A real gunicorn answers, PostgreSQL and Redis behind it; the acts take turns, so that all see the same machine.
Promised: autosave at most 3 times, the entry page at most 6 times.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from indicators.actions import decree as decrees
from indicators.actions import decree_copy, targets
from indicators.actions import quarter as quarters
from indicators.models import Achievement, Decree
from indicators.quarters import quarter_of
from kinerjaku import clock

PROMISES = {"autosave": 3, "entry page": 6}
PORT = 8765


class Browser:
    """One kept connection with a session and its CSRF token."""

    def __init__(self, session: str) -> None:
        self.http, self.cookies = HTTPConnection("127.0.0.1", PORT), {"sessionid": session}

    def ask(self, method: str, path: str, fields: dict[str, object] | None = None) -> bytes:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
            headers["X-CSRFToken"] = self.cookies["csrftoken"]
        self.http.request(method, path, urlencode(fields) if fields else None, headers)
        answer = self.http.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:200]!r}")
        for name, value in answer.getheaders():
            if name == "Set-Cookie" and value.startswith("csrftoken="):
                self.cookies["csrftoken"] = value.partition(";")[0].removeprefix("csrftoken=")
        return body


def main(rounds: int) -> int:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    command = f"gunicorn kinerjaku.wsgi --bind 127.0.0.1:{PORT} --worker-class gthread --threads 4 --no-control-socket"
    server = subprocess.Popen([sys.executable, "-m", *command.split()], env={**os.environ, "DATABASE_URL": url})
    try:
        return report(measure(rounds))
    finally:
        server.terminate()
        server.wait()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure(rounds: int) -> dict[str, float]:
    """Median seconds of each act."""
    at = clock.now()
    year, number = quarter_of(at)
    with open(os.devnull, "w") as nowhere:
        call_command("load_catalogue", stdout=nowhere)
    decree = decree_copy.copy_decree(Decree.objects.get(), year=year, key="bench", at=at, is_example=True)
    decrees.enact_on_paper(decree.pk, number=decree.number, decided_on=at.date(), by=None, at=at)
    for indicator in decree.indicators.all():
        targets.set_target(indicator, number, value=90, by=None, at=at)
    quarter = quarters.open_quarter(year, number, at=at)
    unit = WorkUnit.objects.get(code="SETJEN")
    user = User.objects.create_user("bench@contoh.test", "x", name="Bench")
    Membership.objects.create(user=user, role=Role.OPERATOR, unit=unit)
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(user, "accounts.backends.EmailOrNipBackend")
    browser = Browser(client.cookies["sessionid"].value)
    row = Achievement.objects.of(quarter, unit).get(indicator__no=13)
    version = row.version

    def autosave(turn: int) -> None:
        nonlocal version
        values = {"value_regulasi_selesai": turn % 90, "value_regulasi_direncanakan": 90}
        answer = browser.ask("POST", f"/capaian/baris/{row.pk}/simpan/", {"version": version, **values})
        version = json.loads(answer)["version"]

    acts: dict[str, Callable[[int], object]] = {
        "bare view": lambda _: browser.ask("GET", "/bench/bare/"),
        "entry page": lambda _: browser.ask("GET", quarter.entry_path(unit)),
        "autosave": autosave,
    }
    wait_for_server()
    times: dict[str, list[float]] = {name: [] for name in acts}
    for turn in range(rounds + 10):
        for name, act in acts.items():
            began = time.perf_counter()
            act(turn)
            if turn >= 10:  # the first ones warm up
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in times.items()}


def wait_for_server() -> None:
    for _ in range(100):
        try:
            HTTPConnection("127.0.0.1", PORT, timeout=2).request("GET", "/healthz")
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("gunicorn does not answer")


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
