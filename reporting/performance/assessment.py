"""Scores of indicators, objectives and units in a period, from the figures that count and the rules of the year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from accounts.models import WorkUnit
from indicators import results, scoring
from indicators.explanation import ZERO_TARGET, Measured, scored
from indicators.quarters import REPORTED_IN, ROMAN
from indicators.scheme import Scheme

from .claims import NOT_OPENED, Figure, Standing
from .period import Period
from .promises import Promise


class Assessed(NamedTuple):
    """One indicator in a period. `percent` None: not assessed, `reason` says why; it does not count."""

    indicator: Promise
    measured: Measured
    figures: tuple[Figure, ...]  # of the quarters in `measured`
    percent: Decimal | None
    reason: str
    colour: str

    @property
    def actual(self) -> Decimal | None:
        return self.measured.actual

    @property
    def target(self) -> scoring.Target | None:
        """As far as it can be said: of the quarters that count, or of all of them while none does."""
        if self.measured.counting:
            return self.measured.target
        how, places = self.measured.how, range(len(self.measured.targets))
        return scoring.consolidate_target(self.measured.targets, [*places][-1:] if how == "last" else places, how)

    @property
    def counting(self) -> list[Figure]:
        return [self.figures[place] for place in self.measured.counting]

    @property
    def standing(self) -> Standing:
        """Verified if everything that counts is."""
        standings = {figure.standing for figure in self.counting}
        return standings.pop() if len(standings) == 1 else Standing.CLAIMED if standings else Standing.NONE


@dataclass(frozen=True)
class AssessedObjective:
    pk: int
    no: int
    name: str
    indicators: list[Assessed]
    score: Decimal | None
    colour: str


@dataclass(frozen=True)
class AssessedUnit:
    unit: WorkUnit
    objectives: list[AssessedObjective]
    score: Decimal | None
    colour: str

    @cached_property
    def indicators(self) -> list[Assessed]:
        return [one for objective in self.objectives for one in objective.indicators]

    def count(self, colour: str) -> int:
        return sum(one.colour == colour for one in self.indicators)

    @property
    def verified(self) -> int:
        return sum(one.percent is not None and one.standing == Standing.VERIFIED for one in self.indicators)


def assess(indicator: Promise, of: Mapping[int, Figure], period: Period, scheme: Scheme) -> Assessed:
    due = [number for number in period.numbers if number in REPORTED_IN[indicator.period]]
    figures = tuple([of.get(number, NOT_OPENED) for number in due])
    rule = indicator.rule
    measured = Measured(
        tuple([f"Triwulan {ROMAN[number]}" for number in due]),
        tuple([figure.actual for figure in figures]),
        tuple([rule.targets.get(number) for number in due]),
        indicator.consolidation,
        indicator.polarity,
        results.cap_by(scheme, indicator.cap),
        indicator.worst,
        rule.steps,
    )
    if not due:
        quarters = " dan ".join(ROMAN[number] for number in REPORTED_IN[indicator.period])
        return Assessed(indicator, measured, figures, None, f"Baru dilaporkan pada triwulan {quarters}", "grey")
    percent, reason = _scored(measured, figures)
    return Assessed(indicator, measured, figures, percent, reason, scoring.status_colour(percent, scheme.colours))


def assess_unit(
    unit: WorkUnit,
    indicators: Iterable[Promise],
    figures: Mapping[int, Mapping[int, Figure]],
    period: Period,
    scheme: Scheme,
) -> AssessedUnit:
    by_objective: dict[int, list[Assessed]] = {}
    for indicator in indicators:
        found = assess(indicator, figures.get(indicator.pk, {}), period, scheme)
        by_objective.setdefault(indicator.objective_id, []).append(found)
    objectives = []
    for members in by_objective.values():
        pairs = [(one.indicator.validity, one.percent) for one in members]
        score = scoring.objective_score(pairs, scheme.weights)
        colour = scoring.status_colour(score, scheme.colours)
        first = members[0].indicator
        facts = (first.objective_id, first.objective_no, first.objective_name)
        objectives.append(AssessedObjective(*facts, members, score, colour))
    score = scoring.unit_score([one.score for one in objectives])
    return AssessedUnit(unit, objectives, score, scoring.status_colour(score, scheme.colours))


def trend(indicator: Promise, of: Mapping[int, Figure], scheme: Scheme) -> tuple[Decimal | None, ...]:
    """The achievement of each quarter of the year by itself, None where there is none."""
    rule, cap = indicator.rule, results.cap_by(scheme, indicator.cap)
    steps, found = rule.steps, []
    for number in (1, 2, 3, 4):
        figure = of.get(number)
        actual = None if figure is None else figure.actual
        try:
            percent = scored(actual, rule.targets.get(number), indicator.polarity, cap, indicator.worst, steps)
        except ValueError:  # outside the scale: the indicator's own line says so where it counts
            percent = None
        found.append(percent)
    return tuple(found)


def _scored(measured: Measured, figures: tuple[Figure, ...]) -> tuple[Decimal | None, str]:
    try:
        percent = measured.percent()
    except ValueError as error:
        return None, str(error).rstrip(".")
    if percent is not None:
        return percent, ""
    if measured.actual is None:
        return None, _missing(measured, figures)
    if measured.target is None:
        return None, "Target belum ditetapkan"
    return None, ZERO_TARGET.partition(",")[0].replace("Targetnya", "Target")


def _missing(measured: Measured, figures: tuple[Figure, ...]) -> str:
    """The first quarter that would be needed; if it is the only one, its name goes without saying."""
    place = next(place for place, figure in enumerate(figures) if figure.actual is None)
    reason = figures[place].reason or "Belum ada realisasi"
    return reason if len(figures) == 1 else f"{measured.quarters[place]}: {reason[0].lower()}{reason[1:]}"
