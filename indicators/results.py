"""From what was typed to figures: the bridge between rows and the pure modules `formula` and `scoring`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kinerjaku.fields import FIGURE_LIMIT
from kinerjaku.figures import format_figure

from . import formula, scoring, worked_example
from .models import Indicator, Objective
from .scheme import CAP, DEFAULT, Scheme


def in_words(indicator: Indicator) -> str:
    """The formula with the labels of its variables; empty if the score is given from outside."""
    return worked_example.said(indicator.expression, {one.code: f"“{one.label}”" for one in indicator.rule.inputs})


def actual_of(
    indicator: Indicator, values: Mapping[str, Decimal | None], score: Decimal | None
) -> tuple[Decimal | None, str]:
    """The actual figure, or None and the reason in Indonesian. Never 0 for what cannot be computed."""
    if not indicator.is_computed:
        return score, "" if score is not None else "Nilai belum diisi."
    missing = [one.label for one in indicator.rule.inputs if values.get(one.code) is None]
    if missing:
        return None, f"Belum dapat dihitung: {missing[0]} belum diisi."
    try:
        actual = formula.evaluate(indicator.expression, {c: v for c, v in values.items() if v is not None})
    except formula.FormulaError as error:
        return None, f"Belum dapat dihitung: {error}"
    if abs(actual) >= FIGURE_LIMIT:
        return None, "Belum dapat dihitung: hasilnya lebih dari 18 digit. Periksa kembali satuan isian."
    return actual, ""


def target_of(indicator: Indicator, number: int) -> Decimal | tuple[Decimal, Decimal] | None:
    return indicator.rule.targets.get(number)


def target_text(indicator: Indicator, number: int) -> str:
    """The target of the quarter as people read it; empty if none is set."""
    target = target_of(indicator, number)
    low, high = target if isinstance(target, tuple) else (target, None)
    return format_figure(low) + (f" – {format_figure(high)}" if high is not None else "")


def cap_by(scheme: Scheme, own: Decimal) -> Decimal:
    """The year's cap, unless the indicator has one of its own: one that is not the usual 120 (decision 19)."""
    return scheme.cap if own == CAP else own


def percent_of(indicator: Indicator, number: int, actual: Decimal | None, scheme: Scheme = DEFAULT) -> Decimal | None:
    """The achievement in percent by the rules of the year, or None where it is not assessed. ValueError: outside the
    scale [D]."""
    if actual is None:
        return None
    band_of(indicator, actual)
    if steps := indicator.rule.steps:
        return scoring.step_achievement(actual, steps)
    target = target_of(indicator, number)
    if target is None:
        return None
    cap = cap_by(scheme, indicator.cap)
    return scoring.achievement(actual, target, polarity=indicator.polarity, cap=cap, worst=indicator.worst)


def band_of(indicator: Indicator, actual: Decimal) -> scoring.Band | None:
    """The band of the indicator's scale (predikat) in which the actual lies; None without a scale.

    Raises ValueError, in Indonesian, for a value that no band can hold.
    """
    bands = indicator.rule.bands
    if not bands:
        return None
    lower, upper = min(band.bottom for band in bands), max(band.top for band in bands)
    if not lower <= actual <= upper:
        ends = " ".join(
            [f"dari {format_figure(lower)}"] * lower.is_finite()
            + [f"sampai {format_figure(upper)}"] * upper.is_finite()
        )
        raise ValueError(f"Nilai {format_figure(actual)} di luar skala indikator ini ({ends}).")
    return scoring.band(actual, bands, smaller_is_better=indicator.polarity == Indicator.Polarity.MINIMIZE)


@dataclass(frozen=True)
class ObjectiveResult:
    objective: Objective
    score: Decimal | None


@dataclass(frozen=True)
class UnitResult:
    objectives: list[ObjectiveResult]
    score: Decimal | None


def unit_result(rows: Iterable[tuple[Indicator, Decimal | None]], scheme: Scheme = DEFAULT) -> UnitResult:
    """Objective scores (NPSS) and the unit score from indicators and their achievements, in the order given, weighted
    by the rules of their year."""
    by_name: dict[tuple[int, str], tuple[Objective, list[tuple[str, Decimal | None]]]] = {}
    for indicator, percent in rows:  # an objective that two versions of a decree name alike is one
        objective = indicator.objective
        _, scores = by_name.setdefault((objective.unit_id, objective.name.casefold()), (objective, []))
        scores.append((indicator.validity, percent))
    objectives = [ObjectiveResult(o, scoring.objective_score(scores, scheme.weights)) for o, scores in by_name.values()]
    return UnitResult(objectives, scoring.unit_score([result.score for result in objectives]))
