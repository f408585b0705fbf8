"""The clock of a promised service, and what is owed when it takes too long (memo 4.6): arithmetic on working time.

The memo: more than the promise, an oral apology; up to 48 hours, a written one; more than 72 hours, a written one
with the result handed over in person. Read so [D] that obligations accrue and never shrink: the written apology
stays due between 48 and 72 hours, and the highest tier governs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

ORAL, WRITTEN, IN_PERSON = "oral", "written", "in_person"


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind` accrues when the elapsed working time exceeds `after` (None: the promise) and has to be fulfilled before
    it exceeds `within` (None: at once, that is as soon as it accrues)."""

    kind: str
    after: timedelta | None = None
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Accrued:
    """An obligation: both times are elapsed working time since the start of the service."""

    kind: str
    accrued_after: timedelta
    fulfil_by: timedelta


DEFAULT_RULES = (
    Rule(ORAL),
    Rule(WRITTEN, within=timedelta(hours=48)),
    Rule(IN_PERSON, after=timedelta(hours=72)),
)


def obligations(promise: timedelta, rules: Sequence[Rule] = DEFAULT_RULES) -> list[Accrued]:
    """Every obligation that can accrue under a promise, in the order in which they do.

    A limit that lies before the promise counts as the promise: nothing is owed for a service that is in time.
    Raises ValueError unless `promise` is positive.
    """
    if promise <= timedelta(0):
        raise ValueError("Janji waktu layanan harus lebih dari nol.")
    made = []
    for rule in rules:
        after = promise if rule.after is None else max(rule.after, promise)
        made.append(Accrued(rule.kind, after, after if rule.within is None else max(rule.within, after)))
    return sorted(made, key=lambda one: one.accrued_after)


def tiers(elapsed: timedelta, promise: timedelta, rules: Sequence[Rule] = DEFAULT_RULES) -> list[Accrued]:
    """What is owed after `elapsed` working time; nothing at exactly a limit, more and never less as time goes on.

    Raises ValueError for a negative `elapsed` and unless `promise` is positive.
    """
    if elapsed < timedelta(0):
        raise ValueError("Waktu terpakai tidak boleh negatif.")
    return [one for one in obligations(promise, rules) if elapsed > one.accrued_after]


class Calendar(Protocol):
    """What the clock asks of a `worktime.WorkCalendar`."""

    def add(self, start: datetime, amount: timedelta) -> datetime: ...

    def between(self, start: datetime, end: datetime) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """How much working time a service has used. It runs while a step of the provider is active and nothing is paused.

    `used` is the working time of the stretches that have ended; `running_since` the beginning of the present one.
    """

    used: timedelta = timedelta(0)
    running_since: datetime | None = None

    def elapsed(self, at: datetime, calendar: Calendar) -> timedelta:
        if self.running_since is None:
            return self.used
        return self.used + calendar.between(self.running_since, at)

    def run(self, at: datetime) -> "Clock":
        """Running from `at` on; a clock that runs goes on as it was."""
        return self if self.running_since is not None else Clock(self.used, at)

    def hold(self, at: datetime, calendar: Calendar) -> "Clock":
        """Held at `at`; a clock that is held stays so. Raises ValueError if it began after `at`."""
        if self.running_since is not None and at < self.running_since:
            raise ValueError("Jam layanan tidak dapat berhenti sebelum mulai.")
        return Clock(self.elapsed(at, calendar))

    def reaches(self, amount: timedelta, calendar: Calendar) -> datetime | None:
        """When `amount` will have been used if nothing holds the clock; None if it is held or has used more."""
        if self.running_since is None or amount < self.used:
            return None
        return calendar.add(self.running_since, amount - self.used)


def replay(events: Iterable[tuple[bool, datetime]], calendar: Calendar) -> Clock:
    """The clock after its events: pairs (whether it runs from then on, instant), in order."""
    clock = Clock()
    for runs, at in events:
        clock = clock.run(at) if runs else clock.hold(at, calendar)
    return clock


def spent(events: Iterable[tuple[int, bool, datetime]], at: datetime, calendar: Calendar) -> dict[int, timedelta]:
    """Working time in each step until `at`, whoever's turn it was: triples (step, whether it is worked on, instant).

    A pause and the end are events that are not worked on. What a step took before it was sent back counts again.
    """
    taken: dict[int, timedelta] = {}
    ordered = list(events)
    for (step, is_worked_on, begun), end in zip(ordered, [*(one[2] for one in ordered[1:]), at], strict=True):
        taken[step] = taken.get(step, timedelta(0))
        if is_worked_on:
            taken[step] += calendar.between(begun, end)
    return taken
