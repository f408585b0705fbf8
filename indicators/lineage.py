"""Versions of one indicator: each points to the one it replaces."""

from collections.abc import Iterable

from .models import Indicator


def versions_up_to(indicator: Indicator) -> list[Indicator]:
    """The indicator and those it came from, newest first."""
    found, seen = [indicator], {indicator.pk}
    while (before := found[-1].replaces) is not None and before.pk not in seen:
        found.append(before)
        seen.add(before.pk)
    return found


def chains(indicators: Iterable[int]) -> dict[int, list[int]]:
    """The same for many by their keys: a query for each generation, however many they are."""
    found = {pk: [pk] for pk in indicators}
    growing = set(found)
    while growing:
        ends = {found[pk][-1] for pk in growing}
        rows = Indicator.objects.filter(pk__in=ends, replaces__isnull=False).order_by()
        before = dict(rows.values_list("pk", "replaces"))
        growing = {pk for pk in growing if before.get(found[pk][-1], pk) not in found[pk]}
        for pk in growing:
            found[pk].append(before[found[pk][-1]])
    return found


def origins(indicators: Iterable[int]) -> dict[int, int]:
    """The first version of each; two indicators are versions of one if theirs is the same."""
    return {pk: chain[-1] for pk, chain in chains(indicators).items()}
