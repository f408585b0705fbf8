"""The working calendar in the admin. Every write goes through `actions`."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ActionAdmin
from accounts.sites import PortalModelAdmin, PortalStackedInline
from kinerjaku import clock

from .actions import calendar
from .actions import standard as standards
from .models import CalendarYear, Closure, Standard, Step


@admin.register(CalendarYear)
class CalendarYearAdmin(ActionAdmin):
    list_display = ("year", "basis", "is_verified", "ramadan_from", "ramadan_to", "version")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("year", "version") if obj else ("version",)

    def save_model(self, request: HttpRequest, obj: CalendarYear, form: Any, change: bool) -> None:
        calendar.save_year(obj, by=request.user, at=request.acted_at)


@admin.register(Closure)
class ClosureAdmin(ActionAdmin):
    list_display = ("day", "name", "kind", "basis")
    list_filter = ("kind",)
    date_hierarchy = "day"
    search_fields = ("name", "basis")
    search_help_text = "Cari nama atau dasar hukum"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        calendar.save_closure(obj, by=request.user, at=request.acted_at)

    def delete_model(self, request: HttpRequest, obj: Closure) -> None:
        calendar.remove_closure(obj, by=request.user, at=request.acted_at)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for closure in queryset:
            self.delete_model(request, closure)


class StepInline(PortalStackedInline):
    model = Step


class StandardForm(forms.ModelForm):
    """What cases were begun under stays as it was: a change is another version from a later day on."""

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.instance.pk and "_saveasnew" not in self.data and self.instance.cases.exists():
            raise forms.ValidationError(
                "Sudah ada berkas menurut versi ini. Isi tanggal berlaku yang baru, lalu pilih “Simpan sebagai baru”."
            )
        return found


@admin.register(Standard)
class StandardAdmin(PortalModelAdmin):
    """Changed with its steps; the history gets both."""

    form = StandardForm
    save_as = True

    list_display = ("name", "key", "valid_from", "promise_minutes", "is_public")
    list_filter = ("key",)
    inlines = (StepInline,)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Standard:
        """Before anything is written: what the history calls "before"."""
        old = Standard.objects.get(pk=form.instance.pk) if change else None
        request.standard_before = standards.describe(old) if old else None
        return super().save_form(request, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        saved = Standard.objects.get(pk=form.instance.pk)
        standards.note_change(saved, before=request.standard_before, by=request.user, at=clock.now())
