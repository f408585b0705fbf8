"""The shape of what people type about a collection round; typed values come out."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from kinerjaku.clock import said_day

from .actions.round_format import Fault, Line
from .models import Assignment

MOST_TEXT = 2000
_DAYS = ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"]


def _day(label: str, *, required: bool, invalid: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label,
        required=required,
        widget=widget,
        input_formats=_DAYS,
        error_messages={"invalid": invalid, "required": "Isi batas pengisian."},
    )


class LineForm(forms.Form):
    """One assignment of the format. What is still empty is asked for when the format goes on."""

    official = forms.TypedChoiceField(
        label="Pejabat",
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Pilih pejabat dari daftar."},
    )
    due_on = _day("Batas pengisian", required=False, invalid="Tulis tanggal yang benar, misalnya 13-04-2026.")
    instruction = forms.CharField(
        label="Petunjuk pengisian",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )

    def __init__(
        self, one: Assignment, people: Mapping[int, str], data: Any = None, *, dates_only: bool = False
    ) -> None:
        initial = {"official": one.official_id, "due_on": one.due_on, "instruction": one.instruction}
        super().__init__(data, prefix=f"baris-{one.pk}", initial=initial)
        self.one = one
        known = dict(people)
        if one.official_id is not None and one.official_id not in known:
            known[one.official_id] = f"{one.official} (tidak lagi mengisi untuk unit)"
        self.fields["official"].choices = [("", "Pilih pejabat"), *known.items()]
        self.fields["official"].disabled = self.fields["instruction"].disabled = dates_only
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"nama-{one.pk} galat-{one.pk}-{name}"

    @property
    def shown(self) -> Iterator[tuple[forms.BoundField, str, str]]:
        """Each input with the id of the place of its error, and what is stored where something else was typed."""
        due_on = said_day(self.one.due_on) if self.one.due_on else ""
        stored = {"official": str(self.one.official or ""), "due_on": due_on, "instruction": self.one.instruction}
        for name in self.fields:
            differs = self.is_bound and name in self.changed_data
            yield self[name], f"galat-{self.one.pk}-{name}", (stored[name] or "(kosong)") if differs else ""

    @property
    def line(self) -> Line:
        return Line(self.one.pk, **self.cleaned_data)


class FormatForm:
    """The whole table of steps 1 to 3, sent at once; not a formset, for rows neither come nor go."""

    def __init__(
        self,
        assignments: Iterable[Assignment],
        officials: QuerySet[User],
        data: Any = None,
        *,
        dates_only: bool = False,
    ) -> None:
        people = {person.pk: str(person) for person in officials}
        self.rows = [LineForm(one, people, data, dates_only=dates_only) for one in assignments]
        self.is_stale = False  # somebody else saved meanwhile: both values are shown

    def is_valid(self) -> bool:
        return all(row.is_valid() for row in self.rows)

    def mark(self, faults: Iterable[Fault]) -> None:
        """What the action found."""
        by_pk = {row.one.pk: row for row in self.rows}
        for fault in faults:
            if fault.assignment in by_pk:
                by_pk[fault.assignment].add_error(fault.field, fault.message)

    @property
    def lines(self) -> list[Line]:
        """For valid forms."""
        return [row.line for row in self.rows]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Anchor and message, for the error summary."""
        return [
            (str(field.id_for_label), f"IKU {row.one.achievement.indicator.no}. {field.label}: {message}")
            for row in self.rows
            for field in row
            for message in field.errors
        ]


def filled_down(assignments: Iterable[Assignment], data: Any) -> Any:
    """What was typed, with official, limit and instruction of the first row in the rows that leave them empty."""
    filled, prefixes = data.copy(), [f"baris-{one.pk}" for one in assignments]
    for name in ("official", "due_on", "instruction"):
        value = data.get(f"{prefixes[0]}-{name}", "") if prefixes else ""
        for prefix in prefixes:
            if not filled.get(f"{prefix}-{name}", "").strip():
                filled[f"{prefix}-{name}"] = value
    return filled


class GiveBackForm(forms.Form):
    """A text for each row; those that have one go back to their officials."""

    def __init__(self, assignments: Iterable[Assignment], data: Any = None) -> None:
        super().__init__(data)
        self.assignments = list(assignments)
        for one in self.assignments:
            self.fields[f"perbaiki-{one.pk}"] = forms.CharField(
                label=f"Yang perlu diperbaiki pada IKU {one.achievement.indicator.no}",
                required=False,
                max_length=MOST_TEXT,
                widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
            )

    def of(self, one: Assignment) -> forms.BoundField:
        return self[f"perbaiki-{one.pk}"]

    @property
    def reasons(self) -> dict[int, str]:
        """By assignment; for a valid form."""
        return {one.pk: self.cleaned_data[f"perbaiki-{one.pk}"] for one in self.assignments}


class ReassignForm(forms.Form):
    assignment = forms.TypedChoiceField(
        label="Indikator", coerce=int, error_messages={"required": "Pilih indikatornya."}
    )
    official = forms.ModelChoiceField(
        User.objects.none(),
        label="Dialihkan kepada",
        empty_label="Pilih pejabat",
        error_messages={"required": "Pilih pejabat.", "invalid_choice": "Pilih pejabat dari daftar."},
    )
    due_on = _day("Batas pengisian", required=True, invalid="Tulis tanggal yang benar, misalnya 13-04-2026.")
    reason = forms.CharField(
        label="Alasan",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Tulis alasan pengalihan."},
    )

    def __init__(
        self,
        assignments: Iterable[Assignment],
        officials: QuerySet[User],
        data: Any = None,
        *,
        due_on: date | None = None,
    ) -> None:
        super().__init__(data, auto_id="alihkan-%s", initial={"due_on": due_on})
        self.fields["assignment"].choices = [
            ("", "Pilih indikator"),
            *((one.pk, f"{one.achievement.indicator.no}. {one.achievement.indicator.name}") for one in assignments),
        ]
        self.fields["official"].queryset = officials


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Alasan",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Tulis alasannya."},
    )
