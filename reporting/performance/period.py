"""For which part of a year the performance is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db import models

from indicators.quarters import ROMAN, quarter_of


class View(models.TextChoices):
    QUARTER = "triwulan", "Triwulan itu"
    CUMULATED = "kumulatif", "Kumulatif"
    YEARLY = "tahunan", "Tahunan"


@dataclass(frozen=True, slots=True)
class Period:
    year: int
    number: int
    view: View = View.QUARTER

    @classmethod
    def read(cls, asked: Mapping[str, str], at: datetime) -> "Period":
        """From an address; what is missing or makes no sense is the last quarter that is over, by itself."""
        year, number = quarter_of(at)
        year, number = (year - 1, 4) if number == 1 else (year, number - 1)
        year = _whole(asked.get("tahun"), 2000, 2100) or year
        number = _whole(asked.get("triwulan"), 1, 4) or number
        wanted = asked.get("tampilan", "")
        return cls(year, number, View(wanted) if wanted in View.values else View.QUARTER)

    @property
    def kept(self) -> tuple[str, int]:
        """View and number under which scores are stored: a year is what has cumulated in quarter IV."""
        return (View.CUMULATED.value, 4) if self.view == View.YEARLY else (self.view.value, self.number)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The quarters that it is made of."""
        view, number = self.kept
        return (number,) if view == View.QUARTER else tuple(range(1, number + 1))

    @property
    def last(self) -> int:
        """The quarter with which it ends; the decree in force then says what is assessed."""
        return self.kept[1]

    def __str__(self) -> str:
        if self.view == View.YEARLY:
            return f"Tahun {self.year}"
        if self.view == View.QUARTER or self.number == 1:
            return f"Triwulan {ROMAN[self.number]} {self.year}"
        return f"Triwulan I–{ROMAN[self.number]} {self.year}"

    def of(self, year: int) -> "Period":
        """The same part of another year."""
        return Period(year, self.number, self.view)

    @property
    def query(self) -> str:
        return urlencode({"tahun": self.year, "triwulan": self.number, "tampilan": self.view.value})


def _whole(text: str | None, least: int, most: int) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 4:
        return None
    return int(text) if least <= int(text) <= most else None
