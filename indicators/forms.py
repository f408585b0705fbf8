"""The shape of what people type about achievements and deadlines; typed values come out."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.functional import cached_property

from accounts.models import WorkUnit
from kinerjaku.clock import WIB
from kinerjaku.figures import FigureError, format_figure, parse_figure

from .models import Achievement, Quarter

MOST_TEXT = 5000  # characters of a narrative field
VALUE = "value_"  # prefix of the inputs of a formula's variables


class FigureInput(forms.Field):
    """A figure as people write it (1.234,5), a Decimal inside."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Decimal | None:
        try:
            return parse_figure(value or "")
        except FigureError as error:
            raise forms.ValidationError(str(error), code="figure") from error

    def prepare_value(self, value: Any) -> str:
        return format_figure(value) if isinstance(value, Decimal) else value or ""


class RowForm(forms.Form):
    """One row of the table or its own page. Only what was sent is changed; the rest of the row stays."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    no_result = forms.BooleanField(label="Belum ada hasil pada triwulan ini", required=False)
    score = FigureInput(label="Nilai", required=False)
    score_source = forms.CharField(
        label="Sumber nilai",
        max_length=300,
        required=False,
        help_text="Misalnya nomor surat atau laporan lembaga penilai.",
    )
    progress = forms.CharField(
        label="Penjelasan kemajuan", max_length=MOST_TEXT, required=False, widget=forms.Textarea
    )
    obstacles = forms.CharField(label="Kendala", max_length=MOST_TEXT, required=False, widget=forms.Textarea)
    follow_up = forms.CharField(
        label="Tindak lanjut", max_length=MOST_TEXT, required=False, widget=forms.Textarea
    )

    def __init__(self, achievement: Achievement, data: Any = None) -> None:
        self.achievement = achievement
        super().__init__(data, initial=initial_of(achievement), auto_id=f"isian-{achievement.pk}-%s")
        indicator = achievement.indicator
        if indicator.is_computed:
            del self.fields["score"], self.fields["score_source"]
        for variable in indicator.variables.all():
            self.fields[VALUE + variable.code] = FigureInput(label=variable.label, required=False)
        if self.is_bound:
            for name in self.fields.keys() - {"version"} - data.keys():
                del self.fields[name]

    @cached_property
    def changes(self) -> dict[str, Any]:
        """What `actions.achievement.save` takes; for a valid form."""
        plain = {name: self.cleaned_data[name] for name in self.fields if name != "version"}
        values = {name.removeprefix(VALUE): plain.pop(name) for name in list(plain) if name.startswith(VALUE)}
        return {**plain, "values": values} if values else plain


def initial_of(achievement: Achievement) -> dict[str, Any]:
    """What is stored, by the names of the inputs."""
    plain = ("version", "no_result", "score", "score_source", "progress", "obstacles", "follow_up")
    stored = {name: getattr(achievement, name) for name in plain}
    return stored | {VALUE + code: Decimal(value) for code, value in achievement.values.items()}


class ExtensionForm(forms.Form):
    quarter = forms.ModelChoiceField(Quarter.objects.none(), label="Triwulan", empty_label="Pilih triwulan")
    unit = forms.ModelChoiceField(WorkUnit.objects.none(), label="Unit kerja", empty_label="Pilih unit kerja")
    last_day = forms.DateField(
        label="Diperpanjang sampai tanggal",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        help_text="Unit dapat mengisi sampai pukul 23.59 WIB pada tanggal ini; pukul 00.00 hari berikutnya sudah terlambat.",
        error_messages={"invalid": "Tulis tanggal yang benar, misalnya 20-04-2026."},
    )
    reason = forms.CharField(label="Alasan", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    reference_number = forms.CharField(
        label="Nomor surat rujukan", max_length=100, help_text="Nomor surat permohonan unit atau disposisi."
    )

    def __init__(self, data: Any = None, *, quarters: Any, units: Any, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["quarter"].queryset, self.fields["unit"].queryset = quarters, units
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.attrs = {"novalidate": True}

    @property
    def until(self) -> datetime:
        """The first instant that is too late: midnight after the day that was typed."""
        day: date = self.cleaned_data["last_day"]
        return datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=WIB)
