"""The filter bar of nota dinas, and what is chosen for a ZIP."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from indicators.filters import QuarterFilter


class NotaFilter(QuarterFilter):
    q = forms.CharField(label="Nomor", required=False, max_length=100)
    field_order = ["q", "tahun", "triwulan", "eselon1", "unit"]

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {
            "tahun": "about_year",
            "triwulan": "about_quarter",
            "unit": "unit",
            "q": "number__icontains",
        }
        rows = rows.filter(**{names[key]: value for key, value in chosen.items() if key in names})
        if "eselon1" in chosen:
            rows = rows.filter(unit__path__startswith=chosen["eselon1"].path)
        return rows


class ChosenForm(forms.Form):
    """The ticked nota dinas, or all that the filter shows."""

    nota = forms.TypedMultipleChoiceField(coerce=int, required=False)
    semua = forms.BooleanField(required=False)

    def __init__(self, data: Any, *, known: list[int]) -> None:
        super().__init__(data)
        self.fields["nota"].choices = [(pk, pk) for pk in known]
