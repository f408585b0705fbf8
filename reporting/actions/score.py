"""Scores of units are computed anew where something they are made of has changed. No audit: nobody decides anything."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from accounts.models import WorkUnit
from indicators.models import Achievement, Decree, Indicator, ScoringYear
from kinerjaku.models import AuditEntry
from reporting.models import ScoreStamp, UnitScore
from reporting.performance import assessment, claims
from reporting.performance.period import Period, View
from reporting.performance.promises import promises
from verification.models import Worksheet, WorksheetRow

KEPT_VIEWS = (View.QUARTER, View.CUMULATED)  # a year is what has cumulated in its last quarter
_BATCH = 500


@transaction.atomic
def recompute(year: int, *, at: datetime, units: Collection[int] | None = None) -> int:
    """All scores of a year (of these units); how many indicators were scored. Twice gives the same."""
    _locked_stamp()
    return _recompute(year, units, at=at)


@transaction.atomic
def catch_up(*, at: datetime) -> int:
    """The units and years of which the audit tells something new since the last time; how many indicators."""
    stamp = _locked_stamp()
    last = AuditEntry.objects.aggregate(seq=Max("seq"))["seq"] or 0
    entries = AuditEntry.objects.filter(seq__gt=stamp.seq, seq__lte=last, target_type__in=_TOUCHED).order_by()
    touched: dict[str, set[str]] = defaultdict(set)
    for kind, pk in entries.values_list("target_type", "target_id").distinct():
        touched[kind].add(pk)
    places: dict[int, set[int | None]] = defaultdict(set)
    for kind, pks in touched.items():
        for year, unit in _TOUCHED[kind](pks):
            places[year].add(unit)
    stamp.seq = last
    stamp.save(update_fields=["seq"])
    return sum(_recompute(year, None if None in units else units, at=at) for year, units in places.items())  # type: ignore[arg-type]


def _locked_stamp() -> ScoreStamp:
    ScoreStamp.objects.get_or_create(pk=1)
    return ScoreStamp.objects.select_for_update().get(pk=1)


def _recompute(year: int, units: Collection[int] | None, *, at: datetime) -> int:
    scheme = ScoringYear.objects.scheme(year)
    chosen = WorkUnit.objects.all() if units is None else WorkUnit.objects.filter(pk__in=units)
    reported = claims.figures(chosen, year)
    in_force = {number: promises(chosen, year, number) for number in (1, 2, 3, 4)}
    units_with = set().union(*in_force.values())
    rows = []
    for number, by_unit in in_force.items():
        figures = claims.across_versions(reported, chain(*by_unit.values()))
        periods = [Period(year, number, view) for view in KEPT_VIEWS]
        rows += [
            _row(assessment.assess_unit(unit, by_unit.get(unit.pk, []), figures, period, scheme), period, at)
            for unit in chosen.filter(pk__in=units_with)
            for period in periods
        ]
    UnitScore.objects.filter(year=year, unit__in=chosen).exclude(unit__in=units_with).delete()
    UnitScore.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["unit", "year", "view", "number"],
        update_fields=["score", "green", "amber", "red", "grey", "verified", "percents", "computed_at"],
    )
    return sum(map(len, in_force[4].values()))


def _row(found: assessment.AssessedUnit, period: Period, at: datetime) -> UnitScore:
    return UnitScore(
        unit=found.unit,
        year=period.year,
        view=period.view.value,
        number=period.number,
        score=found.score,
        **{colour: found.count(colour) for colour in ("green", "amber", "red", "grey")},
        verified=found.verified,
        percents={one.indicator.key: f"{one.percent:f}" for one in found.indicators if one.percent is not None},
        computed_at=at,
    )


def _pairs(rows: QuerySet[Any], year: str, unit: str | None) -> Iterable[tuple[int, int | None]]:
    if unit is None:
        return ((one, None) for one in rows.values_list(year, flat=True).order_by().distinct())
    return rows.values_list(year, unit).order_by().distinct()


_TOUCHED: dict[str, Any] = {  # kind of object in the audit -> the years and units whose scores hang on it
    "indicators.achievement": lambda pks: _pairs(Achievement.objects.filter(pk__in=pks), "quarter__year", "unit"),
    "verification.worksheetrow": lambda pks: _pairs(
        WorksheetRow.objects.filter(pk__in=pks), "worksheet__quarter__year", "worksheet__unit"
    ),
    "verification.worksheet": lambda pks: _pairs(Worksheet.objects.filter(pk__in=pks), "quarter__year", "unit"),
    "indicators.indicator": lambda pks: _pairs(Indicator.objects.filter(pk__in=pks), "decree__year", "unit"),
    "indicators.decree": lambda pks: _pairs(Decree.objects.filter(pk__in=pks), "year", None),
    "indicators.scoringyear": lambda pks: _pairs(ScoringYear.objects.filter(pk__in=pks), "year", None),
}
