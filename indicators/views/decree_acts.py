"""What is done to a decree. GET of each address is where the browser ends up after signing in again."""

from collections.abc import Callable
from datetime import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.forms import ProofForm
from accounts.policy import Verb
from indicators.actions import decree as decrees
from indicators.actions import decree_copy as copies
from indicators.decree_forms import CopyForm, FactsForm, PaperForm, RevokeForm
from indicators.models import Decree
from kinerjaku import clock
from kinerjaku.errors import DomainError

from .decree import decree_page, visible


@require_http_methods(["GET", "POST"])
def decree_copy(request: HttpRequest, pk: int) -> HttpResponse:
    def act(form: forms.Form, at: datetime) -> Decree:
        return copies.copy_into_year(pk, **form.cleaned_data, by=request.user, at=at)

    made = "Salinan dibuat sebagai draf. Isi nomornya, periksa sasaran, indikator, dan targetnya."
    return _act(request, pk, _may_edit, CopyForm(request.POST, auto_id="salin-%s"), act, made)


@require_http_methods(["GET", "POST"])
def decree_amend(request: HttpRequest, pk: int) -> HttpResponse:
    def act(_: forms.Form, at: datetime) -> Decree:
        return copies.amend(pk, by=request.user, at=at)

    made = "Draf perubahan dibuat. Isi nomor dan tanggal mulai berlakunya, lalu ubah, tambah, atau hapus indikatornya."
    return _act(request, pk, _may_edit, forms.Form(request.POST), act, made)


@require_http_methods(["GET", "POST"])
def decree_facts(request: HttpRequest, pk: int) -> HttpResponse:
    def act(form: forms.Form, at: datetime) -> Decree:
        return copies.edit_facts(pk, **form.cleaned_data, by=request.user, at=at)

    return _act(request, pk, _may_edit, FactsForm(request.POST, auto_id="data-%s"), act, "Keputusan disimpan.")


@require_http_methods(["GET", "POST"])
def decree_drop(request: HttpRequest, pk: int, indicator: int) -> HttpResponse:
    def act(_: forms.Form, at: datetime) -> None:
        copies.drop(pk, indicator, by=request.user, at=at)

    return _act(request, pk, _may_edit, forms.Form(request.POST), act, "Indikator dihapus dari rancangan.")


@require_http_methods(["GET", "POST"])
def decree_ask(request: HttpRequest, pk: int) -> HttpResponse:
    def act(_: forms.Form, at: datetime) -> None:
        decrees.ask_initials(pk, by=request.user, at=at)

    done = "Kepala Biro Perencanaan dan Kepala Biro Hukum diberi tahu untuk memaraf."
    return _act(request, pk, _may_edit, forms.Form(request.POST), act, done)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def decree_initial(request: HttpRequest, pk: int) -> HttpResponse:
    def may() -> None:
        if not any(party in decrees.INITIALS for party in decrees.parties_of(request.user)):
            raise PermissionDenied

    def act(form: forms.Form, at: datetime) -> None:
        decrees.initial(pk, content_hash=form.cleaned_data["content_hash"], by=request.user, at=at)

    return _act(request, pk, lambda _: may(), None, act, "Rancangan keputusan diparaf.")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def decree_sign(request: HttpRequest, pk: int) -> HttpResponse:
    def act(form: forms.Form, at: datetime) -> None:
        decrees.sign(pk, content_hash=form.cleaned_data["content_hash"], by=request.user, at=at)

    done = "Keputusan ditandatangani dan ditetapkan. Baris yang belum diisi pada triwulan terbuka sudah mengikutinya."
    return _act(request, pk, lambda user: policy.require(user, Verb.SIGN_DECREE), None, act, done)


@require_http_methods(["GET", "POST"])
def decree_enact(request: HttpRequest, pk: int) -> HttpResponse:
    """Decided on paper, outside the portal."""

    def act(form: forms.Form, at: datetime) -> None:
        decrees.enact_on_paper(pk, **form.cleaned_data, by=request.user, at=at)

    done = "Keputusan dicatat sebagai ditetapkan di luar portal. Triwulan yang masih terbuka sudah mengikutinya."
    return _act(request, pk, _may_edit, PaperForm(request.POST, auto_id="tetapkan-%s"), act, done)


@require_http_methods(["GET", "POST"])
def decree_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    def act(form: forms.Form, at: datetime) -> None:
        decrees.revoke(pk, reason=form.cleaned_data["reason"], by=request.user, at=at)

    return _act(request, pk, _may_edit, RevokeForm(request.POST, auto_id="cabut-%s"), act, "Keputusan dicabut.")


def _may_edit(user: object) -> None:
    policy.require(user, Verb.EDIT_CATALOGUE)


def _act(
    request: HttpRequest,
    pk: int,
    require: Callable[[object], None],
    form: forms.Form | None,
    act: Callable[[forms.Form, datetime], Decree | None],
    done: str,
) -> HttpResponse:
    """One act by one form (None: the password); what was typed comes back if it is refused."""
    found = visible(request.user, pk)
    if request.method == "GET":
        return redirect(found)
    require(request.user)
    form = form or ProofForm(request, request.POST)
    shown = None if type(form) is forms.Form else form
    if not form.is_valid():
        return decree_page(request, found, refused=shown, status=422)
    try:
        made = act(form, clock.now())
    except DomainError as error:
        kept = None if isinstance(form, ProofForm) else shown  # who signs sees the content of now
        return decree_page(request, visible(request.user, pk), refused=kept, said=error.message, status=error.status)
    messages.success(request, done)
    return redirect(made or found)
