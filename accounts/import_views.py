"""Pages of imports: start one, watch it, see what it would change, apply it; and the files of each kind."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kinerjaku import clock, sheet_writer
from kinerjaku.errors import DomainError
from kinerjaku.listing import FORMATS, Column, FilterForm, Listing
from kinerjaku.middleware import typed_text, wants_json
from kinerjaku.sheets import Column as SheetColumn
from kinerjaku.sheets import SheetKind, kind_of, kinds

from . import importing
from .import_job import ImportJob

PER_PAGE = 50
MOST_REASON = 500
_NO_NAME = re.compile(r"[^\w.-]+")


def _label(key: str) -> str:
    return next((kind.label for kind in kinds() if kind.key == key), key)


COLUMNS = [
    Column("created_at", "Diunggah", lambda job: job.created_at, ("created_at",)),
    Column("kind", "Jenis", lambda job: _label(job.kind), ("kind", "-created_at")),
    Column("name", "Berkas", lambda job: job.name, ("name",)),
    Column("by", "Oleh", lambda job: job.by.name, ("by__name",)),
    Column("state", "Status", lambda job: job.get_state_display(), ("state", "-created_at")),
    Column("changed", "Berubah", lambda job: job.changed, ("changed",), numeric=True),
    Column("faulty", "Masalah", lambda job: job.faulty, ("faulty",), numeric=True),
]


class ImportFilter(FilterForm):
    jenis = forms.ChoiceField(label="Jenis", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua"), *ImportJob.State.choices])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["jenis"].choices = [("", "Semua"), *((kind.key, kind.label) for kind in kinds())]

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        if "jenis" in chosen:
            rows = rows.filter(kind=chosen["jenis"])
        return rows.filter(state=chosen["status"]) if "status" in chosen else rows


@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        ImportJob.objects.visible_to(request.user).select_related("by"),
        columns=COLUMNS,
        default_sort="-created_at",
        name="impor",
        filter_form=ImportFilter,
    )
    labels = {kind.key: kind.label for kind in kinds()}
    return listing.response("accounts/imports.html", {"labels": labels, "may_start": bool(_own_kinds(request))})


def _own_kinds(request: HttpRequest) -> list[SheetKind]:
    return [kind for kind in kinds() if kind.may(request.user)]


def _chosen(request: HttpRequest, key: str) -> SheetKind:
    """404 for a kind that is not there, 403 for one that the person may not import."""
    try:
        kind = kind_of(key)
    except DomainError as error:
        raise Http404 from error
    importing.require(kind, request.user)
    return kind


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a kind, download its file, upload it."""
    own = _own_kinds(request)
    if not own:
        raise PermissionDenied
    key = request.GET.get("jenis", "") or (own[0].key if len(own) == 1 else "")
    kind = _chosen(request, key) if key else None
    known = kind.choices(request.user) if kind else {}
    filters = [(name, label, known.get(name)) for name, _, label in kind.filters] if kind else []
    context = {"kinds": own, "kind": kind, "filters": filters}
    if request.method == "GET" or kind is None:
        return render(request, "accounts/import_new.html", context)
    reason = typed_text(request.POST, "alasan", MOST_REASON) if kind.asks_reason else ""
    options = {"reason": reason} if reason else {}
    return take_in(request, kind, options, "accounts/import_new.html", context | {"reason": reason})


def take_in(
    request: HttpRequest, kind: SheetKind, options: Mapping[str, Any], template: str, context: dict[str, Any]
) -> HttpResponse:
    """An uploaded file becomes a job; a small one is checked while the person waits."""
    upload = request.FILES.get("berkas")  # reads the whole body, so the clock below is after its last byte
    at = clock.now()
    try:
        if upload is None:
            raise DomainError("Pilih berkas dahulu, lalu unggah.", code="nothing_chosen")
        job = importing.start(kind, upload, options, by=request.user, at=at)
    except DomainError as error:
        context["errors"] = [("berkas", error.message)]
        return render(request, template, context, status=error.status)
    if job.size <= importing.AT_ONCE_BYTES:
        importing.run(job.pk, at=at, most_rows=min(kind.at_once, importing.AT_ONCE_ROWS))
    return redirect(job)


@require_safe
def import_file(request: HttpRequest, key: str) -> HttpResponse:
    """What is stored of a kind, in the layout of its import; with `isi=kosong` the heads only."""
    kind = _chosen(request, key)
    options = {option: request.GET.get(name, "").strip() for name, option, _ in kind.filters}
    return file_of(request, kind, {name: text for name, text in options.items() if text})


def file_of(request: HttpRequest, kind: SheetKind, options: dict[str, Any]) -> HttpResponse:
    wanted = request.GET.get("format", "xlsx")
    if wanted not in FORMATS:
        raise Http404
    for name in ("year", "number"):
        if not str(options.get(name, "1")).isdecimal() or len(str(options.get(name, "1"))) > 4:
            raise Http404
    is_empty = request.GET.get("isi") == "kosong" and not kind.holds_what_is_stored
    columns = kind.file_columns(request.user, options)
    rows = [] if is_empty else kind.table(request.user, options)
    name = "-".join([kind.key, *(str(value) for value in options.values()), *(["templat"] if is_empty else [])])
    return _answer(kind.sheet_name, wanted, columns, rows, name)


def _answer(title: str, wanted: str, columns: Sequence[SheetColumn], rows: Any, name: str) -> HttpResponse:
    make = sheet_writer.as_csv(columns, rows) if wanted == "csv" else sheet_writer.xlsx(title, columns, rows)
    response = HttpResponse(make, content_type=FORMATS[wanted])
    response["Content-Disposition"] = f'attachment; filename="{_NO_NAME.sub("-", name)}.{wanted}"'
    return response


class Shown:
    """A page of what a job found, with the addresses of the others."""

    def __init__(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        self.request = request
        self.page: Page = Paginator(rows, PER_PAGE).get_page(request.GET.get("hal", "1"))

    def address(self, **changes: Any) -> str:
        query = self.request.GET.copy()
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = str(value)
        return f"?{query.urlencode()}"


def _job(request: HttpRequest, pk: int) -> ImportJob:
    return get_object_or_404(ImportJob.objects.visible_to(request.user).select_related("by"), pk=pk)


@never_cache
@require_safe
def import_job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, what it would change, and what is wrong with it. As JSON for the script that watches it."""
    job = _job(request, pk)
    if wants_json(request):
        return JsonResponse(
            {"running": job.is_running, "done": job.done, "total": job.total, "state": job.get_state_display()}
        )
    kind = kind_of(job.kind)
    found = importing.details(job) if job.state in (job.State.FAULTY, job.State.READY, job.State.DONE) else None
    column = request.GET.get("kolom", "")
    faults = [one for one in found.faults if not column or one.column == column] if found else []
    is_faulty = job.state == job.State.FAULTY
    context = {
        "job": job,
        "kind": kind,
        "listing": Shown(request, faults if is_faulty else found.changes) if found else None,
        "columns": sorted({one.column for one in found.faults if one.column}) if found and is_faulty else [],
        "column": column,
        "is_own": job.by_id == request.user.pk,
        "door": kind.door(job.options),
        "address": kind.address(job.options),
    }
    return render(request, "accounts/import_job.html", context)


@require_POST
def import_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """A small import is applied while the person waits. Only who brought the file applies it."""
    job = _job(request, pk)
    if job.by_id != request.user.pk:
        raise PermissionDenied
    at = clock.now()
    importing.confirm(job.pk, digest=request.POST.get("digest", ""), by=request.user, at=at)
    if job.total <= importing.AT_ONCE_ROWS:
        importing.run(job.pk, at=at)
    return redirect(job)


@require_POST
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    job = _job(request, pk)
    importing.cancel(job.pk, by=request.user, at=clock.now())
    return redirect(job)


@require_safe
def import_result(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of the file with a column that says what is wrong with each, or what became of it."""
    job = _job(request, pk)
    wanted = request.GET.get("format", "xlsx")
    if wanted not in FORMATS or not job.details_name:
        raise Http404
    found = importing.details(job)
    said: dict[int, list[str]] = {}
    for fault in found.faults:
        said.setdefault(fault.row, []).append(f"{fault.column}: {fault.advice}" if fault.column else fault.advice)
    verb = {job.State.DONE: "disimpan"}.get(job.State(job.state), "akan berubah")
    became = {change.row: verb for change in found.changes}
    table = importing.rows_of(job)
    last = "kesalahan" if job.state == job.State.FAULTY else "hasil"
    heads = [*(table.rows[0].cells if table.rows else ()), last]
    general = [[*([""] * (len(heads) - 1)), text] for number in (0, 1) for text in said.get(number, ())]
    rows = [
        [*row.cells.values(), " ".join(said.get(row.number, [became.get(row.number, "tetap")]))] for row in table.rows
    ]
    shown = [SheetColumn(head, "Seperti di berkas Anda.") for head in heads]
    return _answer("Hasil", wanted, shown, [*rows, *general], f"hasil-impor-{job.pk}")
