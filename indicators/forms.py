"""The shape of what people type about achievements and deadlines; typed values come out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from accounts.models import WorkUnit
from kinerjaku.clock import WIB
from kinerjaku.figures import FigureError, format_figure, parse_figure

from .models import Achievement, Quarter

MOST_TEXT = 5000  # characters of a narrative field
VALUE = "value_"  # prefix of the inputs of a formula's variables


class FigureInput(forms.Field):
    """A figure as people write it (1.234,5), a Decimal inside."""

    def to_python(self, value: Any) -> Decimal | None:
        try:
            return parse_figure(value or "")
        except FigureError as error:
            raise forms.ValidationError(str(error), code="figure") from error

    def prepare_value(self, value: Any) -> Any:
        return format_figure(value) if isinstance(value, Decimal) else value


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # pasted by accident, seen by nobody


TEXTS: dict[str, forms.CharField] = {
    "score_source": forms.CharField(
        label="Sumber nilai",
        max_length=300,
        required=False,
        help_text="Misalnya nomor surat atau laporan lembaga penilai.",
    ),
    "progress": forms.CharField(label="Penjelasan kemajuan", max_length=MOST_TEXT, required=False),
    "obstacles": forms.CharField(label="Kendala", max_length=MOST_TEXT, required=False),
    "follow_up": forms.CharField(label="Tindak lanjut", max_length=MOST_TEXT, required=False),
    "explanation": forms.CharField(label="Penjelasan nilai yang tidak biasa", max_length=MOST_TEXT, required=False),
}
NO_RESULT = forms.BooleanField(label="Belum ada hasil pada triwulan ini", required=False)
_FIGURE = FigureInput(required=False)
_VERSION = forms.IntegerField(min_value=0, max_value=2**31 - 1)


@dataclass(frozen=True)
class Typed:
    """What was sent for one row: only this is changed, the rest of the row stays.

    Not a forms.Form, because its fields are the same for every row and autosave reads them all the time.
    """

    data: Mapping[str, str]
    version: int
    changes: dict[str, Any]  # what `actions.achievement.save` takes
    errors: dict[str, str]


def read_row(data: Mapping[str, str]) -> Typed:
    """The inputs `version`, `score`, `no_result`, TEXTS and `value_<code>`, as far as they are there."""
    values: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    errors: dict[str, str] = {}
    version = -1
    for name, text in data.items():
        try:
            if name.startswith(VALUE):
                values[name.removeprefix(VALUE)] = _FIGURE.clean(text)
            elif name == "score":
                changes[name] = _FIGURE.clean(text)
            elif name == "no_result":
                changes[name] = NO_RESULT.clean(text)
            elif name in TEXTS:
                changes[name] = TEXTS[name].clean(_CONTROL.sub("", text.replace("\r\n", "\n")))
            elif name == "version":
                version = _VERSION.clean(text)
        except forms.ValidationError as error:
            errors[name] = " ".join(error.messages)
    if version < 0:
        errors["version"] = "Muat ulang halaman ini, lalu isi lagi."
    return Typed(data, version, {**changes, "values": values} if values else changes, errors)


def stored_inputs(achievement: Achievement) -> dict[str, Any]:
    """What is stored, by the names of the inputs."""
    plain = {name: getattr(achievement, name) for name in ("no_result", "score", *TEXTS)}
    return plain | {VALUE + code: Decimal(value) for code, value in achievement.values.items()}


def label_of(achievement: Achievement, name: str) -> str:
    """The words beside an input."""
    if name in TEXTS:
        return str(TEXTS[name].label)
    if name == "no_result":
        return str(NO_RESULT.label)
    labels = {VALUE + one.code: one.label for one in achievement.indicator.rule.inputs}
    return labels.get(name, "Nilai")


class ExtensionForm(forms.Form):
    quarter = forms.ModelChoiceField(
        Quarter.objects.none(),
        label="Triwulan",
        empty_label="Pilih triwulan",
        error_messages={"required": "Pilih triwulan.", "invalid_choice": "Pilih triwulan dari daftar."},
    )
    unit = forms.ModelChoiceField(
        WorkUnit.objects.none(),
        label="Unit kerja",
        empty_label="Pilih unit kerja",
        error_messages={"required": "Pilih unit kerja.", "invalid_choice": "Pilih unit kerja dari daftar."},
    )
    last_day = forms.DateField(
        label="Diperpanjang sampai tanggal",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        help_text="Unit dapat mengisi sampai pukul 23.59 WIB pada tanggal ini; "
        "pukul 00.00 hari berikutnya sudah terlambat.",
        error_messages={
            "required": "Pilih tanggal.",
            "invalid": "Tulis tanggal yang benar, misalnya 20-04-2026.",
        },
    )
    reason = forms.CharField(
        label="Alasan",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Tulis alasan perpanjangan."},
    )
    reference_number = forms.CharField(
        label="Nomor surat rujukan",
        max_length=100,
        help_text="Nomor surat permohonan unit atau disposisi.",
        error_messages={"required": "Tulis nomor surat rujukan."},
    )

    def __init__(self, data: Any = None, *, quarters: Any, units: Any, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["quarter"].queryset, self.fields["unit"].queryset = quarters, units
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.attrs = {"novalidate": True}

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if day.year > 2100:
            raise forms.ValidationError("Periksa tahunnya.")
        return day

    @property
    def until(self) -> datetime:
        """The first instant that is too late: midnight after the day that was typed."""
        day: date = self.cleaned_data["last_day"]
        return datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=WIB)
