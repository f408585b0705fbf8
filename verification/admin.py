"""Worksheets and signatures in the admin: to look at. Writes go through the pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.sites import PortalModelAdmin

from .models import Signature, Worksheet


class ViewOnlyAdmin(PortalModelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Worksheet)
class WorksheetAdmin(ViewOnlyAdmin):
    list_display = ["unit", "quarter", "state", "revision", "created_at"]
    list_filter = ["state", "quarter"]
    list_select_related = ["unit", "quarter"]
    search_fields = ["unit__code", "unit__name"]


@admin.register(Signature)
class SignatureAdmin(ViewOnlyAdmin):
    list_display = ["document", "order", "party", "unit", "signer", "signed_at"]
    list_filter = ["party"]
    list_select_related = ["document", "unit", "signer"]
    search_fields = ["document__title", "signer__name", "content_hash"]
