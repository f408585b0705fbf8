"""The shape of what verifiers and signers type; typed values come out."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from accounts.forms import ProofForm
from indicators.forms import FigureInput
from kinerjaku.clock import WIB
from kinerjaku.figures import format_figure
from services.calendar import working_calendar
from services.worktime import CalendarNotLoaded

from .models import WorksheetRow

MOST_TEXT = 2000  # characters of a note or a reason
WORKING_DAYS_TO_MEND = 3
Verdict = WorksheetRow.Verdict


class VerifiedFigure(FigureInput):
    """With its input; a stored figure is written as people write it."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> str:
        return format_figure(value) if isinstance(value, Decimal) else value or ""


class OpenForm(forms.Form):
    """Which unit's quarter gets its worksheet; the choices are those that lack one."""

    choice = forms.ChoiceField(
        label="Unit kerja dan triwulan",
        error_messages={"required": "Pilih unit kerja dan triwulannya."},
    )

    def __init__(self, data: Any = None, *, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["choice"].choices = [("", "Pilih unit kerja dan triwulan"), *choices]


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(
        label="Hasil verifikasi",
        choices=[(verdict.value, verdict.label) for verdict in WorksheetRow.FINAL],
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih sesuai atau tidak sesuai."},
    )
    verified_actual = VerifiedFigure(
        label="Realisasi terverifikasi",
        required=False,
        help_text="Hanya untuk hasil “tidak sesuai”. Kosongkan jika realisasi tidak dapat dinilai.",
    )
    evidence_fits = forms.TypedChoiceField(
        label="Kesesuaian data dukung",
        choices=[("ya", "Ya, sesuai"), ("tidak", "Tidak sesuai")],
        coerce=lambda answer: answer == "ya",
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih apakah data dukung sesuai."},
    )
    note = forms.CharField(
        label="Catatan",
        required=False,
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Wajib diisi jika hasilnya “tidak sesuai”. Tercetak pada lembar kerja.",
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    claim_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, row: WorksheetRow, data: Any = None) -> None:
        super().__init__(data, initial=_initial(row), prefix="hasil")
        self.row = row
        if not row.achievement.evidence.all():
            del self.fields["evidence_fits"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        verdict, typed = found.get("verdict"), found.get("verified_actual")
        if verdict == Verdict.NONCONFORM and not found.get("note"):
            self.add_error("note", "Tulis catatan mengapa capaian tidak sesuai.")
        if verdict == Verdict.CONFORM and typed not in (None, self.row.achievement.actual):
            self.add_error(
                "verified_actual",
                "Hasil “sesuai” memakai angka klaim. Kosongkan isian ini, atau pilih “tidak sesuai”.",
            )
        return found

    @property
    def decision(self) -> dict[str, Any]:
        """What `actions.worksheet.decide` takes; for a valid form."""
        return {"evidence_fits": None, **self.cleaned_data}


def _initial(row: WorksheetRow) -> dict[str, Any]:
    final = row.verdict in WorksheetRow.FINAL
    return {
        "verdict": row.verdict if final else None,
        "verified_actual": row.verified_actual if row.verdict == Verdict.NONCONFORM else None,
        "evidence_fits": {True: "ya", False: "tidak", None: None}[row.evidence_fits],
        "note": row.note if final else "",
        "version": row.version,
        "claim_version": row.achievement.version,
    }


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label="Yang perlu diperbaiki",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Tulis apa yang perlu diperbaiki unit."},
    )
    due_date = forms.DateField(
        label="Batas tanggal",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"],
        error_messages={"invalid": "Tulis tanggal yang benar, misalnya 20-04-2026."},
    )
    due_time = forms.TimeField(
        label="Batas pukul (WIB)",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H.%M"],
        error_messages={"invalid": "Tulis jam yang benar, misalnya 23.59."},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, row: WorksheetRow, data: Any = None, *, at: datetime) -> None:
        initial = {"due_date": usual_due_date(at), "due_time": time(23, 59), "version": row.version}
        super().__init__(data, initial=initial, prefix="kembali")

    def clean_due_date(self) -> date:
        day: date = self.cleaned_data["due_date"]
        if day.year > 2100:
            raise forms.ValidationError("Periksa tahunnya.")
        return day

    @property
    def due_at(self) -> datetime:
        """The first instant that is too late: the minute that was typed is still in time."""
        typed = datetime.combine(self.cleaned_data["due_date"], self.cleaned_data["due_time"], tzinfo=WIB)
        return typed + timedelta(minutes=1)


def usual_due_date(at: datetime) -> date | None:
    """Three working days after today; None where the calendar is not loaded, then the verifier says."""
    calendar, day = working_calendar(), at.astimezone(WIB).date()
    try:
        for _ in range(WORKING_DAYS_TO_MEND):
            day += timedelta(days=1)
            while not calendar.is_working_day(day):
                day += timedelta(days=1)
    except CalendarNotLoaded:
        return None
    return day


class AcceptForm(forms.Form):
    expected = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class FreezeForm(forms.Form):
    """`seen`: the fingerprint of what the page showed."""

    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    confirm = forms.BooleanField(
        label="Saya sudah memeriksa semua baris. Bekukan isi lembar kerja ini untuk ditandatangani.",
        error_messages={"required": "Centang pernyataan ini sebelum membekukan lembar kerja."},
    )


class ReasonForm(forms.Form):
    """Why something is refused or opened again; everyone involved reads it."""

    reason = forms.CharField(
        label="Alasan",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Dibaca semua pihak dan tetap terlihat pada halaman pemeriksaan dokumen.",
        error_messages={"required": "Tulis alasannya; semua pihak akan membacanya."},
    )


class SignForm(ProofForm):
    """Who signs has read the worksheet and proves again who they are."""

    read = forms.BooleanField(
        label="Saya telah membaca seluruh isi lembar kerja ini dan menyetujuinya.",
        error_messages={"required": "Centang pernyataan bahwa Anda telah membaca lembar kerja."},
    )
    field_order = ("read", "password")
