"""Properties of working time and of the clock over any calendar with breaks, closed days and a month of shorter hours.

Those of `add` and `between` alone are in test_worktime."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services import sla
from services.worktime import WorkCalendar

INSTANT = timedelta(microseconds=1)
FIRST, LAST = date(2026, 2, 9), date(2026, 4, 12)  # Ramadan of 2026 lies inside
DAYS = [(FIRST + timedelta(days=n)).isoformat() for n in range((LAST - FIRST).days + 1)]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat")


def clock_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def spans(draw: st.DrawFn, least: int = 0, most: int = 3) -> list[tuple[str, str]]:
    size = 2 * draw(st.integers(least, most))
    edges = sorted(5 * edge for edge in draw(st.sets(st.integers(0, 24 * 12), min_size=size, max_size=size)))
    return [(clock_time(a), clock_time(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """At least five minutes every Monday, so that 160 hours of work pass within the 40 years that are looked at."""
    week = {day: draw(spans()) for day in WEEKDAYS} | {"mon": draw(spans(least=1))}
    short, begins, lasts = draw(spans()), draw(st.integers(0, 20)), draw(st.integers(0, 30))
    return WorkCalendar.from_hours(
        hours=week,
        shifts=dict.fromkeys(DAYS[begins : begins + lasts], short),
        breaks=draw(st.dictionaries(st.sampled_from(DAYS), spans(), max_size=4)),
        closed=draw(st.lists(st.sampled_from(DAYS), max_size=6)),
    )


instants = st.datetimes(
    datetime(2026, 2, 12),  # noqa: DTZ001
    datetime(2026, 4, 8),  # noqa: DTZ001
    timezones=st.just(UTC),
)
amounts = st.timedeltas(timedelta(0), timedelta(hours=80))
pauses = st.lists(st.tuples(instants, instants).map(lambda pair: tuple(sorted(pair))), max_size=3)
periods = st.tuples(instants, instants).map(sorted)


def works(calendar: WorkCalendar, at: datetime, held: list[tuple[datetime, datetime]]) -> bool:
    return calendar.is_open(at) and not any(start <= at < end for start, end in held)


@settings(max_examples=60)
@given(calendars(), periods, pauses)
def test_add_undoes_between_up_to_the_last_work_done(calendar, period, held):
    """An instant at which nobody works has no work of its own: `add` answers with the end of the work before it."""
    start, end = period
    back = calendar.add(start, calendar.between(start, end, held), held)
    assert back <= end
    assert calendar.between(back, end, held) == timedelta(0)
    if start < end and works(calendar, end - INSTANT, held):
        assert back == end
    elif start < back:
        assert works(calendar, back - INSTANT, held)


@settings(max_examples=60)
@given(calendars(), instants, amounts, amounts, pauses)
def test_adding_in_two_parts_is_adding_at_once(calendar, start, first, second, held):
    at_once = calendar.add(start, first + second, held)
    assert calendar.between(start, at_once, held) == first + second
    if second:
        assert calendar.add(calendar.add(start, first, held), second, held) == at_once


@settings(max_examples=60)
@given(calendars(), st.lists(instants, min_size=1, max_size=6).map(sorted), st.lists(instants, max_size=4).map(sorted))
def test_a_clock_never_goes_back_whatever_holds_and_starts_it(calendar, turns, looks):
    """Elapsed time is never negative and never shrinks, and is that of the stretches in which the clock ran."""
    events = [(number % 2 == 0, at) for number, at in enumerate(turns)]
    clock = sla.replay(events, calendar)
    seen = [clock.elapsed(at, calendar) for at in [turns[-1], *(at for at in looks if at > turns[-1])]]
    assert timedelta(0) <= seen[0]
    assert seen == sorted(seen)
    ran = [calendar.between(a, b) for a, b in zip(turns[::2], turns[1::2], strict=False)]
    assert clock.used == sum(ran, timedelta(0))


@settings(max_examples=60)
@given(calendars(), instants, amounts, amounts)
def test_a_clock_reaches_an_amount_when_that_much_has_elapsed(calendar, start, used, amount):
    clock = sla.Clock(used, start)
    reached = clock.reaches(amount, calendar)
    if amount < used:
        assert reached is None
    else:
        assert clock.elapsed(reached, calendar) == amount
