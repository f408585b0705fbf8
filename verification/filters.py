"""The filter bars of the worksheets. Field names are the parameters in the address."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts import policy
from indicators.filters import QuarterFilter
from kinerjaku.listing import FilterForm

from .models import Sheet, ValidationSheet


class WorksheetFilter(QuarterFilter):
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *Sheet.State.choices])

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        rows = super().narrow(rows, **chosen)
        return rows.filter(state=chosen["status"]) if "status" in chosen else rows


class ValidationFilter(FilterForm):
    tahun = forms.TypedChoiceField(label="Tahun", required=False, coerce=int, empty_value=None)
    unit = forms.ModelChoiceField(
        None, label="Unit kerja", required=False, to_field_name="code", empty_label="Semua unit"
    )
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *Sheet.State.choices])

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        visible = ValidationSheet.objects.visible_to(user)
        years = visible.order_by("-year").values_list("year", flat=True).distinct()
        self.fields["tahun"].choices = [("", "Semua tahun"), *((year, str(year)) for year in years)]
        self.fields["unit"].queryset = policy.units_for(user).filter(pk__in=visible.values("unit"))

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"tahun": "year", "unit": "unit", "status": "state"}
        return rows.filter(**{names[key]: value for key, value in chosen.items()})
