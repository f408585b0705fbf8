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


def origins(indicators: Iterable[int]) -> dict[int, int]:
    """The first version of each; two indicators are versions of one if theirs is the same."""
    origin = {pk: pk for pk in indicators}
    while origin:
        earlier = dict(
            Indicator.objects.filter(pk__in=set(origin.values()), replaces__isnull=False).values_list("pk", "replaces")
        )
        if not earlier:
            break
        origin = {pk: earlier.get(first, first) for pk, first in origin.items()}
    return origin
