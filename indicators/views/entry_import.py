"""Filling in a quarter from a spreadsheet: template, preview with every problem, then all rows or none."""

from typing import Any

import tablib
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from import_export.results import Result

from accounts.policy import Verb
from indicators.resources import LINE, AchievementResource, read_table
from kinerjaku import clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import FORMATS

from .rows import unit_and_quarter

SALT = "indicators.entry_import"
PREVIEW_LASTS = 3600  # seconds between preview and confirmation


@require_http_methods(["GET", "POST"])
def entry_import(request: HttpRequest, year: int, number: int, code: str) -> HttpResponse:
    """GET: the page, or the file to fill in. POST: a file to preview, or the preview that is confirmed."""
    unit, quarter = unit_and_quarter(request.user, year, number, code, Verb.ENTER)
    upload = request.FILES.get("berkas")  # reads the whole body, so the clock below is after its last byte
    at = clock.now()
    resource = AchievementResource(quarter, unit, by=request.user, at=at)
    wanted = request.GET.get("format", "")
    if request.method == "GET" and wanted in FORMATS:
        return _file(resource.export(), f"isian-{year}-TW{number}-{unit.code}", wanted)
    context: dict[str, Any] = {
        "unit": unit,
        "quarter": quarter,
        "due_at": quarter.due_at(unit),
        "now": at,
        "is_open": quarter.is_open(unit, at),
        "entry_path": quarter.entry_path(unit),
    }
    if request.method == "GET":
        return render(request, "indicators/entry_import.html", context)
    try:
        if "pratinjau" in request.POST:
            table, dry_run = _confirmed(request.POST["pratinjau"], place=(quarter.pk, unit.pk)), False
        elif upload:
            table, dry_run = read_table(upload), True
        else:
            raise DomainError("Pilih berkas dahulu, lalu unggah.", code="nothing_chosen")
    except DomainError as error:
        context["errors"] = [("berkas", error.message)]
        return render(request, "indicators/entry_import.html", context, status=error.status)
    result = resource.import_data(table, dry_run=dry_run, rollback_on_validation_errors=True)
    found = problems(result, table)
    if not found and not dry_run:
        messages.success(request, f"{len(resource.changes)} baris disimpan dari berkas.")
        return redirect(quarter.entry_path(unit))
    context |= {
        "problems": found,
        "changes": resource.changes,
        "unchanged": len(table) - len(resource.changes),
    }
    if found:
        context["errors"] = [("masalah", f"Berkas belum disimpan: {len(found)} masalah. Tidak ada baris yang berubah.")]
        return render(request, "indicators/entry_import.html", context, status=422)
    if resource.changes:
        kept = {
            "place": [quarter.pk, unit.pk],
            "headers": table.headers,
            "rows": [list(row) for row in table],
        }
        context["token"] = signing.dumps(kept, salt=SALT, compress=True)
    return render(request, "indicators/entry_import.html", context | {"is_preview": True})


def problems(result: Result, table: tablib.Dataset) -> list[dict[str, Any]]:
    """Every error by line of the file and column."""
    found = [{"line": "", "column": "", "message": _said(error.error)} for error in result.base_errors]
    if found:
        return found
    lines = table[LINE]
    for row in result.invalid_rows:
        specific = [(column, text) for column, texts in row.field_specific_errors.items() for text in texts]
        general = [("", text) for text in row.non_field_specific_errors]
        found += [
            {"line": lines[row.number - 1], "column": column, "message": text} for column, text in specific + general
        ]
    for number, errors in result.row_errors():
        found += [{"line": lines[number - 1], "column": "", "message": _said(error.error)} for error in errors]
    return sorted(found, key=lambda problem: int(problem["line"]))


def _said(error: Exception) -> str:
    if isinstance(error, DomainError | ValueError):
        return str(error)
    raise error


def _confirmed(token: str, *, place: tuple[int, int]) -> tablib.Dataset:
    """The table that was previewed, unchanged."""
    try:
        kept = signing.loads(token, salt=SALT, max_age=PREVIEW_LASTS)
    except signing.BadSignature as error:
        raise DomainError("Pratinjau sudah kedaluwarsa. Unggah berkasnya sekali lagi.", code="expired") from error
    if tuple(kept["place"]) != place:
        raise DomainError("Pratinjau ini milik unit atau triwulan lain. Unggah berkasnya di sini.", code="expired")
    return tablib.Dataset(*kept["rows"], headers=kept["headers"])


def _file(data: tablib.Dataset, name: str, wanted: str) -> HttpResponse:
    body = data.export("xlsx") if wanted == "xlsx" else "\ufeff" + data.export("csv")
    response = HttpResponse(body, content_type=FORMATS[wanted])
    response["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return response
