"""Targets: all of them as a list, and the sheet of one unit under one decree (rincian target)."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import WorkUnit
from accounts.policy import Verb
from indicators import target_rules
from indicators.actions import targets
from indicators.filters import CatalogueFilter
from indicators.models import Decree, Indicator, Target
from indicators.quarters import REPORTED_IN, ROMAN
from indicators.target_forms import TargetSheet
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing

GROUPED = ("unit", "-unit")
MOST_HISTORY = 50


def _of(number: int) -> Any:
    return lambda row: target_rules.words(row.rule.targets.get(number))


def _of_the_year(row: Indicator) -> str:
    due = REPORTED_IN[row.period]
    text = target_rules.words(target_rules.of_the_year(row.rule.targets, due=due, how=row.consolidation))
    return text if Target.YEAR in row.rule.targets or not text else f"{text} (dari triwulan)"


COLUMNS = [
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "-decree__year", "decree__key", "no")),
    Column("no", "No", lambda row: row.no, ("no", "unit__path"), True),
    Column("nama", "Indikator", lambda row: row.name, ("name",)),
    Column("satuan", "Satuan", lambda row: row.measure, ("measure",)),
    Column("konsolidasi", "Konsolidasi", lambda row: row.get_consolidation_display(), ("consolidation", "unit__path")),
    Column("setahun", "Setahun", _of_the_year, (), True),
    *(Column(f"tw{number}", f"TW {roman}", _of(number), (), True) for number, roman in ROMAN.items()),
    Column("tahun", "Tahun", lambda row: row.decree.year, ("decree__year", "unit__path", "no"), True),
    Column("keputusan", "Keputusan", lambda row: str(row.decree)),
]


@require_safe
def target_list(request: HttpRequest) -> HttpResponse:
    rows = Indicator.objects.visible_to(request.user).select_related("unit", "decree")
    listing = Listing(request, rows, columns=COLUMNS, default_sort="unit", name="target", filter_form=CatalogueFilter)
    is_grouped = listing.sort in GROUPED
    hidden = {"unit", "tahun", "keputusan"} if is_grouped else {"keputusan"}
    shown = [column for column in COLUMNS if column.key not in hidden]
    sets = [
        (of, [(row, [(column, column.value(row)) for column in shown]) for row in rows])
        for of, rows in groupby(listing.rows, lambda row: row.set_of if is_grouped else None)
    ]
    return listing.response("indicators/targets.html", {"shown": shown, "sets": sets})


@require_http_methods(["GET", "POST"])
def target_sheet(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """All targets of a unit under one decree, saved together or not at all."""
    decree = get_object_or_404(Decree.objects.visible_to(request.user), pk=pk)
    unit = get_object_or_404(WorkUnit, code=code)
    rows = list(Indicator.objects.filter(decree=decree, unit=unit).select_related("unit", "decree").order_by("no"))
    if not rows:
        raise Http404
    may_set = targets.may_set(request.user, rows[0])
    if request.method == "GET":
        return _page(request, decree, unit, TargetSheet(rows), may_set)
    if not may_set:
        raise PermissionDenied
    sheet = TargetSheet(rows, request.POST)
    if request.POST.get("act") == "bagikan":
        sheet.share_out()
        return _page(request, decree, unit, sheet, may_set, is_shared_out=True)
    if sheet.errors:
        return _page(request, decree, unit, sheet, may_set, status=422)
    at = clock.now()
    wanted = {line.indicator.pk: line.wanted for line in sheet.changed}
    seen = {line.indicator.pk: line.seen for line in sheet.changed}
    try:
        changed = targets.set_all(wanted, by=request.user, at=at, reason=sheet.reason, seen=seen)
    except DomainError as error:
        if error.code == "stale":  # what is stored now stands at the cells, beside what was typed
            rows = list(Indicator.objects.filter(pk__in=[row.pk for row in rows]).select_related("unit", "decree"))
            rows.sort(key=lambda row: row.no)
            sheet = TargetSheet(rows, request.POST)
        else:
            sheet.reason_error = error.message
        return _page(request, decree, unit, sheet, may_set, status=error.status)
    messages.success(request, f"Target {changed} indikator tersimpan." if changed else "Tidak ada target yang berubah.")
    return redirect("target_sheet", pk, code)


def _page(
    request: HttpRequest,
    decree: Decree,
    unit: WorkUnit,
    sheet: TargetSheet,
    may_set: bool,
    *,
    is_shared_out: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "decree": decree,
        "unit": unit,
        "sheet": sheet,
        "heads": [target_rules.label(number) for number in (Target.YEAR, *ROMAN)],
        "may_set": may_set,
        "is_shared_out": is_shared_out,
        "errors": sheet.errors,
        "history": _history(request, unit, sheet),
    }
    return render(request, "indicators/target_sheet.html", context, status=status)


def _history(request: HttpRequest, unit: WorkUnit, sheet: TargetSheet) -> list[Any]:
    """The latest changes of these targets, for whoever sees the unit's figures."""
    if not policy.can(request.user, Verb.VIEW, unit):
        return []
    return list(audit.history_of([line.indicator for line in sheet.lines], targets.VERB)[:MOST_HISTORY])
