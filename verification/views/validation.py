"""Validation: the list, the matrix of one unit, and what unit and validators do with all of it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from services.models import Case
from verification.actions import matrix
from verification.actions import validation as actions
from verification.filters import ValidationFilter
from verification.forms import FreezeForm, ReasonForm
from verification.models import Sheet, ValidationSheet
from verification.validation_forms import AcceptRestForm, GiveBackForm, SendForm

from .signing import SheetPages, signatures

State = Sheet.State

COLUMNS = [
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "-year")),
    Column("tahun", "Tahun", lambda row: row.year, ("year", "unit__path"), True),
    Column("giliran", "Giliran", lambda row: turn_of(row)),
    Column("divalidasi", "Divalidasi", lambda row: row.decided_count, ("decided_count",), True),
    Column("jumlah", "Jumlah usulan", lambda row: row.row_count, ("row_count",), True),
    Column("status", "Status", lambda row: row.get_state_display(), ("state", "unit__path")),
    Column("revisi", "Revisi", lambda row: row.revision, ("revision",), True),
]


@require_safe
def validations(request: HttpRequest) -> HttpResponse:
    rows = ValidationSheet.objects.visible_to(request.user).with_progress()
    listing = Listing(
        request,
        rows.select_related("unit", "case__step"),
        columns=COLUMNS,
        default_sort="-tahun",
        name="lembar-kerja-validasi",
        filter_form=partial(ValidationFilter, user=request.user),
    )
    shown = [(sheet, turn_of(sheet, is_decided=sheet.decided_count == sheet.row_count)) for sheet in listing.rows]
    may_start = policy.can_somewhere(request.user, Verb.VERIFY)
    return listing.response("verification/validations.html", {"shown": shown, "may_start": may_start})


def turn_of(sheet: ValidationSheet, *, is_decided: bool = False) -> str:
    """Who has to do something, in words; the step of the case says it. `is_decided`: every proposal is."""
    case = sheet.case
    if case.state == Case.State.CANCELLED:
        return "Dibatalkan"
    if sheet.state != State.OPEN:
        return {State.FROZEN: "Penanda tangan", State.SIGNED: "Kepala Biro Perencanaan"}.get(State(sheet.state), "")
    if actions.is_with_unit(case):
        return "Unit kerja" if case.step.order == actions.MATRIX else f"Biro Perencanaan (langkah {case.step.order})"
    return "Verifikator, membekukan" if is_decided else "Validator"


@require_safe
def validation(request: HttpRequest, pk: int) -> HttpResponse:
    return validation_page(request, visible(request.user, pk), at=clock.now())


@require_http_methods(["GET", "POST"])
def validation_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over the indicators in force. GET, here and below, is where the browser ends up after signing in again."""
    return _act(request, pk, Verb.ENTER, forms.Form, matrix.copy_present, "Indikator yang berlaku disalin: {}.")


@require_http_methods(["GET", "POST"])
def validation_send(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, Verb.SUBMIT, SendForm, matrix.send, "Matriks dikirim kepada validator.", ("seen",))


@require_http_methods(["GET", "POST"])
def validation_return(request: HttpRequest, pk: int) -> HttpResponse:
    done = "Matriks dikembalikan. Unit diberi tahu beserta alasannya."
    return _act(request, pk, Verb.VALIDATE, GiveBackForm, actions.give_back, done, ("reason",))


@require_http_methods(["GET", "POST"])
def validation_accept(request: HttpRequest, pk: int) -> HttpResponse:
    done = "{} usulan dinyatakan valid."
    return _act(request, pk, Verb.VALIDATE, AcceptRestForm, actions.accept_rest, done, ("expected",))


@require_http_methods(["GET", "POST"])
def validation_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    done = "Lembar kerja dibekukan dan siap ditandatangani."
    return _act(request, pk, Verb.VERIFY, FreezeForm, actions.freeze, done, ("seen",))


def visible(user: User, pk: int) -> ValidationSheet:
    related = ("unit", "document", "sent_by", "case__standard", "case__step")
    return get_object_or_404(ValidationSheet.objects.visible_to(user).select_related(*related), pk=pk)


def _act(
    request: HttpRequest,
    pk: int,
    verb: Verb,
    form_class: type[forms.Form],
    act: Callable[..., Any],
    done: str,
    given: tuple[str, ...] = (),
) -> HttpResponse:
    """One act on the sheet; what was typed comes back if it is refused."""
    sheet = visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet)
    policy.require(request.user, verb, sheet.unit)
    at = clock.now()
    form = form_class(request.POST, auto_id=f"{form_class.__name__}-%s")
    if not form.is_valid():
        return validation_page(request, sheet, at=at, refused=form)
    try:
        result = act(pk, **{name: form.cleaned_data[name] for name in given}, by=request.user, at=at)
    except DomainError as error:
        form.add_error(None, error.message)
        return validation_page(request, visible(request.user, pk), at=at, refused=form, status=error.status)
    messages.success(request, done.format(result))
    return redirect(sheet)


def validation_page(
    request: HttpRequest,
    sheet: ValidationSheet,
    *,
    at: datetime,
    refused: forms.Form | None = None,
    status: int = 422,
) -> HttpResponse:
    """The matrix; with `refused`, as it comes back when an act was not done."""
    user, case = request.user, sheet.case
    rows = list(sheet.rows.select_related("decided_by").order_by("no"))
    is_open = sheet.state == State.OPEN
    with_unit, with_validators = (
        is_open and whose(case) for whose in (actions.is_with_unit, actions.is_with_validators)
    )
    may_validate = with_validators and policy.can(user, Verb.VALIDATE, sheet.unit)
    has_own = may_validate and actions.entered(user, sheet)
    may_enter = with_unit and policy.can(user, Verb.ENTER, sheet.unit)
    may_move = not sheet.why_locked
    undecided = [row for row in rows if not row.is_decided]

    def form(wanted: type[forms.Form], **initial: Any) -> forms.Form:
        is_this = type(refused) is wanted
        fresh = wanted(initial=initial, auto_id=f"{wanted.__name__}-%s")
        if is_this and wanted is SendForm:  # the page shows the matrix of now, so that is what is sent next
            refused.data = {**refused.data.dict(), "seen": initial["seen"]}
        return refused if is_this else fresh

    context = {
        "sheet": sheet,
        "unit": sheet.unit,
        "case": case,
        "turn": turn_of(sheet, is_decided=bool(rows) and not undecided),
        "rows": rows,
        "decided": len(rows) - len(undecided),
        "undecided": undecided,
        "plain": sum(actions.is_plain(row) for row in rows),
        "with_unit": with_unit,
        "with_validators": with_validators,
        "is_invited": case.step.order >= actions.MATRIX,
        "may_enter": may_enter,
        "may_send": with_unit and policy.can(user, Verb.SUBMIT, sheet.unit),
        "missing": matrix.missing_before_send(rows) if with_unit else [],
        "incomplete": [row for row in rows if row.lacks] if with_unit else [],
        "to_copy": len(_to_copy(sheet, rows)) if may_enter else 0,
        "may_validate": may_validate and not has_own,
        "has_own": has_own,
        "may_freeze": with_validators and not has_own and policy.can(user, Verb.VERIFY, sheet.unit),
        "may_reopen": may_move
        and sheet.state in (State.FROZEN, State.SIGNED)
        and policy.can(user, Verb.VERIFY, sheet.unit),
        "may_issue": may_move and sheet.state == State.SIGNED and policy.can(user, Verb.ISSUE_NOTA, sheet.unit),
        "refused": refused,
        "seen": actions.fingerprint(rows),
        "send": form(SendForm, seen=matrix.fingerprint(rows)),
        "give_back": form(GiveBackForm),
        "accept": form(AcceptRestForm, expected=sum(actions.is_plain(row) for row in rows)),
        "freeze": form(FreezeForm),
        "reopen": refused if isinstance(refused, ReasonForm) else ReasonForm(auto_id="buka-%s"),
        "history": audit.history(sheet),
        **signatures(user, sheet, actions.parties(sheet.unit)),
    }
    return render(request, "verification/validation.html", context, status=status if refused else 200)


def _to_copy(sheet: ValidationSheet, rows: list[Any]) -> list[Any]:
    known = {row.follows_id for row in rows}
    return [one for one in matrix.indicators_in_force(sheet) if one.pk not in known]


PAGES = SheetPages(
    visible,
    validation_page,
    frozen="verification/_frozen_validation.html",
    listed="validations",
    stage="Validasi",
)
