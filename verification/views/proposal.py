"""One proposal of the matrix: the unit writes it, the validators find it valid or not."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from verification.actions import matrix
from verification.actions import validation as actions
from verification.models import Proposal, Sheet, ValidationSheet
from verification.validation_forms import ProposalForm, VerdictForm, VersionForm

from .validation import turn_of
from .validation import visible as visible_sheet


@require_http_methods(["GET", "POST"])
def proposal_new(request: HttpRequest, pk: int) -> HttpResponse:
    """An empty proposal for the matrix."""
    sheet = visible_sheet(request.user, pk)
    policy.require(request.user, Verb.ENTER, sheet.unit)
    form = ProposalForm(None, request.POST if request.method == "POST" else None)
    status = 422
    if form.is_valid():
        try:
            made = matrix.save_row(pk, None, form.facts, version=0, by=request.user, at=clock.now())
        except DomainError as error:
            form.add_error(None, error.message)
            status = error.status
        else:
            messages.success(request, f"Usulan {made.no} tersimpan.")
            return redirect(reverse("proposal_new", args=[pk]) if "lagi" in request.POST else sheet)
    context = {"sheet": sheet, "form": form, "lock": _unit_lock(sheet)}
    return render(request, "verification/proposal_new.html", context, status=status if form.errors else 200)


@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposal with the form of whoever's turn it is."""
    row = visible(request.user, pk)
    at = clock.now()
    if request.method == "GET":
        return proposal_page(request, row)
    policy.require(request.user, Verb.ENTER, row.sheet.unit)
    form = ProposalForm(visible(request.user, pk), request.POST)
    if not form.is_valid():
        return proposal_page(request, row, refused=form)
    try:
        version = form.cleaned_data["version"]
        matrix.save_row(row.sheet_id, pk, form.facts, version=version, by=request.user, at=at)
    except DomainError as error:
        return _refused_page(request, pk, form, error)
    messages.success(request, f"Usulan {row.no} tersimpan.")
    following = _incomplete(row) if "lanjut" in request.POST else None
    return redirect(following or row.sheet)


@require_http_methods(["GET", "POST"])
def proposal_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The validators' finding; goes on to the next proposal without one. GET, here and below, is where the browser ends
    up after signing in again."""
    row = visible(request.user, pk)
    if request.method == "GET":
        return redirect(row)
    policy.require(request.user, Verb.VALIDATE, row.sheet.unit)
    form = VerdictForm(row, request.POST)
    if not form.is_valid():
        return proposal_page(request, row, refused=form)
    try:
        decided = actions.decide(pk, **form.cleaned_data, by=request.user, at=clock.now())
    except DomainError as error:
        return _refused_page(request, pk, form, error)
    messages.success(request, f"Usulan {decided.no}: {decided.get_verdict_display()}. Tersimpan.")
    return redirect(_next_undecided(decided) or row.sheet)


@require_http_methods(["GET", "POST"])
def proposal_remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible(request.user, pk)
    if request.method == "GET":
        return redirect(row)
    policy.require(request.user, Verb.ENTER, row.sheet.unit)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return proposal_page(request, row, refused=form)
    try:
        matrix.remove_row(row.sheet_id, pk, **form.cleaned_data, by=request.user, at=clock.now())
    except DomainError as error:
        return _refused_page(request, pk, form, error)
    messages.success(request, f"Usulan “{row.name}” dihapus dari matriks.")
    return redirect(row.sheet)


def visible(user: User, pk: int) -> Proposal:
    rows = Proposal.objects.filter(sheet__in=ValidationSheet.objects.visible_to(user))
    related = ("sheet__unit", "sheet__case__standard", "sheet__case__step", "follows__unit", "decided_by")
    return get_object_or_404(rows.select_related(*related), pk=pk)


def proposal_page(
    request: HttpRequest,
    row: Proposal,
    *,
    refused: forms.Form | None = None,
    is_stale: bool = False,
    status: int = 422,
) -> HttpResponse:
    """With `refused`, as it comes back with what was typed. The page carries the version of now."""
    sheet, user = row.sheet, request.user
    siblings = list(sheet.rows.order_by("no").values_list("pk", flat=True))
    place = siblings.index(row.pk)
    is_open = sheet.state == Sheet.State.OPEN
    may_enter = is_open and actions.is_with_unit(sheet.case) and policy.can(user, Verb.ENTER, sheet.unit)
    validates = is_open and actions.is_with_validators(sheet.case) and policy.can(user, Verb.VALIDATE, sheet.unit)
    has_own = validates and actions.entered(user, sheet)
    context = {
        "row": row,
        "sheet": sheet,
        "targets": list(zip(("I", "II", "III", "IV"), row.targets, strict=True)),
        "may_enter": may_enter,
        "may_decide": validates and not has_own,
        "has_own": has_own,
        "has_incomplete": may_enter and _incomplete(row) is not None,
        "lock": "" if may_enter or validates else _view_lock(sheet),
        "refused": refused,
        "is_stale": is_stale,
        "form": refused if isinstance(refused, ProposalForm) else ProposalForm(row),
        "verdict": refused if isinstance(refused, VerdictForm) else VerdictForm(row),
        "history": audit.history(row),
        "place": place + 1,
        "count": len(siblings),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
    }
    return render(request, "verification/proposal.html", context, status=status if refused else 200)


def _refused_page(request: HttpRequest, pk: int, form: forms.Form, error: DomainError) -> HttpResponse:
    """The proposal as it is now beside what was typed; one that was removed meanwhile leads back to the matrix."""
    form.add_error(None, error.message)
    return proposal_page(
        request, visible(request.user, pk), refused=form, is_stale=error.code == "stale", status=error.status
    )


def _view_lock(sheet: ValidationSheet) -> str:
    turn = turn_of(sheet)
    why = f"Giliran: {turn}." if turn else "Validasi ini sudah selesai."
    return f"{why} Usulan ini hanya dapat dilihat."


def _unit_lock(sheet: ValidationSheet) -> str:
    """Why nothing can be added now; the rules are those of `save_row`."""
    if sheet.state == Sheet.State.OPEN and actions.is_with_unit(sheet.case):
        return ""
    turn = turn_of(sheet)
    return f"Matriks tidak dapat diubah sekarang. {f'Giliran: {turn}.' if turn else 'Validasi ini sudah selesai.'}"


def _incomplete(row: Proposal) -> Proposal | None:
    """Another one that lacks something: after this one, then from the top."""
    rows = list(row.sheet.rows.order_by("no"))
    return next((other for other in rows[row.no :] + rows[: row.no - 1] if other.lacks), None)


def _next_undecided(row: Proposal) -> Proposal | None:
    """The next one that waits for the validators: after this one, then from the top."""
    rows = list(row.sheet.rows.order_by("no"))
    return next((other for other in rows[row.no :] + rows[: row.no] if not other.is_decided), None)
