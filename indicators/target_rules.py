"""How the target of a year and those of its quarters belong together. Pure.

`targets` are by number: 1 to 4 a quarter, `YEAR` (0) the whole year; each a figure, or a range as (lower, upper). `due`
are the quarters in which the indicator reports; `how` is its period consolidation: "sum", "average" or "last".
Source: the ministry's indicator manuals (konsolidasi periode); that a stated year must agree is decision 21.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal

from kinerjaku.figures import PLACES, format_figure

from . import scoring
from .quarters import ROMAN

YEAR = 0
_EXACT = Decimal(1).scaleb(-PLACES)
_WORDS = {"sum": "jumlah", "average": "rata-rata", "last": "nilai posisi akhir"}

Target = scoring.Target


def label(number: int) -> str:
    return "Setahun" if number == YEAR else f"Triwulan {ROMAN[number]}"


def words(target: Target | None) -> str:
    """As people write it: 90, or 80 s.d. 90; empty without a target."""
    if target is None:
        return ""
    return " s.d. ".join(format_figure(end) for end in (target if isinstance(target, tuple) else (target,)))


def fingerprint(targets: Mapping[int, Target]) -> str:
    """Of what a page shows, so that nobody writes over what they did not see."""
    return "|".join(words(targets.get(number)) for number in (YEAR, *ROMAN))


def of_the_quarters(targets: Mapping[int, Target], *, due: Sequence[int], how: str) -> Target | None:
    """What the quarters together promise for the year; None while one that is due has no target."""
    reported = [targets.get(number) for number in due]
    places = [len(due) - 1] if how == "last" else range(len(due))
    return scoring.consolidate_target(reported, places, how) if due else None


def of_the_year(targets: Mapping[int, Target], *, due: Sequence[int], how: str) -> Target | None:
    """The stated target of the year, else what the quarters promise."""
    stated = targets.get(YEAR)
    return of_the_quarters(targets, due=due, how=how) if stated is None else stated


def faults(targets: Mapping[int, Target], *, due: Sequence[int], how: str) -> list[tuple[int, str]]:
    """What cannot be, as the number at which to mend it and a sentence that says how."""
    found = []
    for number, target in targets.items():
        if isinstance(target, tuple) and target[0] > target[1]:
            found.append((number, f"Rentang target terbalik: {words(target)}. Tulis batas bawahnya dahulu."))
        if number != YEAR and number not in due:
            reported = " dan ".join(ROMAN[one] for one in due)
            found.append(
                (number, f"Indikator ini hanya dilaporkan pada triwulan {reported}. Kosongkan {label(number)}.")
            )
    together, stated = of_the_quarters(targets, due=due, how=how), targets.get(YEAR)
    if not found and together is not None and stated is not None and _rounded(together) != _rounded(stated):
        sentence = (
            f"Target setahun {words(stated)} tidak sama dengan {_WORDS[how]} triwulannya, {words(_rounded(together))}. "
            "Samakan, atau kosongkan salah satunya."
        )
        found.append((YEAR, sentence))
    return found


def shared_out(year: Target, *, due: Sequence[int], how: str) -> dict[int, Target]:
    """Quarters that together promise the year's target: equal parts of a sum, with no more decimals than the year's
    own and what does not divide in the last ones; else the same figure in each."""
    if how != "sum":
        return dict.fromkeys(due, year)
    if isinstance(year, tuple):
        low, high = (_parts(end, len(due)) for end in year)
        return dict(zip(due, zip(low, high, strict=True), strict=True))
    return dict(zip(due, _parts(year, len(due)), strict=True))


def _parts(total: Decimal, count: int) -> list[Decimal]:
    unit = Decimal(1).scaleb(min(0, int(total.as_tuple().exponent)))
    least = (total / count).quantize(unit, rounding=ROUND_FLOOR)
    larger = int((total - least * count) / unit)
    return [least] * (count - larger) + [least + unit] * larger


def _rounded(target: Target) -> Target:
    if isinstance(target, tuple):
        return target[0].quantize(_EXACT), target[1].quantize(_EXACT)
    return target.quantize(_EXACT)
