"""One value from those of the components: arithmetic, and never a guess for who is missing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.from_children import How, Part, combine

D = Decimal
figures = st.decimals(min_value=-(10**15), max_value=10**15, allow_nan=False, allow_infinity=False, places=6)
some = st.lists(figures, min_size=1, max_size=12)
every = pytest.mark.parametrize("how", list(How))


def parts(values):
    return [Part(f"UNIT {no}", value) for no, value in enumerate(values, 1)]


@pytest.mark.parametrize(("how", "result"), [("mean", "20.333333"), ("sum", "61"), ("lowest", "10"), ("highest", "30")])
def test_four_ways_to_combine(how, result):
    assert combine(how, parts([D(10), D(21), D(30)])).value == D(result)


@given(some)
def test_the_sum_is_exact_and_the_mean_is_that_sum_shared_out(values):
    total = combine("sum", parts(values)).value
    assert total == sum(int(value * 10**6) for value in values) * D("0.000001")
    mean = combine("mean", parts(values)).value
    assert abs(mean * len(values) - total) <= D("0.0000005") * len(values)


@given(some)
def test_what_is_combined_lies_between_the_lowest_and_the_highest(values):
    found = {how: combine(how, parts(values)).value for how in How}
    assert (found[How.LOWEST], found[How.HIGHEST]) == (min(values), max(values))
    assert found[How.LOWEST] <= found[How.MEAN] <= found[How.HIGHEST]


@every
@given(data=st.data())
def test_the_order_of_the_children_does_not_matter(how, data):
    values = data.draw(some)
    assert combine(how, parts(data.draw(st.permutations(values)))).value == combine(how, parts(values)).value


@every
@given(values=some, place=st.integers(0, 11))
def test_with_one_missing_there_is_no_value_and_it_is_named(how, values, place):
    members = parts(values)
    members.insert(place % (len(values) + 1), Part("ROREN 6", None))
    found = combine(how, members)
    assert found.value is None
    assert found.reason == "Belum dapat dihitung: belum ada nilai dari ROREN 6."


@every
def test_all_who_are_missing_are_named(how):
    found = combine(how, [Part("ROUM 9", None), Part("ROKEU 9", D(1)), Part("ROKUM 8", None)])
    assert found.reason == "Belum dapat dihitung: belum ada nilai dari ROKUM 8, ROUM 9."


@every
def test_without_children_there_is_no_value(how):
    assert combine(how, []).value is None


def test_an_unknown_way_is_an_error():
    with pytest.raises(ValueError, match="median"):
        combine("median", parts([D(1)]))
