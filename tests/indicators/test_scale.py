"""Bands seen together: overlaps are found, holes are named, and every value between the ends has one band."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indicators import scale, scoring
from indicators.scoring import Band
from kinerjaku.figures import format_figure

D = Decimal


def band(lower: str | None, upper: str | None, *, low: bool = True, high: bool = True) -> Band:
    return Band(None if lower is None else D(lower), None if upper is None else D(upper), low, high)


@pytest.mark.parametrize(
    ("bands", "found"),
    [
        ([band("0", "50"), band("50", "100")], [(0, 1)]),
        ([band("50", "100"), band("0", "50", high=False)], []),
        ([band("0", "50", high=False), band("50", "100", low=False)], []),
        ([band("0", "100"), band("10", "20"), band("30", "40")], [(0, 1), (0, 2)]),
        ([band("5", "5"), band("0", "5", high=False)], []),
        ([band("5", "5"), band("0", "5")], [(0, 1)]),
        ([band(None, "5"), band("6", None)], []),
        ([band(None, "5"), band(None, "2")], [(0, 1)]),
    ],
)
def test_bands_that_share_a_value_overlap(bands, found):
    assert scale.overlaps(bands) == found


@pytest.mark.parametrize(
    ("bands", "words"),
    [
        ([band("81", "100"), band("0", "80")], "lebih dari 80 kurang dari 81"),
        ([band("0", "50", high=False), band("50", "100", low=False)], "tepat 50"),
        ([band("0", "50", high=False), band("60", "100", low=False)], "mulai 50 sampai 60"),
    ],
)
def test_a_hole_is_named(bands, words):
    [(low, high)] = scale.holes(bands)
    assert scale.hole_words(bands[low], bands[high], format_figure) == words


def test_bands_that_touch_leave_no_hole():
    assert scale.holes([band("0", "50"), band("50", "100", low=False)]) == []


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (band("90", "100", low=False), "lebih dari 90 sampai 100"),
        (band("90", None), "mulai 90"),
        (band(None, "1234.5", high=False), "kurang dari 1.234,5"),
        (band("3", "3"), "3"),
        (band(None, None), "semua nilai"),
    ],
)
def test_an_interval_has_words(one, words):
    assert scale.words(one, format_figure) == words


# Properties

ends = st.none() | st.integers(0, 6).map(D)


@st.composite
def any_band(draw) -> Band:
    low, high = draw(ends), draw(ends)
    if low is not None and high is not None and low > high:
        low, high = high, low
    closed = low is not None and low == high
    return Band(low, high, closed or draw(st.booleans()), closed or draw(st.booleans()))


scales = st.lists(any_band(), min_size=1, max_size=5)
HALVES = [D(n) / 2 for n in range(-2, 15)]  # every end, and a value between each two


@given(scales)
def test_two_bands_overlap_exactly_if_a_value_lies_in_both(bands):
    shared = {
        (first, second)
        for first in range(len(bands))
        for second in range(first + 1, len(bands))
        if any(bands[first].side(value) == 0 == bands[second].side(value) for value in HALVES)
    }
    assert set(scale.overlaps(bands)) == shared


@given(scales)
def test_a_value_between_the_ends_of_a_sound_scale_has_exactly_one_band(bands):
    assume(not scale.overlaps(bands))
    lowest, highest = min(one.bottom for one in bands), max(one.top for one in bands)
    for value in HALVES:
        if lowest < value < highest:
            assert scoring.band(value, bands) in bands


@given(scales)
def test_a_value_in_a_hole_goes_where_the_note_says(bands):
    assume(not scale.overlaps(bands))
    in_holes = {}
    for low, high in scale.holes(bands):
        for value in HALVES:
            if bands[low].side(value) == -1 and bands[high].side(value) == 1:
                in_holes[value] = bands[low]
    inside = [value for value in HALVES if any(one.side(value) == 0 for one in bands)]
    for value in HALVES:
        if value in in_holes:
            assert scoring.band(value, bands) == in_holes[value]
        elif inside and min(inside) < value < max(inside):
            assert value in inside


@given(scales, st.randoms())
def test_the_order_of_the_rows_changes_no_finding(bands, random):
    shuffled = random.sample(range(len(bands)), len(bands))
    again = scale.overlaps([bands[place] for place in shuffled])
    found = {frozenset((shuffled[first], shuffled[second])) for first, second in again}
    assert found == {frozenset(pair) for pair in scale.overlaps(bands)}
