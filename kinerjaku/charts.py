"""What every chart drawn by the server has in common: coordinates from Decimals, written with one digit.

The drawing is a template; the figures stand beside it as words or a table.
"""

from collections.abc import Sequence
from decimal import Decimal


def place(value: Decimal) -> str:
    return f"{value:.1f}"


def at(across: Decimal, down: Decimal) -> str:
    """A point as paths have it."""
    return f"{place(across)} {place(down)}"


def line_with_gaps(points: Sequence[str | None]) -> str:
    """An SVG path between neighbours that are both known; None is a gap."""
    path, joined = "", False
    for point in points:
        if point is not None:
            path += f"{'L' if joined else 'M'}{point}"
        joined = point is not None
    return path


def dots(points: Sequence[str | None]) -> str:
    """An SVG path of one dot at each known point, drawn by round ends of its stroke."""
    return "".join(f"M{point}h0" for point in points if point is not None)
