"""Filling in a quarter from a spreadsheet: the achievements' import, for the unit and quarter of the page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.import_views import file_of, take_in
from accounts.policy import Verb
from kinerjaku import clock
from kinerjaku.sheets import kind_of

from .rows import unit_and_quarter


@require_http_methods(["GET", "POST"])
def entry_import(request: HttpRequest, year: int, number: int, code: str) -> HttpResponse:
    """GET: the page, or the file to fill in. POST: a file to check."""
    unit, quarter = unit_and_quarter(request.user, year, number, code, Verb.ENTER)
    kind = kind_of("capaian")
    options = {"year": year, "number": number, "unit": unit.code}
    if request.method == "GET" and request.GET.get("format"):
        return file_of(request, kind, options)
    at = clock.now()
    context = {
        "unit": unit,
        "quarter": quarter,
        "due_at": quarter.due_at(unit),
        "now": at,
        "is_open": quarter.is_open(unit, at),
        "entry_path": quarter.entry_path(unit),
    }
    if request.method == "GET":
        return render(request, "indicators/entry_import.html", context)
    return take_in(request, kind, options, "indicators/entry_import.html", context)
