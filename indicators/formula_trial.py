"""A draft of a formula tried on sample values: what a row would be computed to, and how. Nothing is saved."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal

from kinerjaku.figures import format_figure

from . import formula, results, scoring, worked_example
from .formula_check import Draft, piece
from .models import Indicator, Target
from .rule import Rule
from .scheme import Scheme


@dataclass(frozen=True)
class Trial:
    """`problem` says why there is no value; `outside` why the value has no place in the scale."""

    words: str
    figures: str = ""
    lines: list[str] = field(default_factory=list)
    value: Decimal | None = None
    problem: str = ""
    band: scoring.Band | None = None
    band_percent: Decimal | None = None
    outside: str = ""
    quarters: list[tuple[str, str, Decimal | None]] = field(default_factory=list)  # period, target, achievement

    @property
    def shown(self) -> str:
        """The value with at most six decimals."""
        return "" if self.value is None else worked_example.figure(self.value, format_figure)

    @property
    def grade(self) -> str:
        return " ".join(filter(None, [self.band.grade, self.band.label])) if self.band else ""


def sketch(indicator: Indicator, draft: Draft) -> Indicator:
    """The indicator as it would be with the draft; not to be saved."""
    drawn = copy(indicator)
    drawn.expression = draft.expression
    inputs = tuple(line.plain() for line in draft.variables)
    drawn.rule = Rule(inputs, tuple(line.band for line in draft.bands), indicator.rule.targets)
    return drawn


def try_out(
    indicator: Indicator, draft: Draft, samples: Mapping[str, Decimal], score: Decimal | None, scheme: Scheme
) -> Trial:
    """`samples` by the codes of variables; `score` is the sample where there is no formula."""
    drawn = sketch(indicator, draft)
    words = results.in_words(drawn)
    if missing := [line for line in draft.variables if draft.expression and line.code not in samples]:
        listed = ", ".join(f"“{line.label}” (baris {line.row})" for line in missing)
        return Trial(words, problem=f"Isi contoh nilai untuk {listed}.")
    value, problem = results.actual_of(drawn, samples, score)
    figures, lines = "", []
    if draft.expression:
        figures = worked_example.with_figures(draft.expression, samples, format_figure)
        try:
            lines = worked_example.lines(draft.expression, samples, format_figure)
        except formula.FormulaError as error:
            problem = f"{problem}{piece(draft.expression, error.position)}"
    elif score is None:
        problem = "Isi contoh nilai untuk mencoba skala dan targetnya."
    if value is None:
        return Trial(words, figures, lines, problem=problem)
    try:
        band = results.band_of(drawn, value)
    except ValueError as error:
        return Trial(words, figures, lines, value, outside=str(error))
    numbers = [] if drawn.rule.steps else sorted(drawn.rule.targets)
    return Trial(
        words,
        figures,
        lines,
        value,
        band=band,
        band_percent=band.achievement if band else None,
        quarters=[_against(drawn, number, value, scheme) for number in numbers],
    )


def _against(drawn: Indicator, number: int, value: Decimal, scheme: Scheme) -> tuple[str, str, Decimal | None]:
    period = "Setahun" if number == Target.YEAR else f"Triwulan {number}"
    return period, results.target_text(drawn, number), results.percent_of(drawn, number, value, scheme)
