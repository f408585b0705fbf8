"""Complaints for everybody, without sign-in: the form, its receipt, following one by number and secret, figures."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock, files
from kinerjaku.errors import DomainError
from kinerjaku.listing import FORMATS, Column, export
from services import complaint_flow, complaints
from services.actions import complaint as actions
from services.actions import complaint_dialogue as dialogue
from services.complaint_flow import Act
from services.complaint_forms import ComplaintForm, MessageForm, ReopenForm, TrackForm, WithdrawForm
from services.models import Complaint, ComplaintFile
from services.robots import Limit

REPORTS, GUESSES, MESSAGES = Limit("report", 20, 3600), Limit("guess", 20, 900), Limit("message", 30, 3600)
TOO_MANY = "Dari jaringan Anda sudah terlalu banyak kiriman. Isian Anda tetap di bawah; coba lagi nanti."
OPENED, STAYS_OPEN = "complaint", timedelta(hours=2)
FILE_CODES = {"too_many", "too_big", "empty", "wrong_type", "encrypted", "macros", "damaged", "busy"}
STATISTICS_COLUMNS = [
    Column("kelompok", "Kelompok", lambda row: row[0]),
    Column("uraian", "Uraian", lambda row: row[1]),
    Column("nilai", "Nilai", lambda row: row[2], numeric=True),
]


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def complaint_new(request: HttpRequest) -> HttpResponse:
    """The public form. Its receipt is the answer itself: the secret is written down nowhere on the way to it."""
    at = clock.now()
    form = ComplaintForm(request.POST, request.FILES, at=at) if request.method == "POST" else ComplaintForm(at=at)
    status = 200
    if form.is_bound:
        done, status = take_in(request, form, lambda: actions.receive(form.report, **form.sent), limit=REPORTS)
        if done:
            return receipt(request, *done)
    return render(request, "services/complaint_new.html", {"form": form}, status=status)


def take_in(
    request: HttpRequest,
    form: ComplaintForm,
    act: Callable[[], tuple[Complaint, str]],
    *,
    limit: Limit | None = None,
) -> tuple[tuple[Complaint, str] | None, int]:
    """What came in, if the form is sound and the act was done; else nothing, and why is in the form."""
    if not form.is_valid():
        return None, 422
    if limit is not None and not limit.take(request):
        form.add_error(None, TOO_MANY)
        return None, 429
    try:
        return act(), 200
    except DomainError as error:
        if error.code == "used":
            form.renew()
        form.add_error("files" if error.code in FILE_CODES else None, error.message)
        return None, error.status


def receipt(request: HttpRequest, complaint: Complaint, secret: str) -> HttpResponse:
    grouped = "-".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render(request, "services/complaint_receipt.html", {"complaint": complaint, "secret": grouped})


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def complaint_track(request: HttpRequest) -> HttpResponse:
    """Number and secret open one's complaint in this browser for a while."""
    at = clock.now()
    if request.method != "POST":
        return _track_page(request, TrackForm(), opened=_opened(request, at))
    form, status = TrackForm(request.POST), 422
    if form.is_valid():
        if not GUESSES.take(request):
            form.add_error(None, "Terlalu banyak percobaan. Coba lagi 15 menit lagi.")
            status = 429
        elif complaint := dialogue.find(**form.cleaned_data):
            request.session.cycle_key()
            request.session[OPENED] = {"pk": complaint.pk, "until": (at + STAYS_OPEN).isoformat()}
            return redirect("complaint_followed")
        else:
            form.add_error(None, "Nomor atau kode rahasia tidak cocok. Periksa tanda terima Anda.")
    return _track_page(request, form, status=status)


@never_cache
@login_not_required
@require_safe
def complaint_followed(request: HttpRequest) -> HttpResponse:
    at = clock.now()
    complaint = _opened(request, at)
    return _dialogue_page(request, complaint, at=at) if complaint else redirect("complaint_track")


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def complaint_write(request: HttpRequest) -> HttpResponse:
    """More, or a reply. GET, here and below, leads back to the complaint."""
    form = MessageForm(request.POST, request.FILES)
    return _act(request, "message", form, dialogue.write, "Tulisan Anda sudah terkirim.")


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def complaint_withdraw(request: HttpRequest) -> HttpResponse:
    form = WithdrawForm(request.POST, auto_id="withdraw-%s")
    return _act(request, "withdraw", form, dialogue.withdraw, "Pengaduan Anda ditutup.")


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def complaint_reopen(request: HttpRequest) -> HttpResponse:
    form = ReopenForm(request.POST, auto_id="reopen-%s")
    return _act(request, "reopen", form, dialogue.reopen, "Pengaduan Anda dibuka kembali.")


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def complaint_leave(request: HttpRequest) -> HttpResponse:
    """For a browser that others use too."""
    if request.method == "POST":
        request.session.pop(OPENED, None)
        messages.success(request, "Halaman pengaduan ditutup di peramban ini.")
    return redirect("complaint_track")


@login_not_required
@require_safe
def complaint_own_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    complaint = _opened(request, clock.now())
    if complaint is None:
        raise Http404
    file = get_object_or_404(ComplaintFile, pk=pk, event__complaint=complaint)
    return files.download(file.storage_name, filename=file.name, content_type=file.content_type)


@login_not_required
@require_safe
def complaint_statistics(request: HttpRequest) -> HttpResponse:
    """Figures of one year, for everybody; as a file for those who see the complaints."""
    today = clock.now().date()
    earliest = Complaint.objects.order_by("received_at").values_list("received_at", flat=True).first()
    years = list(range(today.year, (earliest.astimezone(clock.WIB).year if earliest else today.year) - 1, -1))
    wanted = request.GET.get("tahun", "")
    year = next((one for one in years if str(one) == wanted), today.year)
    found = complaints.statistics(date(year, 1, 1), min(date(year, 12, 31), today))
    may_export = policy.can(request.user, Verb.VIEW_COMPLAINTS)
    if request.GET.get("format") in FORMATS:
        policy.require(request.user, Verb.VIEW_COMPLAINTS)
        return export(f"pengaduan-{year}", request.GET["format"], STATISTICS_COLUMNS, _table(found))
    context = {"statistics": found, "year": year, "years": years, "may_export": may_export}
    return render(request, "services/complaint_statistics.html", context)


def _table(found: complaints.Statistics) -> list[tuple[str, str, Any]]:
    months = [(formats.date_format(month.first, "F Y"), month) for month in found.by_month]
    percent, median = found.percent_in_time, found.median_days
    return [
        *(("Diterima menurut bulan", name, month.received) for name, month in months),
        *(("Sudah dijawab, menurut bulan diterima", name, month.answered) for name, month in months),
        *(("Jenis", label, count) for label, count in found.by_kind),
        *(("Saluran", label, count) for label, count in found.by_channel),
        ("Waktu", "Dijawab dalam batas waktu", found.in_time),
        ("Waktu", "Melewati batas waktu", found.late),
        ("Waktu", "Dalam batas waktu (%)", None if percent is None else round(percent, 2)),
        ("Waktu", "Median hari kerja sampai jawaban pertama", median),
    ]


def _opened(request: HttpRequest, at: datetime) -> Complaint | None:
    """The complaint that number and secret have opened in this browser."""
    kept = request.session.get(OPENED)
    until = parse_datetime(kept["until"]) if kept else None
    return Complaint.objects.filter(pk=kept["pk"]).first() if until is not None and at < until else None


def _track_page(
    request: HttpRequest, form: forms.Form, *, status: int = 200, opened: Complaint | None = None, typed: str = ""
) -> HttpResponse:
    context = {"form": form, "opened": opened, "typed": typed}
    return render(request, "services/complaint_track.html", context, status=status)


def _dialogue_page(
    request: HttpRequest,
    complaint: Complaint,
    *,
    at: datetime,
    name: str = "",
    refused: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """With `refused`, the form called `name` as it comes back."""
    given = {
        "message": MessageForm(),
        "withdraw": WithdrawForm(auto_id="withdraw-%s"),
        "reopen": ReopenForm(auto_id="reopen-%s"),
    }
    may = {act.name.lower(): complaint_flow.may(complaint.state, act) for act in Act}
    context = {
        **(given | ({name: refused} if refused else {})),
        "complaint": complaint,
        "events": complaint.events.prefetch_related("files").order_by("seq"),
        "now": at,
        "may_write": may["add"] or may["reply"],
        "is_reply": may["reply"],
        "may_withdraw": may["withdraw"],
        "may_reopen": may["reopen"],
        "refused": refused,
    }
    return render(request, "services/complaint_followed.html", context, status=status)


def _act(request: HttpRequest, name: str, form: forms.Form, act: Callable[..., Any], done: str) -> HttpResponse:
    """One act of the complainant; what was typed comes back if it is refused or the page was open for too long."""
    if request.method == "GET":
        return redirect("complaint_followed")
    at = clock.now()
    complaint = _opened(request, at)
    if complaint is None:
        return _track_page(request, TrackForm(), typed=request.POST.get("text", ""), status=403)
    if not form.is_valid():
        return _dialogue_page(request, complaint, at=at, name=name, refused=form, status=422)
    status = 429
    if MESSAGES.take(request):
        said = dict(form.cleaned_data)
        if "files" in said:
            said["uploads"] = said.pop("files")
        try:
            act(complaint.pk, **said, at=at)
        except DomainError as error:
            form.add_error("files" if "files" in form.fields and error.code in FILE_CODES else None, error.message)
            status = error.status
        else:
            messages.success(request, done)
            return redirect("complaint_followed")
    else:
        form.add_error(None, TOO_MANY)
    complaint.refresh_from_db()
    return _dialogue_page(request, complaint, at=at, name=name, refused=form, status=status)
