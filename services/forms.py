"""What people type about cases, and the filter bar of their list."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts import policy
from kinerjaku.listing import FilterForm

from .closure_file import MOST_BASIS, SUFFIXES
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


class RecountFilter(FilterForm):
    layanan = forms.ChoiceField(label="Layanan", required=False, choices=[("", "Semua layanan"), *Standard.Key.choices])
    unit = forms.ModelChoiceField(
        None, label="Unit kerja", required=False, to_field_name="code", empty_label="Semua unit"
    )

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = policy.units_for(user)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"layanan": "case__standard__key", "unit": "case__unit"}
        return rows.filter(**{names[key]: value for key, value in chosen.items()})


class ClosureFileForm(forms.Form):
    """What is read from a file of closed days, and what the file itself does not say."""

    berkas = forms.FileField(
        label="Berkas Excel (.xlsx), CSV, atau iCalendar (.ics)",
        required=False,
        allow_empty_file=True,  # said by the reader, in a sentence
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    basis = forms.CharField(
        label="Dasar hukum",
        required=False,
        max_length=MOST_BASIS,
        help_text="Untuk hari yang dasar hukumnya tidak disebut di berkas, misalnya pada iCalendar.",
    )
    make_years = forms.BooleanField(
        label="Buat tahun yang belum dimuat",
        required=False,
        help_text="Dengan jam kerja tahun terakhir, tanpa tanggal Ramadan, dan ditandai belum dicocokkan.",
    )


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


class FulfilForm(forms.Form):
    to = forms.CharField(
        label="Disampaikan kepada", max_length=200, error_messages={"required": "Tulis kepada siapa disampaikan."}
    )
    proof = _text("Bukti", "Tulis bukti pemenuhannya, misalnya nomor surat atau berita acara.")


class WaiveForm(forms.Form):
    reason = _text("Alasan pembebasan", "Tulis alasan pembebasan.")
