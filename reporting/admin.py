"""Letters, their numbers and frozen documents in the admin: to look at."""

from django.contrib import admin

from kinerjaku.models import Document, NumberSeries
from verification.admin import ViewOnlyAdmin

from .models import AssistanceSheet, NotaDinas


@admin.register(NotaDinas)
class NotaDinasAdmin(ViewOnlyAdmin):
    list_display = ["number", "recipient", "issued_at", "issued_by"]
    list_filter = ["year"]
    list_select_related = ["issued_by"]
    search_fields = ["number", "recipient"]


@admin.register(AssistanceSheet)
class AssistanceSheetAdmin(ViewOnlyAdmin):
    list_display = ["unit", "year", "state", "revision", "created_at"]
    list_filter = ["state", "year"]
    list_select_related = ["unit"]
    search_fields = ["unit__code", "unit__name"]


@admin.register(NumberSeries)
class NumberSeriesAdmin(ViewOnlyAdmin):
    list_display = ["unit_code", "year", "last"]


@admin.register(Document)
class DocumentAdmin(ViewOnlyAdmin):
    list_display = ["title", "kind", "number", "code", "created_at", "sealed_at", "rendered_at", "voided_at"]
    list_filter = ["kind"]
    search_fields = ["title", "number", "code", "content_hash", "sha256"]
