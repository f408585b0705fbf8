"""What an indicator achieved in the years before (n-4 to n-1): as its card says, else as the portal verified."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from accounts import policy

from . import lineage, scoring, verified
from .models import Achievement, Indicator
from .quarters import REPORTED_IN, years_before

STATED, VERIFIED, CLOSED = "ditulis pada kartu", "portal, terverifikasi", "hanya terbaca oleh unitnya"


@dataclass(frozen=True)
class Past:
    """`value` None: not known, or (`source` says so) not for this reader."""

    year: int
    value: Decimal | None = None
    source: str = ""


def past_of(indicators: Sequence[Indicator], user: Any) -> dict[int, list[Past]]:
    """By indicator, four years each, oldest first, in a constant number of queries for any number of indicators.

    The units and decrees are at hand, the stated years prefetched (`past_actuals`).
    """
    found = _verified_years(indicators)
    open_to = {unit: policy.can(user, policy.Verb.VIEW, unit) for unit in {one.unit for one in indicators}}
    result = {}
    for one in indicators:
        stated = {past.year: past.value for past in one.past_actuals.all()}
        result[one.pk] = [
            Past(year, stated[year], STATED)
            if year in stated
            else _from_portal(year, found[one.pk].get(year), may_see=open_to[one.unit])
            for year in years_before(one.decree.year)
        ]
    return result


def _from_portal(year: int, value: Decimal | None, *, may_see: bool) -> Past:
    if value is None:
        return Past(year)
    return Past(year, value, VERIFIED) if may_see else Past(year, None, CLOSED)


def _verified_years(indicators: Sequence[Indicator]) -> dict[int, dict[int, Decimal]]:
    """The figure of each earlier year whose last report is verified, consolidated as that year's indicator says."""
    chains = lineage.chains(one.pk for one in indicators)
    oldest_of = Indicator.objects.only("no", "name").in_bulk({chain[-1] for chain in chains.values()})
    wanted = Q(pk__in=[])
    for one in indicators:
        chain = chains[one.pk]
        oldest = oldest_of[chain[-1]]
        same = Q(indicator__in=chain)
        same |= Q(unit=one.unit_id, indicator__no=oldest.no, indicator__name=oldest.name)  # as `earlier_than`
        years = years_before(one.decree.year)
        same &= Q(unit=one.unit_id)  # what another unit reported is not shown as its own
        wanted |= same & Q(quarter__year__gte=years[0], quarter__year__lte=years[-1])
    rows = Achievement.objects.filter(wanted, state=Achievement.State.VERIFIED).select_related("indicator", "quarter")
    rows = list(rows.order_by("quarter__opens_at", "pk")) if indicators else []
    actuals = verified.actuals(row.pk for row in rows)
    found = {}
    for one in indicators:
        chain = chains[one.pk]
        found[one.pk] = _by_year([row for row in rows if _is_of(row, one, chain, oldest_of[chain[-1]])], actuals)
    return found


def _is_of(row: Achievement, one: Indicator, chain: Sequence[int], oldest: Indicator) -> bool:
    own = row.unit_id == one.unit_id and row.indicator_id in chain
    is_namesake = (row.indicator.no, row.indicator.name, row.unit_id) == (oldest.no, oldest.name, one.unit_id)
    return (own or is_namesake) and row.quarter.year in years_before(one.decree.year)


def _by_year(rows: Iterable[Achievement], actuals: Mapping[int, Decimal | None]) -> dict[int, Decimal]:
    years: dict[int, dict[int, Achievement]] = defaultdict(dict)
    for row in rows:
        years[row.quarter.year][row.quarter.number] = row
    found = {}
    for year, by_number in years.items():
        last = by_number[max(by_number)]
        due = REPORTED_IN[last.indicator.period]
        values = [actuals.get(by_number[n].pk) if n in by_number else None for n in due]
        value = scoring.consolidate(values, last.indicator.consolidation)
        if values[-1] is not None and value is not None:
            found[year] = value
    return found
