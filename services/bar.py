"""The remaining time of a case, for every page that is about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from . import sla
from .actions import clockwork
from .calendar import calendar_of, working_calendar
from .models import Case, Step
from .worktime import CalendarNotLoaded, WorkCalendar

MINUTE = timedelta(minutes=1)
AT_RISK = 75  # percent of the promise


@dataclass(frozen=True)
class Bar:
    """Minutes of working time, rounded down; `percent` of the promise, at most 100."""

    case: Case
    used: int
    left: int | None  # None once the promise is over
    percent: int
    tone: str

    @property
    def is_late(self) -> bool:
        return self.left is None


def bar_of(case: Case | None, at: datetime) -> Bar | None:
    """None where nothing is promised, or where a year of the calendar is missing."""
    if case is None or case.standard.promise is None:
        return None
    try:
        calendar = working_calendar()
        elapsed = case.seen_at(at, calendar).clock.elapsed(at, calendar)
    except CalendarNotLoaded:
        return None
    promise = case.standard.promise
    percent = min(100, int(elapsed / promise * 100))
    tone = "problem" if elapsed > promise else "warning" if percent >= AT_RISK else "good"
    return Bar(case, elapsed // MINUTE, None if elapsed > promise else (promise - elapsed) // MINUTE, percent, tone)


@dataclass(frozen=True)
class StepTime:
    step: Step
    used: int | None  # minutes; None if it has not begun
    due_at: datetime | None  # of the present step, if it has a standard time and is worked on

    @property
    def is_late(self) -> bool:
        return self.used is not None and self.step.minutes is not None and self.used > self.step.minutes


def steps_of(case: Case, at: datetime) -> list[StepTime]:
    """Each step with the working time it took, by the calendar of the case."""
    events = clockwork.turns(case)
    if case.resumes_at is not None and case.resumes_at <= at:  # nothing has written it down yet
        events.append((case.step.order, True, case.resumes_at))
    calendar = calendar_of(case.frozen_calendar)
    end = case.ended_at or at
    taken = sla.spent(events, end, calendar)
    return [
        StepTime(step, taken[step.order] // MINUTE if step.order in taken else None, _due(case, step, events, calendar))
        for step in case.standard.steps.all()
    ]


def _due(case: Case, step: Step, events: list[tuple[int, bool, datetime]], calendar: WorkCalendar) -> datetime | None:
    """When the present step will have used its standard time if nothing holds it."""
    order, is_worked_on, since = events[-1]
    if step.pk != case.step_id or step.minutes is None or not is_worked_on or case.state != Case.State.OPEN:
        return None
    before = sla.spent(events, since, calendar).get(order, timedelta(0))
    left = step.minutes * MINUTE - before
    return calendar.add(since, left) if left > timedelta(0) else None
