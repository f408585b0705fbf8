"""The actual figures that verification has found, which registers how they are read: it is an app to the right."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

Reads = Callable[[Iterable[int]], Mapping[int, Decimal | None]]
_reads: list[Reads] = []


def known_by(reads: Reads) -> Reads:
    """Register what knows the figures of rows, by their primary keys; None: verified, without a figure."""
    _reads.append(reads)
    return reads


def actuals(rows: Iterable[int]) -> dict[int, Decimal | None]:
    """By row; a row that is not verified is not in it."""
    wanted, found = list(rows), {}
    for reads in _reads:
        found |= reads(wanted)
    return found
