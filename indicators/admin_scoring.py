"""The rules of a year in the admin; a published scheme of colours can be chosen instead of typed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ActionAdmin

from .actions import scoring
from .admin import FiguresAsWritten
from .models import ScoringYear
from .scheme import PRESETS

_COLOURS = ("green_from", "amber_from", "green_inclusive", "amber_inclusive")


class ScoringYearForm(forms.ModelForm):
    preset = forms.ChoiceField(
        label="Pola warna",
        required=False,
        choices=[("", "Isi sendiri di bawah"), *((key, label) for key, (label, _) in PRESETS.items())],
        help_text="Bila dipilih, isian warna di bawah diganti oleh pola ini.",
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if chosen := found.get("preset"):
            _, colours = PRESETS[chosen]
            found |= dict(
                zip(
                    _COLOURS,
                    (colours.green, colours.amber, colours.green_inclusive, colours.amber_inclusive),
                    strict=True,
                )
            )
            for name in _COLOURS:
                self._errors.pop(name, None)
        return found


@admin.register(ScoringYear)
class ScoringYearAdmin(FiguresAsWritten, ActionAdmin):
    form = ScoringYearForm
    list_display = ("year", "colour_words", "cap_words", "basis")
    fieldsets = (
        (None, {"fields": ("year", "basis")}),
        ("Warna status", {"fields": ("preset", *_COLOURS)}),
        (
            "Nilai sasaran",
            {"fields": ("weight_lead_input", "weight_lead_process", "weight_lag_output", "weight_lag_outcome")},
        ),
        ("Capaian", {"fields": ("cap", "places")}),
    )

    @admin.display(description="warna")
    def colour_words(self, row: ScoringYear) -> str:
        return row.colours().words

    @admin.display(description="batas capaian")
    def cap_words(self, row: ScoringYear) -> str:
        return f"{row.cap}%"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("year",) if obj else ()

    def save_model(self, request: HttpRequest, obj: ScoringYear, form: Any, change: bool) -> None:
        scoring.save_year(obj, by=request.user, at=request.acted_at)
