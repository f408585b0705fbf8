"""The filter bars of the lists. Field names are the parameters in the address."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts import policy
from accounts.models import WorkUnit
from kinerjaku.listing import FilterForm
from services.models import Case

from .models import Achievement, Decree, Indicator, Objective, Quarter, Stage
from .quarters import ROMAN

NUMBERS = [("", "Semua triwulan"), *((number, f"Triwulan {roman}") for number, roman in ROMAN.items())]


def _years(model: type, field: str) -> list[tuple[int | str, str]]:
    years = model.objects.order_by(f"-{field}").values_list(field, flat=True).distinct()  # type: ignore[attr-defined]
    return [("", "Semua tahun"), *((year, str(year)) for year in years)]


def _units(**fields: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(WorkUnit.objects.none(), required=False, to_field_name="code", **fields)


class CatalogueFilter(FilterForm):
    q = forms.CharField(label="Cari nama indikator", required=False, max_length=100)
    tahun = forms.TypedChoiceField(label="Tahun", required=False, coerce=int, empty_value=None)
    keputusan = forms.ModelChoiceField(
        Decree.objects.all(),
        label="Keputusan",
        required=False,
        to_field_name="key",
        empty_label="Semua keputusan",
    )
    unit = _units(label="Unit kerja", empty_label="Semua unit")
    sasaran = forms.ModelChoiceField(
        Objective.objects.none(), label="Sasaran", required=False, empty_label="Semua sasaran"
    )
    polarisasi = forms.ChoiceField(
        label="Polarisasi", required=False, choices=[("", "Semua polarisasi"), *Indicator.Polarity.choices]
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["tahun"].choices = _years(Decree, "year")
        self.fields["unit"].queryset = WorkUnit.objects.filter(indicators__isnull=False).distinct()
        self.fields["sasaran"].queryset = self._objectives(data or {})
        self.fields["sasaran"].label_from_instance = lambda objective: (
            f"{objective.unit.code} {objective.no}. {objective.name}"
        )

    def _objectives(self, chosen: Any) -> QuerySet[Objective]:
        """All objectives would be a long list, so a chosen unit or decree shortens it."""
        rows = Objective.objects.select_related("unit").order_by("unit__path", "decree__year", "no")
        if chosen.get("unit"):
            rows = rows.filter(unit__code=chosen["unit"])
        if chosen.get("keputusan"):
            rows = rows.filter(decree__key=chosen["keputusan"])
        return rows

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {
            "tahun": "decree__year",
            "keputusan": "decree",
            "unit": "unit",
            "sasaran": "objective",
            "polarisasi": "polarity",
        }
        rows = rows.filter(**{names[key]: value for key, value in chosen.items() if key in names})
        for word in chosen.get("q", "").split():
            rows = rows.filter(name__icontains=word)
        return rows


class QuarterFilter(FilterForm):
    """Year, quarter and unit: for lists of what units did in quarters."""

    tahun = forms.TypedChoiceField(label="Tahun", required=False, coerce=int, empty_value=None)
    triwulan = forms.TypedChoiceField(label="Triwulan", required=False, coerce=int, empty_value=None, choices=NUMBERS)
    eselon1 = _units(label="Eselon I", empty_label="Semua Eselon I")
    unit = _units(label="Unit kerja", empty_label="Semua unit")

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        units = policy.units_for(user)
        self.fields["tahun"].choices = _years(Quarter, "year")
        self.fields["unit"].queryset = units.exclude(level=WorkUnit.Level.MINISTRY)
        self.fields["eselon1"].queryset = units.filter(level=WorkUnit.Level.ONE)
        if not self.fields["eselon1"].queryset.exists():
            del self.fields["eselon1"]  # for whoever sees a single unit there is nothing to choose

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"tahun": "quarter__year", "triwulan": "quarter__number", "unit": "unit"}
        rows = rows.filter(**{names[key]: value for key, value in chosen.items() if key in names})
        return rows.filter(unit__path__startswith=chosen["eselon1"].path) if "eselon1" in chosen else rows


class RoundFilter(QuarterFilter):
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *Case.State.choices])
    langkah = forms.TypedChoiceField(
        label="Langkah", required=False, coerce=int, empty_value=None, choices=[("", "Semua langkah"), *Stage.choices]
    )

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        rows = super().narrow(rows, **chosen)
        if "status" in chosen:
            rows = rows.filter(case__state=chosen["status"])
        return rows.filter(case__step__order=chosen["langkah"], ended_at=None) if "langkah" in chosen else rows


class EntryFilter(QuarterFilter):
    status = forms.ChoiceField(
        label="Ada baris berstatus",
        required=False,
        choices=[("", "Semua status"), *Achievement.State.choices],
    )

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        rows = super().narrow(rows, **chosen)
        return rows.filter(**{f"count_{chosen['status']}__gt": 0}) if "status" in chosen else rows


class ReceiptFilter(QuarterFilter):
    nomor = forms.CharField(label="Nomor tanda terima", required=False, max_length=40)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        rows = super().narrow(rows, **chosen)
        return rows.filter(Q(number__icontains=chosen["nomor"])) if "nomor" in chosen else rows
