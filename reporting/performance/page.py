"""The performance of a unit (and of those below it) as its page shows it: texts, charts, earlier years."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from accounts.models import WorkUnit
from indicators import scoring
from indicators.models import Indicator, ScoringYear
from indicators.scheme import COLOUR_WORDS, Scheme
from kinerjaku.figures import format_figure
from reporting.actions.score import key_of
from reporting.models import UnitScore

from . import charts
from .assessment import Assessed, AssessedObjective, AssessedUnit, assess_unit, indicators_of, trend
from .claims import Figure, Standing, figures
from .period import Period

MOST_EARLIER = 3  # years beside this one
TONES = {"green": "good", "amber": "warning", "red": "problem", "grey": "neutral"}
ICONS = {"green": "tone-settled", "amber": "tone-warning", "red": "tone-problem", "grey": "tone-neutral"}


@dataclass(frozen=True)
class Earlier:
    """What was stored of another year: scores of units, achievements of indicators."""

    year: int
    scheme: Scheme
    scores: Mapping[int, Decimal | None]
    percents: Mapping[int, Mapping[str, str]]

    def percent(self, indicator: Indicator) -> Decimal | None:
        kept = self.percents.get(indicator.unit_id, {}).get(key_of(indicator))
        return None if kept is None else Decimal(kept)


@dataclass(frozen=True)
class Performance:
    unit: WorkUnit
    period: Period
    scheme: Scheme
    units: list[AssessedUnit]
    figures: Mapping[int, Mapping[int, Figure]]
    earlier: list[Earlier]

    @property
    def is_example(self) -> bool:
        return any(one.indicator.decree.is_example for unit in self.units for one in unit.indicators)

    def content(self) -> dict[str, Any]:
        """For the template, which only lays it out."""
        return {
            "period": str(self.period),
            "year": self.period.year,
            "query": self.period.query,
            "colours": self.scheme.colours.words,
            "compared": self.earlier[0].year if self.earlier else None,
            "units": [self._unit(unit) for unit in self.units],
        }

    def _unit(self, found: AssessedUnit) -> dict[str, Any]:
        top = charts.top_of([one.percent for one in found.indicators])
        base = reverse("performance", args=[found.unit.code])
        return {
            "code": found.unit.code,
            "name": found.unit.name,
            "address": f"{base}?{self.period.query}",
            "is_own": found.unit.pk == self.unit.pk,
            "score": self._score(found.score, found.colour),
            "summary": self._summary(found),
            "earlier": [
                {"year": one.year, **self._stored(one.scores.get(found.unit.pk), one.scheme)} for one in self.earlier
            ],
            "objectives": [self._objective(one, base, top) for one in found.objectives],
            "hundred": charts.hundred(top),
        }

    def _objective(self, found: AssessedObjective, base: str, top: Decimal) -> dict[str, Any]:
        return {
            "no": found.objective.no,
            "name": found.objective.name,
            "score": self._score(found.score, found.colour),
            "rows": [self._row(one, base, top) for one in found.indicators],
        }

    def _row(self, found: Assessed, base: str, top: Decimal) -> dict[str, Any]:
        indicator = found.indicator
        drawn = charts.spark(trend(indicator, self.figures.get(indicator.pk, {}), self.period.year, self.scheme))
        before = self.earlier[0].percent(indicator) if self.earlier else None
        return {
            "no": indicator.no,
            "name": indicator.name,
            "measure": indicator.measure,
            "address": f"{base}hitungan/{indicator.pk}/?{self.period.query}",
            "target": target_words(found.target),
            "actual": format_figure(rounded(found.actual, 4)),
            "score": self._score(found.percent, found.colour),
            "reason": found.reason,
            "is_claim": found.standing == Standing.CLAIMED,
            "bar": charts.bar(found.percent, top),
            "spark": drawn,
            "before": self._stored(before, self.earlier[0].scheme) if before is not None else None,
        }

    def _score(self, value: Decimal | None, colour: str) -> dict[str, str]:
        text = "" if value is None else format_figure(value, self.scheme.places)
        return {"text": text, "colour": colour, **_dressed(colour)}

    def _stored(self, value: Decimal | None, scheme: Scheme) -> dict[str, str]:
        colour = scoring.status_colour(value, scheme.colours)
        return {"text": "" if value is None else format_figure(value, scheme.places), **_dressed(colour)}

    def _summary(self, found: AssessedUnit) -> str:
        counted = [(found.count(colour), word.lower()) for colour, word in COLOUR_WORDS.items()]
        parts = ", ".join(f"{count} {word}" for count, word in counted if count)
        assessed = len(found.indicators) - found.count("grey")
        return (
            f"{assessed} dari {len(found.indicators)} indikator dinilai, {found.verified} di antaranya terverifikasi"
            f" ({parts})."
        )


def performance(unit: WorkUnit, units: Sequence[WorkUnit], period: Period) -> Performance:
    """`units` are those to show, in the order of the tree; the number of queries does not depend on how many."""
    earlier = _earlier(units, period)
    schemes = ScoringYear.objects.schemes([period.year, *earlier])
    scheme = schemes[period.year]
    counted = figures(units, period.year)
    by_unit: dict[int, list[Indicator]] = defaultdict(list)
    for indicator in indicators_of(units, period.year):
        by_unit[indicator.unit_id].append(indicator)
    assessed = [assess_unit(one, by_unit[one.pk], counted, period, scheme) for one in units if by_unit[one.pk]]
    return Performance(
        unit,
        period,
        scheme,
        assessed,
        counted,
        [Earlier(year, schemes[year], *kept) for year, kept in earlier.items()],
    )


def _earlier(units: Sequence[WorkUnit], period: Period) -> dict[int, tuple[dict[int, Any], dict[int, Any]]]:
    """Stored scores and achievements of the same part of earlier years, the newest first."""
    view, number = period.kept
    rows = UnitScore.objects.filter(unit__in=units, view=view, number=number, year__lt=period.year)
    years = rows.order_by("-year").values_list("year", flat=True).distinct()[:MOST_EARLIER]
    found: dict[int, tuple[dict[int, Any], dict[int, Any]]] = {year: ({}, {}) for year in years}
    for year, unit, score, percents in rows.filter(year__in=list(found)).values_list(
        "year", "unit_id", "score", "percents"
    ):
        scores, kept = found[year]
        scores[unit], kept[unit] = score, percents
    return found


def rounded(value: Decimal | None, places: int) -> Decimal | None:
    """A computed figure without the endless digits of a quotient."""
    return None if value is None else round(value, places)


def target_words(target: scoring.Target | None) -> str:
    if target is None:
        return ""
    ends = target if isinstance(target, tuple) else (target,)
    return " – ".join(format_figure(rounded(end, 4)) for end in ends)


def _dressed(colour: str) -> dict[str, str]:
    return {"word": COLOUR_WORDS[colour], "tone": TONES[colour], "icon": ICONS[colour]}
