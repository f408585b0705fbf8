"""How a year is scored, as one value: weights by validity, cap, status colours, decimals. Pure.

The rows that hold it are in `models/scoring.py`; a year without a row is scored by DEFAULT.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

ZERO, CAP = Decimal(0), Decimal(120)
MOST_PLACES = 6
VALIDITY_WEIGHTS = {  # the ministry's indicator manuals
    "lead_input": Decimal("0.1"),
    "lead_process": Decimal("0.2"),
    "lag_output": Decimal("0.3"),
    "lag_outcome": Decimal("0.4"),
}
COLOUR_WORDS = {"green": "Hijau", "amber": "Kuning", "red": "Merah", "grey": "Abu-abu"}


def _said(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("Angka harus terhingga.")
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


@dataclass(frozen=True, slots=True)
class Colours:
    """Where green and amber begin, in percent; everything below amber is red. Each colour holds at least one value.

    Said by where a colour begins, no scale can have a hole; one in which a value would have two colours or a colour
    no value is refused. Raises ValueError, naming the values.
    """

    green: Decimal = Decimal(100)
    amber: Decimal = Decimal(80)
    green_inclusive: bool = True
    amber_inclusive: bool = True

    def __post_init__(self) -> None:
        green, amber = _said(self.green), _said(self.amber)
        if self.amber > self.green:
            raise ValueError(
                f"Kuning mulai {amber}, padahal hijau sudah mulai {green}: "
                f"nilai antara {green} dan {amber} mendapat dua warna."
            )
        if self.amber == self.green and self.amber_inclusive and self.green_inclusive:
            raise ValueError(f"Nilai {green} mendapat dua warna: hijau dan kuning sama-sama mulai {green}.")
        if self.amber == self.green and not self.amber_inclusive:
            raise ValueError(
                f"Kuning tidak memuat nilai apa pun: hijau {self.begins('green')}, kuning {self.begins('amber')}."
            )
        if self.amber < ZERO or (self.amber == ZERO and self.amber_inclusive):
            raise ValueError(f"Merah tidak memuat nilai apa pun: kuning {self.begins('amber')}.")

    def begins(self, colour: str) -> str:
        """mulai 100 / lebih dari 80 / kurang dari 80."""
        if colour == "green":
            return f"{'mulai' if self.green_inclusive else 'lebih dari'} {_said(self.green)}"
        if colour == "amber":
            return f"{'mulai' if self.amber_inclusive else 'lebih dari'} {_said(self.amber)}"
        return f"{'kurang dari' if self.amber_inclusive else 'sampai'} {_said(self.amber)}"

    @property
    def words(self) -> str:
        return f"Hijau {self.begins('green')}; kuning {self.begins('amber')}; merah {self.begins('red')}"


PRESETS = {  # published schemes, by the name under which people choose them
    "default": ("Bawaan: hijau mulai 100, kuning mulai 80", Colours()),
    "kkp_2016": (
        "KKP 2016: hijau di atas 80, kuning tepat 80, merah di bawah 80",
        Colours(Decimal(80), Decimal(80), green_inclusive=False),
    ),
    "90_60": ("90/60: hijau mulai 90, kuning mulai 60", Colours(Decimal(90), Decimal(60))),
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """`weights` by validity count by their proportion alone; `cap` in percent, for indicators without one of their own;
    `places` decimals for people. Raises ValueError."""

    weights: Mapping[str, Decimal] = field(default_factory=lambda: VALIDITY_WEIGHTS)
    cap: Decimal = CAP
    colours: Colours = field(default_factory=Colours)
    places: int = 2

    def __post_init__(self) -> None:
        if self.weights.keys() != VALIDITY_WEIGHTS.keys():
            raise ValueError("Setiap validitas memerlukan satu bobot.")
        for weight in self.weights.values():
            if not weight.is_finite() or weight <= ZERO:
                raise ValueError(f"Bobot {_said(weight)} tidak berlaku: setiap bobot harus lebih besar dari nol.")
        if not self.cap.is_finite() or self.cap <= ZERO:
            raise ValueError(f"Batas capaian {_said(self.cap)} harus lebih besar dari nol.")
        green = self.colours.green
        if green > self.cap or (green == self.cap and not self.colours.green_inclusive):
            raise ValueError(
                f"Hijau {self.colours.begins('green')} tidak pernah tercapai: batas capaian {_said(self.cap)}."
            )
        if not 0 <= self.places <= MOST_PLACES:
            raise ValueError(f"Angka di belakang koma 0 sampai {MOST_PLACES}.")


DEFAULT = Scheme()
