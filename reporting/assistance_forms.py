"""What people type about the assistance with a report, and the filter bar of the list."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.db.models import QuerySet

from accounts import policy
from accounts.models import WorkUnit
from kinerjaku.listing import FilterForm
from verification.forms import MOST_TEXT, FreezeForm

from .actions.assistance import Given, GivenNotes, Stale
from .models import AssistanceRow, AssistanceSheet, ReportDraft
from .models.assistance import Point

Answer = AssistanceRow.Answer


class AssistanceFilter(FilterForm):
    tahun = forms.TypedChoiceField(label="Tahun laporan", required=False, coerce=int, empty_value=None)
    unit = forms.ModelChoiceField(
        None, label="Unit kerja", required=False, to_field_name="code", empty_label="Semua unit"
    )
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Semua status"), *AssistanceSheet.Stage.choices]
    )

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        years = AssistanceSheet.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
        self.fields["tahun"].choices = [("", "Semua tahun"), *((year, str(year)) for year in years)]
        self.fields["unit"].queryset = policy.units_for(user).exclude(level=WorkUnit.Level.MINISTRY)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"tahun": "year", "unit": "unit"}
        rows = rows.filter(**{names[key]: value for key, value in chosen.items() if key in names})
        return rows.at_stage(chosen["status"]) if "status" in chosen else rows


class Line(NamedTuple):
    """A row of the checklist with its fields, as the template shows it."""

    row: AssistanceRow
    point: Point
    answer: forms.BoundField
    note: forms.BoundField
    version: forms.BoundField


class PointsForm(forms.Form):
    """Answers to points of the checklist, and the general notes, in one form.

    The hidden initial values tell what was touched, so that what others changed meanwhile is not undone by whoever only
    left it as it was.
    """

    def __init__(
        self, sheet: AssistanceSheet, rows: Sequence[AssistanceRow], data: Any = None, *, with_notes: bool = True
    ) -> None:
        super().__init__(data)
        self.sheet, self.rows = sheet, rows
        for row in rows:
            self.fields[f"answer_{row.no}"] = forms.ChoiceField(
                label=f"Jawaban butir {row.no}",
                choices=Answer.choices,
                initial=row.answer,
                show_hidden_initial=True,
                widget=forms.Select(attrs={"class": "form-select"}),
                error_messages={"required": "Pilih jawaban.", "invalid_choice": "Pilihan ini tidak ada."},
            )
            self.fields[f"note_{row.no}"] = _text(f"Catatan butir {row.no}", row.note, rows=2)
            self.fields[f"version_{row.no}"] = _version(row.version)
        if with_notes:
            self.fields["notes"] = _text("Catatan umum dan rekomendasi", sheet.notes, rows=5)
            self.fields["notes_version"] = _version(sheet.notes_version)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for no in self.touched:
            if found.get(f"answer_{no}") in AssistanceRow.EXPLAINED and not found.get(f"note_{no}"):
                self.add_error(f"note_{no}", "Tulis apa yang perlu diperbaiki unit.")
        return found

    @property
    def touched(self) -> list[int]:
        """The numbers of the points that the person changed."""
        changed = set(self.changed_data)
        return [row.no for row in self.rows if {f"answer_{row.no}", f"note_{row.no}"} & changed]

    @property
    def given(self) -> list[Given]:
        """What `actions.assistance.answer` takes; for a valid form."""
        typed = self.cleaned_data
        return [Given(no, typed[f"answer_{no}"], typed[f"note_{no}"], typed[f"version_{no}"]) for no in self.touched]

    @property
    def notes(self) -> GivenNotes | None:
        if "notes" not in self.changed_data:
            return None
        return GivenNotes(self.cleaned_data["notes"], self.cleaned_data["notes_version"])

    @property
    def lines(self) -> list[Line]:
        points = self.sheet.points
        return [
            Line(row, points[row.no], *(self[f"{name}_{row.no}"] for name in ("answer", "note", "version")))
            for row in self.rows
        ]

    def say_stale(self, error: Stale) -> None:
        """Beside each field what is stored now; what was typed stays in it."""
        self.add_error(None, error.message)
        for row in error.rows:
            by = f" oleh {row.decided_by.name}" if row.decided_by else ""
            self.add_error(f"answer_{row.no}", _stored(by, row.in_words))
        if error.sheet is not None:
            self.add_error("notes", _stored("", error.sheet.notes))

    def bring_up(self, sheet: AssistanceSheet, rows: Sequence[AssistanceRow]) -> None:
        """Before a refused form is shown again: the versions of now, and what the person did not touch as it is now."""
        data, touched, changed = self.data.copy(), set(self.touched), set(self.changed_data)
        stored = {f"version_{row.no}": row.version for row in rows} | {"notes_version": sheet.notes_version}
        for row in rows:
            if row.no not in touched:
                stored |= {f"answer_{row.no}": row.answer, f"note_{row.no}": row.note}
        if "notes" not in changed:
            stored["notes"] = sheet.notes
        for name, value in stored.items():
            data[name] = value
            if f"initial-{name}" in data:
                data[f"initial-{name}"] = value
        self.data, self.sheet, self.rows = data, sheet, rows


def _stored(by: str, text: str) -> str:
    return f"Tersimpan{by}: “{text.rstrip('.')}”. Simpan lagi jika isian Anda yang benar."


def _text(label: str, initial: str, *, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=MOST_TEXT,
        initial=initial,
        show_hidden_initial=True,
        widget=forms.Textarea(attrs={"rows": rows, "class": "form-control"}),
    )


def _version(initial: int) -> forms.IntegerField:
    return forms.IntegerField(min_value=0, initial=initial, widget=forms.HiddenInput)


class DraftForm(forms.Form):
    berkas = forms.FileField(
        label="Berkas PDF atau Word (.docx)",
        allow_empty_file=True,  # said by the check, in a sentence
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx"}),
        error_messages={"required": "Pilih berkas dahulu, lalu unggah."},
    )
    note = forms.CharField(
        label="Keterangan versi",
        required=False,
        max_length=ReportDraft._meta.get_field("note").max_length,
        help_text="Misalnya: bab 3 sudah diperbaiki.",
    )


class RequestForm(forms.Form):
    message = forms.CharField(
        label="Pesan kepada Biro Perencanaan",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Misalnya waktu yang diinginkan dan bagian yang perlu perhatian.",
        error_messages={"required": "Tulis pesan permintaan kepada Biro Perencanaan."},
    )


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label="Yang perlu diperbaiki",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Tulis apa yang perlu diperbaiki unit."},
    )


class FreezeAnswersForm(FreezeForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["confirm"].label = (
            "Saya sudah memeriksa semua butir terhadap rancangan terbaru. Bekukan isi lembar kerja ini untuk "
            "ditandatangani."
        )
