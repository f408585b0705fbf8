"""The list of worksheets, and one of them: review at a glance, accept, freeze, PDF."""

from datetime import datetime
from functools import partial
from itertools import groupby

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import children
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from verification import workflow
from verification.actions import worksheet as actions
from verification.filters import WorksheetFilter
from verification.forms import AcceptForm, FreezeForm, OpenForm, ReasonForm
from verification.models import Worksheet
from verification.workflow import Action

from .rows import SHOWN, ReviewRow, tabs
from .signing import SheetPages, saying, signatures

State = Worksheet.State

COLUMNS = [
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "quarter__year", "quarter__number")),
    Column(
        "triwulan",
        "Triwulan",
        lambda row: str(row.quarter),
        ("quarter__year", "quarter__number"),
    ),
    Column("status", "Status", lambda row: row.get_state_display(), ("state", "unit__path")),
    Column("ditinjau", "Ditinjau", lambda row: row.decided_count, ("decided_count",), True),
    Column("jumlah", "Jumlah indikator", lambda row: row.row_count, ("row_count",), True),
    Column("revisi", "Revisi", lambda row: row.revision, ("revision",), True),
]


@require_safe
def worksheets(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    listing = Listing(
        request,
        Worksheet.objects.visible_to(request.user).with_progress().select_related("unit", "quarter"),
        columns=COLUMNS,
        default_sort="-triwulan",
        name="lembar-kerja",
        filter_form=partial(WorksheetFilter, user=request.user),
    )
    return listing.response(
        "verification/worksheets.html", {"to_open": len(actions.without_worksheet(request.user, at))}
    )


@require_http_methods(["GET", "POST"])
def worksheet_open(request: HttpRequest) -> HttpResponse:
    """Make a worksheet now instead of waiting for the schedule."""
    at = clock.now()
    code = request.POST.get("choice", "").replace("\x00", "").partition("/")[0]
    if code:
        unit = get_object_or_404(policy.units_for(request.user), code=code)
        policy.require(request.user, Verb.VERIFY, unit)
    elif not policy.can_somewhere(request.user, Verb.VERIFY):
        raise PermissionDenied
    lacking = {f"{row.unit.code}/{row.quarter_id}": row for row in actions.without_worksheet(request.user, at)}
    choices = [(value, f"{row.unit.name}, {row.quarter}") for value, row in lacking.items()]
    form = OpenForm(request.POST if request.method == "POST" else None, choices=choices)
    if form.is_valid():
        chosen = lacking[form.cleaned_data["choice"]]
        made = actions.open_worksheet(chosen.quarter, chosen.unit, by=request.user, at=at)
        messages.success(request, "Lembar kerja dibuat.")
        return redirect(made)
    context = {"form": form, "has_choices": bool(choices)}
    return render(request, "verification/worksheet_open.html", context, status=422 if form.is_bound else 200)


@require_safe
def worksheet(request: HttpRequest, pk: int) -> HttpResponse:
    return worksheet_page(request, visible(request.user, pk), at=clock.now())


@require_http_methods(["GET", "POST"])
def worksheet_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Find all plain rows conform at once. GET is where the browser ends up after signing in again."""
    sheet = visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet)
    policy.require(request.user, Verb.VERIFY, sheet.unit)
    at = clock.now()
    form = AcceptForm(request.POST)
    try:
        workflow.next_state(sheet.state, Action.REVIEW)
        if not form.is_valid():
            return worksheet_page(request, sheet, at=at, refused=form)
        count = actions.accept_plain(pk, expected=form.cleaned_data["expected"], by=request.user, at=at)
    except DomainError as error:
        return refused_page(request, pk, error, at=at)
    messages.success(request, f"{count} baris dinyatakan sesuai.")
    return redirect(sheet)


@require_http_methods(["GET", "POST"])
def worksheet_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the content for signing. GET is where the browser ends up after signing in again."""
    sheet = visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet)
    policy.require(request.user, Verb.VERIFY, sheet.unit)
    at = clock.now()
    form = FreezeForm(request.POST, auto_id="bekukan-%s")
    try:
        workflow.next_state(sheet.state, Action.FREEZE)
        if not form.is_valid():
            return worksheet_page(request, sheet, at=at, refused=form)
        actions.freeze(pk, seen=form.cleaned_data["seen"], by=request.user, at=at)
    except DomainError as error:
        return refused_page(request, pk, error, at=at)
    messages.success(request, "Lembar kerja dibekukan dan siap ditandatangani.")
    return redirect(sheet)


def visible(user: User, pk: int) -> Worksheet:
    rows = Worksheet.objects.visible_to(user).select_related(
        "unit__parent", "quarter", "document", "case__standard", "case__step"
    )
    return get_object_or_404(rows, pk=pk)


def refused_page(request: HttpRequest, pk: int, error: DomainError, *, at: datetime) -> HttpResponse:
    """The worksheet as it is now, with what the action said."""
    return worksheet_page(request, visible(request.user, pk), at=at, refused=saying(error), status=error.status)


def worksheet_page(
    request: HttpRequest,
    sheet: Worksheet,
    *,
    at: datetime,
    refused: forms.Form | None = None,
    status: int = 422,
) -> HttpResponse:
    """The worksheet; with `refused`, as it comes back when an act was not done."""
    rows = actions.rows_of(sheet)
    children.note_problems(row.achievement for row in rows)
    missing = actions.missing_before_freeze(rows, at)
    shown = request.GET.get("hasil", "")
    review = [ReviewRow(row, at) for row in rows]
    has_own = actions.entered(request.user, [row.achievement for row in rows])
    context = {
        "sheet": sheet,
        "unit": sheet.unit,
        "quarter": sheet.quarter,
        "rows": [row for row in review if SHOWN.get(shown, SHOWN[""])(row)],
        "tabs": tabs(review, shown),
        "total": len(rows),
        "decided": sum(row.is_decided for row in rows),
        "missing": missing,
        "next_row": next((lack.row for lack in missing if not ReviewRow(lack.row, at).is_being_mended), None)
        if policy.can(request.user, Verb.VERIFY, sheet.unit) and not has_own
        else None,
        "plain": sum(actions.is_plain(row) for row in rows),
        "result": actions.result_of(rows),
        "is_example": any(row.achievement.indicator.decree.is_example for row in rows),
        "has_own": has_own,
        "refused": refused,
        "seen": actions.fingerprint(rows),
        "freeze": refused if isinstance(refused, FreezeForm) else FreezeForm(auto_id="bekukan-%s"),
        "reopen": refused if isinstance(refused, ReasonForm) else ReasonForm(auto_id="buka-%s"),
        "history": audit.history(sheet),
        **_rights(request.user, sheet),
        **signatures(request.user, sheet, actions.parties(sheet.unit)),
    }
    return render(request, "verification/worksheet.html", context, status=status if refused else 200)


def _rights(user: User, sheet: Worksheet) -> dict[str, bool]:
    may_verify = policy.can(user, Verb.VERIFY, sheet.unit)
    return {
        "may_review": may_verify and sheet.state == State.OPEN,
        "may_reopen": may_verify and sheet.state in (State.FROZEN, State.SIGNED),
        "may_issue": policy.can(user, Verb.ISSUE_NOTA, sheet.unit) and sheet.state == State.SIGNED,
    }


PAGES = SheetPages(
    visible,
    worksheet_page,
    frozen="verification/_frozen_worksheet.html",
    listed="worksheets",
    stage="Verifikasi",
    groups=lambda content: [
        (name, list(rows)) for name, rows in groupby(content["rows"], lambda row: row["objective"])
    ],
)
