"""Cards of a handful of indicators, filled in while their decree is a draft. Documents and figures are examples."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from indicators.actions.card import Slot, edit_card
from indicators.models import Decree, Indicator
from indicators.quarters import years_before

from . import figures, people

_CARDS = {
    "SETJEN": (1, 2, 3),
    "ROREN": (1, 2),
    "ROKEU": (1, 2, 3, 4),
    "ROUM": (1, 2),
}
_PERSPECTIVES = ("stakeholder", "customer", "internal_process", "learning_growth")
_SLOTS = [
    Slot("Rekapitulasi perhitungan (contoh)"),
    Slot("Laporan sumber data (contoh)"),
    Slot("Foto atau notula kegiatan (contoh)", is_required=False),
]


def fill(decree: Decree, *, at: datetime) -> None:
    for indicator in decree.indicators.select_related("unit").order_by("unit__path", "no"):
        if indicator.no in _CARDS.get(indicator.unit.code, ()):
            edit_card(indicator.pk, _changes(indicator, decree.year), by=people.person("admin"), at=at)


def _changes(indicator: Indicator, year: int) -> dict[str, Any]:
    """The year before is left to the portal, or open."""
    level = figures.target_for(indicator, 4)
    steps = (Decimal("0.94"), Decimal("0.96"), Decimal("0.98"))
    years = years_before(year)[: len(steps)]
    return {
        "perspective": _PERSPECTIVES[indicator.no % len(_PERSPECTIVES)],
        "slots": _SLOTS,
        "past": {one: round(level * step, 2) for one, step in zip(years, steps, strict=True)},
    }
