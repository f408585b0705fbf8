"""A draft of a formula tried on sample values: what a row would be computed to, and how. Nothing is saved."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal

from kinerjaku.figures import format_figure

from . import formula, results, scoring, worked_example
from .formula_check import BandLine, Draft, VariableLine, piece
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
        """The value as the worked example ends."""
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


def stored_draft(indicator: Indicator) -> Draft:
    """What is stored, as if it had been typed."""
    names = ("code", "label", "measure", "weight", "from_children")
    variables = [
        VariableLine(row, **{name: getattr(v, name) for name in names})
        for row, v in enumerate(indicator.variables.order_by("order"), 1)
    ]
    bands = [BandLine(row, band) for row, band in enumerate(indicator.rule.bands, 1)]
    return Draft(indicator.expression, tuple(variables), tuple(bands))


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
        quarters = [_against(drawn, number, value, scheme) for number in _periods(drawn)]
    except ValueError as error:
        return Trial(words, figures, lines, value, outside=str(error))
    percent = band.achievement if band else None
    return Trial(words, figures, lines, value, band=band, band_percent=percent, quarters=quarters)


def _periods(drawn: Indicator) -> list[int]:
    """Those with a target; a scale that gives the achievement itself needs none."""
    return [] if drawn.rule.steps else sorted(drawn.rule.targets)


def _against(drawn: Indicator, number: int, value: Decimal, scheme: Scheme) -> tuple[str, str, Decimal | None]:
    period = "Setahun" if number == Target.YEAR else f"Triwulan {number}"
    return period, results.target_text(drawn, number), results.percent_of(drawn, number, value, scheme)
