"""The bands of a scale seen together: which overlap, where holes are, and an interval in words. Pure.

Holes are allowed: a value in one belongs to the band below it (`scoring.band`). Overlaps are a defect.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Protocol

from .scoring import Band


class Interval(Protocol):
    @property
    def lower(self) -> Decimal | None: ...
    @property
    def upper(self) -> Decimal | None: ...
    @property
    def lower_inclusive(self) -> bool: ...
    @property
    def upper_inclusive(self) -> bool: ...


def words(interval: Interval, write: Callable[[Decimal], str]) -> str:
    """The interval as people read it: lebih dari 90 sampai 100."""
    if interval.lower is not None and interval.lower == interval.upper:
        return write(interval.lower)
    low = "mulai" if interval.lower_inclusive else "lebih dari"
    high = "sampai" if interval.upper_inclusive else "kurang dari"
    ends = [(low, interval.lower), (high, interval.upper)]
    return " ".join(f"{word} {write(end)}" for word, end in ends if end is not None) or "semua nilai"


def overlaps(bands: Sequence[Band]) -> list[tuple[int, int]]:
    """The places of every two bands that share a value, the upper row of the table first."""
    return [
        (first, second)
        for first, second in combinations(range(len(bands)), 2)
        if _share(*sorted((bands[first], bands[second]), key=_ends))
    ]


def holes(bands: Sequence[Band]) -> list[tuple[int, int]]:
    """The places of the band below and the band above each hole, from the bottom up; of bands that do not overlap."""
    order = sorted(range(len(bands)), key=lambda place: _ends(bands[place]))
    return [(low, high) for low, high in pairwise(order) if not _meet(bands[low], bands[high])]


def hole_words(below: Band, above: Band, write: Callable[[Decimal], str]) -> str:
    """The values between two bands: lebih dari 80 dan kurang dari 81."""
    if below.upper is None or above.lower is None:
        raise ValueError("Di antara rentang tanpa batas tidak ada celah.")
    if below.upper == above.lower:
        return f"tepat {write(below.upper)}"
    low = "lebih dari" if below.upper_inclusive else "mulai"
    high = "kurang dari" if above.lower_inclusive else "sampai"
    return f"{low} {write(below.upper)} {high} {write(above.lower)}"


def _ends(band: Band) -> tuple[Decimal, Decimal]:
    return band.bottom, band.top


def _share(below: Band, above: Band) -> bool:
    touching = below.top == above.bottom and below.upper_inclusive and above.lower_inclusive
    return below.top > above.bottom or touching


def _meet(below: Band, above: Band) -> bool:
    return below.top > above.bottom or (below.top == above.bottom and (below.upper_inclusive or above.lower_inclusive))
