"""Coordinates of the charts of performance; what all charts share is `kinerjaku.charts`.

The bars of a unit share one scale, from 0 to what its best indicator reached or 120, with a line at 100.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from indicators.quarters import ROMAN
from kinerjaku.charts import dots, line_with_gaps, place
from kinerjaku.figures import format_figure

BAR_WIDTH, SPARK_WIDTH, SPARK_HEIGHT = Decimal(240), Decimal(72), Decimal(24)
BAR_BEGINS, LEAST_TOP, HUNDRED = Decimal(30), Decimal(120), Decimal(100)
LEAST_BOTTOM = Decimal(80)  # of a trend, which shows movement; bars begin at 0
_MARGIN = Decimal(4)


def top_of(percents: Sequence[Decimal | None]) -> Decimal:
    return max([LEAST_TOP, *(percent for percent in percents if percent is not None)])


def bar(percent: Decimal | None, top: Decimal) -> str:
    return place((percent or Decimal(0)) / top * BAR_WIDTH)


def hundred(top: Decimal) -> str:
    """Where 100 is on the drawing, whose bars begin after their labels."""
    return place(BAR_BEGINS + HUNDRED / top * BAR_WIDTH)


class Spark(NamedTuple):
    """The quarters of a year as SVG paths: a line between neighbours that are both known, a dot where something is."""

    line: str
    dots: str
    hundred: str
    words: str


@lru_cache(maxsize=8192)  # a page has one for each indicator, and most are drawn again as they were
def spark(percents: tuple[Decimal | None, ...]) -> Spark:
    known = [(number, percent) for number, percent in enumerate(percents, 1) if percent is not None]
    values = [percent for _, percent in known]
    top, bottom = max([LEAST_TOP, *values]), min([LEAST_BOTTOM, *values])
    scale = (SPARK_HEIGHT - 2 * _MARGIN) / (top - bottom)
    across = _across(len(percents))
    points = [
        None if percent is None else f"{across[number]} {place(_MARGIN + (top - percent) * scale)}"
        for number, percent in enumerate(percents)
    ]
    words = " · ".join(f"{ROMAN[number]} {format_figure(percent, 1)}" for number, percent in known)
    return Spark(
        line_with_gaps(points), dots(points), place(_MARGIN + (top - HUNDRED) * scale), words + _direction(values)
    )


@cache
def _across(count: int) -> list[str]:
    """Where so many quarters stand, evenly from the left to the right."""
    step = (SPARK_WIDTH - 2 * _MARGIN) / (count - 1)
    return [place(_MARGIN + step * number) for number in range(count)]


def _direction(known: list[Decimal]) -> str:
    if len(known) < 2:
        return ""
    before, last = known[-2:]
    return ", naik" if last > before else ", turun" if last < before else ", tetap"
