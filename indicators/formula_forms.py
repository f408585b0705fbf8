"""The shape of what is typed in the formula editor: rows of variables and bands, the expression, sample values.

Rows that are wholly empty are no rows, so that a spare one does no harm; whether parts fit together says
`formula_check`. Every message names its row and column and what stands there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from kinerjaku.figures import format_figure

from . import formula_check
from .forms import FigureInput
from .formula_check import MOST_ROWS, BandLine, Draft, Fault, VariableLine
from .models import Indicator, Variable
from .scoring import Band

VARIABLES, BANDS = "variabel", "rentang"  # prefixes of the inputs
_ROW_WORDS = {VARIABLES: "Variabel", BANDS: "Skala"}


class FigureText(FigureInput):
    """Drawn as a figure is typed."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "form-control form-control-sm figure"})


def _text(label: str, most: int, **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "form-control form-control-sm"})
    errors = {"max_length": "Paling banyak %(limit_value)d karakter (sekarang %(show_value)d). Ringkas isinya."}
    return forms.CharField(
        label=label, max_length=most, widget=widget, error_messages=errors | options.pop("errors", {}), **options
    )


def _tick(label: str, initial: bool = False) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
    return forms.BooleanField(label=label, required=False, initial=initial, widget=widget)


def _order() -> forms.IntegerField:
    return forms.IntegerField(
        label="Urutan",
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "form-control form-control-sm figure"}),
        error_messages={
            "invalid": "Tulis bilangan bulat, misalnya 2.",
            "min_value": "Mulai dari 1.",
            "max_value": "Paling besar 999.",
        },
    )


class RowForm(forms.Form):
    quiet = frozenset({"DELETE", "order", "sample", "lower_inclusive", "upper_inclusive"})  # alone they make no row

    def has_changed(self) -> bool:
        return any(
            str(self.data.get(self.add_prefix(name), "")).strip() for name in self.fields if name not in self.quiet
        )


class VariableForm(RowForm):
    order = _order()
    code = _text("Kode", 60, errors={"required": "Isi kodenya, atau hapus barisnya."})
    label = _text("Label", 300, errors={"required": "Isi labelnya, yaitu nama yang dibaca pengisi."})
    measure = _text("Satuan", 40, required=False)
    weight = FigureText(label="Bobot", required=False)
    from_children = forms.ChoiceField(
        label="Dihitung dari turunan",
        required=False,
        choices=[("", "Diisi langsung"), *Variable.FromChildren.choices],
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
        error_messages={"invalid_choice": "Pilih dari daftar."},
    )
    sample = FigureText(label="Contoh nilai", required=False)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if advice := formula_check.code_advice(code):
            raise forms.ValidationError(advice)
        return code

    def line(self, row: int) -> VariableLine:
        names = ("code", "label", "measure", "weight", "from_children")
        return VariableLine(row, **{name: self.cleaned_data[name] for name in names})


class BandForm(RowForm):
    order = _order()
    lower = FigureText(label="Batas bawah", required=False)
    lower_inclusive = _tick("Termasuk batas bawah", initial=True)
    upper = FigureText(label="Batas atas", required=False)
    upper_inclusive = _tick("Termasuk batas atas", initial=True)
    grade = _text("Predikat", 40, required=False)
    label = _text("Keterangan", 200, required=False)
    achievement = FigureText(label="Capaian (%)", required=False)

    def clean(self) -> None:
        if self.errors:
            return
        typed = self.cleaned_data
        if typed["lower"] is None and typed["upper"] is None:
            self.add_error("lower", "Isi batas bawah, batas atas, atau keduanya.")
        elif (typed["achievement"] or 0) < 0:
            self.add_error("achievement", "Capaian tidak boleh negatif. Tulis 0 atau lebih.")
        else:
            try:
                self.band()
            except ValueError:
                self.add_error("upper", self._upside_down())

    def _upside_down(self) -> str:
        lower, upper = self.cleaned_data["lower"], self.cleaned_data["upper"]
        if lower == upper:
            return f"Rentang {format_figure(lower)} sampai {format_figure(upper)} tidak memuat nilai. Centang keduanya."
        return f"Batas atas di bawah batas bawah ({format_figure(lower)}). Tukar keduanya, atau perbaiki angkanya."

    def band(self) -> Band:
        names = ("lower", "upper", "lower_inclusive", "upper_inclusive", "grade", "label", "achievement")
        return Band(**{name: self.cleaned_data[name] for name in names})

    def line(self, row: int) -> BandLine:
        return BandLine(row, self.band())


class RowSet(forms.BaseFormSet):
    """No row has to be there: one that is empty is left out, whatever stood there before."""

    deletion_widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
    default_error_messages = {
        "missing_management_form": "Tabel ini tidak terbaca. Muat ulang halaman, lalu ubah lagi.",
        "too_many_forms": f"Paling banyak {MOST_ROWS} baris. Hapus sebagian barisnya.",
    }

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else super().initial_form_count()

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Hapus"

    def kept(self) -> Iterator[tuple[int, Any]]:
        """Row number and form of what stays, in the order that was asked for."""
        rows = [
            (number, form)
            for number, form in enumerate(self.forms, 1)
            if form.has_changed() and not self._should_delete_form(form)
        ]
        return iter(sorted(rows, key=lambda row: (row[1].cleaned_data.get("order") or row[0], row[0])))


_SETS = {
    prefix: forms.formset_factory(
        form,
        formset=RowSet,
        extra=0,
        can_delete=True,
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS + 1,
        validate_max=True,
    )
    for prefix, form in ((VARIABLES, VariableForm), (BANDS, BandForm))
}


class FormulaForm(forms.Form):
    """`seen` is the fingerprint of what was shown; `accepted` of the values that a removed variable leaves behind."""

    seen = forms.CharField(label="Versi", widget=forms.HiddenInput, required=False, max_length=64)
    expression = forms.CharField(
        label="Rumus",
        required=False,
        max_length=100_000,  # `formula` says how long it may be
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "spellcheck": "false"}),
        help_text="Tulis kode variabel dengan + - * / ** (pangkat), tanda kurung, min, max, abs, dan round. Desimal "
        "pada rumus ditulis dengan titik: 0.25. Kosong: nilai diisi langsung beserta sumbernya.",
    )
    sample = FigureText(label="Contoh nilai", required=False, help_text="Dipakai bila rumusnya kosong.")
    reason = forms.CharField(
        label="Alasan perubahan",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        help_text="Keputusan sudah ditetapkan, jadi alasannya dicatat dalam riwayat indikator.",
        error_messages={"max_length": "Paling banyak %(limit_value)d karakter. Ringkas alasannya."},
    )
    accepted = forms.CharField(label="Persetujuan", required=False, max_length=5000)


@dataclass
class Editor:
    """The three parts of the page, bound to what was typed or filled with what is stored."""

    form: FormulaForm
    variables: Any
    bands: Any
    faults: list[tuple[str, str]] = field(default_factory=list)  # id of the input, message

    @classmethod
    def stored(cls, indicator: Indicator, seen: str, samples: Mapping[str, Decimal]) -> "Editor":
        first = {"seen": seen, "expression": indicator.expression}
        names = ("code", "label", "measure", "weight", "from_children")
        variables = [
            {"order": n, "sample": samples.get(v.code), **{name: getattr(v, name) for name in names}}
            for n, v in enumerate(indicator.variables.order_by("order"), 1)
        ]
        names = ("lower", "lower_inclusive", "upper", "upper_inclusive", "grade", "label", "achievement")
        bands = [
            {"order": n, **{name: getattr(b, name) for name in names}}
            for n, b in enumerate(indicator.bands.order_by("order"), 1)
        ]
        return cls(FormulaForm(initial=first, label_suffix=""), _row_set(VARIABLES, variables), _row_set(BANDS, bands))

    @classmethod
    def typed(cls, data: MultiValueDict) -> "Editor":
        sets = {prefix: factory(data, prefix=prefix) for prefix, factory in _SETS.items()}
        return cls(FormulaForm(data, label_suffix=""), sets[VARIABLES], sets[BANDS])

    def with_a_row_more(self, prefix: str) -> "Editor":
        """As typed, nothing checked."""
        made = {VARIABLES: self.variables, BANDS: self.bands}
        first = {name: self.form.data.get(name, "") for name in self.form.fields}
        rows = {key: [_as_typed(form) for form in one.forms] for key, one in made.items()}
        if len(rows[prefix]) < MOST_ROWS:
            rows[prefix].append({})
        sets = {key: _row_set(key, typed) for key, typed in rows.items()}
        return Editor(FormulaForm(initial=first, label_suffix=""), sets[VARIABLES], sets[BANDS])

    @property
    def sections(self) -> list[tuple[str, Any]]:
        return [(VARIABLES, self.variables), (BANDS, self.bands)]

    def read(self) -> Draft | None:
        """What was typed, if its shape is right; otherwise `faults` says what is not."""
        for prefix, rows in self.sections:
            if not rows.is_valid():
                self._note_shapes(prefix, rows)
        for name, messages in self.form.errors.items():
            label = self.form.fields[name].label
            self._replace(self.form, name, [f"{label}: {message}" for message in messages])
        if self.faults:
            return None
        return Draft(
            self.form.cleaned_data["expression"],
            tuple(form.line(row) for row, form in self.variables.kept()),
            tuple(form.line(row) for row, form in self.bands.kept()),
        )

    def samples(self) -> dict[str, Decimal]:
        """Of the variables; those that were left empty are not there."""
        typed = [form.cleaned_data for _, form in self.variables.kept()]
        return {one["code"]: one["sample"] for one in typed if one["sample"] is not None}

    def add(self, faults: list[Fault]) -> None:
        """Each beside the input that causes it."""
        for one in faults:
            rows = {"variables": self.variables, "bands": self.bands}.get(one.part)
            if rows is None or not one.row:
                self.refuse("expression", one.message)
            else:
                form = rows.forms[one.row - 1]
                self._replace(form, one.column, [*form.errors.get(one.column, []), one.message])

    def refuse(self, name: str, message: str) -> None:
        self._replace(self.form, name, [*self.form.errors.get(name, []), message])

    def _note_shapes(self, prefix: str, rows: Any) -> None:
        for message in rows.non_form_errors():
            self.faults.append((f"{prefix}-tabel", f"{_ROW_WORDS[prefix]}: {message}"))
        for number, form in enumerate(rows.forms, 1):
            if rows._should_delete_form(form):
                continue
            for name, messages in list(form.errors.items()):
                typed = str(form.data.get(form.add_prefix(name), "")).strip()[:60]
                where = f"{_ROW_WORDS[prefix]} baris {number}, {str(form.fields[name].label).lower()}"
                said = [
                    f"{where}{f' “{typed}”' if typed and typed not in message else ''}: {message}"
                    for message in messages
                ]
                self._replace(form, name, said)

    def _replace(self, form: forms.Form, name: str, messages: list[str]) -> None:
        """What the field says and what the summary says are the same words."""
        place = form[name].auto_id
        form.errors[name] = form.error_class(messages)
        self.faults = [fault for fault in self.faults if fault[0] != place]
        self.faults += [(place, message) for message in messages]


def _row_set(prefix: str, initial: list[dict[str, Any]]) -> Any:
    return _SETS[prefix](initial=initial, prefix=prefix)


def _as_typed(form: forms.Form) -> dict[str, Any]:
    """Texts as they were sent; a tick that was not sent is none."""
    return {
        name: form.add_prefix(name) in form.data if isinstance(one, forms.BooleanField) else form[name].data
        for name, one in form.fields.items()
    }
