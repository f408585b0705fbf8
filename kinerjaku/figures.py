"""How people write and read figures in Indonesia: dot for thousands, comma for decimals (1.234,50)."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

LIMIT = Decimal(10) ** 16
PLACES = 6
_INDONESIAN = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")
_ENGLISH = re.compile(r"[+-]?(\d{1,3}(,\d{3})*|\d+)\.\d+")


class FigureError(ValueError):
    """The message tells the person, in Indonesian, how to write the figure."""


def parse_figure(text: str) -> Decimal | None:
    """The figure a person typed, or None for an empty field.

    Accepts 1234, 1.234, 1.234,5 and 1234,5. A dot that cannot be a thousands separator is refused, not guessed:
    12.5 could be read as 12,5 or as a slip of 1.250. Range: below 10^16 in absolute value, at most 6 decimals.
    Raises FigureError.
    """
    text = text.strip().replace(" ", "").replace("\u00a0", "").replace("−", "-")
    if not text:
        return None
    if len(text) > 40:
        raise FigureError("Angka terlalu panjang. Periksa kembali jumlah digitnya.")
    if text.startswith("Rp"):
        text = text[2:].lstrip(".")
    text = text.removesuffix("%")
    if not text.isascii() or not _INDONESIAN.fullmatch(text):
        if text.isascii() and _ENGLISH.fullmatch(text):
            wanted = text.replace(",", "").replace(".", ",")
            raise FigureError(f"Gunakan koma untuk desimal dan titik untuk ribuan. Maksud Anda {wanted}?")
        raise FigureError(f"“{text[:40]}” bukan angka. Tulis hanya angka, misalnya 1.234,5.")
    if re.fullmatch(r"[+-]?0\d*\.\d+(,\d+)?", text):
        raise FigureError(f"Gunakan koma untuk desimal, misalnya {text.replace('.', ',')}.")
    value = Decimal(text.replace(".", "").replace(",", "."))
    if abs(value) >= LIMIT:
        raise FigureError("Angka terlalu besar (batas 16 digit). Periksa kembali satuannya.")
    if -value.as_tuple().exponent > PLACES:  # type: ignore[operator]
        raise FigureError(f"Paling banyak {PLACES} angka di belakang koma.")
    return value


_SWAPPED = str.maketrans(",.", ".,")


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def format_figure(value: Decimal | None, places: int | None = None) -> str:
    """1234.5 -> "1.234,5"; with `places`, exactly so many decimals, rounded half up. None -> ""."""
    if value is None:
        return ""
    if places is None:
        text = f"{value:,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value.quantize(_unit(places), rounding=ROUND_HALF_UP):,f}"
    return text.translate(_SWAPPED)
