"""Scores: from an actual and a target to an achievement in percent, a predikat, the score of a unit.

Figures are finite Decimals; results have 28 significant digits in any caller's decimal context, and only
`present` rounds for people. None means "not assessed" and is never taken for zero.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import TypeVar

from .scheme import CAP, VALIDITY_WEIGHTS, Colours

ZERO, ONE, INFINITY = Decimal(0), Decimal(1), Decimal("Infinity")
CONTEXT = Context(prec=28, traps=[DivisionByZero, InvalidOperation])  # an overflow is clamped like any other

T = TypeVar("T")
Target = Decimal | tuple[Decimal, Decimal]
Formula = Callable[[Decimal], Decimal]


@dataclass(frozen=True, slots=True)
class Band:
    """One row of a scale: the values from `lower` to `upper` (None: open-ended) and what they mean.

    `achievement` (percent) makes it a step of a step table. Raises ValueError if no value can lie in it.
    """

    lower: Decimal | None
    upper: Decimal | None
    lower_inclusive: bool = True
    upper_inclusive: bool = True
    grade: str | None = None
    label: str | None = None
    achievement: Decimal | None = None

    def __post_init__(self) -> None:
        _require_finite(self.lower, self.upper, self.achievement)
        closed = self.lower_inclusive and self.upper_inclusive
        if self.bottom > self.top or (self.bottom == self.top and not closed):
            raise ValueError(f"Rentang {self.lower} sampai {self.upper} tidak memuat nilai apa pun.")

    @property
    def bottom(self) -> Decimal:
        return -INFINITY if self.lower is None else self.lower

    @property
    def top(self) -> Decimal:
        return INFINITY if self.upper is None else self.upper

    def side(self, value: Decimal) -> int:
        """0 if the band holds `value`, -1 if all of it lies below `value`, 1 if all of it lies above."""
        if value > self.top or (value == self.top and not self.upper_inclusive):
            return -1
        return int(value < self.bottom or (value == self.bottom and not self.lower_inclusive))


Step = Band


def achievement(
    actual: Decimal, target: Target, *, polarity: str, cap: Decimal = CAP, worst: Decimal | None = None
) -> Decimal | None:
    """The achievement (capaian) in percent, 0..cap; None where it cannot be assessed (target 0).

    `actual` and `target` are in the same unit of measure. A (low, high) target is reached anywhere inside it
    and is otherwise replaced by its nearest bound. `polarity` is "maximize", "minimize" or "stabilize".
    `worst` (> 0) scores 0 where the target of something to minimize is 0; it plays no part otherwise.

    Source: the ministry's indicator manuals. Domain decisions: with a negative target, minimize mirrors
    maximize and stabilize still measures the relative distance; reaching a range scores what reaching a
    single target does (100; 120 for stabilize). Raises ValueError for an unknown polarity, a figure that is
    not finite, a reversed range, and a cap or used worst value that is not positive.
    """
    _require_finite(cap)
    if cap <= 0:
        raise ValueError("Batas capaian harus lebih besar dari nol.")
    percent = compared(actual, target, polarity=polarity, worst=worst)
    return None if percent is None else max(ZERO, min(cap, percent))


def compared(actual: Decimal, target: Target, *, polarity: str, worst: Decimal | None = None) -> Decimal | None:
    """`achievement` before it is limited to 0..cap, as the explanation of a score shows it. Raises the same."""
    for_positive, for_negative = _pick(_FORMULAS, polarity, "Polarisasi")
    low, high = target if isinstance(target, tuple) else (target, target)
    _require_finite(actual, low, high, worst)
    if low > high:
        raise ValueError("Batas bawah target melebihi batas atasnya.")
    bound = low if actual < low else high
    with localcontext(CONTEXT):
        if low < high and low <= actual <= high:
            return for_positive(ONE)
        if bound:
            return (for_positive if bound > 0 else for_negative)(actual / bound)
        if polarity == "minimize" and worst is not None:
            if worst <= 0:
                raise ValueError("Nilai terburuk harus lebih besar dari nol.")
            return (worst - actual) / worst * 100
    return None


def step_achievement(actual: Decimal, steps: Sequence[Step]) -> Decimal:
    """The achievement in percent of the step in which `actual` lies, holes as in `band`.

    The table itself says the most that it pays, so no cap is applied (the bad-debt ratio of LPMUKP pays 150).
    Raises ValueError as `band` does, and for a step that states no achievement.
    """
    percent = band(actual, steps).achievement
    if percent is None:
        raise ValueError("Tingkat pada tabel ini belum memuat capaian.")
    return percent


def band(value: Decimal, bands: Sequence[Band], smaller_is_better: bool = False) -> Band:
    """The band (predikat) in which `value` lies; the order of `bands` does not matter.

    Domain decision on holes, a boundary excluded on both sides being one: the value belongs to the band below
    it; where smaller is better, to the better band. That is the neighbour with the smaller values, so again
    the one below: 0.405 between 0.2-0.4 and 0.41-0.6 belongs to 0.2-0.4 in both directions.
    `smaller_is_better` therefore names the direction of the scale and changes no result.
    Raises ValueError for a value outside every band (an input error) or in several (a defect of the scale).
    """
    _require_finite(value)
    below, holding, above = ([row for row in bands if row.side(value) == side] for side in (-1, 0, 1))
    if len(holding) > 1:
        raise ValueError(f"Nilai {value} termasuk lebih dari satu rentang; perbaiki skalanya.")
    if not holding and not (below and above):
        raise ValueError(f"Nilai {value} di luar semua rentang skala.")
    return holding[0] if holding else max(below, key=lambda row: (row.top, row.upper_inclusive))


def counting(values: Sequence[Decimal | None], how: str) -> tuple[int, ...]:
    """The places of the parts of a period that count, given what was reported, oldest first (None: nothing).

    `how` is "sum" (akumulasi), "average" (rata-rata) or "last" (nilai posisi akhir). A sum needs every part: a missing
    report is not zero. An average takes the parts that are known. The last position is the last known one. Empty:
    the period cannot be assessed. Source: the ministry's indicator manuals; what a missing part means by decision 19.
    Raises ValueError for an unknown `how` and figures that are not finite.
    """
    choose = _pick(_COUNTING, how, "Konsolidasi periode")
    _require_finite(*values)
    known = tuple(place for place, value in enumerate(values) if value is not None)
    return choose(known, len(values))


def consolidate(values: Iterable[Decimal | None], how: str) -> Decimal | None:
    """One figure for a period from those of its parts, in their own unit of measure; None if `counting` finds none."""
    reported = list(values)
    return consolidate_at(reported, counting(reported, how), how)


def consolidate_at(values: Sequence[Decimal | None], places: Iterable[int], how: str) -> Decimal | None:
    """`consolidate` where it is known already which parts count."""
    known = [values[place] for place in places]
    return _together([value for value in known if value is not None], how)


def consolidate_target(targets: Sequence[Target | None], places: Sequence[int], how: str) -> Target | None:
    """The target of a period over the parts that count: a sum of targets against a sum of actuals, an average against
    an average, for the last position the target of that quarter; a range by its ends. None if one is not set."""
    chosen = [targets[place] for place in places]
    ends = [target if isinstance(target, tuple) else (target, target) for target in chosen if target is not None]
    low = _together([one for one, _ in ends], how)
    high = _together([one for _, one in ends], how)
    if low is None or high is None or len(ends) < len(chosen):
        return None
    is_range = any(isinstance(target, tuple) for target in chosen)
    return (low, high) if is_range else low


def objective_score(
    indicators: Iterable[tuple[str, Decimal | None]], weights: Mapping[str, Decimal] = VALIDITY_WEIGHTS
) -> Decimal | None:
    """The score of an objective (NSS) in percent: the mean of its indicators weighted by validity.

    `indicators` are (validity, achievement) pairs; the `weights` of the year are normalised over those assessed. None
    if none is. Source: the ministry's manuals.
    Raises ValueError for an unknown validity, assessed or not, and figures that are not finite.
    """
    weighed = [(_pick(weights, validity, "Validitas"), percent) for validity, percent in indicators]
    assessed = [(weight, percent) for weight, percent in weighed if percent is not None]
    _require_finite(*(percent for _, percent in assessed))
    if not assessed:
        return None
    percents = [percent for _, percent in assessed]
    with localcontext(CONTEXT):
        weighted = sum((weight * percent for weight, percent in assessed), ZERO)
        mean = weighted / sum(weight for weight, _ in assessed)
    return max(min(percents), min(max(percents), mean))  # the 28th digit may not leave what it is a mean of


def shares(validities: Sequence[str], weights: Mapping[str, Decimal] = VALIDITY_WEIGHTS) -> list[Decimal]:
    """The part (0..1) of each assessed indicator in the score of its objective. Raises ValueError as above."""
    chosen = [_pick(weights, validity, "Validitas") for validity in validities]
    with localcontext(CONTEXT):
        return [weight / sum(chosen) for weight in chosen]


def unit_score(objective_scores: Iterable[Decimal | None]) -> Decimal | None:
    """The score of a work unit in percent: the mean of its assessed objectives; None if none is assessed.

    Domain decision. Raises ValueError for figures that are not finite.
    """
    return consolidate([score for score in objective_scores if score is not None], "average")


def present(value: Decimal, places: int = 2) -> Decimal:
    """The figure as people see it: half up (away from zero), never -0.00; how many decimals is set by year.

    Domain decision. Raises ValueError for a figure that is not finite or has over 26 digits before the point.
    """
    _require_finite(value)
    with localcontext(CONTEXT):
        try:
            return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + ZERO
        except InvalidOperation:
            raise ValueError("Angka terlalu besar untuk ditampilkan.") from None


def status_colour(achievement: Decimal | None, colours: Colours = Colours()) -> str:  # noqa: B008  frozen
    """The colour of an achievement: "green", "amber", "red", or "grey" where it was not assessed.

    The full figure decides, not the rounded one: 99.996 is amber by the default. Domain decision, set by year.
    Raises ValueError for a figure that is not finite.
    """
    _require_finite(achievement)
    if achievement is None:
        return "grey"
    if achievement > colours.green or (achievement == colours.green and colours.green_inclusive):
        return "green"
    is_amber = achievement > colours.amber or (achievement == colours.amber and colours.amber_inclusive)
    return "amber" if is_amber else "red"


def _direct(ratio: Decimal) -> Decimal:
    return ratio * 100


def _mirrored(ratio: Decimal) -> Decimal:
    return (1 + (1 - ratio)) * 100


def _stabilized(ratio: Decimal) -> Decimal:
    closeness = min(_direct(ratio), _mirrored(ratio))
    return closeness * 100 / 90 if closeness <= 90 else 100 + (closeness - 90) * 2


_FORMULAS: Mapping[str, tuple[Formula, Formula]] = {  # of actual / target: for a target above 0, and below
    "maximize": (_direct, _mirrored),
    "minimize": (_mirrored, _direct),
    "stabilize": (_stabilized, _stabilized),
}
_COUNTING: Mapping[str, Callable[[tuple[int, ...], int], tuple[int, ...]]] = {  # of the known places, of so many parts
    "sum": lambda known, parts: known if len(known) == parts else (),
    "average": lambda known, parts: known,
    "last": lambda known, parts: known[-1:],
}


def _together(values: Sequence[Decimal], how: str) -> Decimal | None:
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    with localcontext(CONTEXT):
        total = sum(values, ZERO)
        result = total / len(values) if how == "average" else total
    _require_finite(result)
    return result


def _pick(table: Mapping[str, T], key: str, what: str) -> T:
    if key not in table:
        raise ValueError(f"{what} {key!r} tidak dikenal; gunakan {', '.join(table)}.")
    return table[key]


def _require_finite(*figures: Decimal | None) -> None:
    for figure in figures:
        if figure is not None and not figure.is_finite():
            raise ValueError("Angka harus terhingga.")
