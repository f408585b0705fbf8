"""The performance of a unit (and of those below it) as its page shows it: texts, charts, earlier years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from django.urls import reverse

from accounts.models import WorkUnit
from indicators import scoring
from indicators.models import ScoringYear
from indicators.scheme import COLOUR_WORDS, Scheme
from kinerjaku.figures import format_figure
from reporting.models import UnitScore

from . import charts
from .assessment import Assessed, AssessedUnit, assess_unit, trend
from .claims import Figure, Standing, across_versions, figures
from .period import Period
from .promises import Promise, promises

MOST_EARLIER, OLDEST = 3, 10  # so many years beside this one, at most so long ago
TONES = {"green": "good", "amber": "warning", "red": "problem", "grey": "neutral"}
ICONS = {"green": "tone-settled", "amber": "tone-warning", "red": "tone-problem", "grey": "tone-neutral"}

_LOWER = {colour: word.lower() for colour, word in COLOUR_WORDS.items()}


@dataclass(frozen=True)
class Earlier:
    """What was stored of another year: scores of units, achievements of indicators."""

    year: int
    scheme: Scheme
    scores: Mapping[int, Decimal | None]
    percents: Mapping[int, Mapping[str, str]]

    def percent(self, indicator: Promise) -> Decimal | None:
        kept = self.percents.get(indicator.unit_id, {}).get(indicator.key)
        return None if kept is None else Decimal(kept)


class Score(NamedTuple):
    """A score as it is shown: never by its colour alone. Tuples, because a page has hundreds of them."""

    text: str
    colour: str
    words: str  # in a chart
    year: int | None = None


class Row(NamedTuple):
    no: int
    title: str
    measure: str
    address: str
    target: str
    actual: str
    score: Score
    reason: str
    is_claim: bool
    bar: str
    spark: charts.Spark
    before: Score | None


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
        return any(one.indicator.is_example for unit in self.units for one in unit.indicators)

    def content(self) -> dict[str, Any]:
        """For the template, which only lays it out."""
        return {
            "period": str(self.period),
            "year": self.period.year,
            "colours": self.scheme.colours.words,
            "compared": self.earlier[0].year if self.earlier else None,
            "units": [self._unit(unit, self.period.query) for unit in self.units],
            "dress": {colour: (TONES[colour], ICONS[colour], word) for colour, word in COLOUR_WORDS.items()},
        }

    def _unit(self, found: AssessedUnit, query: str) -> dict[str, Any]:
        top = charts.top_of([one.percent for one in found.indicators])
        base = reverse("performance", args=[found.unit.code])
        return {
            "code": found.unit.code,
            "name": found.unit.name,
            "address": f"{base}?{query}",
            "is_own": found.unit.pk == self.unit.pk,
            "score": _score(found.score, self.scheme, found.colour),
            "summary": _summary(found),
            "earlier": [self._stored(one.scores.get(found.unit.pk), one) for one in self.earlier],
            "objectives": [
                {
                    "no": one.no,
                    "name": one.name,
                    "score": _score(one.score, self.scheme, one.colour),
                    "rows": [self._row(member, base, query, top) for member in one.indicators],
                }
                for one in found.objectives
            ],
            "hundred": charts.hundred(top),
        }

    def _row(self, found: Assessed, base: str, query: str, top: Decimal) -> Row:
        indicator = found.indicator
        before = self.earlier[0].percent(indicator) if self.earlier else None
        return Row(
            indicator.no,
            indicator.title,
            indicator.measure,
            f"{base}hitungan/{indicator.pk}/?{query}",
            target_words(found.target),
            format_figure(rounded(found.actual, 4)),
            _score(found.percent, self.scheme, found.colour),
            found.reason,
            found.standing == Standing.CLAIMED,
            charts.bar(found.percent, top),
            charts.spark(trend(indicator, self.figures.get(indicator.pk, {}), self.scheme)),
            self._stored(before, self.earlier[0]) if before is not None else None,
        )

    @staticmethod
    def _stored(value: Decimal | None, earlier: Earlier) -> Score:
        colour = scoring.status_colour(value, earlier.scheme.colours)
        return _score(value, earlier.scheme, colour)._replace(year=earlier.year)


def _score(value: Decimal | None, scheme: Scheme, colour: str) -> Score:
    if value is None:
        return Score("", colour, "belum dinilai")
    text = format_figure(value, scheme.places)
    return Score(text, colour, f"{text}% {_LOWER[colour]}")


def _summary(found: AssessedUnit) -> str:
    counted = [(found.count(colour), word.lower()) for colour, word in COLOUR_WORDS.items()]
    parts = ", ".join(f"{count} {word}" for count, word in counted if count)
    total, assessed = len(found.indicators), len(found.indicators) - found.count("grey")
    return f"{assessed} dari {total} indikator dinilai, {found.verified} di antaranya terverifikasi ({parts})."


def performance(unit: WorkUnit, units: Sequence[WorkUnit], period: Period) -> Performance:
    """`units` are those to show, in the order of the tree; the number of queries does not depend on how many."""
    earlier = _earlier(units, period)
    schemes = ScoringYear.objects.schemes([period.year, *earlier])
    scheme = schemes[period.year]
    by_unit = promises(units, period.year, period.last)
    counted = across_versions(figures(units, period.year), chain(*by_unit.values()))
    assessed = [assess_unit(one, by_unit[one.pk], counted, period, scheme) for one in units if one.pk in by_unit]
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
    rows = UnitScore.objects.filter(unit__in=units, view=view, number=number)
    rows = rows.filter(year__lt=period.year, year__gte=period.year - OLDEST).order_by("-year")
    found: dict[int, tuple[dict[int, Any], dict[int, Any]]] = {}
    for year, unit, score, percents in rows.values_list("year", "unit_id", "score", "percents"):
        if year not in found and len(found) == MOST_EARLIER:
            break
        scores, kept = found.setdefault(year, ({}, {}))
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
