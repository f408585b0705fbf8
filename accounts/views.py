"""Signing in and out, the person's own pages, and the audit log."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kinerjaku import audit, clock
from kinerjaku.listing import Column, Listing
from kinerjaku.models import AuditEntry
from kinerjaku.templatetags.kinerjaku import changes, target_words

from . import actions, policy
from . import notices as telling
from .channels import TERMS
from .forms import AuditFilter, ChannelsForm, NoticeFilter, OwnPasswordForm, SignInForm
from .middleware import KEPT, PERSON, PERSON_LASTS
from .policy import Verb


class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm

    def form_valid(self, form: SignInForm) -> HttpResponse:
        response = super().form_valid(form)
        user = form.get_user()
        actions.note_sign_in(user, "masuk", at=clock.now())
        response.set_signed_cookie(
            PERSON,
            str(user.pk),
            salt=PERSON,
            max_age=PERSON_LASTS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response

    def get_success_url(self) -> str:
        """Back to what was typed when the session had ended; another person's is dropped."""
        kept = self.request.session.get(KEPT)
        if kept is not None and kept["person"] == str(self.request.user.pk):
            return reverse("kept")
        self.request.session.pop(KEPT, None)
        return super().get_success_url()


@method_decorator(login_not_required, name="dispatch")
class SignOut(LogoutView):
    """Who has already been signed out comes to the sign-in page as well."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            actions.note_sign_in(request.user, "keluar", at=clock.now())
        response = super().post(request, *args, **kwargs)
        response.delete_cookie(PERSON)
        response["Clear-Site-Data"] = '"cache"'
        return response


@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    chosen = {kind.value: terms.default for kind, terms in TERMS.items()}
    chosen |= dict(request.user.notice_choices.values_list("kind", "channel"))
    return _profile_page(request, ChannelsForm(initial=chosen))


@require_http_methods(["GET", "POST"])
def channels(request: HttpRequest) -> HttpResponse:
    """How the person wants to be told. GET is where the browser ends up after signing in again."""
    if request.method == "GET":
        return redirect("profile")
    form = ChannelsForm(request.POST)
    if not form.is_valid():
        return _profile_page(request, form, status=422)
    actions.choose_channels(request.user, form.cleaned_data, at=clock.now())
    messages.success(request, "Cara Anda diberi tahu sudah disimpan.")
    return redirect("profile")


def _profile_page(request: HttpRequest, form: ChannelsForm, *, status: int = 200) -> HttpResponse:
    today = clock.now().date()
    held = request.user.memberships.select_related("unit")
    context = {"memberships": held, "today": today, "form": form}
    return render(request, "accounts/profile.html", context, status=status)


class PasswordChange(PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("profile")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        actions.change_password(form.user, form.cleaned_data["new_password1"], at=clock.now())
        update_session_auth_hash(self.request, form.user)
        messages.success(self.request, "Kata sandi Anda sudah diganti.")
        return HttpResponseRedirect(self.get_success_url())


NOTICE_COLUMNS = [
    Column("subject", "Perihal", lambda notice: notice.subject, ("subject",)),
    Column("kind", "Jenis", lambda notice: notice.get_kind_display(), ("kind", "-created_at")),
    Column("created_at", "Diterima", lambda notice: notice.created_at, ("created_at",)),
    Column("read_at", "Dibaca", lambda notice: notice.read_at, ("read_at", "created_at")),
]


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        request.user.notices.all(),
        columns=NOTICE_COLUMNS,
        default_sort="-created_at",
        name="pemberitahuan",
        filter_form=NoticeFilter,
    )
    return listing.response("accounts/notices.html")


@require_http_methods(["GET", "POST"])
def notices_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read. GET is where the browser ends up after signing in again."""
    if request.method == "POST":
        telling.mark_all_read(request.user, at=clock.now())
    return redirect("notices")


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "accounts/notice.html", {"notice": get_object_or_404(request.user.notices, pk=pk)})


@require_POST
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark it as read, then go to what it is about, or back to the list if that was asked."""
    found = get_object_or_404(request.user.notices, pk=pk)
    telling.mark_read(found, at=clock.now())
    stays = "stay" in request.POST or not _is_ours(request, found.path)
    return redirect("notices") if stays else HttpResponseRedirect(found.path)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def kept(request: HttpRequest) -> HttpResponse:
    """What was typed when the session had ended: send it again as it is, or throw it away."""
    typed = request.session.get(KEPT)
    if typed is None or request.method == "POST" or not _is_ours(request, typed["path"]):
        request.session.pop(KEPT, None)
        if request.method == "POST":
            messages.info(request, "Isian yang belum tersimpan sudah dibuang.")
        return redirect("home")
    return render(request, "accounts/kept.html", {"path": typed["path"], "fields": typed["fields"]})


def _changed(entry: AuditEntry) -> str:
    return "; ".join(f"{change['label']}: {change['before']} → {change['after']}" for change in changes(entry))


AUDIT_COLUMNS = [
    Column("seq", "Nomor", lambda entry: entry.seq, ("seq",), numeric=True),
    Column("at", "Waktu", lambda entry: entry.at, ("at", "seq")),
    Column("by", "Pelaku", lambda entry: entry.by.name if entry.by else "Sistem", ("by__name", "seq")),
    Column("verb", "Tindakan", lambda entry: entry.verb, ("verb", "seq")),
    Column("target", "Objek", target_words),
    Column("changes", "Perubahan", _changed),
    Column("reason", "Alasan", lambda entry: entry.reason),
]


@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    policy.require(request.user, Verb.VIEW_AUDIT)
    listing = Listing(
        request,
        audit.shown_to(request.user).select_related("by"),
        columns=AUDIT_COLUMNS,
        default_sort="-seq",
        name="audit",
        filter_form=AuditFilter,
    )
    return listing.response("accounts/audit_log.html")


def _is_ours(request: HttpRequest, path: str) -> bool:
    """A path on this very host; never another site."""
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, None, request.is_secure())
