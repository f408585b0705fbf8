"""The shape of what people type about the cascading of an indicator. After enactment every change has a reason."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import WorkUnit
from kinerjaku.listing import FilterForm

from .models import Cascade, Indicator, Variable


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Alasan perubahan",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Keputusan sudah ditetapkan: tulis alasan perubahan."},
    )

    def __init__(self, *args: Any, indicator: Indicator, **options: Any) -> None:
        super().__init__(*args, **options)
        if indicator.decree.is_draft:
            del self.fields["reason"]
        else:
            self.order_fields([name for name in self.fields if name != "reason"])

    @property
    def why(self) -> str:
        return self.cleaned_data.get("reason", "")


class CandidateFilter(FilterForm):
    """Which indicators are on offer as children."""

    unit = forms.ModelChoiceField(
        WorkUnit.objects.none(), label="Unit kerja", required=False, to_field_name="code", empty_label="Semua unit"
    )
    q = forms.CharField(label="Cari nama indikator", required=False, max_length=100)

    def __init__(self, data: Any, *, units: QuerySet[WorkUnit]) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = units

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if chosen.get("unit"):
            rows = rows.filter(unit=chosen["unit"])
        for word in chosen.get("q", "").split():
            rows = rows.filter(name__icontains=word)
        return rows


class LinkForm(ReasonForm):
    child = forms.ModelChoiceField(
        Indicator.objects.none(),
        label="Indikator turunan",
        empty_label="Pilih indikator",
        error_messages={
            "required": "Pilih indikator turunannya.",
            "invalid_choice": "Indikator ini tidak dapat menjadi turunan. Pilih dari unit di bawahnya.",
        },
    )
    relation = forms.ChoiceField(
        label="Cara penurunan",
        choices=[("", "Pilih cara"), *Cascade.Relation.choices],
        error_messages={"required": "Pilih cara penurunannya.", "invalid_choice": "Pilihan ini tidak ada."},
    )

    def __init__(self, *args: Any, choices: QuerySet[Indicator], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["child"].queryset = choices


class DeclareForm(ReasonForm):
    is_not_cascaded = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ValuesForm(ReasonForm):
    """How each variable comes from the components."""

    def __init__(self, *args: Any, variables: Iterable[Variable], **options: Any) -> None:
        super().__init__(*args, **options)
        for variable in variables:
            self.fields[f"how_{variable.code}"] = forms.ChoiceField(
                label=variable.label,
                required=False,
                choices=[("", "Diisi langsung"), *Variable.FromChildren.choices],
                initial=variable.from_children,
                error_messages={"invalid_choice": "Pilihan ini tidak ada."},
            )
        self.order_fields([name for name in self.fields if name != "reason"])

    @property
    def how(self) -> dict[str, str]:
        return {
            name.removeprefix("how_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("how_") and name in self.data
        }
