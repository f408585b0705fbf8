"""People, units and roles in the admin, with import and export. Every write goes through `actions`."""

import re
from datetime import date, datetime
from typing import Any

import axes.admin  # noqa: F401  it registers what is taken out below
import django.contrib.auth.admin  # noqa: F401  the same
import tablib
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from import_export.admin import ImportExportMixin
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import Result
from import_export.widgets import ForeignKeyWidget, Widget

from kinerjaku import audit, clock
from kinerjaku.cells import cell
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry
from kinerjaku.tables import BoundedCSV, BoundedXLSX

from . import actions
from .forms import NewPasswordForm, NewUserForm, TableExportForm, TableImportForm, UserForm
from .models import Membership, User, WorkUnit
from .sites import PortalInline, PortalModelAdmin

for unused in (Group, AccessAttempt, AccessFailureLog, AccessLog):
    admin.site.unregister(unused)  # rights come from memberships alone; a lock-out ends by itself


class ActionAdmin(PortalModelAdmin):
    """Saves by an action. What the action refuses is shown on the form, and nothing of the form is kept."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.acted_at = clock.now()
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            request.refusal = error.message
            return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form

        class Refused(form):
            def clean(self) -> Any:
                self.add_error(None, refusal)
                return super().clean()

        return Refused

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.related_model is WorkUnit:
            field.label_from_instance = lambda unit: f"{unit.code} – {unit.name}"
        return field


class TextCell(Widget):
    """Text as it stands in a cell; a number cell keeps its digits."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = "" if value is None else str(value).strip()
        return re.sub(r"^'(?=[=+\-@\t\r])", "", text)


class NipCell(TextCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str | None:
        if isinstance(value, int | float):
            raise ValueError("Spreadsheet membulatkan NIP. Jadikan kolom nip teks, lalu tulis lagi 18 digitnya.")
        return super().clean(value).replace(" ", "") or None


class EmailCell(TextCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return super().clean(value).lower()


class YesNoCell(TextCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        text = super().clean(value).lower()
        if text not in ("ya", "tidak"):
            raise ValueError("Tulis ya atau tidak.")
        return text == "ya"

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "ya" if value else "tidak"


class DayCell(TextCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        if isinstance(value, datetime):
            return value.date()
        text = super().clean(value)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise ValueError("Tulis tanggal seperti 2026-01-31.") from error

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value else ""


class UnitCell(ForeignKeyWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> WorkUnit | None:
        code = TextCell().clean(value)
        if not code:
            return None
        found = WorkUnit.objects.filter(code=code).first()
        if found is None:
            raise ValueError(f"Unit “{code[:20]}” tidak ada. Tulis unit induk lebih dahulu di atasnya.")
        return found


class TableResource(ModelResource):
    """All columns, all rows or none; each row by an action, in the name of who imports, at one instant."""

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        missing = [f.column_name for f in self.fields.values() if f.column_name not in (dataset.headers or ())]
        if missing:
            raise DomainError(
                f"Kolom tidak ada: {', '.join(missing)}. Gunakan berkas hasil ekspor sebagai contoh.",
                code="columns",
            )

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        try:
            self.act(instance, by=kwargs["user"], at=kwargs["at"])
        except DomainError as error:
            raise ValidationError(error.message) from error

    def act(self, instance: Any, *, by: User, at: datetime) -> None:
        raise NotImplementedError

    def export_resource(self, instance: Any, selected_fields: Any = None, **kwargs: Any) -> list[Any]:
        return [cell(value) for value in super().export_resource(instance, selected_fields, **kwargs)]


class UserResource(TableResource):
    """One row a person, found by address. A new person cannot sign in before an Admin sets a password."""

    surel = Field("email", "surel", EmailCell())
    nip = Field("nip", "nip", NipCell())
    nama = Field("name", "nama", TextCell())
    jabatan = Field("position", "jabatan", TextCell())
    aktif = Field("is_active", "aktif", YesNoCell())

    class Meta:
        model = User
        name = "Pengguna"
        fields = ("surel", "nip", "nama", "jabatan", "aktif")
        import_id_fields = ("surel",)
        clean_model_instances = True
        use_transactions = True
        skip_unchanged = True

    def after_init_instance(self, instance: User, new: bool, row: Any, **kwargs: Any) -> None:
        if new:
            instance.set_unusable_password()

    def act(self, instance: User, *, by: User, at: datetime) -> None:
        actions.save_user(instance, by=by, at=at)


class UnitResource(TableResource):
    """One row a unit, found by code. A unit stands below its parent in the file."""

    kode = Field("code", "kode", TextCell())
    kode_unit = Field("number", "kode_unit", TextCell())
    kode_surat = Field("letter_code", "kode_surat", TextCell())
    nama = Field("name", "nama", TextCell())
    level = Field("level", "level", TextCell())
    induk = Field("parent", "induk", UnitCell(WorkUnit, "code"))
    jabatan_pimpinan = Field("head_title", "jabatan_pimpinan", TextCell())
    berlaku_sejak = Field("valid_from", "berlaku_sejak", DayCell())
    berlaku_sampai = Field("valid_to", "berlaku_sampai", DayCell())

    class Meta:
        model = WorkUnit
        name = "Unit kerja"
        fields = (
            *("kode", "kode_unit", "kode_surat", "nama", "level", "induk", "jabatan_pimpinan"),
            *("berlaku_sejak", "berlaku_sampai"),
        )
        import_id_fields = ("kode",)
        clean_model_instances = True
        use_transactions = True
        skip_unchanged = True

    def after_import_instance(self, instance: WorkUnit, new: bool, row: Any, **kwargs: Any) -> None:
        if new:
            instance.path = f"/{instance.code}/"  # the action sets the right one

    def act(self, instance: WorkUnit, *, by: User, at: datetime) -> None:
        actions.save_unit(instance, by=by, at=at)


class ExchangeAdmin(ImportExportMixin, ActionAdmin):
    """Import with a preview, and export, both as XLSX or CSV."""

    formats = (BoundedXLSX, BoundedCSV)
    to_encoding = "utf-8-sig"
    import_form_class, export_form_class = TableImportForm, TableExportForm
    skip_admin_log = True

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """All rows or none, at one instant."""
        return {
            **super().get_import_data_kwargs(**kwargs),
            "at": clock.now(),
            "rollback_on_validation_errors": True,
        }

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        form.add_error("import_file", "Berkas tidak dapat dibaca. Pilih format yang sesuai dengan berkasnya.")

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Since the preview somebody may have changed what the file is about: then nothing was saved."""
        if result.has_errors() or result.has_validation_errors():
            messages.error(request, "Impor batal karena data berubah sejak pratinjau. Unggah lagi berkasnya.")
            return HttpResponseRedirect(reverse(f"admin:accounts_{self.opts.model_name}_import"))
        return super().process_result(result, request)

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        messages.success(request, f"Impor selesai: {new} baru, {changed} diubah, {same} tetap.")


class MembershipInline(PortalInline):
    model = Membership
    fields = ("role", "unit", "valid_from", "valid_to")
    verbose_name_plural = "Peran"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = WorkUnit.objects.order_by("path")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(User)
class UserAdmin(ExchangeAdmin):
    list_display = ("name", "email", "nip", "position", "roles", "is_active")
    list_filter = ("is_active", "memberships__role", "memberships__unit")
    search_fields = ("name", "email", "nip", "position")
    search_help_text = "Cari nama, surel, NIP, atau jabatan"
    ordering = ("name",)
    readonly_fields = ("password_state", "last_login", "created_at")
    inlines = (MembershipInline,)
    resource_classes = (UserResource,)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        return super().get_queryset(request).prefetch_related("memberships__unit")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs.setdefault("form", UserForm if obj else NewUserForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        own = (None, {"fields": ("name", "email", "nip", "position", "is_active")})
        if obj is None:
            return (own, ("Kata sandi", {"fields": ("password1", "password2")}))
        return (own, ("Masuk", {"fields": ("password_state", "last_login", "created_at")}))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nobody guesses hashes letter by letter through the filter of the list."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    @admin.display(description="peran")
    def roles(self, user: User) -> str:
        return ", ".join(str(membership) for membership in user.memberships.all())

    @admin.display(description="kata sandi")
    def password_state(self, user: User) -> str:
        state = "Sudah dibuat." if user.has_usable_password() else "Belum ada; orang ini belum dapat masuk."
        address = reverse("admin:accounts_user_password", args=[user.pk])
        return format_html('{} <a href="{}">Buat kata sandi baru</a>', state, address)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        actions.save_user(obj, by=request.user, at=request.acted_at)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for membership in formset.deleted_objects:
            actions.remove_membership(membership, by=request.user, at=request.acted_at)
        for membership in [*formset.new_objects, *(changed for changed, _ in formset.changed_objects)]:
            actions.save_membership(membership, by=request.user, at=request.acted_at)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.set_password)
        return [path("<int:pk>/kata-sandi/", view, name="accounts_user_password"), *super().get_urls()]

    def set_password(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = get_object_or_404(User, pk=pk)
        form = NewPasswordForm(user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            actions.give_password(user, form.cleaned_data["new_password1"], by=request.user, at=clock.now())
            if user == request.user:
                update_session_auth_hash(request, user)
            messages.success(request, f"Kata sandi {user.name} sudah diganti.")
            return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[pk]))
        context = {**self.admin_site.each_context(request), "title": f"Kata sandi baru: {user.name}"}
        return TemplateResponse(
            request, "admin/set_password.html", {**context, "form": form, "opts": self.opts, "original": user}
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What happened to the person, and to the roles they hold or held."""
        user = get_object_or_404(User, pk=object_id if object_id.isdecimal() else None)
        held = AuditEntry.objects.filter(target_type=Membership._meta.label_lower).filter(
            Q(before__user_id=user.pk) | Q(after__user_id=user.pk)
        )
        entries = (audit.history(user) | held.select_related("by")).order_by("-seq")
        return super().history_view(request, object_id, {"entries": entries, **(extra_context or {})})


@admin.register(WorkUnit)
class WorkUnitAdmin(ExchangeAdmin):
    list_display = ("name", "code", "level", "parent", "letter_code", "valid_from", "valid_to")
    list_filter = ("level", ("parent", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("parent",)
    search_fields = ("name", "code", "number", "letter_code")
    search_help_text = "Cari nama, kode, atau kode surat"
    ordering = ("path",)
    resource_classes = (UnitResource,)

    def get_export_queryset(self, request: HttpRequest) -> models.QuerySet[WorkUnit]:
        """A parent before its children, as the import wants them."""
        return super().get_export_queryset(request).select_related("parent").order_by("path")

    def save_model(self, request: HttpRequest, obj: WorkUnit, form: Any, change: bool) -> None:
        actions.save_unit(obj, by=request.user, at=request.acted_at)


@admin.register(Membership)
class MembershipAdmin(ActionAdmin):
    """Who holds which role where. Roles are given and taken away on the person's own page."""

    list_display = ("user", "role", "unit", "valid_from", "valid_to")
    list_filter = ("role", "unit")
    list_select_related = ("user", "unit")
    search_fields = ("user__name", "user__email", "user__nip", "unit__name", "unit__code")
    readonly_fields = ("user", "role", "unit")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        actions.save_membership(obj, by=request.user, at=request.acted_at)
