"""A formula worked out in words: each line is an operation of the evaluator, and the last one has the result."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import formula, worked_example
from indicators.actions.catalogue import CATALOGUE
from kinerjaku.figures import format_figure

D = Decimal
VALUES = {"a": D("2.5"), "b": D("-0.125"), "c": D(7), "nol": D(0)}
COMPUTED = [row for row in json.loads(CATALOGUE.read_text())["indicators"] if row["expression"]]
SAMPLES = ["1", "7", "12.5", "0.3"]


def lines(expression: str, **values: str) -> list[str]:
    given_values = {name: D(value) for name, value in values.items()}
    return worked_example.lines(expression, given_values, format_figure)


def test_a_line_for_every_operation_in_the_order_of_the_evaluation():
    assert lines("(selesai + baru) / rencana * 100", selesai="120", baru="30", rencana="200") == [
        "120 + 30 = 150",
        "150 ÷ 200 = 0,75",
        "0,75 × 100 = 75",
    ]


def test_the_figures_stand_in_the_expression_where_the_variables_were():
    values = {"selesai": D(1200), "rencana": D("-2.5")}
    written = worked_example.with_figures("(selesai + 30) / rencana * 0.5", values, format_figure)
    assert written == "(1.200 + 30) ÷ (-2,5) × 0,5"


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("a - b", "5 − (-3) = 8"),
        ("-a", "−5 = -5"),
        ("+a", "+5 = 5"),
        ("a ** 2", "5 pangkat 2 = 25"),
        ("min(a, b, 4)", "terkecil dari (5; (-3); 4) = -3"),
        ("max(a, b)", "terbesar dari (5; (-3)) = 5"),
        ("abs(b)", "nilai mutlak ((-3)) = 3"),
        ("round(2.345, 2)", "pembulatan (2,345; 2) = 2,35"),
    ],
)
def test_each_operation_has_its_words(expression, line):
    assert lines(expression, a="5", b="-3") == [line]


def test_figures_of_many_decimals_are_shortened_and_marked():
    assert lines("2 / 3 * 3") == ["2 ÷ 3 ≈ 0,66666667", "0,66666667 × 3 ≈ 2"]


def test_the_widest_figures_are_written_too():
    assert lines("a + 0.5", a="9" * 33)[0].endswith(" = " + format_figure(D("9" * 33 + ".5")))


def test_minus_zero_is_written_as_zero():
    assert lines("0 * -1")[-1] == "0 × (-1) = 0"


def test_a_lone_variable_needs_no_line():
    assert lines("a", a="5") == []


def test_what_cannot_be_evaluated_has_no_lines():
    with pytest.raises(formula.FormulaError) as refused:
        lines("1 + a / (b - b)", a="1", b="2")
    assert (refused.value.code, refused.value.position) == ("division_by_zero", 6)


# Where an error lies


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("a +", 3),
        ("a + ", 3),
        ("(a", 2),
        ("a b", 2),
        ("a × 2", 2),
        ("a + tak_ada(2)", 4),
        ("a + min", 4),
        ("abs(1, 2) + a", 0),
        ("a + round(a, 11)", 4),
        ("a + 2 ** 13", 6),
        ("1 + tidak_ada", 4),
        ("1 + 1" + "0" * 34, 4),
    ],
)
def test_an_error_knows_where_it_lies(expression, position):
    with pytest.raises(formula.FormulaError) as refused:
        formula.evaluate(expression, {"a": D(1)})
    assert refused.value.position == position


def test_the_places_of_variables_are_those_of_their_first_use():
    assert formula.positions("b + (a - b)") == {"b": 0, "a": 5}


# The catalogue


def test_there_are_83_expressions_in_the_catalogue():
    assert len(COMPUTED) == 83


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_expression_of_the_catalogue_is_evaluated_and_worked_out_in_words(subtests, sample):
    for row in COMPUTED:
        with subtests.test(unit=row["unit"], no=row["no"]):
            codes = {one["code"]: one["label"] for one in row["variables"]}
            values = dict.fromkeys(codes, D(sample))
            result = formula.evaluate(row["expression"], values)
            assert result.is_finite()
            words = worked_example.said(row["expression"], codes)
            assert all(codes[name] in words for name in formula.variables(row["expression"]))
            worked = worked_example.lines(row["expression"], values, format_figure)
            if worked:
                assert worked[-1].rpartition(" ")[2] == worked_example.figure(result, format_figure)
            else:
                assert row["expression"] in codes


# Properties

names = st.sampled_from([*VALUES, "2", "0.5", "10"])
trees = st.recursive(
    names,
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner)
        | st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner)
        | st.builds("{}{}".format, st.sampled_from(["-", "abs(1) * ", "+"]), inner)
        | st.builds("round({}, 2)".format, inner)
    ),
    max_leaves=10,
)


def outcome(act, expression: str):
    try:
        return act(expression, VALUES)
    except formula.FormulaError as error:
        return error.code, error.position


@given(trees)
def test_the_last_step_has_the_result_of_the_evaluation(expression):
    result, steps = outcome(formula.evaluate, expression), outcome(formula.steps, expression)
    if isinstance(result, tuple):
        assert steps == result
    elif steps:
        assert steps[-1].result == result
    else:
        assert result == VALUES.get(expression) or result == D(expression)


@given(trees)
def test_every_step_is_an_operation_of_the_evaluator_on_figures_that_came_before(expression):
    steps = outcome(formula.steps, expression)
    if isinstance(steps, tuple):
        return
    known = [*VALUES.values(), D(1), D(2), D("0.5"), D(10)]
    for step in steps:
        assert all(argument in known for argument in step.arguments)
        known.append(step.result)


@given(trees)
def test_every_evaluation_can_be_written_in_words(expression):
    steps = outcome(formula.steps, expression)
    if not isinstance(steps, tuple):
        written = worked_example.lines(expression, VALUES, format_figure)
        assert len(written) == len(steps)


@given(trees)
def test_what_no_values_can_mend_is_not_evaluated_with_any(expression):
    unsound = outcome(lambda typed, _: formula.require_sound(typed), expression)
    if unsound is not None:
        assert isinstance(outcome(formula.evaluate, expression), tuple)


@given(st.text(max_size=40))
def test_an_error_lies_within_what_was_typed(expression):
    found = outcome(lambda typed, _: formula.variables(typed), expression)
    if isinstance(found, tuple):
        assert 0 <= found[1] <= len(expression)
