"""Signing a frozen sheet, refusing it, opening it again: the same pages for every kind of sheet."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import clock, documents
from kinerjaku.errors import DomainError
from verification import workflow
from verification.actions import signing as actions
from verification.forms import ReasonForm, SignForm
from verification.models import Sheet, Signature, side
from verification.workflow import Action


@dataclass(frozen=True)
class SheetPages:
    """What the pages of a kind of sheet differ in; an argument of their routes."""

    visible: Callable[[User, int], Any]  # the sheet, or 404
    page: Callable[..., HttpResponse]  # (request, sheet, at=, refused=, status=): its own page
    frozen: str  # template of its frozen content
    listed: str  # route of the list
    stage: str  # name of the list
    groups: Callable[[dict[str, Any]], Any] = lambda content: ()  # rows of the content as the template wants them


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sheet_sign(request: HttpRequest, pk: int, pages: SheetPages) -> HttpResponse:
    """The frozen text with its hash; whoever's turn it is proves who they are and signs the hash seen."""
    sheet = pages.visible(request.user, pk)
    if sheet.document is None:
        messages.info(request, "Lembar kerja ini belum dibekukan, jadi belum dapat ditandatangani.")
        return redirect(sheet)
    if request.method == "GET":
        return _page(request, sheet, pages)
    form = SignForm(request, request.POST)
    try:
        actions.require_turn(request.user, sheet)
        if not form.is_valid():
            return _page(request, sheet, pages, refused=form)
        seen = form.cleaned_data["content_hash"]
        actions.sign(sheet, content_hash=seen, by=request.user, at=clock.now())
    except DomainError as error:
        return _refused_page(request, pk, pages, error)
    messages.success(request, "Lembar kerja ditandatangani.")
    return redirect(sheet)


@require_http_methods(["GET", "POST"])
def sheet_refuse(request: HttpRequest, pk: int, pages: SheetPages) -> HttpResponse:
    """Not to sign, with a reason. GET is where the browser ends up after signing in again."""
    sheet = pages.visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet.sign_path)
    form = ReasonForm(request.POST, auto_id="tolak-%s")
    try:
        actions.require_turn(request.user, sheet)
        if not form.is_valid():
            return _page(request, sheet, pages, refused=form)
        actions.refuse(sheet, reason=form.cleaned_data["reason"], by=request.user, at=clock.now())
    except DomainError as error:
        return _refused_page(request, pk, pages, error)
    messages.success(request, "Penolakan dicatat. Semua pihak diberi tahu, dan lembar kerja dibuka kembali.")
    return redirect(sheet)


@require_http_methods(["GET", "POST"])
def sheet_reopen(request: HttpRequest, pk: int, pages: SheetPages) -> HttpResponse:
    """Open a frozen sheet again. GET is where the browser ends up after signing in again."""
    sheet = pages.visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet)
    policy.require(request.user, Verb.VERIFY, sheet.unit)
    at = clock.now()
    form = ReasonForm(request.POST, auto_id="buka-%s")
    try:
        workflow.next_state(sheet.state, Action.REOPEN)
        if not form.is_valid():
            return pages.page(request, sheet, at=at, refused=form)
        actions.reopen(sheet, reason=form.cleaned_data["reason"], by=request.user, at=at)
    except DomainError as error:
        refused = saying(error)
        return pages.page(request, pages.visible(request.user, pk), at=at, refused=refused, status=error.status)
    messages.success(request, "Lembar kerja dibuka kembali. Tanda tangan revisi sebelumnya batal.")
    return redirect(sheet)


@require_safe
def sheet_pdf(request: HttpRequest, pk: int, pages: SheetPages) -> HttpResponseBase:
    sheet = pages.visible(request.user, pk)
    if sheet.document is None:
        raise DomainError("Lembar kerja belum dibekukan, jadi belum ada PDF-nya.", code="not_frozen", status=409)
    return documents.response(sheet.document, filename=f"{sheet.file_name}-rev{sheet.revision}.pdf")


def saying(error: DomainError) -> forms.Form:
    """An empty form that carries what an action said."""
    said = forms.Form({})
    said.add_error(None, error.message)
    return said


def signatures(user: User, sheet: Sheet, parties: list[tuple[Signature.Party, Any]]) -> dict[str, Any]:
    """The parties in their order, who has signed, and whether it is this user's turn."""
    if sheet.document is None:
        return {"slots": [], "parties": [side(*pair) for pair in parties], "my_slot": None}
    slots = list(sheet.document.signatures.select_related("unit", "signer"))
    return {
        "slots": slots,
        "parties": [],
        "my_slot": actions.waiting_for(user, sheet),
        "signs_later": any(slot.signed_at is None and actions.may_fill(user, slot) for slot in slots),
    }


def _page(
    request: HttpRequest, sheet: Sheet, pages: SheetPages, *, refused: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    """The frozen text and the forms; the shown hash is the one that will be signed."""
    document = sheet.document
    if document is None:  # opened again meanwhile
        messages.info(request, "Lembar kerja ini telah dibuka kembali, jadi belum dapat ditandatangani.")
        return redirect(sheet)
    context = {
        "sheet": sheet,
        "pages": pages,
        "document": document,
        "content": document.content,
        "groups": pages.groups(document.content),
        "refused": refused,
        "sign": refused if isinstance(refused, SignForm) else SignForm(request, content_hash=document.content_hash),
        "refuse": refused if isinstance(refused, ReasonForm) else ReasonForm(auto_id="tolak-%s"),
        **signatures(request.user, sheet, []),
    }
    return render(request, "verification/sheet_sign.html", context, status=status if refused else 200)


def _refused_page(request: HttpRequest, pk: int, pages: SheetPages, error: DomainError) -> HttpResponse:
    """The text as it is now, with fresh forms and what the action said."""
    sheet = pages.visible(request.user, pk)
    return _page(request, sheet, pages, refused=saying(error), status=error.status)
