"""The formula evaluator (domain decision: Decimal, no names but the variables, a reason instead of 0)."""

import re
import sys
from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.formula import FormulaError, evaluate, variables

D = Decimal


def code_of(expression: str, **values: Decimal) -> str:
    with pytest.raises(FormulaError) as caught:
        evaluate(expression, values)
    assert str(caught.value)
    return caught.value.code


def outcome(expression: str, values: dict[str, Decimal]) -> Decimal | str:
    """The result, or the code of the reason why there is none."""
    try:
        return evaluate(expression, values)
    except FormulaError as error:
        return error.code


# What a formula can say


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("24 / 4 / 3", "2"),
        ("24 / 4 * 3", "18"),
        ("2 ** 3 ** 2", "512"),
        ("-2 ** 2", "-4"),
        ("(-2) ** 2", "4"),
        ("2 ** -1", "0.5"),
        ("2 ** -1 * 3", "1.5"),
        ("-3 + 5", "2"),
        ("- - 3", "3"),
        ("+3 * -2", "-6"),
        ("2 * 3 ** 2", "18"),
    ],
)
def test_operators_bind_as_in_arithmetic(expression, result):
    assert evaluate(expression, {}) == D(result)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("min(3, 1, 2)", "1"),
        ("max(3, 1, 2)", "3"),
        ("abs(-3)", "3"),
        ("min(2, max(1, abs(-5))) + 1", "3"),
        ("abs(2 - 5) * 2", "6"),
    ],
)
def test_min_max_and_abs_can_be_called(expression, result):
    assert evaluate(expression, {}) == D(result)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("round(2.345, 2)", "2.35"),
        ("round(2.344999, 2)", "2.34"),
        ("round(-2.345, 2)", "-2.35"),
        ("round(2.5)", "3"),
        ("round(3.5, 0)", "4"),
        ("round(0.00000000005, 10)", "0.0000000001"),
        ("round(9999999999999999999999999999999999, 10)", "9999999999999999999999999999999999"),
    ],
)
def test_round_rounds_half_up_to_a_written_number_of_decimals(expression, result):
    assert evaluate(expression, {}) == D(result)


@pytest.mark.parametrize("places", ["11", "-1", "2.0", "n", "1 + 1", "02"])
def test_round_takes_only_a_written_whole_number_of_decimals_from_0_to_10(places):
    assert code_of(f"round(n, {places})", n=D(2)) in {"forbidden", "syntax"}


def test_a_variable_stands_for_its_value():
    values = {"rekomendasi_ditindaklanjuti": D(7), "rekomendasi_diberikan": D(8)}
    assert evaluate("rekomendasi_ditindaklanjuti / rekomendasi_diberikan * 100", values) == D("87.5")


def test_upper_and_lower_case_are_different_variables():
    assert evaluate("a - A", {"a": D(5), "A": D(3)}) == D(2)


def test_values_that_the_formula_does_not_use_are_ignored():
    assert evaluate("a", {"a": D(5), "b": D("NaN")}) == D(5)


def test_spaces_tabs_and_line_breaks_mean_nothing():
    assert evaluate(" \t(1\n+2)\r\n*3 \n", {}) == D(9)


def test_the_variables_of_a_formula_are_its_names_without_its_functions():
    assert variables("0.3*saq + max(la, v, saq) / 2") == frozenset({"saq", "la", "v"})


def test_a_formula_without_names_has_no_variables():
    assert variables("min(1, 2)") == frozenset()


# Exactness


def test_a_decimal_literal_is_exactly_what_is_written():
    assert evaluate("0.1 + 0.2", {}) == D("0.3")


def test_a_long_literal_does_not_pass_through_a_float():
    assert evaluate("0.1234567890123456789012345678901234", {}) == D("0.1234567890123456789012345678901234")


def test_a_quotient_has_34_digits():
    assert evaluate("2 / 3", {}) == D("0.6666666666666666666666666666666667")


def test_the_callers_decimal_context_changes_nothing():
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_UP
        assert evaluate("a / 3", {"a": D("12345")}) == D(4115)
        assert evaluate("2 / 3", {}) == D("0.6666666666666666666666666666666667")


def test_the_callers_decimal_context_is_left_as_it_was():
    with localcontext() as context:
        context.clear_flags()
        evaluate("1 / 3", {})
        assert not any(context.flags.values())


def test_a_result_is_never_minus_zero():
    assert str(evaluate("0 * -1", {})) == "0"


# Why there is no result


def test_division_by_zero_is_a_reason_and_never_zero():
    assert code_of("a / (b - b)", a=D(1), b=D(2)) == "division_by_zero"


@pytest.mark.parametrize("expression", ["0 / 0", "1 / 0", "0 ** -1", "1 / -0", "min(1, 1 / 0)"])
def test_every_kind_of_division_by_zero_is_one(expression):
    assert code_of(expression) == "division_by_zero"


def test_zero_to_the_power_of_zero_is_undefined():
    assert code_of("0 ** 0") == "undefined"


def test_missing_variables_are_all_named():
    with pytest.raises(FormulaError, match=r"belum diisi: macet, outstanding\.") as caught:
        evaluate("(lancar + macet) / outstanding", {"lancar": D(1)})
    assert caught.value.code == "missing_variable"


@pytest.mark.parametrize("bad", [D("NaN"), D("sNaN"), D("Infinity"), D("-Infinity"), 0.5, "5", None])
def test_a_value_that_is_not_a_finite_decimal_is_refused_by_name(bad):
    with pytest.raises(FormulaError, match="realisasi") as caught:
        evaluate("realisasi * 100", {"realisasi": bad})
    assert caught.value.code == "invalid_value"


def test_a_formula_error_is_a_value_error():
    assert issubclass(FormulaError, ValueError)


# What a formula cannot say


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "   ",
        "1 +",
        "* 2",
        "(1",
        "1)",
        "()",
        "1 2",
        "a b",
        "2a",
        "2(3)",
        "(1)(2)",
        "1, 2",
        "1 // 2",
        "1 *** 2",
        "0x1F",
        "1e5",
        "0b1",
        "1j",
        "1.2.3",
        "0,3 * 2",
        "min()",
        "min(1)",
        "min(1,)",
        "min(,1)",
        "min(1, 2",
        "abs()",
        "abs(1, 2)",
        "round()",
        "round(1, 2, 3)",
    ],
)
def test_what_cannot_be_read_is_a_syntax_error(expression):
    assert code_of(expression, a=D(1), b=D(1)) in {"syntax", "forbidden"}


@pytest.mark.parametrize(
    "expression",
    [
        "1_000",
        "_a",
        "__import__('os')",
        "a.real",
        "a[0]",
        "[1]",
        "{1}",
        "'a'",
        '"a"',
        "lambda: 1",
        "(x := 1)",
        "a == 1",
        "a < 1",
        "a != 1",
        "a % 2",
        "a ^ 2",
        "a @ a",
        "a & a",
        "~a",
        "a; a",
        "a # a",
        "a \\ a",
        "1.",
        ".5",
        "a\x00",
        "\x00",
        "١ + ٢",
        "²",
        "½",
        "ａ",
        "é",
        "a × 2",
        "a\u00a0+ 1",
        "a\x0b+ 1",
        "eval(a)",
        "sum(a, a)",
        "a(1)",
        "min + 1",
        "round",
        "max(min, 1)",
        "lambda",
        "a if a else a",
        "not a",
        "True",
        "None",
        "a and a",
    ],
)
def test_nothing_but_arithmetic_is_let_through(expression):
    assert code_of(expression, a=D(1), min=D(1), round=D(1)) in {"forbidden", "syntax"}


@pytest.mark.parametrize("expression", ["eval(a)", "min + 1", "None", "a @ a", "1 +"])
def test_asking_for_the_variables_refuses_what_evaluating_refuses(expression):
    with pytest.raises(FormulaError):
        variables(expression)


# Bounds


@pytest.mark.parametrize("exponent", ["13", "-13", "1000000000", "9 ** 9"])
def test_an_exponent_beyond_twelve_is_too_large(exponent):
    assert code_of(f"2 ** ({exponent})") == "too_large"


def test_an_exponent_of_twelve_is_allowed():
    assert evaluate("2 ** 12 + 2 ** -12", {}) == D("4096.000244140625")


def test_an_exponent_must_be_a_whole_number():
    assert code_of("2 ** 0.5") == "forbidden"


def test_an_exponent_may_be_computed():
    assert evaluate("1.1 ** n", {"n": D("3.0")}) == D("1.331")


@pytest.mark.parametrize(
    "expression",
    ["10 ** 12 * 10 ** 12 * 10 ** 10", "(10 ** 12) ** 12", "a * a", "1" + "0" * 34, "a * a * 0", "-a * a"],
)
def test_a_figure_of_more_than_34_digits_on_the_way_is_too_large(expression):
    assert code_of(expression, a=D("1E+17")) == "too_large"


@pytest.mark.parametrize("value", ["1E+34", "-1E+34", "1E+999999"])
def test_a_value_of_more_than_34_digits_is_too_large(value):
    assert code_of("a", a=D(value)) == "too_large"


def test_a_quotient_by_almost_nothing_is_too_large():
    assert code_of("1 / a", a=D("1E-999999")) == "too_large"


def test_the_largest_figure_has_34_digits():
    assert evaluate("a", {"a": D("9" * 34)}) == D("9" * 34)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 51 + "1" + ")" * 51,
        "-" * 51 + "1",
        "abs(" * 51 + "1" + ")" * 51,
        "2 ** " * 51 + "1",
        "(" * 1000,
        "-" * 1999,
        "1" * 2001,
        " " * 2001,
        "+".join(["1"] * 151),
        "(" * 10**6 + "1" + ")" * 10**6,
        "-" * 10**6 + "1",
    ],
)
def test_a_formula_beyond_its_bounds_is_too_large_and_never_exhausts_the_stack(expression):
    assert code_of(expression) == "too_large"


def test_a_formula_within_its_bounds_is_read_close_to_the_end_of_the_stack():
    def dive(depth: int) -> Decimal:
        return dive(depth - 1) if depth else evaluate("(" * 49 + "1" + ")" * 49, {})

    frame, used = sys._getframe(), 0
    while frame := frame.f_back:
        used += 1
    assert dive(sys.getrecursionlimit() - used - 250) == D(1)


def test_a_chain_of_300_numbers_and_operators_is_allowed_and_is_no_deep_nesting():
    assert evaluate("-" + " + ".join(["1"] * 150), {}) == D(148)


def test_a_formula_of_2000_characters_is_allowed():
    assert evaluate("1" + " " * 1999, {}) == D(1)


# Properties

fragments = st.sampled_from(
    [
        "1",
        "0.5",
        "a",
        "b",
        "+",
        "-",
        "*",
        "/",
        "**",
        "(",
        ")",
        ",",
        "min(",
        "round(",
        "abs",
        " ",
        ".",
        "e",
        "_",
        "9" * 20,
    ]
)


@given(st.text() | st.lists(fragments, max_size=30).map("".join))
def test_whatever_is_typed_gives_a_finite_figure_or_a_formula_error(expression):
    result = outcome(expression, {"a": D("2.5"), "b": D(0)})
    if isinstance(result, Decimal):
        assert result.is_finite()
    else:
        codes = "syntax forbidden too_large missing_variable division_by_zero undefined"
        assert result in codes.split()


VALUES = {"a": D("2.5"), "b": D("-0.125"), "c": D(7), "nol": D(0)}
Tree = tuple[str, Fraction | None]  # source text and exact value; None: a division by zero somewhere
EXACTLY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "min": min,
    "max": max,
}


def pair(left: Tree, name: str, right: Tree) -> Tree:
    (a, x), (b, y) = left, right
    text = f"{name}({a}, {b})" if name in ("min", "max") else f"({a} {name} {b})"
    return text, None if x is None or y is None else EXACTLY[name](x, y)


def square(tree: Tree) -> Tree:
    return f"({tree[0]} ** 2)", None if tree[1] is None else tree[1] ** 2


def negative(tree: Tree) -> Tree:
    return f"(-{tree[0]})", None if tree[1] is None else -tree[1]


names = st.sampled_from([(name, Fraction(value)) for name, value in VALUES.items()])
numbers = st.integers(0, 9999).map(lambda n: (f"{n // 100}.{n % 100:02}", Fraction(n, 100)))
trees = st.recursive(
    names | numbers,
    lambda inner: (
        st.builds(pair, inner, st.sampled_from(list(EXACTLY)), inner) | inner.map(negative) | inner.map(square)
    ),
    max_leaves=8,
)


@given(trees)
def test_the_result_agrees_with_exact_fractions(tree):
    expression, exact = tree
    result = outcome(expression, VALUES)
    if isinstance(result, Decimal):
        assert exact is not None
        assert abs(Fraction(result) - exact) <= Fraction(1, 10**18) * max(1, abs(exact))
    else:
        assert result == "too_large" or (result, exact) == ("division_by_zero", None)


@given(st.lists(st.tuples(st.sampled_from(["+", "-", "*", "/", "**"]), st.integers(1, 3)), max_size=6))
def test_unbracketed_operators_bind_as_in_python(steps):
    expression = "2" + "".join(f" {operator} {number}" for operator, number in steps)
    in_python = expression
    for number in "123":
        in_python = in_python.replace(number, f"Fraction({number})")
    result = outcome(expression, {})
    if isinstance(result, Decimal):
        exact = eval(in_python, {"Fraction": Fraction})  # noqa: S307
        assert abs(Fraction(result) - exact) <= Fraction(1, 10**18) * max(1, abs(exact))
    else:
        assert result == "too_large"


@given(trees)
def test_every_variable_of_a_formula_is_needed_to_evaluate_it(tree):
    needed = variables(tree[0])
    assert needed == {name for name in VALUES if name in re.findall("[a-z]+", tree[0])}
    for name in needed:
        assert code_of(tree[0], **{n: D(1) for n in needed - {name}}) == "missing_variable"
