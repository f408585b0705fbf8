"""Cases: the list, one case with its clock, and what can be done with it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from kinerjaku.templatetags.kinerjaku import work_duration
from services.actions import case as actions
from services.calendar import working_calendar
from services.forms import CancelForm, CaseFilter, FulfilForm, PauseForm, WaiveForm
from services.models import Case, Obligation
from services.worktime import CalendarNotLoaded

MINUTE = timedelta(minutes=1)
COLUMNS = [
    Column("layanan", "Layanan", lambda case: case.standard.get_key_display(), ("standard__key", "-started_at")),
    Column("unit", "Unit kerja", lambda case: case.unit.name, ("unit__path", "-started_at")),
    Column("perihal", "Perihal", lambda case: case.subject, ("subject", "unit__path")),
    Column("langkah", "Langkah", lambda case: case.step.name),
    Column("mulai", "Dimulai", lambda case: case.started_at, ("started_at",)),
    Column("janji", "Janji habis", lambda case: case.due_at, ("due_at",)),
    Column("status", "Status", lambda case: case.get_state_display(), ("state", "-started_at")),
]


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        Case.objects.visible_to(request.user).select_related("standard", "unit", "step"),
        columns=COLUMNS,
        default_sort="-mulai",
        name="berkas-layanan",
        filter_form=partial(CaseFilter, user=request.user),
    )
    at, calendar = clock.now(), working_calendar()
    for shown in listing.rows:
        with suppress(CalendarNotLoaded):
            shown.seen_at(at, calendar)
    return listing.response("services/cases.html", {"now": at})


@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    return case_page(request, pk, at=clock.now())


@require_http_methods(["GET", "POST"])
def case_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold the clock. GET, here and below, is where the browser ends up after signing in again."""
    return _act(request, pk, Verb.VERIFY, "pause", PauseForm, actions.pause, pk, "Jam layanan dijeda.")


@require_http_methods(["GET", "POST"])
def case_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, Verb.VERIFY, "resume", forms.Form, actions.resume, pk, "Jam layanan berjalan lagi.")


@require_http_methods(["GET", "POST"])
def case_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, Verb.VERIFY, "cancel", CancelForm, actions.cancel, pk, "Berkas dibatalkan.")


@require_http_methods(["GET", "POST"])
def obligation_fulfil(request: HttpRequest, pk: int) -> HttpResponse:
    owed = get_object_or_404(Obligation.objects.filter(case__in=Case.objects.visible_to(request.user)), pk=pk)
    return _act(
        request, owed.case_id, Verb.VERIFY, f"fulfil-{pk}", FulfilForm, actions.fulfil, pk, "Pemenuhan dicatat."
    )


@require_http_methods(["GET", "POST"])
def obligation_waive(request: HttpRequest, pk: int) -> HttpResponse:
    owed = get_object_or_404(Obligation.objects.filter(case__in=Case.objects.visible_to(request.user)), pk=pk)
    return _act(
        request, owed.case_id, Verb.EXTEND, f"waive-{pk}", WaiveForm, actions.waive, pk, "Kewajiban dibebaskan."
    )


def case_page(
    request: HttpRequest, pk: int, *, at: datetime, name: str = "", refused: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    """The case; with `refused`, the form called `name` as it comes back when an act was not done."""
    rows = Case.objects.visible_to(request.user).select_related("standard", "unit", "step")
    shown = get_object_or_404(rows.prefetch_related("standard__steps", "obligations__fulfilled_by"), pk=pk)
    promise, calendar = shown.standard.promise, working_calendar()
    try:
        elapsed = shown.seen_at(at, calendar).clock.elapsed(at, calendar)
    except CalendarNotLoaded as error:
        raise DomainError(str(error), code="calendar", status=409) from error
    may_verify = policy.can(request.user, Verb.VERIFY, shown.unit) and shown.state == Case.State.OPEN
    form = partial(_form, name, refused)
    context = {
        "case": shown,
        "now": at,
        "steps": shown.standard.steps.all(),
        "used": work_duration(elapsed // MINUTE) or "0 menit",
        "left": work_duration((promise - elapsed) // MINUTE) if promise and elapsed < promise else "",
        "percent": min(100, int(elapsed / promise * 100)) if promise else None,
        "is_late": bool(promise and elapsed > promise),
        "events": shown.events.select_related("by").order_by("-seq"),
        "obligations": [
            (one, form(f"fulfil-{one.pk}", FulfilForm), form(f"waive-{one.pk}", WaiveForm))
            for one in shown.obligations.all()
        ],
        "invitations": shown.invitations.visible_to(request.user).select_related("document").order_by("-begins_at"),
        "may_invite": shown.state == Case.State.OPEN
        and bool(shown.step.invites)
        and policy.can(request.user, Verb.DRAFT_INVITATION, shown.unit),
        "may_pause": may_verify and shown.running_since is not None,
        "may_resume": may_verify and shown.is_paused,
        "may_cancel": may_verify,
        "may_fulfil": policy.can(request.user, Verb.VERIFY, shown.unit),
        "may_waive": policy.can(request.user, Verb.EXTEND, shown.unit),
        "pause": form("pause", PauseForm),
        "cancel": form("cancel", CancelForm),
        "refused": refused,
    }
    return render(request, "services/case.html", context, status=status if refused else 200)


def _case_of(request: HttpRequest, pk: int) -> int:
    """The case of an obligation that the user may see."""
    seen = Obligation.objects.filter(case__in=Case.objects.visible_to(request.user))
    return get_object_or_404(seen, pk=pk).case_id


def _form(name: str, refused: forms.Form | None, wanted: str, form: type[forms.Form]) -> forms.Form:
    return refused if refused is not None and name == wanted else form(auto_id=f"{wanted}-%s")


def _act(
    request: HttpRequest,
    case_pk: int,
    verb: Verb,
    name: str,
    form_class: type[forms.Form],
    act: Callable[..., Any],
    target: int,
    done: str,
) -> HttpResponse:
    """One act on the case or on something of it; what was typed comes back if it is refused."""
    found = get_object_or_404(Case.objects.visible_to(request.user), pk=case_pk)
    if request.method == "GET":
        return redirect(found)
    policy.require(request.user, verb, found.unit)
    at = clock.now()
    form = form_class(request.POST, auto_id=f"{name}-%s")
    if not form.is_valid():
        return case_page(request, case_pk, at=at, name=name, refused=form)
    try:
        act(target, **form.cleaned_data, by=request.user, at=at)
    except DomainError as error:
        form.add_error(None, error.message)
        return case_page(request, case_pk, at=at, name=name, refused=form, status=error.status)
    messages.success(request, done)
    return redirect(found)
