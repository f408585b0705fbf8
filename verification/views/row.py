"""One row of the worksheet: the whole claim, the finding, and giving it back to the unit."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators.checklist import slips, unusual
from indicators.models import Achievement
from indicators.results import in_words
from indicators.views.panel import conversation, earlier
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.templatetags.kinerjaku import last_minute
from verification import workflow
from verification.actions import worksheet as actions
from verification.forms import DecisionForm, ReturnForm
from verification.models import Worksheet, WorksheetRow
from verification.workflow import Action

from .rows import ReviewRow

_WITH = (
    *("worksheet__unit", "worksheet__quarter", "decided_by"),
    *("worksheet__case__standard", "worksheet__case__step"),
)


@require_http_methods(["GET", "POST"])
def worksheet_row(request: HttpRequest, pk: int) -> HttpResponse:
    """The claim with the form of the finding; saving goes on to the next row that is not yet reviewed."""
    row = _visible(request.user, pk)
    at = clock.now()
    if request.method == "GET":
        return row_page(request, row, at=at)
    policy.require(request.user, Verb.VERIFY, row.worksheet.unit)
    form = DecisionForm(row, request.POST)
    try:
        workflow.next_state(row.worksheet.state, Action.REVIEW)
        if not form.is_valid():
            return row_page(request, row, at=at, refused=form)
        decided = actions.decide(pk, **form.decision, by=request.user, at=at)
    except DomainError as error:
        return _refused_page(request, pk, form, error, at=at)
    messages.success(request, f"Indikator {row.achievement.indicator.no}: {decided.get_verdict_display()}. Tersimpan.")
    return redirect(_next_to_review(row) or row.worksheet)


@require_http_methods(["GET", "POST"])
def row_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the row back to its unit. GET is where the browser ends up after signing in again."""
    row = _visible(request.user, pk)
    if request.method == "GET":
        return redirect(row)
    policy.require(request.user, Verb.VERIFY, row.worksheet.unit)
    at = clock.now()
    form = ReturnForm(row, request.POST, at=at)
    try:
        workflow.next_state(row.worksheet.state, Action.REVIEW)
        if not form.is_valid():
            return row_page(request, row, at=at, refused=form)
        reason, version = form.cleaned_data["reason"], form.cleaned_data["version"]
        actions.return_row(pk, reason=reason, due_at=form.due_at, version=version, by=request.user, at=at)
    except DomainError as error:
        return _refused_page(request, pk, form, error, at=at)
    number = row.achievement.indicator.no
    messages.success(request, f"Indikator {number} dikembalikan kepada unit sampai {last_minute(form.due_at)}.")
    return redirect(_next_to_review(row) or row.worksheet)


def row_page(
    request: HttpRequest,
    row: WorksheetRow,
    *,
    at: datetime,
    refused: DecisionForm | ReturnForm | None = None,
    is_stale: bool = False,
    status: int = 422,
) -> HttpResponse:
    """The row; with `refused`, as it comes back with what was typed. The page carries the versions of now."""
    claim, sheet = row.achievement, row.worksheet
    siblings = list(sheet.rows.order_by("achievement__indicator__no").values_list("pk", flat=True))
    place = siblings.index(row.pk)
    shown = ReviewRow(row, at)
    context = {
        "row": row,
        "shown": shown,
        "claim": claim,
        "indicator": claim.indicator,
        "sheet": sheet,
        "unit": sheet.unit,
        "quarter": sheet.quarter,
        "variables": _variables(claim),
        "doubts": slips(claim),
        "unusual": unusual(claim),
        "formula": in_words(claim.indicator),
        **earlier(claim),
        **conversation(claim, request.user, after=f"{row.get_absolute_url()}#komentar"),
        "history": sorted([*audit.history(row), *audit.history(claim)], key=lambda entry: entry.seq, reverse=True),
        "lock": _lock(request.user, row, shown),
        "refused": refused,
        "is_stale": is_stale,
        "decision": refused if isinstance(refused, DecisionForm) else DecisionForm(row),
        "giving_back": refused if isinstance(refused, ReturnForm) else ReturnForm(row, at=at),
        "place": place + 1,
        "count": len(siblings),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
    }
    return render(request, "verification/worksheet_row.html", context, status=status if refused else 200)


def _refused_page(
    request: HttpRequest, pk: int, form: DecisionForm | ReturnForm, error: DomainError, *, at: datetime
) -> HttpResponse:
    """The row as it is now beside what was typed, with what the action said."""
    form.add_error(None, error.message)
    row, is_stale = _visible(request.user, pk), error.code == "stale"
    return row_page(request, row, at=at, refused=form, is_stale=is_stale, status=error.status)


def _visible(user: User, pk: int) -> WorksheetRow:
    rows = WorksheetRow.objects.filter(worksheet__in=Worksheet.objects.visible_to(user))
    row = get_object_or_404(rows.select_related(*_WITH), pk=pk)
    row.achievement = Achievement.objects.for_pages().get(pk=row.achievement_id).as_sent()
    return row


def _lock(user: User, row: WorksheetRow, shown: ReviewRow) -> str:
    """Why the finding cannot be written now; the rules are those of `decide`."""
    sheet = row.worksheet
    if not policy.can(user, Verb.VERIFY, sheet.unit):
        return "Anda dapat melihat, tetapi tidak meninjau. Peninjaunya verifikator yang ditugaskan."
    if sheet.state != Worksheet.State.OPEN:
        return (
            f"Lembar kerja berstatus “{sheet.get_state_display()}”, isinya tidak dapat diubah. "
            "Jika ada yang keliru, buka kembali lembar kerja dengan alasan."
        )
    if actions.entered(user, [row.achievement]):
        return "Anda ikut mengisi capaian ini, jadi tidak dapat memverifikasinya. Minta verifikator lain."
    if shown.is_being_mended:
        until = last_minute(row.achievement.return_due_at)
        return f"Sedang diperbaiki unit sampai {until}. Hasilnya ditetapkan sesudah itu."
    return ""


def _next_to_review(row: WorksheetRow) -> WorksheetRow | None:
    """The next row that waits for the reviewer: after this one, then from the top."""
    rows = actions.rows_of(row.worksheet)
    here = next(place for place, other in enumerate(rows) if other.pk == row.pk)
    waiting = (
        other
        for other in rows[here + 1 :] + rows[:here]
        if other.was_mended or other.verdict == WorksheetRow.Verdict.PENDING
    )
    return next(waiting, None)


def _variables(claim: Achievement) -> list[dict[str, Any]]:
    return [
        {
            "label": variable.label,
            "measure": variable.measure,
            "value": Decimal(claim.values[variable.code]) if variable.code in claim.values else None,
        }
        for variable in claim.indicator.rule.inputs
    ]
