"""What people fill in about a service, and what staff type about periods and what follows."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from kinerjaku.listing import FilterForm

from .actions.survey import Reply
from .forms import MOST_TEXT, _text
from .models import Standard, SurveyAnswer, SurveyPeriod
from .questionnaire import ELEMENT_CHOICES, ELEMENTS, KEYS, PROFILE
from .robots import GuardedForm

PUBLIC = [(key, label) for key, label in Standard.Key.choices if key != Standard.Key.COLLECTION]
OWNERS = (Role.VERIFIER, Role.QUALITY_LEAD, Role.TEAM_LEAD, Role.KAROREN, Role.ADMIN)  # the bureau's people


class ReplyForm(forms.Form):
    """The nine questions, the coarse profile and free words."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for no, element in enumerate(ELEMENTS, 1):
            self.fields[element.key] = forms.TypedChoiceField(
                label=f"Pertanyaan {no}",
                help_text=element.question,
                choices=list(enumerate(element.words, 1)),
                coerce=int,
                widget=forms.RadioSelect,
                error_messages={
                    "required": "Pilih salah satu jawaban.",
                    "invalid_choice": "Pilih salah satu jawaban yang tersedia.",
                },
            )
        for trait in PROFILE:
            choices = [("", "Tidak menjawab"), *trait.classes]
            self.fields[trait.key] = forms.ChoiceField(label=trait.label, required=False, choices=choices)
        self.fields["remark"] = forms.CharField(
            label="Saran dan masukan",
            required=False,
            max_length=MOST_TEXT,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text="Boleh dikosongkan. Jangan menulis nama atau hal lain yang mengenali Anda.",
        )

    @property
    def questions(self) -> Iterator[forms.BoundField]:
        return (self[key] for key in KEYS)

    @property
    def profile(self) -> Iterator[forms.BoundField]:
        return (self[trait.key] for trait in PROFILE)

    @property
    def reply(self) -> Reply:
        """For a valid form."""
        found = self.cleaned_data
        profile = {trait.key: found[trait.key] for trait in PROFILE}
        return Reply({key: found[key] for key in KEYS}, profile, found["remark"])


class OpenReplyForm(GuardedForm, ReplyForm):
    """With what an invitation already knows: which service, and of which unit if one wants to say."""

    service = forms.ChoiceField(label="Layanan yang Anda nilai", error_messages={"required": "Pilih layanan."})
    unit = forms.ModelChoiceField(
        None,
        label="Unit kerja Anda",
        required=False,
        to_field_name="code",
        empty_label="Tidak menyebut unit",
        help_text="Boleh dikosongkan. Hasil per unit baru tampil bila sedikitnya lima orang menjawab.",
    )

    def __init__(self, data: Any = None, *, period: SurveyPeriod, at: datetime) -> None:
        super().__init__(data, at=at)
        chosen = [(key, label) for key, label in Standard.Key.choices if key in period.services]
        self.fields["service"].choices = chosen if len(chosen) == 1 else [("", "Pilih layanan"), *chosen]
        units = WorkUnit.objects.on(at.date()).exclude(level=WorkUnit.Level.MINISTRY)
        self.fields["unit"].queryset = units


class _Date(forms.DateField):
    def __init__(self, label: str, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        missing = {"required": "Isi tanggalnya.", "invalid": "Tanggal ini tidak ada."}
        super().__init__(label=label, widget=widget, error_messages=missing, **options)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not 2000 <= day.year <= 2100:
            raise forms.ValidationError("Periksa tahunnya.")
        return day


class PeriodForm(forms.Form):
    name = forms.CharField(
        label="Nama", max_length=150, error_messages={"required": "Tulis nama periode."}, help_text="Misalnya SKM 2026."
    )
    first_day = _Date("Hari pertama")
    last_day = _Date("Hari terakhir")
    services = forms.MultipleChoiceField(
        label="Layanan",
        choices=PUBLIC,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Pilih sedikitnya satu layanan."},
    )
    population = forms.IntegerField(
        label="Jumlah pengguna layanan",
        min_value=1,
        max_value=10_000_000,
        error_messages={"required": "Isi jumlah pengguna layanan.", "min_value": "Jumlahnya sedikitnya 1."},
        help_text="Dipakai untuk menghitung jumlah responden yang disarankan.",
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first_day"), found.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "Hari terakhir mendahului hari pertama.")
        return found


def owners(today: date) -> QuerySet[User]:
    """Active people who hold a role of the bureau today."""
    held = Membership.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gte=today), role__in=OWNERS
    )
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


class FollowUpForm(forms.Form):
    element = forms.ChoiceField(
        label="Unsur", choices=[("", "Pilih unsur"), *ELEMENT_CHOICES], error_messages={"required": "Pilih unsurnya."}
    )
    action = _text("Tindakan", "Tulis apa yang akan dilakukan.")
    owner = forms.ModelChoiceField(
        None,
        label="Penanggung jawab",
        empty_label="Pilih orang",
        error_messages={"required": "Pilih penanggung jawabnya."},
    )
    due_on = _Date("Paling lambat")

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].queryset = owners(today)


class FinishForm(forms.Form):
    proof = _text("Bukti", "Tulis buktinya, misalnya nomor surat atau tautan.")


class ResultFilter(FilterForm):
    """`waktu` is a year (2026) or a period (periode-3)."""

    waktu = forms.ChoiceField(label="Waktu", required=False)
    layanan = forms.ChoiceField(label="Layanan", required=False, choices=[("", "Semua layanan"), *PUBLIC])
    unit = forms.ModelChoiceField(
        None, label="Unit kerja", required=False, to_field_name="code", empty_label="Semua unit"
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        years = [day.year for day in SurveyAnswer.objects.dates("answered_on", "year", order="DESC")]
        self.periods = {f"periode-{period.pk}": period for period in SurveyPeriod.objects.all()}
        self.fields["waktu"].choices = [
            ("", "Semua waktu"),
            *((str(year), f"Tahun {year}") for year in years),
            *((key, period.name) for key, period in self.periods.items()),
        ]
        asked = SurveyAnswer.objects.exclude(unit=None).values("unit")
        self.fields["unit"].queryset = WorkUnit.objects.filter(pk__in=asked)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        """By time only: what may be shown of a service or unit depends on the others of the same time."""
        when = chosen.get("waktu", "")
        if when in self.periods:
            period = self.periods[when]
            days = (period.first_day, period.last_day)
            return rows.filter(answered_on__range=days, service__in=period.services)
        return rows.filter(answered_on__year=int(when)) if when else rows


class RemarkFilter(FilterForm):
    layanan = forms.ChoiceField(label="Layanan", required=False, choices=[("", "Semua layanan"), *PUBLIC])
    periode = forms.ModelChoiceField(
        SurveyPeriod.objects.all(), label="Periode", required=False, empty_label="Semua periode"
    )

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        names = {"layanan": "service", "periode": "period"}
        return rows.filter(**{names[key]: value for key, value in chosen.items()})


class PeriodFilter(FilterForm):
    layanan = forms.ChoiceField(label="Layanan", required=False, choices=[("", "Semua layanan"), *PUBLIC])
    q = forms.CharField(label="Cari nama", required=False, max_length=100)

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if "q" in chosen:
            rows = rows.filter(name__icontains=chosen["q"])
        if "layanan" in chosen:  # no JSON containment on SQLite; a key is part of no other
            rows = rows.filter(services__icontains=f'"{chosen["layanan"]}"')
        return rows
