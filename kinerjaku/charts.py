"""What every chart drawn by the server has in common: coordinates from Decimals, written with one digit.

The drawing is a template; the figures stand beside it as words or a table.
"""

from collections.abc import Sequence
from decimal import Decimal

Point = tuple[Decimal, Decimal]


def place(value: Decimal) -> str:
    return f"{value:.1f}"


def line_with_gaps(points: Sequence[Point | None]) -> str:
    """An SVG path between neighbours that are both known; None is a gap."""
    path, joined = "", False
    for point in points:
        if point is not None:
            path += f"{'L' if joined else 'M'}{place(point[0])} {place(point[1])}"
        joined = point is not None
    return path


def dots(points: Sequence[Point | None]) -> str:
    """An SVG path of one dot at each known point, drawn by round ends of its stroke."""
    return "".join(f"M{place(point[0])} {place(point[1])}h0" for point in points if point is not None)
