"""The catalogue in the admin. Quarters and what units entered can be read here, never changed: one way in, one rule."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.text import capfirst
from import_export.admin import ImportExportMixin
from import_export.forms import ExportForm, ImportForm
from import_export.results import Result

from accounts.sites import PortalInline, PortalModelAdmin
from kinerjaku import audit, clock
from kinerjaku.fields import FigureField
from kinerjaku.tables import BoundedCSV, BoundedXLSX

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
from .resources import IndicatorResource


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


class AuditedAdmin(PortalModelAdmin):
    """Each change is one audit entry with before and after, in the transaction of the change."""

    verbs = ("buat", "ubah")

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        before = audit.snapshot(type(obj)._default_manager.get(pk=obj.pk)) if change else None
        super().save_model(request, obj, form, change)
        after = audit.snapshot(obj)
        if before != after:
            verb = f"{self.verbs[change]} {obj._meta.verbose_name}"
            audit.record(by=request.user, at=clock.now(), verb=verb, target=obj, before=before, after=after)


@admin.register(Decree)
class DecreeAdmin(AuditedAdmin):
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
    list_display = ("name", "no", "unit", "decree")
    list_filter = ("decree", "unit")
    list_select_related = ("unit", "decree")
    search_fields = ("name",)


class IndicatorImportForm(ImportForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["import_file"].label = "Berkas Excel (.xlsx) atau CSV"
        self.fields["format"].label = "Format"


class IndicatorExportForm(ExportForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].label = "Format"


@admin.register(Indicator)
class IndicatorAdmin(FiguresAsWritten, ImportExportMixin, PortalModelAdmin):
    list_display = ("name", "no", "unit", "decree", "polarity", "number_of_issues")
    list_filter = ("decree", "unit", "polarity", "method")
    list_select_related = ("unit", "decree")
    search_fields = ("name",)
    filter_horizontal = ("responsible",)
    readonly_fields = ("issues_of_the_source",)
    inlines = (VariableInline, BandInline, TargetInline)
    fieldsets = (
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
    resource_classes = (IndicatorResource,)
    formats = (BoundedXLSX, BoundedCSV)
    to_encoding = "utf-8-sig"
    import_form_class, export_form_class = IndicatorImportForm, IndicatorExportForm
    skip_admin_log = True

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

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return _titled("Impor indikator", super().import_action(request, **kwargs))

    def export_action(self, request: HttpRequest) -> HttpResponse:
        return _titled("Ekspor indikator", super().export_action(request))

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All rows or none, at one instant."""
        return {
            **super().get_import_data_kwargs(**kwargs),
            "at": clock.now(),
            "rollback_on_validation_errors": True,
        }

    def get_export_queryset(self, request: HttpRequest) -> models.QuerySet[Indicator]:
        rows = super().get_export_queryset(request).select_related("decree", "unit", "objective")
        return rows.prefetch_related("variables", "bands", "targets", "responsible", "evidence_slots").order_by(
            "decree__key", "unit__path", "no"
        )

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        form.add_error("import_file", "Berkas tidak dapat dibaca. Periksa apakah formatnya sesuai dengan pilihan Anda.")

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Since the preview somebody may have changed what the file is about: then nothing was saved."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(
                request, "Impor dibatalkan karena data berubah sejak pratinjau. Unggah berkasnya sekali lagi."
            )
            return HttpResponseRedirect(reverse("admin:indicators_indicator_import"))
        return super().process_result(result, request)

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        messages.success(request, f"Impor selesai: {new} indikator baru, {changed} diubah, {same} tetap.")


def _titled(title: str, answer: HttpResponse) -> HttpResponse:
    """The library has no Indonesian."""
    if isinstance(answer, TemplateResponse):
        answer.context_data["title"] = title
    return answer


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
