"""What the portal knows of earlier quarters of a row's indicator: its past figures, and from them what is usual.

Learnt at the first save of a row and kept beside it, so that autosave asks for it once and not at each save. What
changes in an earlier quarter afterwards does not move the range of a row that is already being filled in [D].
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Q

from . import lineage, unusual
from .models import Achievement, Indicator

Place = tuple[int, int]  # year and number of a quarter


def learn(rows: Sequence[Achievement]) -> None:
    """Set `usual` of rows whose indicator and quarter are at hand, in a constant number of queries. Does not save."""
    if not rows:
        return
    past = _past_figures(rows)
    for row in rows:
        row.usual = unusual.usual_range(past[row.pk])


def _past_figures(rows: Sequence[Achievement]) -> dict[int, list[Decimal]]:
    """Of each row the latest figures before it, by the same kinship as `earlier_than`."""
    chains = lineage.chains({row.indicator_id for row in rows})
    roots = Indicator.objects.filter(pk__in={chain[-1] for chain in chains.values()})
    names = {pk: (no, name) for pk, no, name in roots.values_list("pk", "no", "name")}
    wanted = Q(indicator__in={pk for chain in chains.values() for pk in chain}) | Q(
        unit__in={row.unit_id for row in rows}, indicator__name__in={name for _, name in names.values()}
    )
    latest = max(row.quarter.opens_at for row in rows)
    found = Achievement.objects.filter(wanted, quarter__opens_at__lt=latest, actual__isnull=False)
    facts = (
        "indicator_id",
        "unit_id",
        "indicator__no",
        "indicator__name",
        "quarter__year",
        "quarter__number",
        "actual",
    )
    by_indicator: dict[tuple[int, int], dict[Place, Decimal]] = defaultdict(dict)  # of the same unit
    by_name: dict[tuple[int, int, str], dict[Place, Decimal]] = defaultdict(dict)
    for indicator, unit, no, name, year, number, actual in found.values_list(*facts):
        by_indicator[unit, indicator][year, number] = by_name[unit, no, name][year, number] = actual
    past = {}
    for row in rows:
        chain = chains[row.indicator_id]
        known = dict(by_name[(row.unit_id, *names[chain[-1]])])
        for pk in reversed(chain):
            known |= by_indicator[row.unit_id, pk]
        here = (row.quarter.year, row.quarter.number)
        places = [
            place for place in sorted(known, reverse=True) if place < here and _distance(place, here) <= unusual.MOST
        ]
        past[row.pk] = [known[place] for place in places]
    return past


def _distance(place: Place, here: Place) -> int:
    """In quarters."""
    return (here[0] - place[0]) * 4 + here[1] - place[1]
