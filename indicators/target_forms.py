"""The sheet of targets as people fill it in: a row for each indicator, all of it sent at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kinerjaku.figures import FigureError, parse_figure
from kinerjaku.middleware import typed_text

from . import target_rules
from .models import Indicator, Target
from .quarters import REPORTED_IN, ROMAN
from .scoring import Target as Promised

NUMBERS = (Target.YEAR, *ROMAN)
MOST_REASON = 500


def read_target(text: str) -> Promised | None:
    """90, or a range as 80 s.d. 90; None for an empty cell. Raises FigureError, in Indonesian."""
    low, separator, high = text.replace("s/d", "s.d.").partition("s.d.")
    value, upper = parse_figure(low), parse_figure(high)
    if separator and (value is None or upper is None):
        raise FigureError("Tulis kedua batas rentangnya, misalnya 80 s.d. 90.")
    return value if value is None or upper is None else (value, upper)


@dataclass
class Cell:
    indicator: Indicator
    number: int
    text: str
    is_due: bool
    error: str = ""
    stored: str = ""  # where somebody else saved another value meanwhile

    @property
    def name(self) -> str:
        return f"target-{self.indicator.pk}-{self.number}"

    @property
    def label(self) -> str:
        return target_rules.label(self.number)


@dataclass
class Line:
    """One indicator. `seen` is what the page showed, so that nobody writes over what they did not see."""

    indicator: Indicator
    cells: list[Cell]
    seen: str
    targets: dict[int, Promised] = field(default_factory=dict)

    @property
    def together(self) -> str:
        """What the quarters typed promise for the year."""
        return target_rules.words(target_rules.of_the_quarters(self.targets, due=self.due, how=self.how))

    @property
    def due(self) -> tuple[int, ...]:
        return REPORTED_IN[self.indicator.period]

    @property
    def how(self) -> str:
        return self.indicator.consolidation

    @property
    def wanted(self) -> dict[int, Promised | None]:
        """By number, what differs from what is stored."""
        stored = self.indicator.rule.targets
        return {n: self.targets.get(n) for n in NUMBERS if self.targets.get(n) != stored.get(n)}

    def share_out(self) -> None:
        """The year over the quarters, where none of them has a target."""
        year = self.targets.get(Target.YEAR)
        if year is None or len(self.targets) > 1:
            return
        for number, target in target_rules.shared_out(year, due=self.due, how=self.how).items():
            self.targets[number] = target
            self.cells[NUMBERS.index(number)].text = target_rules.words(target)


class TargetSheet:
    def __init__(self, indicators: Iterable[Indicator], data: Mapping[str, Any] | None = None) -> None:
        self.data = data
        self.reason = "" if data is None else typed_text(data, "alasan", MOST_REASON)
        self.reason_error = ""
        self.lines = [self._line(one) for one in indicators]

    def _line(self, indicator: Indicator) -> Line:
        stored = indicator.rule.targets
        now = target_rules.fingerprint(stored)
        cells = [
            Cell(indicator, number, self._text(indicator, number), number == Target.YEAR or number in due)
            for due in (REPORTED_IN[indicator.period],)
            for number in NUMBERS
        ]
        seen = now if self.data is None else self.data.get(f"dilihat-{indicator.pk}", now)
        line = Line(indicator, cells, now)
        for cell in cells:
            try:
                target = read_target(cell.text)
            except FigureError as error:
                cell.error = str(error)
                continue
            if target is not None:
                line.targets[cell.number] = target
        if seen != now and any(cell.text != target_rules.words(stored.get(cell.number)) for cell in cells):
            for cell in cells:
                kept = target_rules.words(stored.get(cell.number))
                if cell.text != kept:
                    cell.stored = kept or "(kosong)"
                    cell.error = cell.error or f"Diubah orang lain: sekarang {cell.stored}. Periksa, lalu simpan lagi."
        elif not any(cell.error for cell in cells):
            for number, sentence in target_rules.faults(line.targets, due=line.due, how=line.how):
                cells[NUMBERS.index(number)].error = sentence
        return line

    def _text(self, indicator: Indicator, number: int) -> str:
        stored = target_rules.words(indicator.rule.targets.get(number))
        if self.data is None:
            return stored
        name = f"target-{indicator.pk}-{number}"
        return " ".join(typed_text(self.data, name, 60).split()) if name in self.data else stored

    def share_out(self) -> None:
        for line in self.lines:
            if not any(cell.error for cell in line.cells):
                line.share_out()

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Anchor and message, for the error summary."""
        found = [
            (cell.name, f"IKU {line.indicator.no}. {cell.label}: {cell.error}")
            for line in self.lines
            for cell in line.cells
            if cell.error
        ]
        return [*found, *([("alasan", self.reason_error)] if self.reason_error else [])]

    @property
    def changed(self) -> list[Line]:
        return [line for line in self.lines if line.wanted]
