"""Cases: the list, one case with its clock, and what can be done with it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from services import requirements, turns
from services.actions import case as actions
from services.bar import bar_of, steps_of
from services.calendar import working_calendar
from services.forms import (
    ROMAN,
    AssignForm,
    CancelForm,
    CaseFilter,
    CompleteForm,
    NewCaseForm,
    PauseForm,
    SendBackForm,
)
from services.models import Case, Standard
from services.worktime import CalendarNotLoaded

from .compensation import SHOWN, with_acts

COLUMNS = [
    Column("layanan", "Layanan", lambda case: case.standard.get_key_display(), ("standard__key", "-started_at")),
    Column("unit", "Unit kerja", lambda case: case.unit.name, ("unit__path", "-started_at")),
    Column("perihal", "Perihal", lambda case: case.subject, ("subject", "unit__path")),
    Column("petugas", "Petugas", lambda case: case.officer.name if case.officer else "", ("officer__name",)),
    Column("langkah", "Langkah", lambda case: case.step.name),
    Column("mulai", "Dimulai", lambda case: case.started_at, ("started_at",)),
    Column("janji", "Janji habis", lambda case: case.due_at, ("due_at",)),
    Column("status", "Status", lambda case: case.get_state_display(), ("state", "-started_at")),
]


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        Case.objects.visible_to(request.user).select_related("standard", "unit", "step", "officer"),
        columns=COLUMNS,
        default_sort="-mulai",
        name="berkas-layanan",
        filter_form=partial(CaseFilter, user=request.user),
    )
    at, calendar = clock.now(), working_calendar()
    for shown in listing.rows:
        with suppress(CalendarNotLoaded):
            shown.seen_at(at, calendar)
    return listing.response("services/cases.html", {"now": at, "may_start": bool(_startable(request.user, at))})


@require_http_methods(["GET", "POST"])
def case_new(request: HttpRequest) -> HttpResponse:
    """Begin a service that no worksheet begins."""
    at = clock.now()
    keys = _startable(request.user, at)
    if not keys:
        raise PermissionDenied
    form = NewCaseForm(
        request.POST or None, user=request.user, keys=keys, initial={"year": at.year, **_wished(request)}
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        year, quarter = chosen["year"], chosen["quarter"]
        subject = f"Triwulan {ROMAN[quarter]} {year}" if quarter else f"Tahun {year}"
        try:
            made = actions.start(
                chosen["key"], chosen["unit"], subject, by=request.user, at=at, year=year, quarter=quarter
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Layanan dimulai: {made}.")
            return redirect(made.made or made)
    return render(request, "services/case_new.html", {"form": form}, status=422 if form.errors else 200)


def _wished(request: HttpRequest) -> dict[str, Any]:
    """What a link to the form has chosen already."""
    names = {"layanan": "key", "unit": "unit", "tahun": "year", "triwulan": "quarter"}
    return {names[name]: value for name, value in request.GET.items() if name in names}


def _startable(user: Any, at: datetime) -> list[tuple[str, str]]:
    """The services the person may begin for some unit."""
    standards = Standard.objects.in_force(at.astimezone(clock.WIB).date()).prefetch_related("steps")
    return [(one.key, one.get_key_display()) for one in standards if turns.may_start_somewhere(user, one)]


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
def case_complete(request: HttpRequest, pk: int, order: int) -> HttpResponse:
    act = actions.complete_by_hand
    return _act(request, pk, Verb.VIEW, "complete", CompleteForm, act, pk, "Langkah selesai.", order=order)


@require_http_methods(["GET", "POST"])
def case_send_back(request: HttpRequest, pk: int, order: int) -> HttpResponse:
    return _act(
        request,
        pk,
        Verb.VIEW,
        "back",
        SendBackForm,
        actions.send_back_by_hand,
        pk,
        "Langkah dikembalikan.",
        order=order,
    )


@require_http_methods(["GET", "POST"])
def case_assign(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, Verb.ASSIGN, "assign", AssignForm, actions.assign, pk, "Berkas diserahkan.")


@require_http_methods(["GET", "POST"])
def case_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Case.objects.visible_to(request.user).select_related("standard"), pk=pk)
    if request.method == "POST":
        turns.require_may_cancel(request.user, found)
    return _act(request, pk, Verb.VIEW, "cancel", CancelForm, actions.cancel, pk, "Berkas dibatalkan.")


def case_page(
    request: HttpRequest, pk: int, *, at: datetime, name: str = "", refused: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    """The case; with `refused`, the form called `name` as it comes back when an act was not done."""
    rows = Case.objects.visible_to(request.user).select_related("standard", "unit", "step", "officer")
    shown = get_object_or_404(rows.prefetch_related("standard__steps"), pk=pk)
    try:
        steps = steps_of(shown, at)
    except CalendarNotLoaded as error:
        raise DomainError(str(error), code="calendar", status=409) from error
    bar = bar_of(shown, at)
    is_open = shown.state == Case.State.OPEN
    is_by_hand = is_open and turns.is_by_hand(shown)
    by_hand = is_by_hand and turns.has_turn(request.user, shown)
    may_verify = policy.can(request.user, Verb.VERIFY, shown.unit) and is_open
    form = partial(_form, name, refused)
    context = {
        "case": shown,
        "made": shown.made,
        "now": at,
        "bar": bar,
        "steps": steps,
        "names": {shown_step.step.order: str(shown_step.step) for shown_step in steps},
        "requirements": requirements.checklist(shown, at),
        "events": shown.events.select_related("by").order_by("-seq"),
        "obligations": [with_acts(request.user, debt) for debt in shown.obligations.as_of(at).select_related(*SHOWN)],
        "invitations": shown.invitations.visible_to(request.user).select_related("document").order_by("-begins_at"),
        "may_invite": shown.state == Case.State.OPEN
        and bool(shown.step.invites)
        and not shown.invitations.drafts().exists()
        and policy.can(request.user, Verb.DRAFT_INVITATION, shown.unit),
        "may_pause": may_verify and shown.running_since is not None,
        "may_resume": may_verify and shown.is_paused,
        "may_cancel": is_open and turns.may_cancel(request.user, shown),
        "may_complete": by_hand,
        "may_send_back": by_hand and shown.step.back_to is not None,
        "may_assign": is_open
        and policy.can(request.user, Verb.ASSIGN, shown.unit)
        and turns.other_officers(shown).exists(),
        "waits_for_others": is_by_hand and not by_hand,
        "complete": form("complete", CompleteForm),
        "complete_label": "Selesaikan tanpa undangan dari portal" if shown.step.invites else "Selesaikan langkah ini",
        "assign_label": "Serahkan kepada petugas lain" if shown.officer else "Tetapkan petugas",
        "back": form("back", SendBackForm),
        "assign": form("assign", AssignForm, case=shown),
        "pause": form("pause", PauseForm),
        "cancel": form("cancel", CancelForm),
        "refused": refused,
    }
    return render(request, "services/case.html", context, status=status if refused else 200)


def _form(name: str, refused: forms.Form | None, wanted: str, form: type[forms.Form], **options: Any) -> forms.Form:
    return refused if refused is not None and name == wanted else form(auto_id=f"{wanted}-%s", **options)


def _act(
    request: HttpRequest,
    case_pk: int,
    verb: Verb,
    name: str,
    form_class: type[forms.Form],
    act: Callable[..., Any],
    target: int,
    done: str,
    **given: Any,
) -> HttpResponse:
    """One act on the case or on something of it; what was typed comes back if it is refused."""
    found = get_object_or_404(Case.objects.visible_to(request.user), pk=case_pk)
    if request.method == "GET":
        return redirect(found)
    policy.require(request.user, verb, found.unit)
    at = clock.now()
    options = {"case": found} if form_class is AssignForm else {}
    form = form_class(request.POST, auto_id=f"{name}-%s", **options)
    if not form.is_valid():
        return case_page(request, case_pk, at=at, name=name, refused=form)
    try:
        act(target, **given, **form.cleaned_data, by=request.user, at=at)
    except DomainError as error:
        form.add_error(None, error.message)
        return case_page(request, case_pk, at=at, name=name, refused=form, status=error.status)
    messages.success(request, done)
    return redirect(found)
