"""What is owed: the list, and one obligation with what can be done about it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit, clock, files
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from services.actions import apology
from services.actions import compensation as actions
from services.compensation_forms import HandoverForm, ObligationFilter, OralForm, ReassignForm
from services.forms import WaiveForm
from services.models import Obligation

Kind = Obligation.Kind
COLUMNS = [
    Column("kewajiban", "Kewajiban", lambda debt: debt.get_kind_display(), ("kind", "due_at")),
    Column("layanan", "Layanan", lambda debt: debt.case.standard.get_key_display(), ("case__standard__key", "due_at")),
    Column("unit", "Unit kerja", lambda debt: debt.case.unit.name, ("case__unit__path", "due_at")),
    Column("perihal", "Perihal", lambda debt: debt.case.subject, ("case__subject", "due_at")),
    Column("terutang", "Terutang sejak", lambda debt: debt.accrued_at, ("accrued_at",)),
    Column("tenggat", "Paling lambat", lambda debt: debt.due_at, ("due_at",)),
    Column("oleh", "Penanggung jawab", lambda debt: debt.owner.name if debt.owner else "", ("owner__name", "due_at")),
    Column("status", "Status", lambda debt: debt.state.label, ("urgency", "due_at")),
]
SHOWN = (
    "case__standard",
    "case__unit",
    "owner",
    "letter__document",
    "handover",
    "fulfilled_by",
    "recorded_by",
    "waived_by",
)
SCAN_ERRORS = {"empty", "too_big", "too_many", "wrong_type", "encrypted", "macros", "damaged"}
MAY: dict[str, Callable[[User, Obligation], bool]] = {  # who may do an act at all; the act itself says when
    "fulfil": actions.may_carry,
    "hand_over": actions.may_carry,
    "reassign": lambda user, debt: policy.can(user, Verb.REASSIGN, debt.case.unit),
    "waive": lambda user, debt: policy.can(user, Verb.WAIVE, debt.case.unit),
}


@require_safe
def obligations(request: HttpRequest) -> HttpResponse:
    """What is late comes first."""
    rows = Obligation.objects.visible_to(request.user).as_of(clock.now())
    listing = Listing(
        request,
        rows.select_related("case__standard", "case__unit", "owner"),
        columns=COLUMNS,
        default_sort="status",
        name="kompensasi",
        filter_form=partial(ObligationFilter, user=request.user),
    )
    return listing.response("services/obligations.html")


@require_safe
def obligation(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk, at=clock.now())


@require_http_methods(["GET", "POST"])
def obligation_fulfil(request: HttpRequest, pk: int) -> HttpResponse:
    """The oral apology was made. GET, here and below, is where the browser ends up after signing in again."""
    return _act(request, pk, "fulfil", actions.fulfil, "Permohonan maaf lisan dicatat.")


@require_http_methods(["GET", "POST"])
def obligation_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "hand_over", actions.hand_over, "Penyerahan hasil layanan dicatat.")


@require_http_methods(["GET", "POST"])
def obligation_reassign(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "reassign", actions.reassign, "Penanggung jawab diganti dan diberi tahu.")


@require_http_methods(["GET", "POST"])
def obligation_waive(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "waive", actions.waive, "Kewajiban dibebaskan.")


@require_safe
def handover_scan(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(Obligation.objects.visible_to(request.user).select_related("handover"), pk=pk)
    if found.handover is None or not found.handover.scan_storage_name:
        raise Http404
    record = found.handover
    return files.download(record.scan_storage_name, filename=record.scan_name, content_type=record.scan_type)


def with_acts(user: User, debt: Obligation, name: str = "", refused: forms.Form | None = None) -> dict[str, Any]:
    """An obligation and what this person can do about it now: a form for each act; `refused` is that of the act `name`
    as it comes back."""
    why_not = actions.why_not_yet(debt) if debt.kind == Kind.IN_PERSON else ""
    fitting = {"reassign", "waive"}
    if debt.kind != Kind.WRITTEN and not why_not:
        fitting.add("fulfil" if debt.kind == Kind.ORAL else "hand_over")
    made = _forms(user, debt)
    shown = {act: made[act](auto_id=f"{act}-{debt.pk}-%s") for act in fitting if MAY[act](user, debt)}
    if debt.is_settled:
        shown.clear()
    if refused is not None:
        shown[name] = refused
    needs_letter = debt.kind in Obligation.BY_LETTER and debt.letter_id is None and not debt.is_settled
    return {
        "debt": debt,
        "forms": shown,
        "why_not": "" if debt.is_settled else why_not,
        "is_at_once": debt.due_at <= debt.accrued_at,
        "needs_letter": needs_letter,
        "may_draft": needs_letter and apology.may_draft(user, debt.case),
    }


def _forms(user: User, debt: Obligation) -> dict[str, Callable[..., forms.Form]]:
    given = {"unit": debt.case.unit, "user": user}
    return {
        "fulfil": partial(OralForm, **given),
        "hand_over": partial(HandoverForm, **given),
        "reassign": partial(ReassignForm, debt=debt),
        "waive": WaiveForm,
    }


def _page(
    request: HttpRequest, pk: int, *, at: datetime, name: str = "", refused: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    rows = Obligation.objects.visible_to(request.user).as_of(at)
    debt = get_object_or_404(rows.select_related(*SHOWN), pk=pk)
    entries = [*audit.history(debt), *(audit.history(debt.letter) if debt.letter else ())]
    context = {
        "debt": debt,
        "one": with_acts(request.user, debt, name, refused),
        "history": sorted(entries, key=lambda entry: -entry.seq),
        "refused": refused,
    }
    return render(request, "services/obligation.html", context, status=status)


def _act(request: HttpRequest, pk: int, name: str, act: Callable[..., Any], done: str) -> HttpResponse:
    """One act; what was typed comes back if it is refused."""
    rows = Obligation.objects.visible_to(request.user).select_related("case__unit")
    debt = get_object_or_404(rows, pk=pk)
    if request.method == "GET":
        return redirect(debt)
    if not MAY[name](request.user, debt):
        raise PermissionDenied
    form = _forms(request.user, debt)[name](request.POST, request.FILES, auto_id=f"{name}-{pk}-%s")
    at = clock.now()  # after the last byte of an upload
    if not form.is_valid():
        return _page(request, pk, at=at, name=name, refused=form, status=422)
    try:
        act(pk, **form.cleaned_data, by=request.user, at=at)
    except DomainError as error:
        form.add_error("scan" if "scan" in form.fields and error.code in SCAN_ERRORS else None, error.message)
        return _page(request, pk, at=at, name=name, refused=form, status=error.status)
    messages.success(request, done)
    return redirect(debt)
