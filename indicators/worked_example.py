"""A formula worked out in words: the expression with names or figures in it, and every operation with its result.

Pure, on top of `formula`, which is the only evaluator: no figure is computed here. How a figure is written is the
caller's (`write`), as in `explanation`. Figures are shown with at most 8 decimals; "≈" says that more were left out.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from . import formula

SHOWN_PLACES = 8
Write = Callable[[Decimal], str]

_SIGNS = {"*": " × ", "/": " ÷ ", "+": " + ", "-": " − ", "**": " pangkat ", ",": "; "}
_FUNCTIONS = {
    "min": "terkecil dari ",
    "max": "terbesar dari ",
    "abs": "nilai mutlak ",
    "round": "pembulatan ",
}


def said(expression: str, names: Mapping[str, str]) -> str:
    """The expression as people read it, each variable by its name in `names`; readable or not, it is never refused."""
    words = []
    for token in formula.TOKEN.findall(expression):
        words.append(_SIGNS.get(token) or names.get(token) or _FUNCTIONS.get(token) or token.replace(".", ","))
    return "".join(words)


def with_figures(expression: str, values: Mapping[str, Decimal], write: Write) -> str:
    """(120 + 30) ÷ 200 × 100"""
    return said(expression, {name: _operand(value, write) for name, value in values.items()})


def lines(expression: str, values: Mapping[str, Decimal], write: Write) -> list[str]:
    """A line for each operation of the evaluation, in its order: 120 + 30 = 150. The last one gives the result.

    Raises FormulaError as `formula.evaluate` does.
    """
    return [_line(step, write) for step in formula.steps(expression, values)]


def figure(value: Decimal, write: Write) -> str:
    return write(formula.rounded(value, SHOWN_PLACES))


def _line(step: formula.Step, write: Write) -> str:
    operands = [_operand(value, write) for value in step.arguments]
    if step.operation in _FUNCTIONS:
        left = f"{_FUNCTIONS[step.operation]}({'; '.join(operands)})"
    elif len(operands) == 1:  # a sign in front
        left = f"{step.operation.removeprefix('unary ').replace('-', '−')}{operands[0]}"
    else:
        left = _SIGNS[step.operation].join(operands)
    exact = all(formula.rounded(value, SHOWN_PLACES) == value for value in (*step.arguments, step.result))
    return f"{left} {'=' if exact else '≈'} {figure(step.result, write)}"


def _operand(value: Decimal, write: Write) -> str:
    """What is below zero in brackets: 5 − (−3)."""
    text = figure(value, write)
    return f"({text})" if value < 0 else text
