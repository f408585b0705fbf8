"""Shapes of what people type on the account pages."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Q, QuerySet

from kinerjaku.clock import WIB
from kinerjaku.listing import FilterForm

OURS = ("accounts", "indicators", "verification", "reporting")


class SignInForm(AuthenticationForm):
    username = forms.CharField(
        label="Surel atau NIP",
        max_length=254,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}
        ),
    )
    error_messages = {
        "invalid_login": "Surel, NIP, atau kata sandi tidak cocok. Periksa lalu coba lagi.",
        "inactive": "Akun ini tidak aktif. Hubungi Admin di Biro Perencanaan.",
    }

    def clean_username(self) -> str:
        """One spelling a person, so that the lock-out counts all their attempts together."""
        return "".join(self.cleaned_data["username"].split()).lower()


class NoticeFilter(FilterForm):
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "Semua"), ("belum", "Belum dibaca"), ("sudah", "Sudah dibaca")],
    )

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        return rows.filter(read_at__isnull=chosen["status"] == "belum") if "status" in chosen else rows


def _kinds() -> list[tuple[str, str]]:
    """Every kind of object that an audit entry may be about."""
    models = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    named = [(model._meta.label_lower, str(model._meta.verbose_name).capitalize()) for model in models]
    return [("", "Semua"), *sorted(named, key=lambda kind: kind[1])]


class AuditFilter(FilterForm):
    dari = forms.DateField(
        label="Dari tanggal", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    sampai = forms.DateField(
        label="Sampai tanggal", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    pelaku = forms.CharField(label="Pelaku", required=False, max_length=150)
    tindakan = forms.CharField(label="Tindakan", required=False, max_length=60)
    objek = forms.ChoiceField(label="Jenis objek", required=False, choices=_kinds)
    nomor = forms.CharField(label="Id objek", required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("dari") and cleaned.get("sampai") and cleaned["dari"] > cleaned["sampai"]:
            self.add_error("sampai", "Tanggal akhir mendahului tanggal awal.")
        return cleaned

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if "dari" in chosen:
            rows = rows.filter(at__gte=_starts(chosen["dari"]))
        if "sampai" in chosen:
            rows = rows.filter(at__lt=_starts(chosen["sampai"] + timedelta(days=1)))
        if "pelaku" in chosen:
            rows = rows.filter(
                Q(by__name__icontains=chosen["pelaku"]) | Q(by__email__icontains=chosen["pelaku"])
            )
        if "tindakan" in chosen:
            rows = rows.filter(verb__icontains=chosen["tindakan"])
        if "objek" in chosen:
            rows = rows.filter(target_type=chosen["objek"])
        return rows.filter(target_id=chosen["nomor"]) if "nomor" in chosen else rows


def _starts(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=WIB)
