"""The admin site: who may enter is decided by our policy, and writes go through our actions."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin, StackedInline, TabularInline
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from . import policy
from .policy import Verb


class PortalAdminSite(AdminSite):
    site_header = site_title = "Administrasi Kinerjaku"
    index_title = "Data induk"
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return policy.can(request.user, Verb.ADMINISTER)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Someone signed in without the right gets 403 at once, not the way to another sign-in."""
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return guarded(request, *args, **kwargs)

        return answer

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """The portal's own page, which writes the audit."""
        return redirect("password_change")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Signing out is a POST to the portal's own address."""
        return redirect("home")

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """One sign-in for the whole portal."""
        return redirect("login")


class PortalModelAdmin(ModelAdmin):
    """A model admin whose rights come from the policy. Django's own log is not used: actions write the audit."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return policy.can(request.user, Verb.ADMINISTER)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policy.can(request.user, Verb.ADMINISTER)

    has_add_permission = has_module_permission

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policy.can(request.user, Verb.ADMINISTER)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def log_addition(self, *args: Any) -> None:
        pass

    def log_change(self, *args: Any) -> None:
        pass

    def log_deletions(self, *args: Any) -> None:
        pass


class _PartOfPage:
    """Parts on the page of what they belong to: whoever administers that may do everything with them."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return policy.can(request.user, Verb.ADMINISTER)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class PortalInline(_PartOfPage, TabularInline):
    """Short parts, a line each."""


class PortalStackedInline(_PartOfPage, StackedInline):
    """Parts with long texts, a form each."""
