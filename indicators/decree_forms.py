"""The shape of what people type about a decree."""

from typing import Any

from django import forms

from kinerjaku.listing import FilterForm

from .models import Decree

_DAYS = ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"]


class DecreeFilter(FilterForm):
    q = forms.CharField(label="Cari judul atau nomor", required=False, max_length=100)
    tahun = forms.TypedChoiceField(label="Tahun", required=False, coerce=int, empty_value=None)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *Decree.State.choices])

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        years = Decree.objects.order_by("-year").values_list("year", flat=True).distinct()
        self.fields["tahun"].choices = [("", "Semua tahun"), *((year, str(year)) for year in years)]

    def narrow(self, rows: Any, **chosen: Any) -> Any:
        names = {"tahun": "year", "status": "state"}
        rows = rows.filter(**{names[key]: value for key, value in chosen.items() if key in names})
        for word in chosen.get("q", "").split():
            rows = rows.filter(title__icontains=word) | rows.filter(number__icontains=word)
        return rows


class CopyForm(forms.Form):
    year = forms.IntegerField(
        label="Salin ke tahun", error_messages={"required": "Isi tahunnya.", "invalid": "Tulis tahun, misalnya 2027."}
    )
    title = forms.CharField(label="Judul", max_length=400, error_messages={"required": "Isi judulnya."})


class FactsForm(forms.Form):
    """What a draft says besides its indicators."""

    number = forms.CharField(label="Nomor keputusan", max_length=100, required=False)
    title = forms.CharField(label="Judul", max_length=400, error_messages={"required": "Isi judulnya."})
    in_force_from = forms.DateField(
        label="Berlaku sejak",
        input_formats=_DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Dipakai mulai triwulan yang memuat tanggal ini.",
        error_messages={"required": "Isi tanggalnya.", "invalid": "Tulis tanggal yang benar, misalnya 01-07-2026."},
    )
    legal_basis = forms.CharField(
        label="Dasar hukum",
        required=False,
        max_length=20_000,
        help_text="Satu peraturan sebaris.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean_legal_basis(self) -> list[str]:
        return [line for line in map(str.strip, self.cleaned_data["legal_basis"].splitlines()) if line]


class PaperForm(forms.Form):
    number = forms.CharField(
        label="Nomor keputusan", max_length=100, error_messages={"required": "Isi nomor keputusan."}
    )
    decided_on = forms.DateField(
        label="Tanggal penetapan",
        input_formats=_DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": "Isi tanggal penetapan.",
            "invalid": "Tulis tanggal yang benar, misalnya 13-04-2026.",
        },
    )


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label="Alasan pencabutan, dengan nomor keputusan yang mencabutnya",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Tulis alasan pencabutan."},
    )
