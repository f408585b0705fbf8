"""The satisfaction index (IKM) of Permen PAN RB 14/2017, exactly: whole sums and Decimal, no float, no framework."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil
from typing import TypeVar

ELEMENTS = 9  # each weighs 1/9
LOWEST, HIGHEST = 1, 4  # what an element can be given
SCALE = 25  # from 1..4 to 25..100
LEAST_ANSWERS = 5  # a figure of fewer would point at people [D]
CENT = Decimal("0.01")

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Grade:
    """Mutu pelayanan: from `lower`, included, up to the next grade."""

    letter: str
    words: str
    lower: Decimal


GRADES = (  # [R Permen PAN RB 14/2017, table of values]
    Grade("A", "Sangat baik", Decimal("88.31")),
    Grade("B", "Baik", Decimal("76.61")),
    Grade("C", "Kurang baik", Decimal("65.00")),
    Grade("D", "Tidak baik", Decimal("25.00")),
)


@dataclass(frozen=True)
class Tally:
    """How many people answered, and the sum of what they gave each element. Tallies of separate people add up."""

    count: int = 0
    sums: tuple[int, ...] = (0,) * ELEMENTS

    def __post_init__(self) -> None:
        """Raises ValueError for sums that no answers can have."""
        if len(self.sums) != ELEMENTS:
            raise ValueError(f"Perlu {ELEMENTS} unsur, ada {len(self.sums)}.")
        if any(not LOWEST * self.count <= one <= HIGHEST * self.count for one in self.sums):
            raise ValueError(f"Jumlah nilai {self.sums} tidak mungkin dari {self.count} jawaban.")

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.count + other.count, tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)))

    @property
    def means(self) -> tuple[Decimal, ...]:
        """The mean of each element, 1..4, in full precision. Raises ValueError without answers."""
        self._require_answers()
        return tuple(Decimal(one) / self.count for one in self.sums)

    @property
    def index(self) -> Decimal:
        """IKM: the mean of the nine element means x 25, two decimals, half up. Raises ValueError without answers."""
        self._require_answers()
        return rounded(Decimal(SCALE * sum(self.sums)) / (ELEMENTS * self.count))

    def _require_answers(self) -> None:
        if not self.count:
            raise ValueError("Belum ada jawaban.")


def tally(answers: Iterable[Sequence[int]]) -> Tally:
    """Answers of nine whole values 1..4 each, none missing. Raises ValueError."""
    total = Tally()
    for answer in answers:
        total += Tally(1, tuple(answer))
    return total


def rounded(value: Decimal) -> Decimal:
    """Two decimals, half up."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def grade(score: Decimal) -> Grade:
    """Graded after rounding: 88,305 is 88,31 and so an A. Raises ValueError outside 25..100."""
    score = rounded(score)
    if not LOWEST * SCALE <= score <= HIGHEST * SCALE:
        raise ValueError(f"IKM {score} di luar 25 sampai 100.")
    return next(one for one in GRADES if score >= one.lower)


def sample_size(population: int) -> int:
    """Krejcie and Morgan's least number of respondents for so many users, rounded up [R Permen PAN RB 14/2017].

    n = 3.841 N 0.25 / (0.05^2 (N - 1) + 3.841 0.25). Raises ValueError for fewer than one.
    """
    if population < 1:
        raise ValueError("Populasi sekurang-kurangnya 1.")
    chi, spread, error = Fraction(3841, 1000), Fraction(1, 4), Fraction(1, 20)
    return ceil(chi * population * spread / (error**2 * (population - 1) + chi * spread))


def shown(counts: Mapping[K, int], least: int = LEAST_ANSWERS) -> set[K]:
    """The groups whose figures may be shown beside the total: those with at least `least` answers.

    What the others have together must not be so few either, since total minus shown would tell it: then the smallest
    group that could be shown stays back as well.
    """
    large = sorted((key for key in counts if counts[key] >= least), key=lambda key: counts[key], reverse=True)
    rest = sum(counts.values()) - sum(counts[key] for key in large)
    if 0 < rest < least and large:
        large.pop()
    return set(large)
