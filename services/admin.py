"""The working calendar in the admin. Every write goes through `actions`."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ActionAdmin

from .actions import calendar
from .models import CalendarYear, Closure


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
