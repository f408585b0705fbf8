"""Numbers of letters: {serial}/{unit code}/{classification}/{roman month}/{year}: 913/SJ.1/OT.310/X/2023."""

from datetime import datetime

from .clock import WIB
from .models import NumberSeries

ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def take(unit_code: str, *, at: datetime) -> tuple[int, int]:
    """The next serial of the unit's year and that year. Gap-free and never reused: it belongs to the caller's
    transaction, and the next caller waits for that transaction to end."""
    year = at.astimezone(WIB).year
    NumberSeries.objects.get_or_create(unit_code=unit_code, year=year)
    series = NumberSeries.objects.select_for_update(no_key=True).get(unit_code=unit_code, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last, year


def written(serial: int, unit_code: str, classification: str, at: datetime) -> str:
    local = at.astimezone(WIB)
    return f"{serial}/{unit_code}/{classification}/{ROMAN_MONTHS[local.month - 1]}/{local.year}"
