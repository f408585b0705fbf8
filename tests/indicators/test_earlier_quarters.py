"""The eight quarters before a row: chart, words and table."""

from decimal import Decimal as D

import builders
from hypothesis import given
from hypothesis import strategies as st

from indicators import earlier_quarters
from indicators.earlier_quarters import BOTTOM, LEFT, RIGHT, TOP, Past
from indicators.views import panel
from kinerjaku import charts

FIGURES = st.none() | st.decimals(-(10**15), 10**15, places=4, allow_nan=False, allow_infinity=False)


def quarters(*actuals):
    """The eight quarters before quarter I of 2026; the last ones have these figures."""
    before = earlier_quarters.places_before(2026, 1)
    known = {place: Past(*place, actual) for place, actual in zip(before[-len(actuals) :], actuals, strict=True)}
    return earlier_quarters.quarters_before(2026, 1, known)


def test_eight_quarters_are_looked_back_at_oldest_first():
    assert earlier_quarters.places_before(2026, 2) == [
        (2024, 2),
        (2024, 3),
        (2024, 4),
        *((2025, n) for n in (1, 2, 3, 4)),
        (2026, 1),
    ]


def test_a_line_has_a_gap_where_nothing_is_known():
    drawn = charts.line_with_gaps(["0.0 1.0", "2.0 3.0", None, "4.0 5.0"])
    assert drawn == "M0.0 1.0L2.0 3.0M4.0 5.0"


def test_a_quarter_without_a_figure_has_no_dot():
    drawn = earlier_quarters.chart(quarters(D(90), None, D(95)))
    assert drawn.points.count("h0") == 2
    assert "L" not in drawn.line


def test_a_target_is_another_shape_and_a_range_has_two():
    place = earlier_quarters.places_before(2026, 1)[-1]
    drawn = earlier_quarters.chart(
        earlier_quarters.quarters_before(2026, 1, {place: Past(*place, D(90), target=(D(80), D(100)))})
    )
    assert drawn.targets.count("h18.0") == 2
    assert (drawn.top, drawn.bottom) == ("100", "80")


def test_the_words_say_lowest_highest_and_last():
    assert earlier_quarters.chart(quarters(D(90), D(80), D("95.5"))).words == (
        "Realisasi 3 dari 8 triwulan sebelumnya: terendah 80,00 (III 2025), tertinggi 95,50 (IV 2025), "
        "terakhir 95,50 (IV 2025)."
    )


def test_nothing_known_is_said():
    drawn = earlier_quarters.chart(quarters(None))
    assert (drawn.points, drawn.words) == ("", "Belum ada realisasi pada delapan triwulan sebelumnya.")


@given(st.lists(FIGURES, min_size=8, max_size=8))
def test_every_figure_lies_on_the_drawing(actuals):
    drawn = earlier_quarters.chart(quarters(*actuals))
    places = [[D(number) for number in part.removesuffix("h0").split()] for part in drawn.points.split("M")[1:]]
    assert len(places) == sum(actual is not None for actual in actuals)
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in places)


def test_earlier_quarters_of_a_row_are_found_with_their_targets(cast, save):
    of_2025 = builders.indicator(cast.unit, decree=builders.decree(2025), name="Indeks", target="80")
    save(builders.row(of_2025, 4), by=cast.operator, when=builders.at("2026-01-05 09:00"), selesai="75", rencana="100")
    row = builders.row(builders.indicator(cast.unit, name="Indeks"))
    latest = panel.earlier(row)["past_rows"][0]
    assert (latest.label, latest.actual, latest.target) == ("IV 2025", D(75), D(80))
