"""The catalogue in the admin. Quarters and what units entered can be read here, never changed: one way in, one rule."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.text import capfirst

from accounts.sites import PortalInline, PortalModelAdmin
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.fields import FigureField

from .actions import catalogue
from .forms import FigureInput
from .models import (
    Achievement,
    Assignment,
    Band,
    CollectionRound,
    Decree,
    Evidence,
    Extension,
    Indicator,
    Objective,
    Quarter,
    Submission,
    Target,
    Variable,
)


class FiguresAsWritten:
    """Figures are read and shown in the admin as everywhere else: 1.234,5."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if not isinstance(db_field, FigureField):
            return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        return FigureInput(
            label=capfirst(db_field.verbose_name),
            required=not db_field.blank,
            initial=db_field.get_default(),
            help_text=db_field.help_text,
        )


class PartFormSet(forms.BaseInlineFormSet):
    """Checks the parts together with the indicator's formula, before anything is saved."""

    def kept(self) -> list[Any]:
        return [
            form.instance
            for form in self.forms
            if form.has_changed() or form.instance.pk
            if not form.cleaned_data.get("DELETE")
        ]


class VariableFormSet(PartFormSet):
    def clean(self) -> None:
        super().clean()
        if not any(self.errors):
            _require_sound(self.instance.expression, [variable.code for variable in self.kept()], [])


class BandFormSet(PartFormSet):
    def clean(self) -> None:
        super().clean()
        if not any(self.errors):
            _require_sound("", [], [band.plain() for band in self.kept()])


def _require_sound(*parts: Any) -> None:
    if found := catalogue.faults(*parts):
        raise forms.ValidationError(found)


class PartInline(FiguresAsWritten, PortalInline):
    pass


class VariableInline(PartInline):
    model, formset = Variable, VariableFormSet


class BandInline(PartInline):
    model, formset = Band, BandFormSet


class TargetInline(PartInline):
    model, max_num = Target, 4


class ReasonedForm(forms.ModelForm):
    """What was decided changes by another decree, or for a reason; and it stays in its decree."""

    reason = forms.CharField(
        label="Alasan perubahan",
        required=False,
        max_length=500,
        help_text="Wajib bila keputusannya sudah ditetapkan; tersimpan dalam riwayat.",
        widget=AdminTextareaWidget(attrs={"rows": 2}),
    )

    def clean(self) -> None:
        super().clean()
        reason, chosen = self.cleaned_data.get("reason", ""), self.cleaned_data.get("decree")
        stored = type(self.instance)._default_manager.filter(pk=self.instance.pk).first()
        decree = self.decree_of(stored) if stored is not None else chosen
        if decree is None or decree.is_draft:
            if stored is not None and chosen is not None and not chosen.is_draft and chosen != decree:
                self.add_error("decree", catalogue.ONLY_BY_AMENDMENT)
            return
        if stored is None:
            self.add_error("decree", catalogue.ONLY_BY_AMENDMENT)
        elif chosen is not None and chosen != decree:
            self.add_error("decree", "Keputusannya sudah ditetapkan, jadi ini tidak dapat dipindahkan.")
        else:
            try:
                catalogue.require_reason(decree, reason)
            except DomainError as error:
                self.add_error("reason", error.message)

    @staticmethod
    def decree_of(stored: Any) -> Decree:
        return stored if isinstance(stored, Decree) else stored.decree


class AuditedAdmin(PortalModelAdmin):
    """Each change is one audit entry with before and after, in the transaction of the change."""

    verbs = ("buat", "ubah")

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        stored = type(obj)._default_manager.select_for_update(no_key=True).get(pk=obj.pk) if change else None
        before = None if stored is None else audit.snapshot(stored)
        if stored is not None:  # what somebody else did since the form read it stays, as do fields that are not its own
            for name in self.kept(request, stored):
                setattr(obj, name, getattr(stored, name))
        super().save_model(request, obj, form, change)
        after = audit.snapshot(obj)
        if before != after:
            verb = f"{self.verbs[change]} {obj._meta.verbose_name}"
            reason = form.cleaned_data.get("reason", "") if form is not None else ""
            told = {"before": before, "after": after, "reason": reason}
            audit.record(by=request.user, at=clock.now(), verb=verb, target=obj, **told)

    def kept(self, request: HttpRequest, stored: Any) -> list[str]:
        """Fields that this form does not write."""
        fixed = set(self.get_readonly_fields(request, stored))
        names = [field for field in stored._meta.concrete_fields if not field.editable or field.name in fixed]
        return [field.attname for field in names if not field.primary_key]


@admin.register(Decree)
class DecreeAdmin(AuditedAdmin):
    form = ReasonedForm
    readonly_fields = ("state",)
    list_display = ("title", "number", "year", "state", "in_force_from", "is_example")
    list_filter = ("year", "state", "is_example")
    search_fields = ("title", "number")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What decides when a set counts is fixed with the enactment, which has moved the rows of open quarters."""
        fixed = ("year", "in_force_from", "decided_on", "amends")
        return self.readonly_fields + (() if obj is None or obj.is_draft else fixed)


@admin.register(Objective)
class ObjectiveAdmin(AuditedAdmin):
    form = ReasonedForm
    list_display = ("name", "no", "unit", "decree")
    list_filter = ("decree", "unit")
    list_select_related = ("unit", "decree")
    search_fields = ("name",)


@admin.register(Indicator)
class IndicatorAdmin(FiguresAsWritten, PortalModelAdmin):
    list_display = ("name", "no", "unit", "decree", "polarity", "number_of_issues")
    list_filter = ("decree", "unit", "polarity", "method")
    list_select_related = ("unit", "decree")
    search_fields = ("name",)
    filter_horizontal = ("responsible",)
    readonly_fields = ("issues_of_the_source",)
    inlines = (VariableInline, BandInline, TargetInline)
    form = ReasonedForm
    fieldsets = (
        (None, {"fields": ("reason",)}),
        ("Catatan atas naskah sumber", {"fields": ("issues_of_the_source",)}),
        (None, {"fields": ("decree", "unit", "objective", "no", "name", "measure", "definition")}),
        (
            "Perhitungan",
            {"fields": ("method", "expression", "polarity", "polarity_is_stated", "cap", "worst")},
        ),
        (
            "Pelaporan",
            {"fields": ("consolidation", "validity", "period", "period_hint", "source", "responsible")},
        ),
    )

    @admin.display(description="catatan atas naskah sumber")
    def issues_of_the_source(self, indicator: Indicator) -> str:
        return format_html_join("", "<p>{}</p>", ((issue,) for issue in indicator.source_issues)) or "Tidak ada."

    @admin.display(description="catatan")
    def number_of_issues(self, indicator: Indicator) -> int:
        return len(indicator.source_issues)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Indicator:
        """Before anything is written: what the history calls "before"."""
        request.indicator_before = catalogue.describe(Indicator.objects.get(pk=form.instance.pk)) if change else None  # type: ignore[attr-defined]
        return super().save_form(request, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        catalogue.note_change(
            Indicator.objects.get(pk=form.instance.pk),
            before=request.indicator_before,  # type: ignore[attr-defined]
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=clock.now(),
        )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Many units have an objective of the same name."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "objective":
            field.queryset = Objective.objects.select_related("unit", "decree").order_by("unit__path", "decree", "no")
            field.label_from_instance = lambda o: f"{o.unit.code} {o.no}. {o.name} ({o.decree.year})"
        return field


class ReadOnlyAdmin(PortalModelAdmin):
    """Written by the portal's own pages only, where the deadline and the rights are asked."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Quarter)
class QuarterAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "opens_at", "closes_at", "closed_at")


@admin.register(Extension)
class ExtensionAdmin(ReadOnlyAdmin):
    list_display = ("quarter", "unit", "until", "reference_number", "granted_by", "granted_at")
    list_select_related = ("quarter", "unit", "granted_by")


@admin.register(CollectionRound)
class CollectionRoundAdmin(ReadOnlyAdmin):
    list_display = ("unit", "quarter", "case", "opened_at", "ended_at")
    list_filter = ("quarter",)
    list_select_related = ("unit", "quarter", "case__standard", "case__unit")


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    list_display = ("round", "achievement", "official", "due_on", "done_at", "checked_at")
    list_select_related = (
        "round__unit",
        "round__quarter",
        "achievement__indicator__unit",
        "achievement__quarter",
        "official",
    )


@admin.register(Achievement)
class AchievementAdmin(ReadOnlyAdmin):
    list_display = ("indicator", "quarter", "state", "actual", "percent", "saved_at", "saved_by")
    list_filter = ("quarter", "state", "unit")
    list_select_related = ("indicator__unit", "quarter", "saved_by")


@admin.register(Evidence)
class EvidenceAdmin(ReadOnlyAdmin):
    list_display = ("name", "achievement", "kind", "size", "uploaded_at", "uploaded_by", "removed_at")
    list_select_related = ("achievement__indicator__unit", "achievement__quarter", "uploaded_by")


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("number", "unit", "quarter", "at", "by")
    list_select_related = ("unit", "quarter", "by")


from . import admin_scoring  # noqa: E402, F401  why: registers the rules of a year, with what stands above
