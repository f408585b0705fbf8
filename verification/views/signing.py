"""Signing the frozen worksheet, refusing it, opening it again."""

from itertools import groupby

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock
from kinerjaku.errors import DomainError
from verification import workflow
from verification.actions import signing as actions
from verification.forms import ReasonForm, SignForm
from verification.models import Worksheet
from verification.workflow import Action

from .worksheet import refused_page, signatures, visible, worksheet_page


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def worksheet_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The frozen text with its hash; whoever's turn it is proves who they are and signs the hash seen."""
    sheet = visible(request.user, pk)
    if sheet.document is None:
        messages.info(request, "Lembar kerja ini belum dibekukan, jadi belum dapat ditandatangani.")
        return redirect(sheet)
    if request.method == "GET":
        return _page(request, sheet)
    form = SignForm(request, request.POST)
    try:
        actions.require_turn(request.user, sheet)
        if not form.is_valid():
            return _page(request, sheet, refused=form)
        seen = form.cleaned_data["content_hash"]
        actions.sign(pk, content_hash=seen, by=request.user, at=clock.now())
    except DomainError as error:
        return _refused_page(request, pk, error)
    messages.success(request, "Lembar kerja ditandatangani.")
    return redirect(sheet)


@require_http_methods(["GET", "POST"])
def worksheet_refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Not to sign, with a reason. GET is where the browser ends up after signing in again."""
    sheet = visible(request.user, pk)
    if request.method == "GET":
        return redirect("worksheet_sign", pk)
    form = ReasonForm(request.POST, auto_id="tolak-%s")
    try:
        actions.require_turn(request.user, sheet)
        if not form.is_valid():
            return _page(request, sheet, refused=form)
        actions.refuse(pk, reason=form.cleaned_data["reason"], by=request.user, at=clock.now())
    except DomainError as error:
        return _refused_page(request, pk, error)
    messages.success(request, "Penolakan dicatat. Semua pihak diberi tahu, dan lembar kerja dibuka kembali.")
    return redirect(sheet)


@require_http_methods(["GET", "POST"])
def worksheet_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a frozen worksheet again. GET is where the browser ends up after signing in again."""
    sheet = visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet)
    policy.require(request.user, Verb.VERIFY, sheet.unit)
    at = clock.now()
    form = ReasonForm(request.POST, auto_id="buka-%s")
    try:
        workflow.next_state(sheet.state, Action.REOPEN)
        if not form.is_valid():
            return worksheet_page(request, sheet, at=at, refused=form)
        actions.reopen(pk, reason=form.cleaned_data["reason"], by=request.user, at=at)
    except DomainError as error:
        return refused_page(request, pk, error, at=at)
    messages.success(request, "Lembar kerja dibuka kembali. Tanda tangan revisi sebelumnya batal.")
    return redirect(sheet)


def _page(
    request: HttpRequest, sheet: Worksheet, *, refused: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    """The frozen text and the forms; the shown hash is the one that will be signed."""
    document = sheet.document
    if document is None:  # opened again meanwhile
        messages.info(request, "Lembar kerja ini telah dibuka kembali, jadi belum dapat ditandatangani.")
        return redirect(sheet)
    rows = document.content["rows"]
    context = {
        "sheet": sheet,
        "unit": sheet.unit,
        "quarter": sheet.quarter,
        "document": document,
        "content": document.content,
        "groups": [(name, list(group)) for name, group in groupby(rows, lambda row: row["objective"])],
        "refused": refused,
        "sign": refused if isinstance(refused, SignForm) else SignForm(request, content_hash=document.content_hash),
        "refuse": refused if isinstance(refused, ReasonForm) else ReasonForm(auto_id="tolak-%s"),
        **signatures(request.user, sheet),
    }
    return render(request, "verification/worksheet_sign.html", context, status=status if refused else 200)


def _refused_page(request: HttpRequest, pk: int, error: DomainError) -> HttpResponse:
    """The text as it is now, with fresh forms and what the action said."""
    said = forms.Form({})
    said.add_error(None, error.message)
    return _page(request, visible(request.user, pk), refused=said, status=error.status)
