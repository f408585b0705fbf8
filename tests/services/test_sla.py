"""What is owed for lateness: memo 4.6, read as obligations that accrue and never shrink."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla import Accrued, Rule, obligations, tiers

HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
VERIFICATION = timedelta(hours=23, minutes=45)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30))


def kinds(elapsed, promise=VERIFICATION):
    return [one.kind for one in tiers(elapsed, promise)]


@pytest.mark.parametrize(
    ("elapsed", "owed"),
    [
        (timedelta(0), []),
        (VERIFICATION, []),
        (VERIFICATION + TICK, ["oral", "written"]),
        (48 * HOUR, ["oral", "written"]),
        (60 * HOUR, ["oral", "written"]),
        (72 * HOUR, ["oral", "written"]),
        (72 * HOUR + TICK, ["oral", "written", "in_person"]),
    ],
)
def test_what_is_owed_at_the_limits(elapsed, owed):
    assert kinds(elapsed) == owed


@pytest.mark.parametrize("promise", [24 * HOUR, VERIFICATION, 23 * HOUR])
def test_each_obligation_says_from_and_until_when(promise):
    assert tiers(100 * HOUR, promise) == [
        Accrued("oral", promise, promise),
        Accrued("written", promise, 48 * HOUR),
        Accrued("in_person", 72 * HOUR, 72 * HOUR),
    ]


def test_a_promise_longer_than_the_limits_moves_them():
    assert obligations(80 * HOUR) == [
        Accrued("oral", 80 * HOUR, 80 * HOUR),
        Accrued("written", 80 * HOUR, 80 * HOUR),
        Accrued("in_person", 80 * HOUR, 80 * HOUR),
    ]


def test_other_rules_can_be_given():
    assert tiers(9 * HOUR, 8 * HOUR, [Rule("call", within=10 * HOUR)]) == [Accrued("call", 8 * HOUR, 10 * HOUR)]


@pytest.mark.parametrize(("elapsed", "promise"), [(-TICK, HOUR), (HOUR, timedelta(0)), (HOUR, -HOUR)])
def test_impossible_times_are_refused(elapsed, promise):
    with pytest.raises(ValueError, match=r"waktu|Waktu"):
        tiers(elapsed, promise)


@given(spans, spans, spans.map(lambda span: span + TICK))
def test_obligations_never_shrink(elapsed, more, promise):
    assert tiers(elapsed + more, promise)[: len(tiers(elapsed, promise))] == tiers(elapsed, promise)


@given(spans, spans.map(lambda span: span + TICK))
def test_nothing_is_owed_in_time_and_something_after(elapsed, promise):
    assert bool(tiers(elapsed, promise)) == (elapsed > promise)
