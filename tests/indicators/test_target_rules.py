"""Targets of a year and of its quarters belong together (domain guide 4, konsolidasi periode; decision 21)."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import target_rules as rules

ALL = (1, 2, 3, 4)
figures = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
hows = st.sampled_from(["sum", "average", "last"])
dues = st.sampled_from([(1, 2, 3, 4), (2, 4), (4,)])


@pytest.mark.parametrize(("how", "year"), [("sum", "10"), ("average", "2.5"), ("last", "4")])
def test_the_quarters_promise_a_year_by_their_consolidation(how, year):
    targets = {1: D(1), 2: D(2), 3: D(3), 4: D(4)}
    assert rules.of_the_quarters(targets, due=ALL, how=how) == D(year)


def test_a_quarter_without_a_target_leaves_the_year_open():
    assert rules.of_the_quarters({1: D(1), 2: D(2), 4: D(4)}, due=ALL, how="sum") is None


def test_the_last_position_needs_the_last_quarter_alone():
    assert rules.of_the_quarters({4: D(90)}, due=ALL, how="last") == D(90)


def test_ranges_are_consolidated_by_their_ends():
    targets = {2: (D(1), D(2)), 4: (D(3), D(5))}
    assert rules.of_the_quarters(targets, due=(2, 4), how="sum") == (D(4), D(7))


def test_a_stated_year_that_differs_is_named_with_both_figures():
    found = rules.faults({0: D(12), 1: D(1), 2: D(2), 3: D(3), 4: D(4)}, due=ALL, how="sum")
    assert found == [
        (
            0,
            "Target setahun 12 tidak sama dengan jumlah triwulannya, 10. Samakan, atau kosongkan salah satunya.",
        )
    ]


def test_a_stated_year_waits_while_a_quarter_is_missing():
    assert rules.faults({0: D(12), 1: D(1)}, due=ALL, how="sum") == []


def test_an_average_that_does_not_end_agrees_with_its_rounded_year():
    targets = {0: D("0.333333"), 1: D(0), 2: D(0), 4: D(1)}
    assert rules.faults(targets, due=(1, 2, 4), how="average") == []


def test_a_target_where_nothing_is_reported_is_refused():
    (fault,) = rules.faults({1: D(5)}, due=(2, 4), how="sum")
    assert fault == (1, "Indikator ini hanya dilaporkan pada triwulan II dan IV. Kosongkan Triwulan I.")


def test_a_range_upside_down_is_refused_at_its_place():
    ((number, sentence),) = rules.faults({3: (D(9), D(2))}, due=ALL, how="last")
    assert number == 3
    assert sentence == "Rentang target terbalik: 9 s.d. 2. Tulis batas bawahnya dahulu."


def test_ten_documents_are_shared_out_in_wholes():
    assert rules.shared_out(D(10), due=ALL, how="sum") == {1: D(2), 2: D(2), 3: D(3), 4: D(3)}


def test_the_year_is_what_was_stated_or_what_the_quarters_promise():
    quarters = {1: D(1), 2: D(2), 3: D(3), 4: D(4)}
    assert rules.of_the_year(quarters, due=ALL, how="sum") == D(10)
    assert rules.of_the_year({0: D(7)}, due=ALL, how="sum") == D(7)


def test_a_stated_year_of_zero_is_stated():
    assert rules.of_the_year({0: D(0), 4: D(3)}, due=ALL, how="last") == D(0)


@given(figures, dues, hows)
def test_what_is_shared_out_promises_the_year_again(year, due, how):
    quarters = rules.shared_out(year, due=due, how=how)
    assert set(quarters) == set(due)
    assert rules.faults({rules.YEAR: year, **quarters}, due=due, how=how) == []


@given(figures, figures, dues)
def test_a_range_stays_a_range_in_every_quarter(one, other, due):
    year = (min(one, other), max(one, other))
    quarters = rules.shared_out(year, due=due, how="sum")
    assert rules.faults({rules.YEAR: year, **quarters}, due=due, how="sum") == []


@given(figures, dues)
def test_equal_parts_differ_by_at_most_the_last_decimal(year, due):
    parts = rules.shared_out(year, due=due, how="sum").values()
    assert max(parts) - min(parts) <= D("0.01")
