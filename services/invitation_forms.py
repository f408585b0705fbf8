"""What people type about invitations; typed values come out."""

import re
from typing import Any

from django import forms
from django.core.validators import EmailValidator, URLValidator
from django.db.models import Q, QuerySet

from accounts.models import WorkUnit
from kinerjaku.choices import ManyField
from kinerjaku.listing import FilterForm

from .forms import MOST_TEXT, MomentField
from .invitees import ROLES
from .models import Case, Invitation, InvitationRecipient

MOST_GUESTS = 50
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REASON = forms.CharField(
    label="Alasan",
    max_length=500,
    widget=forms.Textarea(attrs={"rows": 2}),
    error_messages={"required": "Tulis alasannya; semua penerima akan membacanya."},
)


class InvitationFilter(FilterForm):
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua jenis"), *Invitation.Kind.choices])
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Semua status"), *Invitation.State.choices]
    )
    cari = forms.CharField(label="Hal, nomor, atau triwulan", required=False, max_length=100)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if "jenis" in chosen:
            rows = rows.filter(kind=chosen["jenis"])
        if "status" in chosen:
            rows = rows.filter(state=chosen["status"])
        if "cari" in chosen:
            text = chosen["cari"]
            served = Invitation.cases.through.objects.filter(case__subject__icontains=text).values("invitation")
            fits = Q(subject__icontains=text) | Q(document__number__icontains=text) | Q(pk__in=served)
            rows = rows.filter(fits)
        return rows


class GuestsField(forms.CharField):
    """Lines “nama; surel; instansi” become [{"name", "email", "position"}]."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join("; ".join([one["name"], one["email"], one["position"]]).rstrip("; ") for one in value)
        return value

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MOST_GUESTS:
            raise forms.ValidationError(f"Paling banyak {MOST_GUESTS} undangan lain.")
        return [self._guest(number, line) for number, line in enumerate(lines, 1)]

    @staticmethod
    def _guest(number: int, line: str) -> dict[str, str]:
        name, email, position = ([part.strip() for part in line.split(";", 2)] + ["", ""])[:3]
        if not email:
            raise forms.ValidationError(f"Baris {number}: surel belum ditulis. Tulis “nama; surel; instansi”.")
        try:
            EmailValidator()(email)
        except forms.ValidationError as error:
            raise forms.ValidationError(f"Baris {number}: “{email[:60]}” bukan alamat surel.") from error
        if not name or len(name) > 150 or len(position) > 200 or len(email) > 254:
            raise forms.ValidationError(f"Baris {number}: tulis “nama; surel; instansi”, masing-masing singkat.")
        return {"name": name, "email": email.lower(), "position": position}


class _MeetingForm(forms.Form):
    begins_at = MomentField(label="Mulai (WIB)", error_messages={"required": "Isi hari dan jam mulai."})
    ends_at = MomentField(label="Selesai (WIB)", error_messages={"required": "Isi hari dan jam selesai."})
    place = forms.CharField(label="Tempat", required=False, max_length=300)
    link = forms.URLField(
        label="Tautan rapat daring",
        required=False,
        max_length=500,
        assume_scheme="https",
        validators=[URLValidator(["https"], message="Tulis tautan yang dimulai dengan https://.")],
        error_messages={"invalid": "Tulis tautan yang dimulai dengan https://."},
        help_text="Isi tempat, tautan, atau keduanya.",
    )

    def clean(self) -> dict[str, Any]:
        """With the other mistakes rather than after them; the act asks again."""
        found = super().clean() or self.cleaned_data
        begins, ends = found.get("begins_at"), found.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", "Rapat harus selesai sesudah mulai.")
        if not found.get("place") and not found.get("link") and "link" not in self.errors:
            self.add_error("place", "Isi tempat rapat, tautannya, atau keduanya.")
        return found


class InvitationForm(_MeetingForm):
    kind = forms.ChoiceField(
        label="Jenis surat",
        choices=[("", "Pilih jenis"), *Invitation.Kind.choices],
        error_messages={"required": "Pilih jenis surat."},
    )
    cases = ManyField(
        Case.objects.none(),
        label="Berkas layanan",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Langkah mengundang berkas ini selesai ketika undangan terbit, dan unitnya ikut diundang.",
        error_messages={"invalid_choice": "Sebagian berkas tidak lagi menunggu undangan. Pilih lagi."},
    )
    units = ManyField(
        WorkUnit.objects.none(),
        label="Unit lain yang diundang",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Pilih unit dari daftar."},
    )
    roles = forms.MultipleChoiceField(
        label="Peran yang diundang",
        required=False,
        choices=[(role.value, role.label) for role in ROLES],
        widget=forms.CheckboxSelectMultiple,
        help_text="Setiap orang yang memegang peran ini pada unit yang diundang.",
    )
    guests = GuestsField(
        label="Undangan lain",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Orang tanpa akun, satu baris seorang: nama; surel; instansi.",
    )
    subject = forms.CharField(label="Hal", max_length=200, error_messages={"required": "Tulis hal surat."})
    nature = forms.ChoiceField(label="Sifat", choices=Invitation.Nature.choices, initial=Invitation.Nature.NORMAL)
    agenda = forms.CharField(
        label="Acara",
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Tulis acara rapat."},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput, initial=0)
    field_order = ("kind", "cases", "units", "roles", "guests", "subject", "nature", "agenda")

    def __init__(self, data: Any = None, *, cases: QuerySet[Case], units: QuerySet[WorkUnit], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["cases"].queryset, self.fields["units"].queryset = cases, units

    def clean_subject(self) -> str:
        return " ".join(_CONTROL.sub("", self.cleaned_data["subject"]).split())

    def clean_agenda(self) -> str:
        return _CONTROL.sub("", self.cleaned_data["agenda"].replace("\r\n", "\n"))

    @property
    def facts(self) -> dict[str, Any]:
        """What `actions.invitation.draft` takes; for a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class RescheduleForm(_MeetingForm):
    reason = _REASON


class ReasonForm(forms.Form):
    reason = _REASON


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label="Jawaban",
        choices=InvitationRecipient.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih hadir, tidak hadir, atau diwakili."},
    )
    substitute = forms.CharField(
        label="Nama yang mewakili", required=False, max_length=150, help_text="Diisi jika Anda diwakili."
    )
    note = forms.CharField(label="Keterangan (boleh kosong)", required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("answer") == InvitationRecipient.Answer.SUBSTITUTE and not found.get("substitute"):
            self.add_error("substitute", "Tulis nama yang mewakili Anda.")
        return found


class WalkInForm(forms.Form):
    name = forms.CharField(label="Nama", max_length=150, error_messages={"required": "Tulis namanya."})
    position = forms.CharField(label="Jabatan atau instansi", required=False, max_length=200)
