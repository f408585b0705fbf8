"""A parent's value from those of its components (komponen pembentuk, domain guide 4). Pure: no ORM, no clock."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

PLACES = 6  # as many as anybody can type
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


class How(enum.StrEnum):
    MEAN = "mean"
    SUM = "sum"
    LOWEST = "lowest"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True)
class Part:
    """What one child gives, in the measure of the parent's variable; None: it has no figure, `name` says whose."""

    name: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Combined:
    """`value` None: cannot be computed, and `reason` says why in Indonesian."""

    value: Decimal | None
    reason: str = ""


def combine(how: str, parts: Sequence[Part]) -> Combined:
    """One value from those of all children, in whatever order.

    `how`: mean, sum, lowest or highest (ValueError otherwise). All parts are finite Decimals of one measure; the sum is
    exact, the mean is rounded half up to 6 decimals, as finely as a figure can be typed. Without children, or with one
    whose figure is missing, there is no value: never 0 and never the mean of the others; the reason names who is
    missing. Source: cascading method “komponen pembentuk” of the manual IKU [R], domain guide 4.
    """
    wanted = How(how)
    if not parts:
        return Combined(None, "Belum dapat dihitung: belum ada komponen pembentuk.")
    missing = sorted(part.name for part in parts if part.value is None)
    if missing:
        return Combined(None, f"Belum dapat dihitung: belum ada nilai dari {', '.join(missing)}.")
    values = [part.value for part in parts if part.value is not None]
    if wanted is How.LOWEST:
        return Combined(min(values))
    if wanted is How.HIGHEST:
        return Combined(max(values))
    total = Decimal(0)
    for value in values:
        total = _EXACT.add(total, value)
    if wanted is How.SUM:
        return Combined(total)
    mean = _EXACT.divide(total, Decimal(len(values)))
    return Combined(mean.quantize(Decimal(1).scaleb(-PLACES), context=_EXACT))
