"""What people type about cases, and the filter bar of their list."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts import policy
from kinerjaku.listing import FilterForm

from .models import Case, CaseEvent, Standard

MOST_TEXT = 2000
_MINUTES = "%Y-%m-%dT%H:%M"


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


class MomentField(forms.DateTimeField):
    """A day and a time of it in WIB, also as people write them: 27-04-2026 09.00."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["error_messages"] = {
            "invalid": "Tulis tanggal dan jam yang benar, misalnya 27-04-2026 09.00.",
            **kwargs.get("error_messages", {}),
        }
        super().__init__(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MINUTES),
            input_formats=[_MINUTES, f"{_MINUTES}:%S", "%d-%m-%Y %H.%M", "%d-%m-%Y %H:%M", "%d/%m/%Y %H.%M"],
            **kwargs,
        )

    def clean(self, value: Any) -> datetime | None:
        typed: datetime | None = super().clean(value)
        if typed is not None and not 2000 <= typed.year <= 2100:
            raise forms.ValidationError("Periksa tahunnya.")
        return typed


class PauseForm(forms.Form):
    kind = forms.ChoiceField(
        label="Sebab jeda",
        choices=[("", "Pilih sebab"), *CaseEvent.PauseKind.choices],
        error_messages={"required": "Pilih sebab jeda."},
    )
    until = MomentField(
        label="Sampai (WIB)", required=False, help_text="Kosongkan jika dilanjutkan dengan tombol “Lanjutkan”."
    )
    reason = _text("Alasan", "Tulis alasan jeda.")


class CancelForm(forms.Form):
    reason = _text("Alasan pembatalan", "Tulis alasan pembatalan.")


class FulfilForm(forms.Form):
    to = forms.CharField(
        label="Disampaikan kepada", max_length=200, error_messages={"required": "Tulis kepada siapa disampaikan."}
    )
    proof = _text("Bukti", "Tulis bukti pemenuhannya, misalnya nomor surat atau berita acara.")


class WaiveForm(forms.Form):
    reason = _text("Alasan pembebasan", "Tulis alasan pembebasan.")
