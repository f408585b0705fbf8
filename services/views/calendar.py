"""Changing the working calendar from a file, and what the change did to the clocks of open cases."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock
from kinerjaku.errors import DomainError
from kinerjaku.file_types import clean_name
from kinerjaku.listing import FORMATS, Column, Listing, export
from kinerjaku.templatetags.kinerjaku import work_duration
from services import calendar, closure_file, closure_plan
from services.actions import calendar as actions
from services.closure_file import Line
from services.forms import ClosureFileForm, RecountFilter
from services.models import Case, CaseEvent, Closure

SALT = "services.calendar_import"
PREVIEW_LASTS = 3600  # seconds between preview and confirmation
TEMPLATE = [
    Column("tanggal", "Tanggal", lambda one: one.day),
    Column("jenis", "Jenis", lambda one: one.get_kind_display()),
    Column("nama", "Nama", lambda one: one.name),
    Column("dasar", "Dasar hukum", lambda one: one.basis),
]
RECOUNTS = [
    Column("waktu", "Dihitung ulang", lambda event: event.at, ("at",)),
    Column("layanan", "Layanan", lambda event: event.case.standard.get_key_display(), ("case__standard__key", "-at")),
    Column("unit", "Unit kerja", lambda event: event.case.unit.name, ("case__unit__path", "-at")),
    Column("perihal", "Perihal", lambda event: event.case.subject, ("case__subject", "-at")),
    Column("janji_semula", "Janji habis semula", lambda event: event.before.due_at),
    Column("janji_kini", "Janji habis kini", lambda event: event.after.due_at),
    Column("terpakai_semula", "Terpakai sampai jeda, semula", lambda event: work_duration(event.before.minutes)),
    Column("terpakai_kini", "Terpakai sampai jeda, kini", lambda event: work_duration(event.after.minutes)),
]


@require_http_methods(["GET", "POST"])
def calendar_import(request: HttpRequest) -> HttpResponse:
    """GET: the page, or the file to fill in. POST: a file to preview, or the preview that is confirmed."""
    policy.require(request.user, Verb.ADMINISTER)
    if request.method == "GET":
        wanted = request.GET.get("format", "")
        return _template(wanted) if wanted in FORMATS else _page(request, ClosureFileForm())
    if "simpan" in request.POST:
        return _save(request)
    form = ClosureFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, 422)
    settings = {name: form.cleaned_data[name] for name in ("basis", "make_years")}
    try:
        if upload := form.cleaned_data["berkas"]:
            name, lines = clean_name(upload.name), closure_file.read_upload(upload)
        elif "pratinjau" in request.POST:
            kept = _kept(request)
            name, lines = kept["name"], kept["lines"]
        else:
            raise DomainError("Pilih berkas dahulu, lalu unggah.", code="nothing_chosen")
    except DomainError as error:
        form.add_error("berkas", error.message)
        return _page(request, form, error.status)
    return _preview(request, form, name, lines, settings)


@require_safe
def recounts(request: HttpRequest) -> HttpResponse:
    """Before and after of every clock that a change of the calendar moved."""
    cases = Case.objects.visible_to(request.user)
    listing = Listing(
        request,
        CaseEvent.objects.filter(kind=CaseEvent.Kind.RECOUNT, case__in=cases).select_related(
            "case__standard", "case__unit"
        ),
        columns=RECOUNTS,
        default_sort="-waktu",
        name="hitung-ulang",
        filter_form=partial(RecountFilter, user=request.user),
    )
    waiting = cases.counted_otherwise(calendar.token()).exclude(calendar_token="").count()
    return listing.response("services/recounts.html", {"waiting": waiting})


def _save(request: HttpRequest) -> HttpResponse:
    """What was seen, or nothing."""
    try:
        kept = _kept(request)
    except DomainError as error:
        form = ClosureFileForm({})
        form.add_error("berkas", error.message)
        return _page(request, form, error.status)
    settings = {name: kept[name] for name in ("basis", "make_years")}
    try:
        done = actions.import_closures(
            kept["lines"],
            **settings,
            seen=kept["seen"],
            source=f"Impor dari berkas {kept['name']}",
            by=request.user,
            at=clock.now(),
        )
    except DomainError as error:
        form = ClosureFileForm({**settings, "make_years": settings["make_years"] or None})
        form.add_error(None, error.message)
        return _preview(request, form, kept["name"], kept["lines"], settings, status=error.status)
    waiting = Case.objects.counted_otherwise(calendar.token()).count()
    messages.success(
        request, f"{done.new + done.changed} hari libur disimpan. {waiting} berkas berjalan akan dihitung ulang."
    )
    return redirect("recounts")


def _preview(
    request: HttpRequest,
    form: ClosureFileForm,
    name: str,
    lines: list[Line],
    settings: dict[str, Any],
    *,
    status: int | None = None,
) -> HttpResponse:
    """The lines beside what is recorded. They travel with the page, signed, so that nobody chooses the file again."""
    plan = closure_plan.plan(lines, **settings)
    kept = {**settings, "name": name, "seen": plan.token, "user": request.user.pk}
    kept["lines"] = [line.kept() for line in lines]
    if plan.faulty and not form.errors:
        form.add_error(None, f"{plan.faulty} baris perlu diperbaiki. Tidak ada yang disimpan.")
    context = {
        "plan": plan,
        "name": name,
        "token": signing.dumps(kept, salt=SALT, compress=True),
        "open_cases": Case.objects.filter(state=Case.State.OPEN).count(),
    }
    return _page(request, form, status or (422 if plan.faulty else 200), **context)


def _page(request: HttpRequest, form: ClosureFileForm, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "services/calendar_import.html", {"form": form, **context}, status=status)


def _kept(request: HttpRequest) -> dict[str, Any]:
    """What this person's preview showed, unchanged."""
    try:
        kept: dict[str, Any] = signing.loads(request.POST.get("pratinjau", ""), salt=SALT, max_age=PREVIEW_LASTS)
    except signing.BadSignature as error:
        raise DomainError("Pratinjau sudah kedaluwarsa. Pilih berkasnya sekali lagi.", code="expired") from error
    if kept["user"] != request.user.pk:
        raise DomainError("Pratinjau ini milik orang lain. Pilih berkasnya sekali lagi.", code="expired")
    return {**kept, "lines": [Line.from_kept(one) for one in kept["lines"]]}


def _template(wanted: str) -> HttpResponse:
    """The present year's days as a file to fill in."""
    year = clock.now().year
    rows, name = list(Closure.objects.filter(day__year=year).order_by("day")), f"hari-libur-{year}"
    if wanted == "csv":
        return export(name, wanted, TEMPLATE, rows)
    response = HttpResponse(closure_file.template(rows), content_type=FORMATS[wanted])
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
