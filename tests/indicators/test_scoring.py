"""Scores. Formulas, consolidation, weights: the ministry's indicator manuals; else domain decisions."""

from dataclasses import FrozenInstanceError
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indicators.scheme import Colours
from indicators.scoring import (
    Band,
    Step,
    achievement,
    band,
    consolidate,
    objective_score,
    present,
    status_colour,
    step_achievement,
    unit_score,
)

D = Decimal
NOT_FINITE = [D("NaN"), D("sNaN"), D("Infinity"), D("-Infinity")]


def score(actual: str, target: str | tuple[str, str], polarity: str, **options: Decimal) -> Decimal | None:
    goal = tuple(map(D, target)) if isinstance(target, tuple) else D(target)
    return achievement(D(actual), goal, polarity=polarity, **options)


# Achievement: maximize


@pytest.mark.parametrize(
    ("actual", "target", "percent"),
    [
        ("50", "100", "50"),
        ("100", "100", "100"),
        ("110", "100", "110"),
        ("0", "100", "0"),
        ("7.2", "8", "90"),
    ],
)
def test_maximize_is_actual_over_target(actual, target, percent):
    assert score(actual, target, "maximize") == D(percent)


@pytest.mark.parametrize(
    ("actual", "percent"),
    [("-10", "100"), ("-12", "80"), ("-9", "110"), ("-20", "0"), ("-25", "0"), ("5", "120")],
)
def test_maximize_with_a_negative_target_is_turned_around(actual, percent):
    assert score(actual, "-10", "maximize") == D(percent)


@pytest.mark.parametrize("actual", ["0", "5", "-5"])
def test_maximize_with_target_zero_is_not_assessed_whatever_the_worst_value(actual):
    assert score(actual, "0", "maximize", worst=D(10)) is None


# Achievement: minimize


@pytest.mark.parametrize(
    ("actual", "percent"), [("10", "100"), ("12", "80"), ("9", "110"), ("8", "120"), ("20", "0"), ("30", "0")]
)
def test_minimize_is_one_plus_what_was_saved(actual, percent):
    assert score(actual, "10", "minimize") == D(percent)


@pytest.mark.parametrize(("actual", "percent"), [("-10", "100"), ("-11", "110"), ("-5", "50"), ("5", "0")])
def test_minimize_with_a_negative_target_mirrors_maximize(actual, percent):
    assert score(actual, "-10", "minimize") == D(percent)


@pytest.mark.parametrize(("actual", "percent"), [("0", "100"), ("1", "80"), ("5", "0"), ("6", "0"), ("-2", "120")])
def test_minimize_with_target_zero_is_measured_from_the_worst_value(actual, percent):
    assert score(actual, "0", "minimize", worst=D(5)) == D(percent)


def test_minimize_with_target_zero_and_no_worst_value_is_not_assessed():
    assert score("0", "0", "minimize") is None


@pytest.mark.parametrize("worst", ["0", "-5"])
def test_a_worst_value_that_is_not_above_zero_is_refused_where_it_is_needed(worst):
    with pytest.raises(ValueError, match="Nilai terburuk harus lebih besar dari nol"):
        score("1", "0", "minimize", worst=D(worst))


def test_the_worst_value_plays_no_part_when_the_target_is_not_zero():
    assert score("12", "10", "minimize", worst=D(0)) == D(80)


# Achievement: stabilize


@pytest.mark.parametrize(
    ("actual", "percent"),
    [
        ("0", "0"),
        ("45", "50"),
        ("90", "100"),
        ("95", "110"),
        ("100", "120"),
        ("105", "110"),
        ("110", "100"),
        ("155", "50"),
        ("200", "0"),
        ("300", "0"),
        ("-10", "0"),
    ],
)
def test_stabilize_is_linear_between_0_0_and_90_100_and_100_120_on_both_sides(actual, percent):
    assert score(actual, "100", "stabilize") == D(percent)


@pytest.mark.parametrize(("actual", "percent"), [("-10", "120"), ("-9", "100"), ("-11", "100"), ("0", "0")])
def test_stabilize_with_a_negative_target_measures_the_same_distance(actual, percent):
    assert score(actual, "-10", "stabilize") == D(percent)


def test_stabilize_with_target_zero_is_not_assessed():
    assert score("0", "0", "stabilize") is None


# Achievement: range targets


@pytest.mark.parametrize(
    ("actual", "percent"), [("40", "80"), ("50", "100"), ("75", "100"), ("100", "100"), ("110", "110")]
)
def test_maximize_divides_by_the_bound_that_was_missed(actual, percent):
    assert score(actual, ("50", "100"), "maximize") == D(percent)


@pytest.mark.parametrize(
    ("actual", "percent"), [("40", "120"), ("45", "110"), ("50", "100"), ("100", "100"), ("110", "90")]
)
def test_minimize_with_a_range_is_mirrored(actual, percent):
    assert score(actual, ("50", "100"), "minimize") == D(percent)


@pytest.mark.parametrize(("actual", "percent"), [("45", "100"), ("50", "120"), ("80", "120"), ("110", "100")])
def test_stabilize_inside_a_range_is_as_good_as_on_a_single_target(actual, percent):
    assert score(actual, ("50", "100"), "stabilize") == D(percent)


@pytest.mark.parametrize("target", [("-1", "1"), ("-1", "0"), ("0", "1")])
def test_a_range_that_contains_zero_is_reached_at_zero(target):
    assert score("0", target, "maximize") == D(100)


def test_a_range_bound_of_zero_is_not_assessed_beyond_it():
    assert score("-1", ("0", "5"), "maximize") is None


def test_a_range_of_one_point_is_that_point():
    assert score("0", ("0", "0"), "maximize") is None


def test_a_reversed_range_is_refused():
    with pytest.raises(ValueError, match="Batas bawah target melebihi batas atasnya"):
        score("1", ("5", "4"), "maximize")


# Achievement: cap, refusals, precision


@pytest.mark.parametrize(("cap", "percent"), [("100", "100"), ("120", "120"), ("150", "150"), ("200", "180")])
def test_the_cap_is_120_unless_the_indicator_says_otherwise(cap, percent):
    assert score("180", "100", "maximize", cap=D(cap)) == D(percent)
    assert score("180", "100", "maximize") == D(120)


@pytest.mark.parametrize("cap", ["0", "-1"])
def test_a_cap_that_is_not_above_zero_is_refused(cap):
    with pytest.raises(ValueError, match="Batas capaian"):
        score("1", "1", "maximize", cap=D(cap))


@pytest.mark.parametrize("polarity", ["", "Maximize", "maksimal", "range"])
def test_an_unknown_polarity_is_refused_even_where_it_would_not_matter(polarity):
    with pytest.raises(ValueError, match="Polarisasi"):
        score("0", "0", polarity)


@pytest.mark.parametrize("bad", NOT_FINITE)
@pytest.mark.parametrize("place", ["actual", "target", "low", "high", "cap", "worst"])
def test_figures_that_are_not_finite_are_refused(place, bad):
    figures = {"actual": D(1), "target": D(2), "cap": D(120), "worst": D(9)}
    if place in ("low", "high"):
        figures["target"] = (bad, D(2)) if place == "low" else (D(2), bad)
    else:
        figures[place] = bad
    with pytest.raises(ValueError, match="terhingga"):
        achievement(polarity="minimize", **figures)


def test_a_third_keeps_its_full_precision():
    assert score("1", "3", "maximize") == D("33.33333333333333333333333333")


def test_the_callers_decimal_context_changes_nothing():
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_DOWN
        assert score("2", "3", "maximize") == D("66.66666666666666666666666667")


def test_figures_too_far_apart_for_a_quotient_are_clamped_like_any_other():
    assert score("1E+999999", "1E-999999", "maximize") == D(120)
    assert score("1E+999999", "1E-999999", "minimize") == D(0)


figures = st.decimals(-(10**6), 10**6, places=3)
polarities = st.sampled_from(["maximize", "minimize", "stabilize"])
targets = figures | st.tuples(figures, figures).map(lambda pair: tuple(sorted(pair)))
nonzero = figures.filter(bool)
hundredths = st.decimals(0, 120, places=2)


@given(
    st.decimals(allow_nan=False, allow_infinity=False),
    targets,
    polarities,
    st.decimals("0.01", 200, places=2),
)
def test_an_achievement_lies_between_zero_and_its_cap(actual, target, polarity, cap):
    percent = achievement(actual, target, polarity=polarity, cap=cap)
    assert percent is None or D(0) <= percent <= cap


@given(figures, figures, nonzero)
def test_more_is_never_worse_when_maximizing_and_never_better_when_minimizing(one, other, target):
    less, more = sorted([one, other])
    assert achievement(less, target, polarity="maximize") <= achievement(more, target, polarity="maximize")
    assert achievement(less, target, polarity="minimize") >= achievement(more, target, polarity="minimize")


@given(figures, figures, nonzero)
def test_coming_nearer_is_never_worse_when_stabilizing(one, other, target):
    near, far = sorted([one, other], key=lambda actual: abs(actual - target))
    scores = [achievement(actual, target, polarity="stabilize") for actual in (near, far)]
    assert scores[0] >= scores[1]


@given(figures, targets, polarities, st.integers(1, 1000))
def test_the_unit_of_measure_does_not_matter(actual, target, polarity, factor):
    scaled = tuple(bound * factor for bound in target) if isinstance(target, tuple) else target * factor
    assert achievement(actual * factor, scaled, polarity=polarity) == achievement(actual, target, polarity=polarity)


@given(st.decimals(0, 100, places=3), st.decimals(50, 1000, places=3))
def test_maximize_and_minimize_add_up_to_two_hundred_where_nothing_is_clamped(actual, target):
    up, down = (achievement(actual, target, polarity=p, cap=D(200)) for p in ("maximize", "minimize"))
    assert abs(up + down - 200) < D("1E-20")


@given(figures, nonzero)
def test_maximize_agrees_with_exact_fractions(actual, target):
    ratio = Fraction(actual) / Fraction(target)
    exact = min(Fraction(120), max(Fraction(0), (ratio if target > 0 else 2 - ratio) * 100))
    assert abs(Fraction(achievement(actual, target, polarity="maximize")) - exact) < Fraction(1, 10**20)


# Bands and step tables

MERIT = [  # holes 0.40-0.41, 0.60-0.61, 0.80-0.81
    Band(D("0.2"), D("0.4"), grade="1"),
    Band(D("0.41"), D("0.6"), grade="2"),
    Band(D("0.61"), D("0.8"), grade="3"),
    Band(D("0.81"), D("1"), grade="4"),
]
SAKIP = [  # the lower bound is exclusive
    Band(D(90), D(100), False, True, "AA"),
    Band(D(80), D(90), False, True, "A"),
    Band(D(70), D(80), False, True, "BB"),
    Band(D(60), D(70), False, True, "B"),
    Band(D(50), D(60), False, True, "CC"),
    Band(D(30), D(50), False, True, "C"),
    Band(D(0), D(30), True, True, "D"),
]
SPBE = [
    Band(D("4.2"), D("5"), label="Memuaskan"),
    Band(D("3.5"), D("4.2"), True, False, label="Sangat Baik"),
    Band(None, D("3.5"), True, False, label="Di bawahnya"),
]
OPINION = [Band(D(n), D(n), grade=grade) for n, grade in enumerate(["TMP", "TW", "WDP", "WTP-DPP", "WTP"], start=1)]
BAD_DEBT = [  # LPMUKP 4: excludes 1, 2, 5, 8 and 12 on both sides
    Step(D(0), D(0), achievement=D(150)),
    Step(D(0), D(1), False, False, achievement=D(120)),
    Step(D(1), D(2), False, False, achievement=D(110)),
    Step(D(2), D(5), False, False, achievement=D(100)),
    Step(D(5), D(8), False, False, achievement=D(80)),
    Step(D(8), D(12), False, False, achievement=D(60)),
    Step(D(12), None, False, False, achievement=D(50)),
]


@pytest.mark.parametrize(
    ("value", "grade"),
    [("100", "AA"), ("90.01", "AA"), ("90", "A"), ("80", "BB"), ("30.001", "C"), ("30", "D"), ("0", "D")],
)
def test_a_boundary_belongs_to_the_band_that_includes_it(value, grade):
    assert band(D(value), SAKIP).grade == grade


@pytest.mark.parametrize(
    ("value", "label"),
    [("5", "Memuaskan"), ("4.2", "Memuaskan"), ("4.19", "Sangat Baik"), ("-3", "Di bawahnya")],
)
def test_a_band_without_a_lower_bound_is_open_ended(value, label):
    assert band(D(value), SPBE).label == label


@pytest.mark.parametrize("smaller_is_better", [False, True])
@pytest.mark.parametrize(("value", "grade"), [("0.4", "1"), ("0.405", "1"), ("0.41", "2"), ("0.805", "3")])
def test_a_value_in_a_hole_belongs_to_the_band_with_smaller_values(value, grade, smaller_is_better):
    assert band(D(value), MERIT, smaller_is_better).grade == grade


def test_a_value_between_two_points_belongs_to_the_lower_one():
    assert band(D("4.5"), OPINION).grade == "WTP-DPP"


def test_the_band_below_a_hole_is_the_nearest_even_if_it_is_a_point_on_the_same_bound():
    bands = [Band(D(0), D(1), True, False, "half-open"), Band(D(1), D(1), grade="point"), Band(D(2), D(3))]
    assert band(D("1.5"), bands).grade == "point"


def test_the_order_of_the_bands_does_not_matter():
    assert band(D("0.405"), list(reversed(MERIT))).grade == "1"


@pytest.mark.parametrize(("value", "bands"), [("0.19", MERIT), ("1.01", MERIT), ("-0.01", SAKIP), ("1", [])])
def test_a_value_outside_every_band_is_an_input_error(value, bands):
    with pytest.raises(ValueError, match=f"Nilai {value} di luar semua rentang"):
        band(D(value), bands)


def test_a_value_in_two_bands_is_a_defect_of_the_scale():
    with pytest.raises(ValueError, match="lebih dari satu rentang"):
        band(D(80), [Band(D(70), D(80)), Band(D(80), D(90))])


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_a_value_that_is_not_finite_has_no_band(bad):
    with pytest.raises(ValueError, match="terhingga"):
        band(bad, SPBE)


@pytest.mark.parametrize(
    ("lower", "upper", "lower_inclusive", "upper_inclusive"),
    [("2", "1", True, True), ("1", "1", False, True), ("1", "1", True, False), ("1", "1", False, False)],
)
def test_a_band_that_can_hold_no_value_is_refused(lower, upper, lower_inclusive, upper_inclusive):
    with pytest.raises(ValueError, match="tidak memuat nilai apa pun"):
        Band(D(lower), D(upper), lower_inclusive, upper_inclusive)


@pytest.mark.parametrize("place", ["lower", "upper", "achievement"])
def test_a_band_with_a_figure_that_is_not_finite_is_refused(place):
    with pytest.raises(ValueError, match="terhingga"):
        Band(**({"lower": None, "upper": None} | {place: D("Infinity")}))


def test_a_band_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        MERIT[0].grade = "4"


@pytest.mark.parametrize(
    ("actual", "percent"),
    [("0", 150), ("0.5", 120), ("1.5", 110), ("4.99", 100), ("7", 80), ("9", 60), ("12.01", 50), ("99", 50)],
)
def test_a_step_table_pays_what_the_row_of_the_actual_says_above_120_too(actual, percent):
    assert step_achievement(D(actual), BAD_DEBT) == percent


@pytest.mark.parametrize(("actual", "percent"), [("1", 120), ("2", 110), ("5", 100), ("8", 80), ("12", 60)])
def test_a_boundary_excluded_on_both_sides_goes_to_the_better_step(actual, percent):
    assert step_achievement(D(actual), BAD_DEBT) == percent


def test_an_actual_outside_the_step_table_is_an_input_error():
    with pytest.raises(ValueError, match="di luar semua rentang"):
        step_achievement(D("-0.1"), BAD_DEBT)


def test_a_step_without_an_achievement_is_refused():
    with pytest.raises(ValueError, match="belum memuat capaian"):
        step_achievement(D("0.3"), MERIT)


@given(st.decimals(0, 100, places=4), st.permutations(SAKIP))
def test_every_value_of_a_scale_has_one_band_that_does_not_lie_above_it(value, bands):
    assert band(value, bands) == next(row for row in SAKIP if row.lower < value or row.grade == "D")


# Period consolidation


@pytest.mark.parametrize(("how", "result"), [("sum", "60"), ("average", "20"), ("last", "30")])
def test_consolidation_is_sum_average_or_last(how, result):
    assert consolidate([D(10), D(20), D(30)], how) == D(result)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_missing_quarter_leaves_a_sum_open(place):
    values = [D(10), D(20), D(30)]
    values[place] = None
    assert consolidate(values, "sum") is None


def test_an_average_is_of_the_quarters_that_are_known():
    assert consolidate([D(10), None, D(30)], "average") == D(20)


def test_the_last_position_does_not_need_the_quarters_before_it():
    assert consolidate([None, D(20), None, D(30)], "last") == D(30)


def test_the_last_position_is_the_last_known_one():
    assert consolidate([D(10), D(20), None], "last") == D(20)


@pytest.mark.parametrize("how", ["sum", "average", "last"])
@pytest.mark.parametrize("values", [[], [None], [None, None]])
def test_nothing_known_is_none_and_not_zero(how, values):
    assert consolidate(values, how) is None


@pytest.mark.parametrize("values", [[], [D(1)], [None]])
def test_an_unknown_consolidation_is_refused(values):
    with pytest.raises(ValueError, match="Konsolidasi periode 'total' tidak dikenal"):
        consolidate(values, "total")


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_figures_that_are_not_finite_are_not_consolidated_even_where_they_do_not_count(bad):
    with pytest.raises(ValueError, match="terhingga"):
        consolidate([bad, D(1)], "last")


def test_a_sum_beyond_every_figure_is_refused():
    with pytest.raises(ValueError, match="terhingga"):
        consolidate([D("9E+999999"), D("9E+999999")], "sum")


@given(st.lists(figures, min_size=1, max_size=12))
def test_consolidations_agree_with_exact_fractions(values):
    exact = sum(map(Fraction, values), Fraction(0))
    assert Fraction(consolidate(values, "sum")) == exact
    assert abs(Fraction(consolidate(values, "average")) - exact / len(values)) < Fraction(1, 10**18)
    assert consolidate(values, "last") == values[-1]


# Scores of objectives and units


def test_an_objective_is_weighted_by_validity():
    indicators = [
        ("lead_input", D(100)),
        ("lead_process", D(90)),
        ("lag_output", D(80)),
        ("lag_outcome", D(70)),
    ]
    assert objective_score(indicators) == D(80)


def test_weights_are_normalised_over_the_indicators_that_are_assessed():
    assert objective_score([("lead_input", D(120)), ("lag_output", D(80)), ("lag_outcome", None)]) == D(90)


def test_every_indicator_brings_its_own_weight():
    assert objective_score([("lag_outcome", D(100)), ("lag_outcome", D(80)), ("lead_process", D(40))]) == D(80)


@pytest.mark.parametrize("indicators", [[], [("lag_output", None)]])
def test_an_objective_without_an_assessed_indicator_has_no_score(indicators):
    assert objective_score(indicators) is None


@pytest.mark.parametrize("percent", [D(100), None])
def test_an_unknown_validity_is_refused_assessed_or_not(percent):
    with pytest.raises(ValueError, match="Validitas 'lag' tidak dikenal"):
        objective_score([("lag", percent)])


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_an_achievement_that_is_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="terhingga"):
        objective_score([("lag_output", bad)])


validities = st.sampled_from(["lead_input", "lead_process", "lag_output", "lag_outcome"])


@given(st.lists(st.tuples(validities, hundredths), min_size=1, max_size=20))
def test_an_objective_scores_between_its_worst_and_its_best_indicator(indicators):
    percents = [percent for _, percent in indicators]
    assert min(percents) <= objective_score(indicators) <= max(percents)


@given(st.lists(st.tuples(validities, hundredths), min_size=1, max_size=20), validities)
def test_an_indicator_that_is_not_assessed_changes_no_score(indicators, validity):
    assert objective_score([*indicators, (validity, None)]) == objective_score(indicators)


def test_a_unit_scores_the_mean_of_its_assessed_objectives():
    assert unit_score([D(90), None, D(105)]) == D("97.5")


@pytest.mark.parametrize("scores", [[], [None, None]])
def test_a_unit_without_an_assessed_objective_has_no_score(scores):
    assert unit_score(scores) is None


# For people


@pytest.mark.parametrize(
    ("value", "shown"),
    [("99.995", "100.00"), ("99.9949", "99.99"), ("0.125", "0.13"), ("-0.125", "-0.13"), ("5", "5.00")],
)
def test_people_see_two_decimals_rounded_half_up(value, shown):
    assert str(present(D(value))) == shown


@pytest.mark.parametrize("value", ["-0.001", "-0"])
def test_people_never_see_minus_zero(value):
    assert str(present(D(value))) == "0.00"


def test_what_people_see_does_not_depend_on_the_callers_decimal_context():
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_DOWN
        assert str(present(D("12345.675"))) == "12345.68"


def test_a_figure_too_long_to_show_is_refused():
    with pytest.raises(ValueError, match="terlalu besar"):
        present(D("1E+26"))


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_a_figure_that_is_not_finite_is_not_shown(bad):
    with pytest.raises(ValueError, match="terhingga"):
        present(bad)


@given(st.decimals(-(10**12), 10**12, places=5))
@example(D("0.005"))
def test_rounding_moves_a_figure_by_half_a_cent_at_most(value):
    assert abs(present(value) - value) <= D("0.005")


@pytest.mark.parametrize(
    ("percent", "colour"),
    [
        ("120", "green"),
        ("100", "green"),
        ("99.996", "amber"),
        ("80", "amber"),
        ("79.999", "red"),
        ("0", "red"),
    ],
)
def test_the_colour_changes_at_100_and_80(percent, colour):
    assert status_colour(D(percent)) == colour


def test_what_is_not_assessed_is_grey():
    assert status_colour(None) == "grey"


@pytest.mark.parametrize(("percent", "colour"), [("90", "green"), ("89.9", "amber"), ("59.9", "red")])
def test_the_thresholds_can_be_set(percent, colour):
    assert status_colour(D(percent), Colours(D(90), D(60))) == colour


@pytest.mark.parametrize(("percent", "colour"), [("80.01", "green"), ("80", "amber"), ("79.99", "red")])
def test_the_scheme_of_2016_is_green_only_above_80(percent, colour):
    assert status_colour(D(percent), Colours(D(80), D(80), green_inclusive=False)) == colour


@pytest.mark.parametrize("bad", NOT_FINITE)
def test_a_figure_that_is_not_finite_has_no_colour(bad):
    with pytest.raises(ValueError, match="terhingga"):
        status_colour(bad)
