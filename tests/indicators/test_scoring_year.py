"""The rules of a year: what they refuse, what they change, and that the explanation of a score ends at the score."""

from decimal import Decimal

import builders
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import assume, given
from hypothesis import strategies as st

from indicators import results, scoring
from indicators.actions import scoring as actions
from indicators.explanation import Measured, explain_colour, explain_indicator, explain_objective, explain_unit
from indicators.models import Achievement, ScoringYear
from indicators.scheme import DEFAULT, PRESETS, VALIDITY_WEIGHTS, Colours, Scheme
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry
from verification.actions import worksheet as worksheets

D = Decimal
AT = builders.at("2026-01-05 09:00")
percents = st.decimals(0, 150, places=3)
validities = st.sampled_from(list(VALIDITY_WEIGHTS))
rated = st.lists(st.tuples(validities, percents), min_size=1, max_size=12)
weights = st.fixed_dictionaries({name: st.decimals("0.01", 50, places=2) for name in VALIDITY_WEIGHTS})
figures = st.decimals(-1000, 1000, places=3)


@st.composite
def schemes_of_colours(draw):
    green, amber = draw(st.decimals(1, 120, places=1)), draw(st.decimals("0.1", 120, places=1))
    try:
        return Colours(green, amber, draw(st.booleans()), draw(st.booleans()))
    except ValueError:
        assume(False)


# Colours


@given(schemes_of_colours(), percents)
def test_every_percent_has_exactly_one_colour(colours, percent):
    is_green = percent >= colours.green if colours.green_inclusive else percent > colours.green
    is_red = percent < colours.amber if colours.amber_inclusive else percent <= colours.amber
    wanted = {"green": is_green, "red": is_red, "amber": not is_green and not is_red}
    assert [name for name, holds in wanted.items() if holds] == [scoring.status_colour(percent, colours)]


@given(schemes_of_colours())
def test_every_colour_holds_a_value(colours):
    near = [colours.green, colours.amber, colours.green + 1, (colours.green + colours.amber) / 2, D(0)]
    assert {scoring.status_colour(percent, colours) for percent in near} == {"green", "amber", "red"}


@given(schemes_of_colours(), percents, percents)
def test_a_better_percent_never_has_a_worse_colour(colours, one, other):
    order = ["red", "amber", "green"]
    low, high = sorted([one, other])
    assert order.index(scoring.status_colour(low, colours)) <= order.index(scoring.status_colour(high, colours))


@pytest.mark.parametrize(
    ("preset", "percent", "colour"),
    [
        ("default", "100", "green"),
        ("default", "99.99", "amber"),
        ("default", "79.99", "red"),
        ("kkp_2016", "80.01", "green"),
        ("kkp_2016", "80", "amber"),
        ("kkp_2016", "79.99", "red"),
        ("90_60", "90", "green"),
        ("90_60", "60", "amber"),
        ("90_60", "59.99", "red"),
    ],
)
def test_the_published_schemes(preset, percent, colour):
    assert scoring.status_colour(D(percent), PRESETS[preset][1]) == colour


@pytest.mark.parametrize(
    ("colours", "words"),
    [
        (("80", "90", True, True), "Kuning mulai 90, padahal hijau sudah mulai 80: nilai antara 80 dan 90"),
        (("80", "80", True, True), "Nilai 80 mendapat dua warna"),
        (("80", "80", False, False), "Kuning tidak memuat nilai apa pun: hijau lebih dari 80, kuning lebih dari 80"),
        (("80.5", "0", True, True), "Merah tidak memuat nilai apa pun: kuning mulai 0"),
        (("NaN", "0", True, True), "terhingga"),
    ],
)
def test_colours_that_contradict_each_other_are_refused_with_the_values(colours, words):
    green, amber, green_inclusive, amber_inclusive = colours
    with pytest.raises(ValueError, match=words):
        Colours(D(green), D(amber), green_inclusive, amber_inclusive)


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"weights": {**VALIDITY_WEIGHTS, "lag_output": D(0)}}, "Bobot 0 tidak berlaku"),
        ({"weights": {"lag_output": D(1)}}, "Setiap validitas"),
        ({"cap": D(0)}, "Batas capaian 0 harus"),
        ({"cap": D(90)}, "Hijau mulai 100 tidak pernah tercapai: batas capaian 90"),
        ({"places": 7}, "0 sampai 6"),
    ],
)
def test_rules_that_cannot_work_are_refused(rules, words):
    with pytest.raises(ValueError, match=words):
        Scheme(**rules)


# Weights and consolidation


@given(rated, weights, st.integers(1, 10**6))
def test_only_the_proportion_of_the_weights_counts(indicators, chosen, factor):
    scaled = {name: weight * factor for name, weight in chosen.items()}
    assert abs(scoring.objective_score(indicators, scaled) - scoring.objective_score(indicators, chosen)) < D("1e-20")


@given(rated, weights)
def test_an_objective_lies_between_its_assessed_indicators_whatever_the_weights(indicators, chosen):
    known = [percent for _, percent in indicators]
    score = scoring.objective_score([*indicators, ("lag_output", None)], chosen)
    assert min(known) <= score <= max(known)


@given(st.lists(validities, min_size=1, max_size=12), weights)
def test_the_shares_of_an_objective_make_a_whole(chosen, of_year):
    assert abs(sum(scoring.shares(chosen, of_year)) - 1) < D("1e-20")


@given(st.lists(figures, min_size=1, max_size=4), st.randoms())
def test_a_sum_of_quarters_does_not_depend_on_their_order(values, random):
    mixed = random.sample(values, len(values))
    assert scoring.consolidate(mixed, "sum") == scoring.consolidate(values, "sum")


@given(st.lists(st.none() | figures, max_size=4))
def test_an_average_ignores_what_is_missing_and_the_last_is_the_last_known(values):
    known = [value for value in values if value is not None]
    assert scoring.consolidate(values, "average") == scoring.consolidate(known, "average")
    assert scoring.consolidate(values, "last") == (known[-1] if known else None)


def test_targets_are_consolidated_over_the_quarters_that_count():
    targets = [D(10), D(20), D(30)]
    assert scoring.consolidate_target(targets, (0, 1, 2), "sum") == D(60)
    assert scoring.consolidate_target(targets, (0, 2), "average") == D(20)
    assert scoring.consolidate_target(targets, (1,), "last") == D(20)
    assert scoring.consolidate_target([(D(1), D(3)), D(2)], (0, 1), "average") == (D("1.5"), D("2.5"))
    assert scoring.consolidate_target([D(10), None], (0, 1), "sum") is None
    assert scoring.consolidate_target(targets, (), "last") is None


# The explanation


@given(
    actuals=st.lists(st.none() | figures, min_size=1, max_size=4),
    target=figures | st.tuples(st.decimals(-50, 0, places=1), st.decimals(1, 50, places=1)),
    how=st.sampled_from(["sum", "average", "last"]),
    polarity=st.sampled_from(["maximize", "minimize", "stabilize"]),
    cap=st.decimals(100, 150, places=0),
    worst=st.none() | st.decimals(1, 10, places=1),
)
def test_the_last_step_of_an_explanation_is_the_score(actuals, target, how, polarity, cap, worst):
    count = len(actuals)
    measured = Measured(("TW",) * count, tuple(actuals), (target,) * count, how, polarity, cap, worst)
    steps = explain_indicator(measured, DEFAULT)
    assert steps[-1].value == measured.percent()
    assert all(step.said(str) and step.name for step in steps)
    assert measured.percent() is None or 0 <= measured.percent() <= cap


@given(rated, weights)
def test_the_explanation_of_an_objective_gives_its_score_from_its_lines(indicators, chosen):
    scheme = Scheme(chosen)
    named = [(str(place), *one) for place, one in enumerate(indicators)]
    lines, step = explain_objective([*named, ("tanpa", "lag_output", None)], scheme)
    assert step.value == scoring.objective_score(indicators, chosen)
    assert len(lines) == len(indicators)
    assert abs(sum(line.share * line.percent for line in lines) - step.value) < D("1e-18")


def test_what_is_not_assessed_is_explained_without_a_figure():
    assert explain_objective([("a", "lag_output", None)], DEFAULT) == ([], None)
    assert explain_unit([None]) is None
    assert explain_unit([D(90), None, D(100)]).value == D(95)
    assert "Abu-abu" in explain_colour(None, DEFAULT).words
    assert explain_colour(D("99.996"), DEFAULT).said(str) == "Kuning: mulai 80. Yang menentukan angka penuhnya, 99.996."


def test_steps_of_a_table_and_limits_say_so():
    table = (scoring.Step(D(0), D(5), achievement=D(150)), scoring.Step(D(5), None, False, achievement=D(50)))
    measured = Measured(("TW I",), (D(3),), (D(4),), "last", "minimize", D(120), steps=table)
    assert [step.name for step in explain_indicator(measured, DEFAULT)] == ["Tabel bertingkat"]
    capped = Measured(("TW I",), (D(200),), (D(100),), "last", "maximize", D(120))
    named = {step.name: step.value for step in explain_indicator(capped, DEFAULT)}
    assert named == {"Perbandingan": D(200), "Batas atas": D(120), "Capaian": D(120)}


# The rows


def year(**fields) -> ScoringYear:
    return ScoringYear(year=2026, basis="Keputusan contoh", **fields)


@pytest.mark.django_db
def test_a_year_without_a_row_is_scored_by_the_defaults():
    assert ScoringYear.objects.scheme(2026) == DEFAULT
    assert ScoringYear.objects.schemes([2025, 2026]) == {2025: DEFAULT, 2026: DEFAULT}


def test_who_may_change_the_catalogue_sets_the_rules_and_it_is_recorded(cast):
    actions.save_year(year(cap=D(110)), by=cast.admin, at=AT)
    changed = year(cap=D(110), green_from=D(90), amber_from=D(60))
    actions.save_year(changed, by=cast.admin, at=AT)
    assert ScoringYear.objects.scheme(2026) == Scheme(cap=D(110), colours=Colours(D(90), D(60)))
    first, second = AuditEntry.objects.filter(target_type="indicators.scoringyear").order_by("seq")
    assert (first.before, second.before["green_from"], second.after["green_from"]) == (None, "100", "90")


def test_nobody_else_sets_the_rules(cast):
    with pytest.raises(PermissionDenied):
        actions.save_year(year(), by=cast.operator, at=AT)
    assert not ScoringYear.objects.exists()


def test_rules_that_contradict_themselves_are_not_stored(cast):
    with pytest.raises(DomainError, match="Nilai 80 mendapat dua warna"):
        actions.save_year(year(green_from=D(80)), by=cast.admin, at=AT)
    assert not ScoringYear.objects.exists()


def test_the_cap_of_the_year_is_for_indicators_without_their_own(cast):
    plain, own = builders.indicator(cast.unit, 1), builders.indicator(cast.unit, 2, cap=D(150))
    scheme = Scheme(cap=D(110))
    assert results.percent_of(plain, 1, D(900), scheme) == D(110)
    assert results.percent_of(own, 1, D(900), scheme) == D(150)


def test_what_a_unit_types_is_capped_by_the_rules_of_its_year(cast):
    actions.save_year(year(cap=D(105)), by=cast.admin, at=AT)
    row = builders.row(builders.indicator(cast.unit, target="50"))
    assert builders.fill(row, by=cast.operator).percent == D(105)
    assert Achievement.objects.get(pk=row.pk).actual == D(95)


def test_a_worksheet_weighs_by_the_rules_of_its_year(cast):
    for no, validity in ((1, "lead_input"), (2, "lag_outcome")):
        builders.indicator(cast.unit, no, validity=validity, target=("95", "190")[no - 1])
    builders.submitted(cast.unit, by=cast.operator)
    sheet = builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    rows = worksheets.rows_of(sheet)
    assert worksheets.result_of(rows).score == D(60)  # 100 x 0.1 and 50 x 0.4
    actions.save_year(year(weight_lag_outcome=D("0.1")), by=cast.admin, at=AT)
    assert worksheets.result_of(rows).score == D(75)


def test_an_admin_chooses_a_published_scheme(cast, as_user):
    typed = {
        "year": "2026",
        "basis": "Pedoman 2016",
        "preset": "kkp_2016",
        "green_from": "100",
        "amber_from": "80",
        "weight_lead_input": "0,1",
        "weight_lead_process": "0,2",
        "weight_lag_output": "0,3",
        "weight_lag_outcome": "0,4",
        "cap": "120",
        "places": "2",
    }
    admin = as_user(cast.admin)
    answer = admin.post(reverse("admin:indicators_scoringyear_add"), typed)
    assert answer.status_code == 302, answer.context["errors"]
    assert ScoringYear.objects.get().colours() == PRESETS["kkp_2016"][1]
    page = admin.get(reverse("admin:indicators_scoringyear_changelist"))
    assert "Hijau lebih dari 80; kuning mulai 80; merah kurang dari 80" in page.content.decode()


def test_an_admin_is_told_which_values_contradict_each_other(cast, as_user):
    typed = {"year": "2026", "basis": "x", "green_from": "80", "amber_from": "90", "cap": "120", "places": "2"}
    typed |= {f"weight_{name}": "1" for name in VALIDITY_WEIGHTS}
    page = as_user(cast.admin).post(reverse("admin:indicators_scoringyear_add"), typed).content.decode()
    assert "Kuning lebih dari 90, padahal" in page or "Kuning mulai 90, padahal hijau sudah mulai 80" in page
