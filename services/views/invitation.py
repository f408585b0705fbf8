"""Invitations: the list, the draft, the letter with what can be done with it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from kinerjaku import audit, clock, documents
from kinerjaku.clock import WIB
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from services import invitees, office
from services.actions import invitation as actions
from services.invitation_forms import InvitationFilter, InvitationForm, ReasonForm, RescheduleForm
from services.models import Case, Invitation, InvitationRecipient

Kind, State = Invitation.Kind, Invitation.State
FIELDS = {  # of the form, by what an action may find wrong
    "begins_in_the_past": "begins_at",
    "ends_before_it_begins": "ends_at",
    "no_place": "place",
    "link_insecure": "link",
    "unit_ended": "units",
    "wrong_step": "cases",
    "no_recipients": "roles",
    "no_unit": "cases",
}
COLUMNS = [
    Column("hal", "Hal", lambda row: row.subject, ("subject",)),
    Column("jenis", "Jenis", lambda row: row.get_kind_display(), ("kind", "-begins_at")),
    Column("nomor", "Nomor", lambda row: row.number),
    Column("rapat", "Rapat", lambda row: row.begins_at, ("begins_at",)),
    Column("penerima", "Penerima", lambda row: row.invited_count, ("invited_count",), True),
    Column("hadir", "Akan hadir", lambda row: row.attending_count, ("attending_count",), True),
    Column("status", "Status", lambda row: row.get_state_display(), ("state", "-begins_at")),
]


@require_safe
def invitations(request: HttpRequest) -> HttpResponse:
    invited = Q(recipients__is_walk_in=False)
    coming = Q(recipients__answer__in=[InvitationRecipient.Answer.ATTENDS, InvitationRecipient.Answer.SUBSTITUTE])
    rows = Invitation.objects.visible_to(request.user).select_related("document").defer("document__content")
    listing = Listing(
        request,
        rows.annotate(
            invited_count=Count("recipients", filter=invited), attending_count=Count("recipients", filter=coming)
        ),
        columns=COLUMNS,
        default_sort="-rapat",
        name="undangan",
        filter_form=InvitationFilter,
    )
    context = {"may_draft": policy.can_somewhere(request.user, Verb.DRAFT_INVITATION), "now": clock.now()}
    return listing.response("services/invitations.html", context)


@require_http_methods(["GET", "POST"])
def invitation_new(request: HttpRequest) -> HttpResponse:
    if not policy.can_somewhere(request.user, Verb.DRAFT_INVITATION):
        raise PermissionDenied
    return _draft_page(request, None, actions.draft)


@require_http_methods(["GET", "POST"])
def invitation_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible(request.user, pk)
    if not actions.may_change(request.user, found):
        raise PermissionDenied
    if found.state != State.DRAFT:
        return redirect(found)
    return _draft_page(request, found, partial(actions.change, pk))


@require_safe
def invitation(request: HttpRequest, pk: int) -> HttpResponse:
    return invitation_page(request, pk, at=clock.now())


@require_safe
def invitation_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = visible(request.user, pk)
    if found.document is None:
        raise DomainError("Undangan ini belum terbit.", code="not_issued", status=409)
    return documents.response(found.document, filename=f"undangan-{found.number.replace('/', '-')}.pdf")


@require_http_methods(["GET", "POST"])
def invitation_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """GET, here and below, is where the browser ends up after signing in again."""

    def issue(invitation_id: int, *, by: User, at: datetime) -> Invitation:
        return actions.issue(invitation_id, seen=request.POST.get("seen", ""), by=by, at=at)

    return _act(request, pk, "issue", forms.Form, issue, "Undangan terbit. PDF dan surel sedang dibuat.")


@require_http_methods(["GET", "POST"])
def invitation_reschedule(request: HttpRequest, pk: int) -> HttpResponse:
    done = "Rapat dipindahkan. Surat baru sedang dikirim."
    return _act(request, pk, "reschedule", RescheduleForm, actions.reschedule, done)


@require_http_methods(["GET", "POST"])
def invitation_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "cancel", ReasonForm, actions.cancel, "Undangan dibatalkan.")


def visible(user: Any, pk: int) -> Invitation:
    rows = Invitation.objects.visible_to(user).select_related("document", "drafted_by", "issued_by")
    return get_object_or_404(rows, pk=pk)


def invitation_page(
    request: HttpRequest, pk: int, *, at: datetime, name: str = "", refused: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    """The letter, or the draft with whom it would reach; with `refused`, the form called `name` as it comes back."""
    shown = visible(request.user, pk)
    user, is_draft = request.user, shown.state == State.DRAFT
    units = list(shown.units.order_by("path"))
    recipients = list(shown.recipients.select_related("unit").order_by("is_walk_in", "pk"))
    persons = invitees.people(shown) if is_draft else []
    may_issue = policy.can(user, Verb.ISSUE_INVITATION)
    comes = shown.state == State.ISSUED and not shown.has_begun(at)
    counts = [(label, sum(one.answer == value for one in recipients)) for value, label in _ANSWERS]
    meeting = {field: getattr(shown, field) for field in ("begins_at", "ends_at", "place", "link")}
    context = {
        "invitation": shown,
        "document": shown.document,
        "units": units,
        "cases": shown.cases.select_related("standard", "unit", "step").order_by("pk"),
        "day_text": invitees.day_text(shown.begins_at, shown.ends_at),
        "time_text": invitees.time_text(shown.begins_at, shown.ends_at),
        "is_day_off": (is_draft or comes) and not office.is_working_day(shown.begins_at),
        "persons": persons,
        "empty_units": invitees.without_anybody(units, persons) if is_draft else [],
        "seen": actions.digest(invitees.content(shown, persons)) if is_draft else "",
        "recipients": recipients,
        "counts": counts,
        "mine": next((one for one in recipients if one.user_id == user.pk), None),
        "earlier": shown.earlier.defer("content").order_by("-created_at"),
        "may_edit": is_draft and actions.may_change(user, shown),
        "may_issue": is_draft and may_issue,
        "may_move": comes and may_issue,
        "may_answer": comes,
        "has_attendance": shown.state == State.ISSUED and shown.is_on_or_after_its_day(at),
        "reschedule": refused if name == "reschedule" else RescheduleForm(initial=meeting, auto_id="reschedule-%s"),
        "cancel": refused if name == "cancel" else ReasonForm(auto_id="cancel-%s"),
        "refused": refused,
        "history": audit.history(shown),
    }
    return render(request, "services/invitation.html", context, status=status if refused else 200)


_ANSWERS = [*InvitationRecipient.Answer.choices, ("", "Belum menjawab")]


def _act(
    request: HttpRequest,
    pk: int,
    name: str,
    form_class: type[forms.Form],
    act: Callable[..., Any],
    done: str,
) -> HttpResponse:
    """One act on the invitation; what was typed comes back if it is refused."""
    found = visible(request.user, pk)
    if request.method == "GET":
        return redirect(found)
    if found.state == State.DRAFT and name == "cancel":
        if not actions.may_change(request.user, found):
            raise PermissionDenied
    else:
        policy.require(request.user, Verb.ISSUE_INVITATION)
    at = clock.now()
    form = form_class(request.POST, auto_id=f"{name}-%s")
    if not form.is_valid():
        return invitation_page(request, pk, at=at, name=name, refused=form)
    try:
        act(pk, **form.cleaned_data, by=request.user, at=at)
    except DomainError as error:
        field = FIELDS.get(error.code)
        form.add_error(field if field in form.fields else None, error.message)
        return invitation_page(request, pk, at=at, name=name, refused=form, status=error.status)
    messages.success(request, done)
    return redirect(found)


def _draft_page(request: HttpRequest, found: Invitation | None, act: Callable[..., Invitation]) -> HttpResponse:
    at = clock.now()
    kwargs: dict[str, Any] = {"cases": _cases_for(request.user), "units": _units_for(request.user, at)}
    if request.method == "POST":
        form = InvitationForm(request.POST, **kwargs)
        if form.is_valid():
            version = {"version": form.cleaned_data["version"]} if found else {}
            try:
                saved = act(**form.facts, **version, by=request.user, at=at)
            except DomainError as error:
                form.add_error(FIELDS.get(error.code), error.message)
            else:
                messages.success(request, "Rancangan tersimpan. Periksa penerimanya di bawah ini.")
                return redirect(saved)
    else:
        form = InvitationForm(initial=_stored(found) if found else _suggested(request), **kwargs)
    context = {"form": form, "invitation": found, "itjen": invitees.itjen_units()}
    return render(request, "services/invitation_form.html", context, status=422 if form.errors else 200)


def _cases_for(user: User) -> QuerySet[Case]:
    """Those that wait for a letter which the user may prepare."""
    wanted = Case.objects.none()
    for kind in Kind.values:
        wanted |= Case.objects.invitable(kind)
    served = wanted.filter(unit__in=policy.units_for(user, Verb.DRAFT_INVITATION))
    return served.select_related("standard", "unit", "step").order_by("standard__key", "unit__path", "subject")


def _units_for(user: User, at: datetime) -> QuerySet[WorkUnit]:
    """Those of the user, and Itjen, which is asked for validators."""
    own = policy.units_for(user, Verb.DRAFT_INVITATION)
    wanted = Q(pk__in=own.values("pk")) | Q(pk__in=invitees.itjen_units().values("pk"))
    return WorkUnit.objects.filter(wanted).on(at.astimezone(WIB).date()).order_by("path")


def _stored(found: Invitation) -> dict[str, Any]:
    names = (
        "kind",
        "subject",
        "nature",
        "agenda",
        "begins_at",
        "ends_at",
        "place",
        "link",
        "roles",
        "guests",
        "version",
    )
    plain = {name: getattr(found, name) for name in names}
    return plain | {"cases": found.cases.all(), "units": found.units.all()}


def _suggested(request: HttpRequest) -> dict[str, Any]:
    """From the page of a case: its letter, half written."""
    kind = request.GET.get("jenis", "")
    number = request.GET.get("berkas", "")
    case = _cases_for(request.user).filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    if kind not in Kind.values:
        kind = case.step.invites if case else ""
    asks = kind == Kind.VALIDATORS
    roles = [Role.ITJEN_VALIDATOR] if asks else [Role.OFFICIAL, Role.OPERATOR]
    return {
        "kind": kind,
        "cases": [case.pk] if case else [],
        "units": list(invitees.itjen_units()) if asks else [],
        "roles": [role.value for role in roles],
        "subject": f"{Kind(kind).label}, {case.subject}" if case and kind else "",
    }
