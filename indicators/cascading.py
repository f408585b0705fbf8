"""The links between indicators (decision: cascading) as they count in a year, whatever versions they were made between.

A link inside one decree counts with that decree. A link between two decrees outlives the amendment of either: it joins
the versions, not the rows. Versions are told apart within one year, where each indicator has one in force at a time.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from .models import Cascade, Decree, Indicator


@dataclass(frozen=True, slots=True)
class Link:
    """Between two indicators by primary key."""

    parent: int
    child: int
    relation: str


@dataclass(frozen=True)
class Versions:
    """The indicators of a year by primary key: which decree has them, and which of them are versions of one."""

    decrees: Mapping[int, int]
    replaces: Mapping[int, int | None]

    @cached_property
    def first(self) -> dict[int, int]:
        """The first version of each within the year."""
        return {pk: self._first(pk) for pk in self.decrees}

    def _first(self, pk: int) -> int:
        seen = {pk}
        while (before := self.replaces[pk]) in self.decrees and before not in seen:
            assert before is not None
            pk = before
            seen.add(pk)
        return pk

    def of(self, pk: int) -> list[int]:
        """All versions of the indicator within the year."""
        return [one for one, first in self.first.items() if first == self.first[pk]]


def versions_in(year: int) -> Versions:
    """One query."""
    rows = list(Indicator.objects.filter(decree__year=year).order_by().values_list("pk", "decree_id", "replaces_id"))
    return Versions({pk: decree for pk, decree, _ in rows}, {pk: replaces for pk, _, replaces in rows})


def stored_links(year: int) -> list[Link]:
    """One query; those of withdrawn decrees and of drafts too."""
    rows = Cascade.objects.filter(parent__decree__year=year, child__decree__year=year).order_by("parent", "child")
    return [Link(*facts) for facts in rows.values_list("parent_id", "child_id", "relation")]


def links_among(shown: Collection[int], stored: Iterable[Link], versions: Versions) -> list[Link]:
    """The links that count between the indicators of `shown`, which are in force together; each pair once."""
    now = {versions.first[pk]: pk for pk in shown}
    found: dict[tuple[int, int], Link] = {}
    for link in stored:
        parent, child = now.get(versions.first[link.parent]), now.get(versions.first[link.child])
        if parent is None or child is None:
            continue
        is_inside = versions.decrees[link.parent] == versions.decrees[link.child]
        if not is_inside or (parent, child) == (link.parent, link.child):
            found.setdefault((parent, child), Link(parent, child, link.relation))
    return list(found.values())


def in_force(year: int, on: object) -> set[int]:
    """The indicators of the decrees that are in force on that day; one query."""
    decrees = Decree.objects.in_force(year, on)  # type: ignore[arg-type]
    return set(Indicator.objects.filter(decree__in=decrees).order_by().values_list("pk", flat=True))


def chain(links: Iterable[Link], start: int, goal: int) -> list[int]:
    """Downwards from `start` to `goal`, both included; empty if no links lead there. Pure; loops do not hold it up."""
    below: dict[int, list[int]] = {}
    for link in links:
        below.setdefault(link.parent, []).append(link.child)
    came_from: dict[int, int | None] = {start: None}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        if here == goal:
            found, step = [], here
            while step is not None:
                found.append(step)
                step = came_from[step]  # type: ignore[assignment]
            return found[::-1]
        for child in below.get(here, ()):
            if child not in came_from:
                came_from[child] = here
                waiting.append(child)
    return []
