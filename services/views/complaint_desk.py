"""Complaints inside the bureau: the register, one complaint, and what its handlers do."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock, files
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from kinerjaku.templatetags.kinerjaku import last_minute
from services import complaint_flow
from services.actions import complaint as actions
from services.complaint_flow import Act
from services.complaint_forms import (
    AssignForm,
    ClassifyForm,
    CloseForm,
    ComplaintFilter,
    ConcernedForm,
    RegisterForm,
    ReplyForm,
)
from services.models import Complaint, ComplaintFile

from .complaint import FILE_CODES, receipt, take_in

COLUMNS = [
    Column("nomor", "Nomor", lambda one: one.number, ("received_at",)),
    Column("jenis", "Jenis", lambda one: one.get_kind_display(), ("kind", "-received_at")),
    Column("perihal", "Perihal", lambda one: one.subject, ("subject",)),
    Column("pengadu", "Pengadu", lambda one: one.public_name),
    Column("saluran", "Saluran", lambda one: one.get_channel_display(), ("channel", "-received_at")),
    Column("diterima", "Diterima", lambda one: one.received_at, ("received_at",)),
    Column(
        "batas",
        "Batas jawaban",
        lambda one: last_minute(one.answer_due_at) if one.answer_due_at else "",
        ("answer_due_at",),
    ),
    Column("petugas", "Petugas", lambda one: one.assigned_to.name if one.assigned_to else "", ("assigned_to__name",)),
    Column("status", "Status", lambda one: one.get_state_display(), ("state", "-received_at")),
]


@require_safe
def complaints(request: HttpRequest) -> HttpResponse:
    if not policy.can_somewhere(request.user, Verb.VIEW_COMPLAINTS):
        raise PermissionDenied
    at = clock.now()
    listing = Listing(
        request,
        Complaint.objects.visible_to(request.user).select_related("assigned_to"),
        columns=COLUMNS,
        default_sort="-diterima",
        name="pengaduan",
        filter_form=partial(ComplaintFilter, user=request.user, at=at),
    )
    rows = [(one, one.is_late(at)) for one in listing.rows]
    may_register = policy.can_somewhere(request.user, Verb.HANDLE_COMPLAINT)
    return listing.response("services/complaints.html", {"complaints": rows, "may_register": may_register})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def complaint_register(request: HttpRequest) -> HttpResponse:
    """One that came in person or by e-mail."""
    if not policy.can_somewhere(request.user, Verb.HANDLE_COMPLAINT):
        raise PermissionDenied
    at = clock.now()
    form = RegisterForm(request.POST, request.FILES, at=at) if request.method == "POST" else RegisterForm(at=at)
    status = 200
    if form.is_bound:
        act = lambda: actions.receive(  # noqa: E731
            form.report,
            **form.sent,
            by=request.user,
            channel=form.cleaned_data["channel"],
            received_at=form.received_at,
        )
        done, status = take_in(request, form, act)
        if done:
            return receipt(request, *done)
    return render(request, "services/complaint_register.html", {"form": form}, status=status)


@require_safe
def complaint(request: HttpRequest, pk: int) -> HttpResponse:
    return complaint_page(request, pk, at=clock.now())


@require_safe
def complaint_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """For handlers: a file may show who a confidential complainant is."""
    seen = Complaint.objects.visible_to(request.user)
    file = get_object_or_404(ComplaintFile.objects.select_related("event__complaint"), pk=pk, event__complaint__in=seen)
    if not file.event.complaint.is_handled_by(request.user):
        raise PermissionDenied
    return files.download(file.storage_name, filename=file.name, content_type=file.content_type)


@require_http_methods(["GET", "POST"])
def complaint_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """GET, here and below, is where the browser ends up after signing in again."""
    make = lambda found: AssignForm(actions.candidates(found), request.POST, auto_id="assign-%s")  # noqa: E731
    return _act(request, pk, "assign", make, actions.assign, "Pengaduan ditugaskan.", of_all=True)


@require_http_methods(["GET", "POST"])
def complaint_concerned(request: HttpRequest, pk: int) -> HttpResponse:
    make = lambda _: ConcernedForm(actions.officers(), request.POST, auto_id="concerned-%s")  # noqa: E731
    return _act(request, pk, "concerned", make, actions.mark_concerned, "Petugas yang diadukan dicatat.", of_all=True)


@require_http_methods(["GET", "POST"])
def complaint_classify(request: HttpRequest, pk: int) -> HttpResponse:
    make = lambda _: ClassifyForm(request.POST, auto_id="classify-%s")  # noqa: E731
    return _act(request, pk, "classify", make, actions.classify, "Jenis pengaduan diubah.")


@require_http_methods(["GET", "POST"])
def complaint_reply(request: HttpRequest, pk: int) -> HttpResponse:
    make = lambda found: ReplyForm(found, request.POST, request.FILES, auto_id="reply-%s")  # noqa: E731
    return _act(request, pk, "reply", make, actions.reply, "Pesan terkirim kepada pengadu.")


@require_http_methods(["GET", "POST"])
def complaint_close(request: HttpRequest, pk: int) -> HttpResponse:
    make = lambda _: CloseForm(request.POST, auto_id="close-%s")  # noqa: E731
    return _act(request, pk, "close", make, actions.close, "Pengaduan ditutup.")


def complaint_page(
    request: HttpRequest, pk: int, *, at: datetime, name: str = "", refused: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    """The complaint; with `refused`, the form called `name` as it comes back when an act was not done."""
    seen = Complaint.objects.visible_to(request.user).select_related("assigned_to", "registered_by")
    shown = get_object_or_404(seen, pk=pk)
    events = list(shown.events.select_related("by").prefetch_related("files").order_by("seq"))
    handles = shown.is_handled_by(request.user)
    of_all = handles and policy.can(request.user, Verb.HANDLE_COMPLAINT)
    about, is_open = list(shown.concerned.all()), shown.state != Complaint.State.CLOSED
    given = {
        "reply": ReplyForm(shown, initial={"seen": events[-1].seq}, auto_id="reply-%s"),
        "assign": AssignForm(actions.candidates(shown), initial={"officer": shown.assigned_to_id}, auto_id="assign-%s"),
        "concerned": ConcernedForm(actions.officers(), initial={"people": about}, auto_id="concerned-%s"),
        "classify": ClassifyForm(initial={"kind": shown.kind}, auto_id="classify-%s"),
        "close": CloseForm(auto_id="close-%s"),
    }
    context = {
        **(given | ({name: refused} if refused else {})),
        "complaint": shown,
        "events": events,
        "about": about,
        "now": at,
        "is_late": shown.is_late(at),
        "missing": complaint_flow.missing_calendar(shown),
        "shows_identity": shown.mode == Complaint.Mode.NAMED or shown.shows_identity_to(request.user),
        "handles": handles,
        "may_reply": handles and complaint_flow.may(shown.state, Act.ANSWER),
        "may_assign": of_all and is_open,
        "may_mark": of_all,
        "may_classify": handles and shown.is_waiting,
        "may_close": handles and complaint_flow.may(shown.state, Act.CLOSE),
        "refused": refused,
    }
    return render(request, "services/complaint.html", context, status=status if refused else 200)


def _act(
    request: HttpRequest,
    pk: int,
    name: str,
    make: Callable[[Complaint], forms.Form],
    act: Callable[..., Any],
    done: str,
    *,
    of_all: bool = False,
) -> HttpResponse:
    """One act of a handler; what was typed comes back if it is refused."""
    found = get_object_or_404(Complaint.objects.visible_to(request.user), pk=pk)
    if request.method == "GET":
        return redirect(found)
    actions.require_handler(found, by=request.user, of_all=of_all)
    at, form = clock.now(), make(found)
    if not form.is_valid():
        return complaint_page(request, pk, at=at, name=name, refused=form)
    said = dict(form.cleaned_data)
    if "files" in said:
        said["uploads"] = said.pop("files")
    try:
        act(pk, **said, by=request.user, at=at)
    except DomainError as error:
        form.add_error("files" if "files" in form.fields and error.code in FILE_CODES else None, error.message)
        return complaint_page(request, pk, at=at, name=name, refused=form, status=error.status)
    messages.success(request, done)
    try:
        return redirect(get_object_or_404(Complaint.objects.visible_to(request.user), pk=pk))
    except Http404:  # marked themselves as concerned
        return redirect("complaints")
