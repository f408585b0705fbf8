"""A year of 300 cases while two workers sweep and are killed: what is owed is what a slow count of minutes says."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from builders import at
from django.db import connection
from django.db.models import Count

from accounts.models import Notice
from services import calendar
from services.actions import calendar as calendars
from services.actions import case as actions
from services.actions import clockwork
from services.actions import standard as standards
from services.models import Case, CaseEvent, Closure, Obligation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

CASES, SEED = 300, 913
MINUTE, DAY = timedelta(minutes=1), 24 * 60
BEGIN, END = at("2026-01-01 00:00"), at("2026-12-31 23:59")
DECREED = [  # in mid-year: when it becomes known, and the day that is closed, which may have been counted already
    (at("2026-03-03 10:00"), date(2026, 3, 2)),
    (at("2026-05-11 10:17"), date(2026, 5, 13)),
    (at("2026-09-09 10:00"), date(2026, 9, 8)),
    (at("2026-10-07 10:00"), date(2026, 10, 6)),
]
NEVER = 10**9
PROVIDER = {"bureau", "joint", "with_itjen", "all_parties"}


# The slow count: one byte a minute of the year and the quarter after it, from the data files alone


def opening_minutes(also_closed: set[date]) -> bytearray:
    data = json.loads(calendars.CALENDAR.read_text())
    minutes = bytearray()
    day = BEGIN.date()
    while day < date(2027, 4, 1):
        year = data["years"][str(day.year)]
        first, last = year["ramadan"]
        week = data["ramadan_week"] if first <= day.isoformat() <= last else data["week"]
        spans = week.get(day.strftime("%a").lower(), [])
        if day.isoformat() in year["closed"] or day in also_closed:
            spans = []
        today = bytearray(DAY)
        for opens, closes in spans:
            for minute in range(clock_minute(opens), clock_minute(closes)):
                today[minute] = 1
        minutes += today
        day += timedelta(days=1)
    return minutes


def minute_of(instant: datetime) -> int:
    return (instant - BEGIN) // MINUTE


def clock_minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def walk(minutes: bytearray, start: int, amount: int) -> int:
    """The minute at which so many open ones have passed."""
    while amount:
        amount -= minutes[start]
        start += 1
    return start


@dataclass
class Story:
    """What will happen to one case, in minutes since BEGIN."""

    number: int
    key: str
    promise: int  # minutes
    stretches: list[tuple[int, int]] = field(default_factory=list)  # in which the clock runs
    acts: list[tuple[int, str, int]] = field(default_factory=list)  # minute, act, order of the step
    ended: int = NEVER

    def owed(self, reigns: list[tuple[bytearray, int]]) -> dict[str, tuple[datetime, datetime]]:
        """Kind to (accrued, due), calendar after calendar: what was owed under an earlier one stays as it was."""
        found: dict[str, tuple[datetime, datetime]] = {}
        for minutes, until in reigns:
            used = 0
            for start, end in self.stretches:
                if start >= until:
                    break
                worked = sum(minutes[start : min(end, until)])
                for kind, after, within in (
                    ("oral", self.promise, self.promise),
                    ("written", self.promise, 48 * 60),
                    ("in_person", 72 * 60, 72 * 60),
                ):
                    if used + worked > after and kind not in found:
                        accrued, due = (walk(minutes, start, limit - used) for limit in (after, within))
                        found[kind] = BEGIN + accrued * MINUTE, BEGIN + due * MINUTE
                used += worked
            if self.ended <= until:
                break
        return found


def invented(number: int, rng: random.Random) -> Story:
    """Steps of random length with pauses in them; a case ends, is cancelled, or stays open."""
    data = json.loads(standards.STANDARDS.read_text())
    facts = rng.choices([one for one in data["standards"] if "promise_minutes" in one], [4, 3, 1])[0]
    runs = [step["actor"] in PROVIDER for step in facts["steps"]]
    story = Story(number, facts["key"], facts["promise_minutes"])
    fate = rng.choices(["complete", "cancel", "stay open"], [1, 3, 3])[0]
    last = len(runs) if fate == "complete" else rng.choice([1, 2, 2, 3])
    usual = rng.choice([0.5, 2, 4]) * DAY
    now = rng.randrange(4 * DAY, 350 * DAY)
    began, running = now, False
    story.acts.append((now, "start", 0))
    for order, goes in enumerate(runs[:last], 1):
        if running and not goes:
            story.stretches.append((began, now))
        if goes and not running:
            began = now
        running = goes
        if goes and rng.random() < 0.2:
            paused = now + int(rng.expovariate(1 / usual))
            now = paused + int(rng.expovariate(1 / DAY))
            story.acts += [(paused, "pause", order), (now, "resume", order)]
            story.stretches.append((began, paused))
            began = now
        now += int(rng.expovariate(1 / usual)) + 1
        story.acts.append((now, "complete" if order < last else fate, order))
    if fate == "stay open":
        story.acts.pop()
    else:
        story.ended = now
    if running:
        story.stretches.append((began, story.ended))
    return story


# The real thing


class Workers:
    """Two processes that sweep at the instant told to them."""

    def __init__(self, folder: Path) -> None:
        self.told, self.kills = folder / "now", 0
        self.swept: set[str] = set()
        self.news = threading.Condition()
        self.pids: dict[int, int] = {}
        self.tell(BEGIN)
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        env = {**os.environ, "DATABASE_URL": url, "TEST_DATA_DIR": os.environ["DATA_DIR"], "PYTHONPATH": "."}
        command = [sys.executable, str(Path(__file__).with_name("sweeper.py")), str(self.told)]
        self.processes = [
            subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
            for _ in range(2)
        ]
        for process in self.processes:
            threading.Thread(target=self._listen, args=[process], daemon=True).start()

    def tell(self, instant: datetime) -> None:
        fresh = self.told.with_suffix(".fresh")
        fresh.write_text(instant.isoformat())
        fresh.replace(self.told)

    def wait(self, instant: datetime) -> None:
        """Until one of them has swept to the end at this instant."""
        self.tell(instant)
        with self.news:
            assert self.news.wait_for(lambda: instant.isoformat() in self.swept, timeout=60)

    def kill(self, processes: list[subprocess.Popen]) -> None:
        """In whatever they are doing; they start anew."""
        for process in processes:
            if pid := self.pids.pop(process.pid, None):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.kills += 1

    def end(self) -> None:
        self.pids.clear()
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _listen(self, process: subprocess.Popen) -> None:
        for line in process.stdout:
            what, _, told = line.strip().partition(" ")
            with self.news:
                if what == "pid":
                    self.pids[process.pid] = int(told)
                else:
                    self.swept.add(told)
                self.news.notify_all()


@contextmanager
def two_workers(folder: Path):
    workers = Workers(folder)
    try:
        yield workers
    finally:
        workers.end()


def live(stories, workers, cast, rng) -> dict[int, Case]:
    """The year: every act at its instant, each new holiday on the day it is decreed, sweeps at any time in between,
    and every now and then a worker that is killed."""
    cases, unswept = {}, 0
    acts = [(minute, number, act, order) for number, story in stories.items() for minute, act, order in story.acts]
    acts += [(minute_of(known), -1, "decree", place) for place, (known, _) in enumerate(DECREED)]
    for minute, number, act, order in sorted(acts, key=lambda one: one[0]):
        now = BEGIN + minute * MINUTE
        if now >= END:
            break
        workers.tell(now)
        if unswept:  # what happens after a change of the calendar meets clocks that nobody has recounted
            unswept -= 1
            workers.kill(workers.processes)
        if rng.random() < 0.1 or act == "decree":
            threading.Timer(rng.uniform(0, 0.05), workers.kill, [[rng.choice(workers.processes)]]).start()
        if act == "decree":
            workers.wait(now)  # what was owed by then has been noted
            closure = Closure(day=DECREED[order][1], kind="other", name="Contoh", basis="Contoh")
            calendars.save_closure(closure, by=cast.admin, at=now)
            unswept = 20
        elif act == "start":
            cases[number] = actions.start(
                stories[number].key, cast.unit, f"Berkas {number}", by=None, at=now, year=2030 + number
            )
        elif act == "complete":
            actions.complete_step(cases[number].pk, order, by=None, at=now)
        elif act == "pause":
            actions.pause(cases[number].pk, kind="force_majeure", reason="Contoh.", by=cast.verifier, at=now)
        elif act == "resume":
            actions.resume(cases[number].pk, by=cast.verifier, at=now)
        elif act == "cancel":
            actions.cancel(cases[number].pk, reason="Contoh.", by=cast.karoren, at=now)
    workers.wait(END)
    return cases


def test_a_year_of_300_cases_owes_what_a_slow_count_says(cast, tmp_path):
    rng = random.Random(SEED)
    stories = {number: invented(number, rng) for number in range(CASES)}
    standards.load(at=BEGIN)
    with two_workers(tmp_path) as workers:
        cases = live(stories, workers, cast, rng)
    days = [day for _, day in DECREED]
    ends = [minute_of(known) for known, _ in DECREED] + [minute_of(END)]
    reigns = [(opening_minutes(set(days[:place])), until) for place, until in enumerate(ends)]
    found = {number: {} for number in stories}
    numbers = {case.pk: number for number, case in cases.items()}
    for one in Obligation.objects.all():
        found[numbers[one.case_id]][one.kind] = (one.accrued_at, one.due_at)
    assert found == {number: story.owed(reigns) for number, story in stories.items()}
    assert list(clockwork.faults()) == []
    assert not Case.objects.filter(state="open").exclude(calendar_token=calendar.token()).exists()
    assert not Notice.objects.values("user", "cause").annotate(times=Count("pk")).filter(times__gt=1).exists()
    # The year was one worth living through
    assert len(cases) == CASES
    assert all(times > 20 for times in Counter(Obligation.objects.values_list("kind", flat=True)).values())
    assert {"pause", "resume", "recount"} <= set(CaseEvent.objects.values_list("kind", flat=True))
    assert workers.kills > 50
