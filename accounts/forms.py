"""Shapes of what people type on the account pages."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.auth import authenticate, password_validation
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from import_export.forms import ExportForm, ImportForm

from kinerjaku import files
from kinerjaku.clock import WIB
from kinerjaku.errors import DomainError
from kinerjaku.listing import FilterForm

from .channels import CHOOSABLE, TERMS, Kind
from .models import User

_MOST_IMPORTED = 2 * 1024 * 1024
OURS = ("accounts", "indicators", "verification", "reporting")


class SignInForm(AuthenticationForm):
    username = forms.CharField(
        label="Surel atau NIP",
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "autofocus": True,
                "autocomplete": "username",
                "autocapitalize": "none",
                "class": "form-control",
            }
        ),
    )
    password = forms.CharField(
        label="Kata sandi",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "form-control"}),
    )
    error_messages = {
        "invalid_login": "Surel, NIP, atau kata sandi tidak cocok. Periksa lalu coba lagi.",
        "inactive": "Akun ini tidak aktif. Hubungi Admin di Biro Perencanaan.",
    }

    def clean_username(self) -> str:
        """One name a person, NIP or address, so that the lock-out counts their attempts together."""
        typed = "".join(self.cleaned_data["username"].split()).lower()
        return User.objects.filter(nip=typed).values_list("email", flat=True).first() or typed


class ProofForm(forms.Form):
    """Whoever signs proves again who they are, for the content whose hash they saw; failures count as failed sign-ins
    do."""

    password = forms.CharField(
        label="Kata sandi Anda",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Masukkan kata sandi Anda untuk menandatangani."},
    )
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, data: Any = None, *, content_hash: str = "", **options: Any) -> None:
        super().__init__(data, initial={"content_hash": content_hash}, **options)
        self.request = request

    def clean(self) -> dict[str, Any]:
        """Ask for the password only once the rest is right, so that a forgotten tick costs no attempt."""
        found = super().clean() or {}
        if not self.errors:
            user = self.request.user
            proven = authenticate(self.request, username=user.email, password=found["password"])
            if proven != user:
                self.add_error("password", "Kata sandi salah. Coba lagi.")
        return found


class NewPasswordForm(SetPasswordForm):
    """A password typed twice; what is wrong with it is said at the first field."""

    error_messages = {"password_mismatch": "Kedua kata sandi tidak sama."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.label, second.label = "Kata sandi baru", "Ulangi kata sandi baru"
        first.help_text = "Paling sedikit 12 karakter; bukan angka saja, tidak mirip nama Anda, dan tidak umum dipakai."
        second.help_text = ""

    def validate_password_for_user(self, user: User, password_field_name: str = "") -> None:
        super().validate_password_for_user(user, "new_password1")


class OwnPasswordForm(NewPasswordForm, PasswordChangeForm):
    error_messages = {
        **NewPasswordForm.error_messages,
        "password_incorrect": "Kata sandi lama tidak cocok. Ketik sekali lagi.",
    }

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["old_password"].label = "Kata sandi lama"

    def clean_old_password(self) -> str:
        """Asked as at sign-in, so that guessing locks out here too."""
        typed: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.email, password=typed) != self.user:
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return typed


class NoticeFilter(FilterForm):
    jenis = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua jenis"), *Kind.choices])
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "Semua"), ("belum", "Belum dibaca"), ("sudah", "Sudah dibaca")],
    )

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if "jenis" in chosen:
            rows = rows.filter(kind=chosen["jenis"])
        return rows.filter(read_at__isnull=chosen["status"] == "belum") if "status" in chosen else rows


class ChannelsForm(forms.Form):
    """A field for each kind of notice about which the person has a choice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in CHOOSABLE:
            terms = TERMS[kind]
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                help_text=terms.about,
                choices=[(channel.value, channel.label) for channel in terms.offered],
                error_messages={"required": "Pilih caranya.", "invalid_choice": "Pilih salah satu cara yang tersedia."},
            )


def _kinds() -> list[tuple[str, str]]:
    """Every kind of object that an audit entry may be about."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    named = [(model._meta.label_lower, str(model._meta.verbose_name).capitalize()) for model in models]
    return [("", "Semua"), *sorted(named, key=lambda kind: kind[1])]


class AuditFilter(FilterForm):
    dari = forms.DateField(label="Dari tanggal", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    sampai = forms.DateField(label="Sampai tanggal", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    pelaku = forms.CharField(label="Pelaku", required=False, max_length=150)
    tindakan = forms.CharField(label="Tindakan", required=False, max_length=60)
    objek = forms.ChoiceField(label="Jenis objek", required=False, choices=_kinds)
    nomor = forms.CharField(label="Id objek", required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("dari", "sampai"):
            if cleaned.get(name) and not 2000 <= cleaned[name].year <= 2100:
                self.add_error(name, "Periksa tahunnya.")
        if cleaned.get("dari") and cleaned.get("sampai") and cleaned["dari"] > cleaned["sampai"]:
            self.add_error("sampai", "Tanggal akhir mendahului tanggal awal.")
        return cleaned

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if "dari" in chosen:
            rows = rows.filter(at__gte=_starts(chosen["dari"]))
        if "sampai" in chosen:
            rows = rows.filter(at__lt=_starts(chosen["sampai"] + timedelta(days=1)))
        if "pelaku" in chosen:
            rows = rows.filter(Q(by__name__icontains=chosen["pelaku"]) | Q(by__email__icontains=chosen["pelaku"]))
        if "tindakan" in chosen:
            rows = rows.filter(verb__icontains=chosen["tindakan"])
        if "objek" in chosen:
            rows = rows.filter(target_type=chosen["objek"])
        return rows.filter(target_id=chosen["nomor"]) if "nomor" in chosen else rows


def _starts(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=WIB)


class UserForm(forms.ModelForm):
    """A person, in the admin. The password is never shown."""

    class Meta:
        model = User
        fields = ("email", "nip", "name", "position", "is_active")
        help_texts = {"nip": "18 digit, tanpa spasi. Boleh kosong."}

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class NewUserForm(UserForm):
    password1 = forms.CharField(
        label="Kata sandi awal",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Boleh dikosongkan keduanya; orang ini baru dapat masuk setelah kata sandinya dibuat.",
    )
    password2 = forms.CharField(
        label="Ulangi kata sandi",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("password1") != self.cleaned_data.get("password2"):
            self.add_error("password2", "Kedua kata sandi tidak sama.")
        return cleaned

    def _post_clean(self) -> None:
        """The password is judged together with the name and address, which are on the instance by now."""
        super()._post_clean()
        password = self.cleaned_data.get("password1")
        if password:
            try:
                password_validation.validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("password1", error)

    def save(self, commit: bool = True) -> User:
        self.instance.set_password(self.cleaned_data["password1"] or None)
        return super().save(commit)


class TableImportForm(ImportForm):
    """A spreadsheet to import; its content is checked like every upload."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].label = "Berkas Excel (.xlsx) atau CSV"
        self.fields["format"].label, self.fields["format"].initial = "Format", "0"

    def clean_import_file(self) -> UploadedFile:
        upload = self.cleaned_data["import_file"]
        try:
            facts = files.inspect(upload)
        except DomainError as error:
            raise ValidationError(error.message) from error
        if facts.kind not in ("Excel", "CSV"):
            raise ValidationError("Unggah berkas Excel (.xlsx) atau CSV.")
        if facts.size > _MOST_IMPORTED:
            raise ValidationError("Berkas tabel lebih besar dari 2 MB. Bagi menjadi beberapa berkas.")
        upload.seek(0)
        return upload


class TableExportForm(ExportForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].label, self.fields["format"].initial = "Format", "0"
