#!/usr/bin/env python
"""Public pages as multiples of a bare public view in the same run.

    eval "$(script/services --background)"; export DATABASE_URL REDIS_URL
    DATA_DIR=$(mktemp -d) .venv/bin/python -m bench.public [rounds]
    script/services --stop "$SERVICES_DIR"

A real gunicorn answers, PostgreSQL and Redis behind it, and nobody is signed in; the pages take turns, so that all see
the same machine. Promised: at most 2 times.
"""

import os
import statistics
import subprocess
import sys
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

import django

django.setup()

from django.db import connection

from kinerjaku import clock
from services.actions import calendar, standard

BARE, PAGES = "/bench/umum/", ("/standar/", "/standar/verification/", "/kalender/")
PORT, PROMISED = 8765, 2


def main(rounds: int) -> int:
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    command = f"gunicorn kinerjaku.wsgi --bind 127.0.0.1:{PORT} --worker-class gthread --threads 4 --no-control-socket"
    server = subprocess.Popen([sys.executable, "-m", *command.split()], env={**os.environ, "DATABASE_URL": url})
    try:
        calendar.load(at=clock.now())
        standard.load(at=clock.now())
        return report(measure(rounds))
    finally:
        server.terminate()
        server.wait()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure(rounds: int) -> dict[str, float]:
    """Median seconds of each page."""
    http = HTTPConnection("127.0.0.1", PORT, timeout=30)
    for _ in range(100):
        try:
            http.request("GET", "/healthz")
            http.getresponse().read()
            break
        except OSError:
            http.close()
            time.sleep(0.1)
    times: dict[str, list[float]] = {path: [] for path in (BARE, *PAGES)}
    for turn in range(rounds + 10):
        for path, taken in times.items():
            began = time.perf_counter()
            http.request("GET", path)
            answer = http.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status}")
            if turn >= 10:  # the first ones warm up
                taken.append(time.perf_counter() - began)
    return {path: statistics.median(taken) for path, taken in times.items()}


def report(medians: dict[str, float]) -> int:
    print(f"{connection.vendor}, bare public view {medians[BARE] * 1000:.2f} ms")
    ratios = {path: medians[path] / medians[BARE] for path in PAGES}
    for path, ratio in ratios.items():
        print(f"{path:24} {medians[path] * 1000:6.2f} ms  {ratio:5.2f} x  (promised {PROMISED} x)")
    return 1 if max(ratios.values()) > PROMISED else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
