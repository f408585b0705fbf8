"""The filter bar of the list of performances."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts import policy
from accounts.models import WorkUnit
from indicators.models import Quarter
from indicators.quarters import ROMAN
from kinerjaku.listing import FilterForm

from .performance.period import Period, View

NUMBERS = [(number, f"Triwulan {roman}") for number, roman in ROMAN.items()]


class PerformanceFilter(FilterForm):
    """The period is chosen by the view, so that there always is one; the rest narrows."""

    tahun = forms.TypedChoiceField(label="Tahun", required=False, coerce=int, empty_value=None)
    triwulan = forms.TypedChoiceField(label="Triwulan", required=False, coerce=int, empty_value=None, choices=NUMBERS)
    tampilan = forms.ChoiceField(label="Tampilan", required=False, choices=View.choices)
    eselon1 = forms.ModelChoiceField(
        WorkUnit.objects.none(), label="Eselon I", required=False, to_field_name="code", empty_label="Semua Eselon I"
    )

    def __init__(self, data: Any, *, user: Any, period: Period) -> None:
        shown = {"tahun": period.year, "triwulan": period.number, "tampilan": period.view.value}
        super().__init__({**(data.dict() if data else {}), **shown})
        self.fields["tahun"].choices = [(year, str(year)) for year in years(period)]
        self.fields["eselon1"].queryset = policy.units_for(user).filter(level=WorkUnit.Level.ONE)
        if not self.fields["eselon1"].queryset.exists():
            del self.fields["eselon1"]  # for whoever sees a single unit there is nothing to choose

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        return rows.filter(unit__path__startswith=chosen["eselon1"].path) if "eselon1" in chosen else rows


def years(period: Period) -> list[int]:
    """Those that have quarters, and the one that is shown."""
    known = Quarter.objects.order_by().values_list("year", flat=True).distinct()
    return sorted({*known, period.year}, reverse=True)
