"""What people type about cases, and the filter bar of their list."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts import policy
from kinerjaku.listing import FilterForm

from . import turns
from .closure_file import MOST_BASIS, SUFFIXES
from .models import Case, CaseEvent, Escalation, Obligation, ServiceReport, Standard

MOST_TEXT = 2000
_MINUTES = "%Y-%m-%dT%H:%M"
ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}


def _text(label: str, missing: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=MOST_TEXT, widget=area, error_messages={"required": missing})


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


class EscalationFilter(CaseFilter):
    tanda = forms.ChoiceField(label="Tanda", required=False, choices=[("", "Semua tanda"), *Escalation.Mark.choices])
    kewajiban = forms.ChoiceField(
        label="Kewajiban", required=False, choices=[("", "Semua"), ("terutang", "Masih ada yang terutang")]
    )
    field_order = ("tanda", "kewajiban", "layanan", "unit")
    status = None

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"layanan": "case__standard__key", "unit": "case__unit", "tanda": "mark"}
        rows = rows.filter(**{name: chosen[key] for key, name in names.items() if key in chosen})
        return rows.filter(case__in=Obligation.objects.unsettled().values("case")) if "kewajiban" in chosen else rows


class NewCaseForm(forms.Form):
    """`keys`: the services the person may begin somewhere."""

    key = forms.ChoiceField(label="Layanan", error_messages={"required": "Pilih layanan."})
    unit = forms.ModelChoiceField(
        None,
        label="Unit kerja",
        to_field_name="code",
        empty_label="Pilih unit kerja",
        error_messages={"required": "Pilih unit kerja."},
    )
    year = forms.IntegerField(label="Tahun", min_value=2021, max_value=2100)
    quarter = forms.TypedChoiceField(
        label="Triwulan",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "Satu tahun penuh"),
            (1, "Triwulan I"),
            (2, "Triwulan II"),
            (3, "Triwulan III"),
            (4, "Triwulan IV"),
        ],
    )

    def __init__(self, *args: Any, user: Any, keys: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key"].choices = [("", "Pilih layanan"), *keys]
        self.fields["unit"].queryset = policy.units_for(user)


class CompleteForm(forms.Form):
    note = forms.CharField(
        label="Catatan",
        required=False,
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Misalnya nomor surat atau hasil langkah ini.",
    )


class SendBackForm(forms.Form):
    reason = _text("Alasan pengembalian", "Tulis alasan pengembalian.")


class AssignForm(forms.Form):
    officer = forms.ModelChoiceField(
        None, label="Petugas", empty_label="Pilih petugas", error_messages={"required": "Pilih petugas."}
    )
    reason = _text("Alasan penyerahan", "Tulis alasan penyerahan.")

    def __init__(self, *args: Any, case: Case, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["officer"].queryset = turns.other_officers(case)


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
        choices=[("", "Pilih sebab"), *((kind.value, kind.label) for kind in CaseEvent.BY_HAND)],
        error_messages={"required": "Pilih sebab jeda."},
    )
    until = MomentField(
        label="Sampai (WIB)", required=False, help_text="Kosongkan jika dilanjutkan dengan tombol “Lanjutkan”."
    )
    reason = _text("Alasan", "Tulis alasan jeda.")


class CancelForm(forms.Form):
    reason = _text("Alasan pembatalan", "Tulis alasan pembatalan.")


class WaiveForm(forms.Form):
    reason = _text("Alasan pembebasan", "Tulis alasan pembebasan.")


class DirectionForm(forms.Form):
    direction = forms.CharField(
        label="Arahan",
        required=False,
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Boleh kosong bila laporan cukup dibaca.",
    )


class ReportFilter(FilterForm):
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua"), *ServiceReport.Kind.choices])
    tahun = forms.IntegerField(label="Tahun", required=False, min_value=2000, max_value=2100)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"jenis": "kind", "tahun": "last__year"}
        return rows.filter(**{names[key]: value for key, value in chosen.items()})
