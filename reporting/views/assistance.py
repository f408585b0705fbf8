"""Assistance with performance reports: the list, one sheet, and what the bureau does on it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators.models import Achievement
from indicators.quarters import ROMAN
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from reporting.actions import assistance as actions
from reporting.actions import service
from reporting.assistance_forms import (
    AssistanceFilter,
    DraftForm,
    FreezeAnswersForm,
    PointsForm,
    RequestForm,
    ReturnForm,
)
from reporting.models import AssistanceRow, AssistanceSheet
from reporting.models.assistance import ASSISTANCE
from services import requirements, turns
from services.models import Standard
from verification.forms import ReasonForm
from verification.models import Worksheet
from verification.views.signing import SheetPages, signatures

Stage = AssistanceSheet.Stage

COLUMNS = [
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "-year")),
    Column("tahun", "Tahun laporan", lambda row: row.year, ("year", "unit__path"), True),
    Column("status", "Status", lambda row: row.stage.label, ("state", "case__state", "case__step__order")),
    Column("dijawab", "Dijawab", lambda row: row.answered_count, ("answered_count",), True),
    Column("jumlah", "Jumlah butir", lambda row: row.row_count, ("row_count",), True),
    Column("revisi", "Revisi", lambda row: row.revision, ("revision",), True),
]


@require_safe
def assistances(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    listing = Listing(
        request,
        AssistanceSheet.objects.visible_to(request.user).with_progress().select_related("unit", "case__step"),
        columns=COLUMNS,
        default_sort="-tahun",
        name="pendampingan-lkj",
        filter_form=partial(AssistanceFilter, user=request.user),
    )
    day = at.astimezone(clock.WIB).date()
    standard = Standard.objects.filter(key=service.SERVICE).in_force(day).prefetch_related("steps").first()
    may_start = standard is not None and turns.may_start_somewhere(request.user, standard)
    context = {"may_start": may_start, "key": service.SERVICE.value, "last_year": day.year - 1}
    return listing.response("reporting/assistances.html", context)


@require_safe
def assistance(request: HttpRequest, pk: int) -> HttpResponse:
    return assistance_page(request, visible(request.user, pk), at=clock.now())


@require_http_methods(["GET", "POST"])
def assistance_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """All points and the general notes at once. GET, here and below, is where the browser ends up after signing in
    again."""
    sheet = visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet)
    policy.require(request.user, Verb.VERIFY, sheet.unit)
    at = clock.now()
    form = PointsForm(sheet, rows_of(sheet), request.POST)
    if not (status := answered(form, by=request.user, at=at)):
        messages.success(request, "Jawaban tersimpan.")
        return redirect(f"{sheet.get_absolute_url()}#butir")
    sheet = visible(request.user, pk)
    form.bring_up(sheet, rows_of(sheet))
    return assistance_page(request, sheet, at=at, refused=form, status=status)


@require_http_methods(["GET", "POST"])
def assistance_point(request: HttpRequest, pk: int) -> HttpResponse:
    """One point by itself; saving goes on to the next."""
    row = _row(request.user, pk)
    sheet, at = row.sheet, clock.now()
    form = PointsForm(sheet, [row], request.POST if request.method == "POST" else None, with_notes=False)
    siblings = list(sheet.rows.order_by("no").values_list("pk", flat=True))
    place, status = siblings.index(row.pk), 200
    following = siblings[place + 1] if place + 1 < len(siblings) else None
    if form.is_bound:
        policy.require(request.user, Verb.VERIFY, sheet.unit)
        status = answered(form, by=request.user, at=at)
        if not status:
            messages.success(request, f"Butir {row.no} tersimpan.")
            return redirect("assistance_point", following) if following else redirect(sheet)
        row = _row(request.user, pk)
        sheet = row.sheet
        form.bring_up(sheet, [row])
    context = {
        "sheet": sheet,
        "row": row,
        "line": form.lines[0],
        "form": form,
        "count": len(siblings),
        "previous": siblings[place - 1] if place else None,
        "next": following,
        "lock": _why_not_answered(request.user, sheet),
    }
    return render(request, "reporting/assistance_point.html", context, status=status)


@require_http_methods(["GET", "POST"])
def assistance_return(request: HttpRequest, pk: int) -> HttpResponse:
    form = partial(ReturnForm, auto_id="kembali-%s")
    return act(request, pk, Verb.VERIFY, form, actions.give_back, "Rancangan dikembalikan kepada unit.")


@require_http_methods(["GET", "POST"])
def assistance_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    def freeze(sheet_id: int, *, confirm: bool, seen: str, by: User, at: datetime) -> None:
        actions.freeze(sheet_id, seen=seen, by=by, at=at)

    form = partial(FreezeAnswersForm, auto_id="bekukan-%s")
    return act(request, pk, Verb.VERIFY, form, freeze, "Lembar kerja dibekukan dan siap ditandatangani.")


def act(
    request: HttpRequest, pk: int, verb: Verb, form_class: Callable[..., forms.Form], do: Callable[..., Any], done: str
) -> HttpResponse:
    """One act on the sheet; what was typed comes back if it is refused."""
    sheet = visible(request.user, pk)
    if request.method == "GET":
        return redirect(sheet)
    policy.require(request.user, verb, sheet.unit)
    form, at = form_class(request.POST, request.FILES), clock.now()  # read to its last byte by now
    if not form.is_valid():
        return assistance_page(request, sheet, at=at, refused=form)
    try:
        do(pk, **form.cleaned_data, by=request.user, at=at)
    except DomainError as error:
        form.add_error(None, error.message)
        return assistance_page(request, visible(request.user, pk), at=at, refused=form, status=error.status)
    messages.success(request, done)
    return redirect(sheet)


def answered(form: PointsForm, *, by: User, at: datetime) -> int:
    """0: what was typed is stored. Else the code with which the form is answered, which says why."""
    if not form.is_valid():
        return 422
    try:
        actions.answer(form.sheet.pk, form.given, notes=form.notes, by=by, at=at)
    except actions.Stale as error:
        form.say_stale(error)
        return error.status
    except DomainError as error:
        form.add_error(None, error.message)
        return error.status
    return 0


def visible(user: User, pk: int) -> AssistanceSheet:
    rows = AssistanceSheet.objects.visible_to(user)
    return get_object_or_404(rows.select_related("unit__parent", "document", "case__standard", "case__step"), pk=pk)


def _results(user: User, sheet: AssistanceSheet) -> list[dict[str, Any]]:
    """Each quarter of the year: how much of it is verified, and the worksheet that says so."""
    of_year = {"unit": sheet.unit_id, "quarter__year": sheet.year}
    verified = Count("pk", filter=Q(state=Achievement.State.VERIFIED))
    counts = Achievement.objects.filter(**of_year).order_by("quarter__number").values("quarter__number")
    by_number = {one["quarter__number"]: one for one in counts.annotate(total=Count("pk"), verified=verified)}
    sheets = Worksheet.objects.visible_to(user).filter(**of_year).select_related("quarter")
    made = {one.quarter.number: one for one in sheets}
    return [
        {"roman": roman, "worksheet": made.get(number), "total": 0, "verified": 0, **by_number.get(number, {})}
        for number, roman in ROMAN.items()
    ]


def rows_of(sheet: AssistanceSheet) -> list[AssistanceRow]:
    rows = list(sheet.rows.select_related("decided_by").order_by("no"))
    for row in rows:
        row.sheet = sheet
    return rows


def _row(user: User, pk: int) -> AssistanceRow:
    row = get_object_or_404(AssistanceRow.objects.select_related("decided_by"), pk=pk)
    row.sheet = visible(user, row.sheet_id)
    return row


def assistance_page(
    request: HttpRequest,
    sheet: AssistanceSheet,
    *,
    at: datetime,
    refused: forms.Form | None = None,
    status: int = 422,
) -> HttpResponse:
    """The sheet; with `refused`, as it comes back when an act was not done."""
    rows, drafts = rows_of(sheet), list(sheet.drafts.present().select_related("uploaded_by"))
    checklist = requirements.checklist(sheet.case, at)
    missing = actions.missing_before_freeze(rows)
    present = {"rows": [actions.row_content(row) for row in rows], "notes": sheet.notes}
    lock = _why_not_answered(request.user, sheet)
    of_page = {
        "points": PointsForm(sheet, rows),
        "give": DraftForm(auto_id="rancangan-%s"),
        "ask": RequestForm(auto_id="minta-%s"),
        "back": ReturnForm(auto_id="kembali-%s"),
        "freeze": FreezeAnswersForm(auto_id="bekukan-%s"),
        "reopen": ReasonForm(auto_id="buka-%s"),
    }
    shown = {name: refused if type(refused) is type(form) else form for name, form in of_page.items()}
    context = {
        "sheet": sheet,
        "unit": sheet.unit,
        "rows": rows,
        "present": present,
        "groups": by_group(present),
        "answered": len(rows) - len(missing),
        "missing": missing,
        "outdated": _outdated(rows, drafts),
        "drafts": drafts,
        "seen": actions.fingerprint(sheet, rows),
        "checklist": checklist,
        "lacking": requirements.lacking(checklist, ASSISTANCE),
        "results": _results(request.user, sheet),
        "is_example": actions.is_example(sheet),
        "lock": lock,
        "may_answer": not lock,
        "refused": refused,
        "history": audit.history(sheet),
        **shown,
        **_rights(request.user, sheet),
        **signatures(request.user, sheet, actions.parties(sheet.unit)),
    }
    return render(request, "reporting/assistance.html", context, status=status if refused else 200)


def by_group(content: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The points of a content under the headings of the checklist."""
    return [(name, list(rows)) for name, rows in groupby(content["rows"], lambda row: row["group"])]


def _outdated(rows: list[AssistanceRow], drafts: list[Any]) -> list[int]:
    """Points that were answered before the newest draft came."""
    if not drafts:
        return []
    return [row.no for row in rows if row.decided_at is not None and row.decided_at < drafts[0].uploaded_at]


def _why_not_answered(user: User, sheet: AssistanceSheet) -> str:
    """Why the answers cannot be written now; the rules are those of `answer`."""
    if sheet.why_locked:
        return sheet.why_locked
    if not policy.can(user, Verb.VERIFY, sheet.unit):
        return "Anda dapat melihat, tetapi tidak mengisi. Yang mengisinya verifikator yang ditugaskan."
    if sheet.stage == Stage.WITH_UNIT:
        return "Dapat diisi setelah unit mengirim permintaan pendampingan."
    if sheet.stage != Stage.ASSISTED:
        return (
            f"Lembar kerja berstatus “{sheet.stage.label}”, isinya tidak dapat diubah. "
            "Jika ada yang keliru, buka kembali lembar kerja dengan alasan."
        )
    if actions.wrote(user, sheet):
        return "Anda ikut menyampaikan rancangan laporan ini, jadi tidak dapat mendampinginya. Minta verifikator lain."
    return ""


def _rights(user: User, sheet: AssistanceSheet) -> dict[str, bool]:
    may_verify, with_unit = policy.can(user, Verb.VERIFY, sheet.unit), sheet.stage == Stage.WITH_UNIT
    return {
        "may_prepare": with_unit and policy.can(user, Verb.ENTER, sheet.unit),
        "may_ask": with_unit and policy.can(user, Verb.SUBMIT, sheet.unit),
        "is_unit": policy.can(user, Verb.ENTER, sheet.unit),
        "may_verify": may_verify,
        "may_reopen": may_verify and sheet.stage in (Stage.FROZEN, Stage.SIGNED),
    }


PAGES = SheetPages(
    visible,
    assistance_page,
    frozen="reporting/_frozen_assistance.html",
    listed="assistances",
    stage="Pendampingan LKj",
    groups=by_group,
)
