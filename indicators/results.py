"""From what was typed to figures: the bridge between rows and the pure modules `formula` and `scoring`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from . import formula, scoring
from .models import Indicator, Objective


def actual_of(
    indicator: Indicator, values: Mapping[str, Decimal | None], score: Decimal | None
) -> tuple[Decimal | None, str]:
    """The actual figure, or None and the reason in Indonesian. Never 0 for what cannot be computed."""
    if not indicator.is_computed:
        return score, "" if score is not None else "Nilai belum diisi."
    labels = {variable.code: variable.label for variable in indicator.variables.all()}
    missing = [label for code, label in labels.items() if values.get(code) is None]
    if missing:
        return None, f"Belum dapat dihitung: {missing[0]} belum diisi."
    try:
        return formula.evaluate(indicator.expression, {c: v for c, v in values.items() if v is not None}), ""
    except formula.FormulaError as error:
        return None, f"Belum dapat dihitung: {error}"


def target_of(indicator: Indicator, number: int) -> Decimal | tuple[Decimal, Decimal] | None:
    """The target of the quarter, from the prefetched rows."""
    return next((target.plain() for target in indicator.targets.all() if target.number == number), None)


def percent_of(indicator: Indicator, number: int, actual: Decimal | None) -> Decimal | None:
    """The achievement in percent, or None where it is not assessed."""
    if actual is None:
        return None
    steps = [band.plain() for band in indicator.bands.all() if band.achievement is not None]
    if steps:
        return scoring.step_achievement(actual, steps)
    target = target_of(indicator, number)
    if target is None:
        return None
    return scoring.achievement(
        actual, target, polarity=indicator.polarity, cap=indicator.cap, worst=indicator.worst
    )


@dataclass(frozen=True)
class ObjectiveResult:
    objective: Objective
    score: Decimal | None


@dataclass(frozen=True)
class UnitResult:
    objectives: list[ObjectiveResult]
    score: Decimal | None


def unit_result(rows: Iterable[tuple[Indicator, Decimal | None]]) -> UnitResult:
    """Objective scores (NPSS) and the unit score from indicators and their achievements, in the order given."""
    by_objective: dict[Objective, list[tuple[str, Decimal | None]]] = {}
    for indicator, percent in rows:
        by_objective.setdefault(indicator.objective, []).append((indicator.validity, percent))
    objectives = [ObjectiveResult(o, scoring.objective_score(scores)) for o, scores in by_objective.items()]
    return UnitResult(objectives, scoring.unit_score([result.score for result in objectives]))
