"""The satisfaction index, its grades at their exact limits, and what may be shown without pointing at people."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ikm import ELEMENTS, Tally, grade, rounded, sample_size, shown, tally

answers = st.lists(st.tuples(*[st.integers(1, 4)] * ELEMENTS), min_size=1, max_size=30)


def test_the_index_is_the_mean_of_the_element_means_times_25():
    found = tally([(4, 4, 4, 4, 4, 4, 4, 4, 4), (3, 3, 3, 3, 3, 3, 3, 3, 4), (3, 3, 3, 4, 3, 3, 3, 3, 4)])
    assert [str(rounded(mean)) for mean in found.means] == ["3.33"] * 3 + ["3.67"] + ["3.33"] * 4 + ["4.00"]
    assert found.index == Decimal("86.11")


def test_half_a_hundredth_goes_up():
    scores = [(4,) * 9] * 31 + [(4, 4, 4, 4, 4, 4, 4, 4, 3)]  # 25 x 1151 / 288 = 99.913…
    assert tally(scores).index == Decimal("99.91")
    assert rounded(Decimal("88.305")) == Decimal("88.31")


@pytest.mark.parametrize(
    ("score", "letter"),
    [
        ("100", "A"),
        ("88.31", "A"),
        ("88.305", "A"),
        ("88.3049", "B"),
        ("88.30", "B"),
        ("76.61", "B"),
        ("76.605", "B"),
        ("76.60", "C"),
        ("65.00", "C"),
        ("64.995", "C"),
        ("64.99", "D"),
        ("25.00", "D"),
    ],
)
def test_grades_at_their_limits_after_rounding(score, letter):
    assert grade(Decimal(score)).letter == letter


@pytest.mark.parametrize("score", ["24.99", "100.01", "0"])
def test_a_score_that_cannot_be_has_no_grade(score):
    with pytest.raises(ValueError, match="di luar 25"):
        grade(Decimal(score))


@pytest.mark.parametrize("answer", [(0,) + (4,) * 8, (5,) + (1,) * 8, (4,) * 8, (4,) * 10, (-1,) + (4,) * 8], ids=str)
def test_missing_and_impossible_values_are_refused(answer):
    with pytest.raises(ValueError):
        tally([answer])


def test_no_answers_have_no_index():
    with pytest.raises(ValueError, match="Belum ada jawaban"):
        _ = Tally().index


@given(answers)
def test_the_index_is_exact_and_lies_between_25_and_100(given_answers):
    found = tally(given_answers)
    exact = Fraction(25 * sum(map(sum, given_answers)), ELEMENTS * len(given_answers))
    assert Decimal(25) <= found.index <= Decimal(100)
    assert abs(Fraction(found.index) - exact) <= Fraction(1, 200)
    assert grade(found.index).lower <= found.index


@given(answers, answers)
def test_it_does_not_matter_in_which_groups_answers_are_counted(some, others):
    assert tally(some) + tally(others) == tally(others + some)


@given(answers, st.integers(0, ELEMENTS - 1))
def test_a_better_mark_never_lowers_the_index(given_answers, place):
    first = given_answers[0]
    better = [tuple(min(4, mark + (at == place)) for at, mark in enumerate(first)), *given_answers[1:]]
    assert tally(better).index >= tally(given_answers).index


@pytest.mark.parametrize(
    ("population", "advised"), [(1, 1), (10, 10), (50, 45), (100, 80), (500, 218), (1000, 278), (100_000, 383)]
)
def test_the_advised_sample_is_rounded_up(population, advised):
    assert sample_size(population) == advised


@given(st.integers(1, 100_000))
def test_the_advised_sample_never_exceeds_the_population_nor_shrinks(population):
    assert 1 <= sample_size(population) <= population
    assert sample_size(population) <= sample_size(population + 1) <= 385


def test_nobody_cannot_be_sampled():
    with pytest.raises(ValueError, match="Populasi"):
        sample_size(0)


@pytest.mark.parametrize(
    ("counts", "may_be_shown"),
    [
        ({"a": 5}, {"a"}),
        ({"a": 4}, set()),
        ({"a": 9, "b": 5, "c": 5}, {"a", "b", "c"}),
        ({"a": 9, "b": 6, "c": 2}, {"a"}),  # else the total minus a and b would be the two of c
        ({"a": 9, "b": 3, "c": 2}, {"a"}),  # five together in what is left
        ({"a": 9, "b": 1}, set()),
        ({}, set()),
    ],
)
def test_small_groups_stay_back_and_so_does_what_would_betray_them(counts, may_be_shown):
    assert shown(counts) == may_be_shown


@given(st.dictionaries(st.integers(), st.integers(0, 20), max_size=8))
def test_neither_a_shown_group_nor_the_rest_is_ever_small(counts):
    found = shown(counts)
    rest = sum(counts.values()) - sum(counts[key] for key in found)
    assert all(counts[key] >= 5 for key in found)
    assert rest == 0 or rest >= 5 or not found
