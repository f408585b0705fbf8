"""Answering an invitation, with or without signing in, and the list of who came."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from kinerjaku import clock
from kinerjaku.choices import LONGEST_KEY
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from services import invitees, mailing
from services.actions import attendance as actions
from services.actions.invitation import may_prepare
from services.invitation_forms import AnswerForm, WalkInForm
from services.models import Invitation, InvitationRecipient

from .invitation import visible

MOST_PEOPLE = 1000  # on one page: the whole list is ticked and printed at once
COLUMNS = [
    Column("nama", "Nama", lambda row: row.name, ("name",)),
    Column("jabatan", "Jabatan", lambda row: row.position, ("position", "name")),
    Column("unit", "Unit kerja", lambda row: row.unit.name if row.unit else "", ("is_walk_in", "unit__path", "name")),
    Column("jawaban", "Jawaban", lambda row: row.get_answer_display(), ("answer", "name")),
    Column("diwakili", "Diwakili oleh", lambda row: row.substitute),
    Column("keterangan", "Keterangan", lambda row: row.note),
    Column("hadir", "Hadir", lambda row: "Hadir" if row.came else "", ("-came", "name")),
]


@require_http_methods(["GET", "POST"])
def invitation_answer(request: HttpRequest, pk: int) -> HttpResponse:
    recipient = get_object_or_404(
        InvitationRecipient.objects.select_related("invitation"), invitation__pk=pk, user=request.user
    )
    return _answer(request, recipient, by=request.user, done=recipient.invitation.get_absolute_url())


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def invitation_answer_guest(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the e-mail is the proof of who answers."""
    recipient = mailing.recipient_of(token)
    if recipient is None or recipient.user_id is not None:
        raise Http404
    response = _answer(request, recipient, by=None, done=request.path)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _keys(typed: list[str]) -> set[int]:
    """What can be a row at all."""
    return {int(one) for one in typed if one.isdecimal() and len(one) <= LONGEST_KEY}


def _answer(request: HttpRequest, recipient: InvitationRecipient, *, by: User | None, done: str) -> HttpResponse:
    at, invitation, status = clock.now(), recipient.invitation, 200
    answered = {name: getattr(recipient, name) for name in ("answer", "substitute", "note")}
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=answered)
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                actions.answer(recipient.pk, **form.cleaned_data, by=by, at=at)
            except DomainError as error:
                form.add_error(None, error.message)
                status = error.status
            else:
                messages.success(request, "Jawaban Anda tersimpan. Terima kasih.")
                return redirect(done)
    context = {
        "form": form,
        "recipient": recipient,
        "invitation": invitation,
        "day_text": invitees.day_text(invitation.begins_at, invitation.ends_at),
        "time_text": invitees.time_text(invitation.begins_at, invitation.ends_at),
        "is_open": invitation.state == Invitation.State.ISSUED and not invitation.has_begun(at),
    }
    return render(request, "services/invitation_answer.html", context, status=status)


@require_http_methods(["GET", "POST"])
def invitation_attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as a page to tick, print and export."""
    found = visible(request.user, pk)
    if request.method == "GET":
        return _attendance_page(request, found, WalkInForm())
    chosen = {
        name: {int(n) for n in request.POST.getlist(name) if n.isdecimal() and len(n) < 19}
        for name in ("shown", "came")
    }
    actions.record(pk, **chosen, by=request.user, at=clock.now())
    messages.success(request, "Kehadiran tersimpan.")
    return redirect("invitation_attendance", pk)


@require_http_methods(["GET", "POST"])
def invitation_walk_in(request: HttpRequest, pk: int) -> HttpResponse:
    found = visible(request.user, pk)
    if request.method == "GET":
        return redirect("invitation_attendance", pk)
    form = WalkInForm(request.POST)
    if not form.is_valid():
        actions.require_recordable(found, by=request.user, at=clock.now())
        return _attendance_page(request, found, form)
    actions.add_walk_in(pk, **form.cleaned_data, by=request.user, at=clock.now())
    messages.success(request, f"{form.cleaned_data['name']} ditambahkan.")
    return redirect("invitation_attendance", pk)


@require_http_methods(["GET", "POST"])
def invitation_attendance_close(request: HttpRequest, pk: int) -> HttpResponse:
    visible(request.user, pk)
    if request.method == "POST":
        actions.close(pk, by=request.user, at=clock.now())
        messages.success(request, "Daftar hadir ditutup.")
    return redirect("invitation_attendance", pk)


def _attendance_page(request: HttpRequest, found: Invitation, form: WalkInForm) -> HttpResponse:
    if found.state != Invitation.State.ISSUED:
        raise DomainError("Undangan ini tidak sedang berlaku.", code="not_issued", status=409)
    at = clock.now()
    listing = Listing(
        request,
        found.recipients.select_related("unit"),
        columns=COLUMNS,
        default_sort="unit",
        name=f"daftar-hadir-{found.pk}",
        per_page=MOST_PEOPLE,
    )
    may_record = found.attendance_closed_at is None and found.is_on_or_after_its_day(at)
    context: dict[str, Any] = {
        "invitation": found,
        "day_text": invitees.day_text(found.begins_at, found.ends_at),
        "time_text": invitees.time_text(found.begins_at, found.ends_at),
        "came_count": found.recipients.filter(came=True).count(),
        "may_record": may_record and may_prepare(request.user, found),
        "may_close": found.has_begun(at),
        "is_early": not found.is_on_or_after_its_day(at),
        "form": form,
    }
    response = listing.response("services/invitation_attendance.html", context)
    response.status_code = 422 if form.errors else response.status_code
    return response
