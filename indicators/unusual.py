"""What is usual for a figure, from the figures before it. Pure.

The source of the rule is a decision of the portal [D], see docs/decisions: no regulation says when a figure is strange.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from statistics import median

from kinerjaku.fields import FIGURE_LIMIT

LEAST = 4  # past figures, fewer say nothing
MOST = 8  # quarters that are looked back at, those of the chart beside the row
SPREADS, NORMAL = Decimal(3), Decimal("1.4826")  # times the MAD: three standard deviations if figures were normal
SHARE = Decimal("0.25")  # of the median: what never varied may still move that far
PLACES = Decimal("0.000001")


def usual_range(past: Sequence[Decimal]) -> list[str]:
    """The two ends between which a figure is usual, both included, as text; empty if too little is known.

    `past`: actual figures of earlier quarters, in the indicator's own measure, in any order. The ends lie
    max(3 x 1.4826 x MAD, 25% of |median|) from the median, MAD being the median of the distances to the median: one
    strange figure of the past widens the range as little as it moves the median. Quarters are not compared by season;
    what varies with the season has a wide MAD.
    """
    if len(past) < LEAST:
        return []
    with localcontext(prec=60):
        middle = median(past)
        spread = median([abs(one - middle) for one in past])
        reach = max(SPREADS * NORMAL * spread, SHARE * abs(middle))
        ends = [(end + 0).quantize(PLACES) for end in (middle - reach, middle + reach)]
    return [f"{max(-FIGURE_LIMIT, min(FIGURE_LIMIT, end)):f}" for end in ends]


def ends(kept: Sequence[str]) -> tuple[Decimal, Decimal]:
    low, high = kept
    return Decimal(low), Decimal(high)


def within(actual: Decimal, kept: Sequence[str]) -> bool:
    """Whether the figure is usual, to six places; everything is, where too little is known."""
    if not kept:
        return True
    low, high = ends(kept)
    with localcontext(prec=60):
        return low <= actual.quantize(PLACES) <= high
