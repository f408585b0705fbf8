"""What people type about a compensation: the apology, the handing over, the letter, who owns it; the list's filter."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.roles import UNIT_ROLES, Role
from kinerjaku.listing import FilterForm

from .actions import compensation
from .forms import MOST_TEXT
from .models import Obligation, Standard

Kind, State = Obligation.Kind, Obligation.State


class ObligationFilter(FilterForm):
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *State.choices])
    jenis = forms.ChoiceField(label="Kewajiban", required=False, choices=[("", "Semua kewajiban"), *Kind.choices])
    layanan = forms.ChoiceField(label="Layanan", required=False, choices=[("", "Semua layanan"), *Standard.Key.choices])
    unit = forms.ModelChoiceField(
        None, label="Unit kerja", required=False, to_field_name="code", empty_label="Semua unit"
    )
    oleh = forms.ModelChoiceField(None, label="Penanggung jawab", required=False, empty_label="Semua orang")

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = policy.units_for(user)
        shown = Obligation.objects.visible_to(user)
        self.fields["oleh"].queryset = User.objects.filter(pk__in=shown.values("owner"))

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if status := chosen.pop("status", ""):
            rows = rows.filter(urgency=State(status).urgency)
        names = {"jenis": "kind", "layanan": "case__standard__key", "unit": "case__unit", "oleh": "owner"}
        return rows.filter(**{names[key]: value for key, value in chosen.items()})


class Suggesting(forms.TextInput):
    """A line of text with suggestions; anything else may be typed."""

    options: Iterable[str] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = f"{(attrs or {}).get('id', name)}-saran"
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((option,) for option in self.options))
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, options)


def _line(label: str, missing: str, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=200, error_messages={"required": missing}, **more)


def _text(label: str, missing: str, **more: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=MOST_TEXT, widget=area, error_messages={"required": missing}, **more)


class GivenForm(forms.Form):
    """By whom, to whom and when."""

    given_by = forms.ModelChoiceField(
        None,
        label="Disampaikan oleh",
        empty_label="Pilih orang",
        error_messages={"required": "Pilih siapa yang menyampaikan.", "invalid_choice": "Pilih orang dari daftar."},
    )
    to = _line("Kepada (nama)", "Tulis nama penerimanya.", widget=Suggesting)
    position = _line("Jabatan penerima", "Tulis jabatan penerimanya.", widget=Suggesting)
    when = forms.DateTimeField(
        label="Waktu (WIB)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%d-%m-%Y %H:%M", "%d-%m-%Y %H.%M", "%d/%m/%Y %H.%M"],
        error_messages={
            "required": "Tulis kapan disampaikan.",
            "invalid": "Tulis waktu yang benar, misalnya 24-04-2026 10.30.",
        },
    )

    def __init__(self, *args: Any, unit: WorkUnit, user: User, **more: Any) -> None:
        super().__init__(*args, initial={"given_by": user.pk, "position": unit.head_title}, **more)
        self.fields["given_by"].queryset = compensation.carriers(unit)
        people = _people_of(unit)
        self.fields["to"].widget.options = [person.name for person in people]
        positions = [unit.head_title, *(person.position for person in people)]
        self.fields["position"].widget.options = list(dict.fromkeys(filter(None, positions)))


def _people_of(unit: WorkUnit) -> list[User]:
    """Officials first: they are whom one apologises to."""
    order = (Role.OFFICIAL, *(role for role in UNIT_ROLES if role != Role.OFFICIAL))
    return list(dict.fromkeys(person for role in order for person in policy.holders(role, unit)))


class OralForm(GivenForm):
    manner = forms.ChoiceField(
        label="Cara",
        choices=[("", "Pilih cara"), *Obligation.Manner.choices],
        error_messages={"required": "Pilih cara penyampaiannya."},
    )
    note = _text("Catatan", "", required=False)


class HandoverForm(GivenForm):
    place = _line("Tempat", "Tulis tempat penyerahan.")
    what = _text(
        "Yang diserahkan",
        "Tulis apa yang diserahkan.",
        help_text="Misalnya lembar kerja verifikasi dan nota dinas hasil, dengan nomornya.",
    )
    scan = forms.FileField(
        label="Pindaian berita acara yang ditandatangani",
        required=False,
        allow_empty_file=True,  # the check of files says what to do
        help_text="PDF atau gambar. Boleh dikosongkan.",
    )


class LetterForm(forms.Form):
    cause = _text("Sebab keterlambatan", "Tulis sebab keterlambatan.", help_text="Tercetak pada surat.")
    prevention = _text(
        "Yang dilakukan agar tidak terulang",
        "Tulis apa yang dilakukan agar tidak terulang.",
        help_text="Tercetak pada surat.",
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class ReassignForm(forms.Form):
    to = forms.ModelChoiceField(
        None,
        label="Penanggung jawab baru",
        empty_label="Pilih orang",
        error_messages={"required": "Pilih penanggung jawab baru.", "invalid_choice": "Pilih orang dari daftar."},
    )
    reason = _text("Alasan pengalihan", "Tulis alasan pengalihan.")

    def __init__(self, *args: Any, debt: Obligation, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["to"].queryset = compensation.carriers(debt.case.unit).exclude(pk=debt.owner_id)
