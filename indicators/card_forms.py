"""The shape of what editors type about an indicator's card; typed values come out."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator

from accounts.models import WorkUnit
from kinerjaku.choices import ManyField

from .actions.card import FIELDS, MOST_SLOTS, Slot, fault_of_slot
from .forms import MOST_TEXT, FigureInput
from .models import EvidenceSlot, Indicator, Objective
from .quarters import years_before

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")  # pasted by accident, seen by nobody
_EMPTY_ROWS = 4
_HIGHEST = 9999
_HELP = {
    "measure": "Misalnya %, nilai, dokumen.",
    "definition": "Apa yang diukur dan apa yang tidak termasuk.",
    "period_hint": "Bila naskah menulisnya dengan kata lain.",
    "polarity_is_stated": "Kosongkan bila polarisasinya disimpulkan, bukan tertulis.",
    "source": "Dokumen atau aplikasi asal datanya.",
    "data_status": "Data olahan dihitung dengan rumus; data mentah diambil apa adanya dari sumbernya.",
    "validity": "Lead: masukan atau proses yang mendahului hasil. Lag: keluaran atau dampak. Menentukan bobot.",
    "cap": "Capaian dihitung paling tinggi sampai batas ini.",
    "worst": "Hanya untuk indikator minimalkan dengan target 0.",
    "responsible": "",  # the model's speaks of several keys
}


class CardForm(forms.ModelForm):
    """The plain fields of a card. `seen` is the fingerprint of what was shown."""

    objective = forms.ModelChoiceField(
        Objective.objects.none(),
        label="Sasaran",
        required=False,
        empty_label="Pilih sasaran",
        error_messages={"invalid_choice": "Pilih sasaran dari daftar."},
    )
    new_objective = forms.CharField(
        label="Atau tulis sasaran baru", required=False, max_length=400, help_text="Mendapat nomor berikutnya."
    )
    responsible = ManyField(
        WorkUnit.objects.all(),
        label="Unit penanggung jawab",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Pilih unit dari daftar."},
    )
    cap = FigureInput(label="Batas capaian (%)", error_messages={"required": "Isi batas capaian, misalnya 120."})
    worst = FigureInput(label="Nilai terburuk", required=False)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    class Meta:
        model = Indicator
        fields = ("objective", *FIELDS, "responsible")
        widgets = {
            "name": forms.Textarea(attrs={"rows": 2}),
            "definition": forms.Textarea(attrs={"rows": 5}),
            "source": forms.Textarea(attrs={"rows": 2}),
        }
        error_messages = {
            "no": {"required": "Isi nomornya."},
            "name": {"required": "Tulis nama indikatornya."},
            "measure": {"required": "Tulis satuannya."},
            "method": {"required": "Pilih cara perhitungan."},
            "polarity": {"required": "Pilih polarisasi."},
        }

    def __init__(self, instance: Indicator, data: Any = None, *, seen: str = "") -> None:
        super().__init__(data, instance=instance, initial={"seen": seen})
        for name, text in _HELP.items():
            self.fields[name].help_text = text
        for name in ("method", "polarity", "perspective", "data_status"):
            pairs = [pair for pair in self.fields[name].choices if pair[0]]
            self.fields[name].choices = [("", "Pilih" if self.fields[name].required else "Belum diisi"), *pairs]
        self.fields["no"].validators += [
            MinValueValidator(1, "Nomor mulai dari 1."),
            MaxValueValidator(_HIGHEST, f"Nomor paling besar {_HIGHEST}."),
        ]
        self.fields["definition"].validators.append(MaxLengthValidator(MOST_TEXT))
        self.fields["responsible"].queryset = WorkUnit.objects.order_by("path")
        own = Objective.objects.filter(decree=instance.decree).select_related("unit").order_by("unit__path", "no")
        self.fields["objective"].queryset = own.filter(unit=instance.unit) if instance.unit_id else own
        self.fields["objective"].label_from_instance = lambda one: f"{one.unit.code} {one.no}. {one.name}"
        stated = {past.year: past.value for past in instance.past_actuals.all()} if instance.pk else {}
        for year in years_before(instance.decree.year):
            field = FigureInput(label=f"Realisasi {year}", required=False, initial=stated.get(year))
            self.fields[f"past_{year}"] = field
        if instance.pk and not instance.decree.is_draft:
            self.fields["reason"] = forms.CharField(
                label="Alasan perubahan",
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text="Keputusannya sudah ditetapkan, jadi alasan ini tercatat dalam riwayat.",
                error_messages={"required": "Keputusan sudah ditetapkan: tulis alasan perubahan."},
            )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        for name, value in found.items():
            if isinstance(value, str):
                found[name] = _CONTROL.sub("", value.replace("\r\n", "\n"))
        if not self.errors.keys() & {"objective", "new_objective"}:
            if not found.get("objective") and not found.get("new_objective"):
                self.add_error("objective", "Pilih sasaran, atau tulis sasaran baru.")
            elif found.get("new_objective"):
                found["objective"] = None
        return found

    @property
    def past_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("past_")]

    @property
    def changes(self) -> dict[str, Any]:
        """What `actions.card` takes; for a valid form."""
        names = (*FIELDS, "objective", "new_objective", "responsible")
        past = {
            int(name.removeprefix("past_")): self.cleaned_data[name] for name in self.fields if name.startswith("past_")
        }
        return {name: self.cleaned_data[name] for name in names if name in self.fields} | {"past": past}


class NewCardForm(CardForm):
    """For a draft: the unit is chosen too, and a number may be left to the portal."""

    unit = forms.ModelChoiceField(
        WorkUnit.objects.all(),
        label="Unit kerja",
        empty_label="Pilih unit kerja",
        error_messages={"required": "Pilih unit kerja.", "invalid_choice": "Pilih unit kerja dari daftar."},
    )

    class Meta(CardForm.Meta):
        fields = ("unit", *CardForm.Meta.fields)

    def __init__(self, instance: Indicator, data: Any = None) -> None:
        super().__init__(instance, data)
        self.fields["unit"].queryset = WorkUnit.objects.exclude(level=WorkUnit.Level.MINISTRY).order_by("path")
        self.fields["no"].required = False
        self.fields["no"].help_text = "Kosong: nomor berikutnya dari unit itu."


class SlotForm(forms.Form):
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    order = forms.IntegerField(
        label="Urutan",
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        error_messages={"invalid": "Urutan ditulis dengan bilangan bulat."},
    )
    name = forms.CharField(
        label="Dokumen", required=False, max_length=200, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    is_required = forms.BooleanField(
        label="Wajib", required=False, initial=True, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("order", "name"):
            self.fields[name].widget.attrs["aria-describedby"] = f"galat-{self.prefix}-{name}"

    def clean_name(self) -> str:
        name = " ".join(_CONTROL.sub("", self.cleaned_data["name"]).split())
        if name and (fault := fault_of_slot(name)):
            raise forms.ValidationError(fault)
        return name


class BaseSlotFormSet(forms.BaseFormSet):
    default_error_messages = {
        "missing_management_form": "Muat ulang halaman ini, lalu isi lagi.",
        "too_many_forms": f"Paling banyak {MOST_SLOTS} data dukung untuk satu indikator.",
        "too_few_forms": "",
    }

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Hapus"
        form.fields["DELETE"].widget.attrs["class"] = "form-check-input"

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            if form.errors or self._should_delete_form(form):
                continue
            name = form.cleaned_data.get("name", "")
            if not name and form.cleaned_data.get("pk"):
                form.add_error("name", "Tulis nama dokumennya, atau centang Hapus.")
            elif name and name.casefold() in seen:
                form.add_error("name", f"Data dukung “{name}” tertulis dua kali.")
            seen.add(name.casefold())

    @property
    def slots(self) -> list[Slot]:
        """In their order; for a valid formset."""
        rows = [
            (form.cleaned_data.get("order") or 1000, place, form.cleaned_data)
            for place, form in enumerate(self.forms)
            if not self._should_delete_form(form) and form.cleaned_data.get("name")
        ]
        return [Slot(one["name"], one["is_required"], one["pk"]) for _, _, one in sorted(rows, key=lambda row: row[:2])]

    @property
    def problems(self) -> Iterator[tuple[str, str]]:
        """Anchor and message of everything that is to be mended."""
        for form in self.forms:
            for field in form:
                yield from ((field.id_for_label, f"{field.label}: {error}") for error in field.errors)
        yield from (("syarat", str(error)) for error in self.non_form_errors())


_SlotFormSet = forms.formset_factory(
    SlotForm,
    formset=BaseSlotFormSet,
    extra=_EMPTY_ROWS,
    can_delete=True,
    max_num=MOST_SLOTS,
    validate_max=True,
    absolute_max=MOST_SLOTS + _EMPTY_ROWS,
)


def slot_formset(stored: list[EvidenceSlot], data: Any = None) -> BaseSlotFormSet:
    initial = [
        {"pk": slot.pk, "order": order, "name": slot.name, "is_required": slot.is_required}
        for order, slot in enumerate(stored, 1)
    ]
    return _SlotFormSet(data, initial=initial, prefix="syarat")
