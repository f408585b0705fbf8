"""Coordinates of the charts, from Decimals, written with one digit: the drawing is a template, figures stand beside.

The bars of a unit share one scale, from 0 to what its best indicator reached or 120, with a line at 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from indicators.quarters import ROMAN
from kinerjaku.figures import format_figure

BAR_WIDTH, SPARK_WIDTH, SPARK_HEIGHT = Decimal(240), Decimal(72), Decimal(24)
BAR_BEGINS, LEAST_TOP, HUNDRED = Decimal(30), Decimal(120), Decimal(100)
LEAST_BOTTOM = Decimal(80)  # of a trend, which shows movement; bars begin at 0
_MARGIN = Decimal(4)


def _place(value: Decimal) -> str:
    return f"{value:.1f}"


def top_of(percents: Sequence[Decimal | None]) -> Decimal:
    return max([LEAST_TOP, *(percent for percent in percents if percent is not None)])


def bar(percent: Decimal | None, top: Decimal) -> str:
    return _place((percent or Decimal(0)) / top * BAR_WIDTH)


def hundred(top: Decimal) -> str:
    """Where 100 is on the drawing, whose bars begin after their labels."""
    return _place(BAR_BEGINS + HUNDRED / top * BAR_WIDTH)


@dataclass(frozen=True, slots=True)
class Spark:
    """The quarters of a year: `lines` between neighbours that are both known, `dots` where something is."""

    lines: list[tuple[str, str, str, str]]
    dots: list[tuple[str, str]]
    hundred: str
    words: str
    direction: str


def spark(percents: Sequence[Decimal | None]) -> Spark:
    top, bottom = top_of(percents), min([LEAST_BOTTOM, *(percent for percent in percents if percent is not None)])
    step = (SPARK_WIDTH - 2 * _MARGIN) / (len(percents) - 1)

    def height(percent: Decimal) -> str:
        return _place(SPARK_HEIGHT - _MARGIN - (percent - bottom) / (top - bottom) * (SPARK_HEIGHT - 2 * _MARGIN))

    points = [
        None if percent is None else (_place(_MARGIN + step * place), height(percent))
        for place, percent in enumerate(percents)
    ]
    lines = [(*one, *two) for one, two in pairwise(points) if one is not None and two is not None]
    known = [(number, percent) for number, percent in enumerate(percents, 1) if percent is not None]
    words = " · ".join(f"{ROMAN[number]} {format_figure(percent, 1)}" for number, percent in known)
    return Spark(lines, [one for one in points if one], height(HUNDRED), words, _direction([one for _, one in known]))


def _direction(known: list[Decimal]) -> str:
    if len(known) < 2:
        return ""
    before, last = known[-2:]
    return "naik" if last > before else "turun" if last < before else "tetap"
