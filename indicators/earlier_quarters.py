"""The last eight quarters of an indicator as a small chart and a table: actual figures with their targets. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kinerjaku.charts import at, dots, line_with_gaps, place
from kinerjaku.figures import format_figure

from .quarters import ROMAN
from .scoring import Target

QUARTERS = 8
WIDTH, HEIGHT = Decimal(320), Decimal(140)
LEFT, RIGHT, TOP, BOTTOM = Decimal(20), Decimal(300), Decimal(24), Decimal(100)  # of where figures are drawn
HALF = Decimal(9)  # of the bar that stands for a target
_ONE = Decimal(1)


@dataclass(frozen=True)
class Past:
    """One quarter before; `path` leads to its row, empty if it has none."""

    year: int
    number: int
    actual: Decimal | None = None
    percent: Decimal | None = None
    target: Target | None = None
    path: str = ""

    @property
    def label(self) -> str:
        return f"{ROMAN[self.number]} {self.year}"

    @property
    def short(self) -> str:
        return f"{ROMAN[self.number]}/{self.year % 100:02d}"

    @property
    def target_text(self) -> str:
        return " – ".join(format_figure(end) for end in _ends(self.target))


@dataclass(frozen=True)
class Chart:
    """SVG paths and places on a drawing of WIDTH x HEIGHT. Empty `points`: there is nothing to draw."""

    line: str
    points: str
    targets: str
    labels: list[tuple[str, str]]  # place from the left, words
    top: str
    bottom: str
    words: str


def places_before(year: int, number: int) -> list[tuple[int, int]]:
    """Year and number of the eight quarters before this one, oldest first."""
    here = year * 4 + number - 1
    return [(there // 4, there % 4 + 1) for there in range(here - QUARTERS, here)]


def quarters_before(year: int, number: int, known: Mapping[tuple[int, int], Past]) -> list[Past]:
    """All eight, also those of which nothing is known."""
    return [known.get(one) or Past(*one) for one in places_before(year, number)]


def chart(quarters: Sequence[Past]) -> Chart:
    """One scale for actual figures and targets, from the lowest of them to the highest; a gap where there is none."""
    actuals = [one.actual for one in quarters if one.actual is not None]
    figures = [*actuals, *(end for one in quarters for end in _ends(one.target))]
    low, high = (min(figures), max(figures)) if figures else (Decimal(0), _ONE)
    span = high - low
    step = (RIGHT - LEFT) / (len(quarters) - 1)

    def across(number: int) -> Decimal:
        return LEFT + step * number

    def up(figure: Decimal) -> Decimal:
        return BOTTOM - (BOTTOM - TOP) * ((figure - low) / span if span else _ONE / 2)

    points = [None if one.actual is None else at(across(number), up(one.actual)) for number, one in enumerate(quarters)]
    bars = [(across(number), up(end)) for number, one in enumerate(quarters) for end in _ends(one.target)]
    targets = "".join(f"M{place(x - HALF)} {place(y)}h{place(2 * HALF)}" for x, y in bars)
    labels = [(place(across(number)), one.short) for number, one in enumerate(quarters)]
    top, bottom = (format_figure(high), format_figure(low) if span else "") if figures else ("", "")
    return Chart(line_with_gaps(points), dots(points), targets, labels, top, bottom, _words(quarters))


def _ends(target: Target | None) -> tuple[Decimal, ...]:
    if target is None:
        return ()
    return target if isinstance(target, tuple) else (target,)


def _words(quarters: Sequence[Past]) -> str:
    """What the drawing shows, for those who do not see it."""
    known = [one for one in quarters if one.actual is not None]
    if not known:
        return "Belum ada realisasi pada delapan triwulan sebelumnya."
    lowest, highest = (pick(known, key=lambda one: one.actual) for pick in (min, max))
    last = known[-1]
    if lowest.actual == highest.actual:
        return f"Realisasi {len(known)} dari {len(quarters)} triwulan sebelumnya: {format_figure(last.actual, 2)}."
    return (
        f"Realisasi {len(known)} dari {len(quarters)} triwulan sebelumnya: terendah {format_figure(lowest.actual, 2)} "
        f"({lowest.label}), tertinggi {format_figure(highest.actual, 2)} ({highest.label}), "
        f"terakhir {format_figure(last.actual, 2)} ({last.label})."
    )
