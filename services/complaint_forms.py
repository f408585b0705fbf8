"""What complainants and handlers type, and the filter bar of the register."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from accounts.models import User
from kinerjaku.choices import ManyField
from kinerjaku.clock import WIB
from kinerjaku.figures import format_figure
from kinerjaku.listing import FilterForm

from .actions.complaint import REPLIES, Report
from .complaint_files import MOST_FILES, MOST_MEGABYTES
from .complaint_flow import ANSWER, Act, may
from .models import Complaint, Standard
from .robots import GuardedForm

MOST_TEXT = 5000
Kind, Mode, Channel = Complaint.Kind, Complaint.Mode, Complaint.Channel
SERVICES = [("", "Lainnya"), *((k.value, k.label) for k in Standard.Key if k != Standard.Key.COLLECTION)]


class LongText(forms.CharField):
    """Too much of it comes back whole with a sentence: no limit in the browser, which would cut it off in silence."""

    def __init__(self, label: str, missing: str = "", *, rows: int = 4, help_text: str = "") -> None:
        super().__init__(
            label=label,
            required=bool(missing),
            widget=forms.Textarea(attrs={"rows": rows}),
            error_messages={"required": missing},
            help_text=help_text,
        )

    def clean(self, value: Any) -> str:
        text = super().clean(value).replace("\r\n", "\n")
        if len(text) > MOST_TEXT:
            most, length = (format_figure(number) for number in (MOST_TEXT, len(text)))
            raise ValidationError(
                f"Paling banyak {most} karakter, tulisan Anda {length}. Ringkas, atau kirim selengkapnya sebagai "
                "lampiran."
            )
        return text


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; what they are is checked by `complaint_files.check`."""

    widget = FilesInput

    def __init__(self) -> None:
        super().__init__(
            label="Lampiran",
            required=False,
            help_text=f"Boleh kosong. Paling banyak {MOST_FILES} berkas, masing-masing {MOST_MEGABYTES} MB: PDF, "
            "gambar, dokumen Office, CSV, atau ZIP.",
        )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        return list(data or [])


class ComplaintForm(GuardedForm):
    kind = forms.ChoiceField(
        label="Jenis",
        choices=[
            (Kind.INFORMATION, f"Permintaan informasi (dijawab paling lama {ANSWER[Kind.INFORMATION]} hari kerja)"),
            (Kind.SERVICE, f"Pengaduan pelayanan (dijawab paling lama {ANSWER[Kind.SERVICE]} hari kerja)"),
            (
                Kind.SUPERVISION,
                "Pengaduan yang mengandung substansi pengawasan, misalnya dugaan penyimpangan atau penyalahgunaan "
                f"wewenang (dijawab paling lama {ANSWER[Kind.SUPERVISION]} hari kerja)",
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih jenisnya."},
    )
    service = forms.ChoiceField(label="Tentang layanan", required=False, choices=SERVICES)
    subject = forms.CharField(
        label="Perihal",
        max_length=200,
        error_messages={"required": "Tulis perihalnya dalam satu kalimat pendek."},
    )
    text = LongText(
        "Isi",
        "Tulis apa yang terjadi.",
        rows=8,
        help_text=f"Apa yang terjadi, kapan, di mana, dan siapa. Paling banyak {format_figure(MOST_TEXT)} karakter.",
    )
    files = FilesField()
    mode = forms.ChoiceField(
        label="Identitas Anda",
        choices=[
            (Mode.NAMED, "Dengan nama"),
            (Mode.CONFIDENTIAL, "Dirahasiakan: hanya terbaca oleh yang menangani pengaduan ini"),
            (Mode.ANONYMOUS, "Anonim: nama dan kontak tidak disimpan"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih bagaimana identitas Anda dicatat."},
    )
    name = forms.CharField(label="Nama", required=False, max_length=150, help_text="Kosongkan bila anonim.")
    email = forms.EmailField(
        label="Surel",
        required=False,
        max_length=254,
        help_text="Boleh kosong. Kami mengabari setiap jawaban, tanpa isinya.",
        error_messages={"invalid": "Tulis alamat surel seperti nama@contoh.id, atau kosongkan."},
    )
    contact = forms.CharField(
        label="Kontak lain", required=False, max_length=200, help_text="Boleh kosong. Nomor telepon atau alamat."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("mode") == Mode.ANONYMOUS:
            cleaned |= {"name": "", "email": "", "contact": ""}
        elif "mode" in cleaned and "name" in cleaned and not cleaned["name"]:
            self.add_error("name", "Tulis nama Anda, atau pilih anonim.")
        return cleaned

    @property
    def report(self) -> Report:
        """For a valid form."""
        return Report(**{name: self.cleaned_data[name] for name in Report.__dataclass_fields__})

    @property
    def sent(self) -> dict[str, Any]:
        """With what it was sent, besides the report: for `receive`."""
        return {"key": self.key, "uploads": self.cleaned_data["files"], "at": self.at}


class RegisterForm(ComplaintForm):
    """One that came in person or by e-mail, typed in by a handler."""

    channel = forms.ChoiceField(
        label="Diterima lewat",
        choices=[(one.value, one.label) for one in (Channel.IN_PERSON, Channel.EMAIL)],
        widget=forms.RadioSelect,
        error_messages={"required": "Pilih salurannya."},
    )
    received_on = forms.DateField(
        label="Tanggal diterima",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Batas waktu dihitung sejak tanggal ini.",
        error_messages={"required": "Isi tanggal diterima.", "invalid": "Tulis tanggal yang ada."},
    )

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if not 0 <= (self.at.astimezone(WIB).date() - day).days <= 366:
            raise ValidationError("Isi tanggal dalam setahun terakhir, paling akhir hari ini.")
        return day

    @property
    def received_at(self) -> datetime:
        return datetime.combine(self.cleaned_data["received_on"], time.min, tzinfo=WIB)


class TrackForm(forms.Form):
    number = forms.CharField(
        label="Nomor pengaduan",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="Seperti ADU-2026-123456.",
        error_messages={"required": "Isi nomor pengaduan."},
    )
    secret = forms.CharField(
        label="Kode rahasia",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        help_text="16 huruf dan angka pada tanda terima. Spasi, tanda hubung, dan huruf kecil tidak berpengaruh.",
        error_messages={"required": "Isi kode rahasia."},
    )


class MessageForm(forms.Form):
    text = LongText("Tulisan Anda", "Tulis pesannya dahulu.")
    files = FilesField()


class WithdrawForm(forms.Form):
    text = LongText("Catatan (boleh kosong)", rows=2)


class ReopenForm(forms.Form):
    text = LongText("Alasan dibuka kembali", "Tulis apa yang belum selesai.", rows=3)


class ReplyForm(forms.Form):
    """To the complainant; only what the state of the complaint allows."""

    act = forms.ChoiceField(
        label="Yang Anda kirim", widget=forms.RadioSelect, error_messages={"required": "Pilih yang Anda kirim."}
    )
    text = LongText("Isi", "Tulis pesannya dahulu.", rows=6, help_text="Terbaca oleh pengadu. Nama Anda tidak tampil.")
    files = FilesField()
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, complaint: Complaint, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(act.name, kind.label) for act, kind in REPLIES.items() if may(complaint.state, act)]
        self.fields["act"].choices = choices
        self.fields["act"].initial = choices[0][0] if len(choices) == 1 else None

    def clean_act(self) -> Act:
        return Act[self.cleaned_data["act"]]


class CloseForm(forms.Form):
    text = LongText("Catatan penutup (boleh kosong)", rows=2, help_text="Terbaca oleh pengadu.")


class AssignForm(forms.Form):
    officer = forms.ModelChoiceField(
        None, label="Petugas", empty_label="Pilih petugas", error_messages={"required": "Pilih petugasnya."}
    )
    note = LongText("Catatan (boleh kosong)", rows=2, help_text="Tidak terbaca oleh pengadu.")

    def __init__(self, officers: QuerySet[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = officers


class ConcernedForm(forms.Form):
    people = ManyField(
        None,
        label="Petugas",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Mereka tidak dapat menangani atau melihat pengaduan ini.",
    )

    def __init__(self, officers: QuerySet[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = officers


class ClassifyForm(forms.Form):
    kind = forms.ChoiceField(label="Jenis", choices=Kind.choices, error_messages={"required": "Pilih jenisnya."})
    reason = LongText("Alasan", "Tulis alasan perubahan jenis.", rows=2)


class ComplaintFilter(FilterForm):
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *Complaint.State.choices])
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua jenis"), *Kind.choices])
    saluran = forms.ChoiceField(label="Saluran", required=False, choices=[("", "Semua saluran"), *Channel.choices])
    batas = forms.ChoiceField(label="Batas waktu", required=False, choices=[("", "Semua"), ("lewat", "Melewati batas")])
    petugas = forms.ChoiceField(
        label="Petugas", required=False, choices=[("", "Semua"), ("saya", "Saya"), ("kosong", "Belum ditugaskan")]
    )

    def __init__(self, data: Any = None, *, user: Any, at: datetime) -> None:
        super().__init__(data)
        self.user, self.at = user, at

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"status": "state", "jenis": "kind", "saluran": "channel"}
        rows = rows.filter(**{names[key]: value for key, value in chosen.items() if key in names})
        if "batas" in chosen:
            rows = rows.overdue(self.at)
        if "petugas" in chosen:
            rows = rows.filter(assigned_to=self.user if chosen["petugas"] == "saya" else None)
        return rows
