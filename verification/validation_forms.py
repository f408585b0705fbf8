"""The shape of what units and validators type about proposed indicators; typed values come out."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from .actions.matrix import FIELDS
from .forms import MOST_TEXT, VerifiedFigure
from .models import Proposal

Verdict = Proposal.Verdict
_NUMBERS = ("I", "II", "III", "IV")


class ProposalForm(forms.ModelForm):
    """One proposal, as the unit types it. Only its name is needed to save it; the rest is asked for before sending."""

    version = forms.IntegerField(min_value=0, initial=0, widget=forms.HiddenInput)

    class Meta:
        model = Proposal
        fields = FIELDS
        widgets = {
            "objective": forms.Textarea(attrs={"rows": 2}),
            "name": forms.Textarea(attrs={"rows": 2}),
            "calculation": forms.Textarea(attrs={"rows": 4}),
            "justification": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "validity": "Lead: masukan atau proses yang mendahului hasil. Lag: keluaran atau dampak. Menentukan bobot.",
            "measure": "Misalnya %, nilai, dokumen.",
            "calculation": "Rumus beserta arti setiap unsurnya, atau siapa yang memberi nilai.",
            "justification": "Mengapa indikator ini diusulkan, diubah, atau dipertahankan.",
        }
        error_messages = {
            "name": {"required": "Tulis nama indikatornya."},
            "period": {"required": "Pilih periode pelaporan."},
        }

    def __init__(self, row: Proposal | None, data: Any = None) -> None:
        super().__init__(data, instance=row, initial={"version": row.version if row else 0})
        for name, number in zip(Proposal.TARGETS, _NUMBERS, strict=True):
            self.fields[name] = VerifiedFigure(label=f"Target triwulan {number}", required=False)
        for name in ("calculation", "justification"):
            self.fields[name].validators.append(MaxLengthValidator(MOST_TEXT))
        for name in ("polarity", "validity"):
            self.fields[name].choices = [("", "Pilih"), *(pair for pair in self.fields[name].choices if pair[0])]

    @property
    def facts(self) -> dict[str, Any]:
        """What `actions.matrix.save_row` takes; for a valid form."""
        return {name: self.cleaned_data[name] for name in FIELDS}


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(
        label="Hasil validasi",
        choices=[(verdict.value, verdict.label) for verdict in Proposal.FINAL],
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih valid atau tidak valid."},
    )
    note = forms.CharField(
        label="Catatan validator",
        required=False,
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Wajib diisi jika hasilnya “tidak valid”. Tercetak pada lembar kerja.",
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, row: Proposal, data: Any = None) -> None:
        verdict = row.verdict if row.is_decided else None
        initial = {"verdict": verdict, "note": row.note, "version": row.version}
        super().__init__(data, initial=initial, prefix="hasil")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("verdict") == Verdict.INVALID and not found.get("note"):
            self.add_error("note", "Tulis catatan mengapa usulan tidak valid.")
        return found


class VersionForm(forms.Form):
    """The row that was seen, for acts that ask for nothing else."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class SendForm(forms.Form):
    """The matrix that was seen."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    confirm = forms.BooleanField(
        label="Matriks ini sudah lengkap dan disetujui pimpinan unit.",
        error_messages={"required": "Centang pernyataan ini sebelum mengirim matriks."},
    )


class AcceptRestForm(forms.Form):
    expected = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    confirm = forms.BooleanField(
        label="Saya sudah membaca usulan-usulan itu.",
        error_messages={"required": "Centang pernyataan ini sebelum menerima sekaligus."},
    )


class GiveBackForm(forms.Form):
    reason = forms.CharField(
        label="Yang perlu diperbaiki",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Tulis apa yang perlu diperbaiki unit."},
    )
