"""A worker of test_simulated_year: `python sweeper.py FILE` sweeps at the instant the file tells, over and over.

The process that is started only starts the one that sweeps, again each time that one is killed.
"""

import os
import sys
import time
from datetime import datetime
from pathlib import Path

import django

REST = 0.04  # seconds


def main(told: Path) -> None:
    django.setup()
    while True:
        child = os.fork()
        if not child:
            sweep(told)
        os.waitpid(child, 0)


def sweep(told: Path) -> None:
    from kinerjaku import clock
    from services import tasks

    print("pid", os.getpid(), flush=True)
    while True:
        instant = told.read_text()
        with clock.fixed(datetime.fromisoformat(instant)):
            tasks.sound_clocks()
        print("swept", instant, flush=True)
        time.sleep(REST)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
