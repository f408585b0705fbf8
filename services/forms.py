"""What people type about cases, and the filter bar of their list."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts import policy
from kinerjaku.listing import FilterForm

from .models import Case, CaseEvent, Standard

MOST_TEXT = 2000


class CaseFilter(FilterForm):
    layanan = forms.ChoiceField(label="Layanan", required=False, choices=[("", "Semua layanan"), *Standard.Key.choices])
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *Case.State.choices])
    unit = forms.ModelChoiceField(
        None, label="Unit kerja", required=False, to_field_name="code", empty_label="Semua unit"
    )

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = policy.units_for(user)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"layanan": "standard__key", "status": "state", "unit": "unit"}
        return rows.filter(**{names[key]: value for key, value in chosen.items()})


def _text(label: str, missing: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=MOST_TEXT, widget=area, error_messages={"required": missing})


class PauseForm(forms.Form):
    kind = forms.ChoiceField(
        label="Sebab jeda",
        choices=[("", "Pilih sebab"), *CaseEvent.PauseKind.choices],
        error_messages={"required": "Pilih sebab jeda."},
    )
    reason = _text("Alasan", "Tulis alasan jeda.")


class CancelForm(forms.Form):
    reason = _text("Alasan pembatalan", "Tulis alasan pembatalan.")


class WaiveForm(forms.Form):
    reason = _text("Alasan pembebasan", "Tulis alasan pembebasan.")
