"""The performance of units: the list, a unit's page, and how one score came about."""

from functools import partial

from django.db.models import Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import WorkUnit
from indicators import scoring
from indicators.models import Decree, Indicator, ScoringYear
from indicators.quarters import ends_on
from indicators.scheme import COLOUR_WORDS, Scheme
from kinerjaku import clock, jinja
from kinerjaku.listing import Column, Listing
from reporting.filters import NUMBERS, PerformanceFilter, years
from reporting.models import UnitScore
from reporting.performance import calculation as calculations
from reporting.performance.page import ICONS, TONES, Performance
from reporting.performance.page import performance as performance_of
from reporting.performance.period import Period, View


def _columns(scheme: Scheme) -> list[Column]:
    return [
        Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path",)),
        Column("nilai", "Nilai (%)", lambda row: _rounded(row, scheme), ("score_order", "unit__path"), True),
        Column("warna", "Warna", lambda row: COLOUR_WORDS[scoring.status_colour(row.score, scheme.colours)]),
        Column("hijau", "Hijau", lambda row: row.green, ("green", "unit__path"), True),
        Column("kuning", "Kuning", lambda row: row.amber, ("amber", "unit__path"), True),
        Column("merah", "Merah", lambda row: row.red, ("red", "unit__path"), True),
        Column("abu", "Belum dinilai", lambda row: row.grey, ("grey", "unit__path"), True),
        Column("verifikasi", "Terverifikasi", lambda row: row.verified, ("verified", "unit__path"), True),
    ]


def _rounded(row: UnitScore, scheme: Scheme) -> object:
    return None if row.score is None else scoring.present(row.score, scheme.places)


@require_safe
def performances(request: HttpRequest) -> HttpResponse:
    """Scores as they were stored; a change shows within minutes, and at once on the page of the unit."""
    period = Period.read(request.GET, clock.now())
    scheme = ScoringYear.objects.scheme(period.year)
    view, number = period.kept
    rows = UnitScore.objects.visible_to(request.user).of(period.year, view, number).sortable()
    listing = Listing(
        request,
        rows.select_related("unit").defer("percents"),
        columns=_columns(scheme),
        default_sort="unit",
        name="kinerja",
        filter_form=partial(PerformanceFilter, user=request.user, period=period),
    )
    context = {"period": period, "colours": scheme.colours.words, "places": scheme.places}
    entries = [(row, _colour(row, scheme)) for row in listing.rows] if "format" not in request.GET else []
    return listing.response("reporting/performances.html", {**context, "entries": entries})


def _colour(row: UnitScore, scheme: Scheme) -> dict[str, str]:
    colour = scoring.status_colour(row.score, scheme.colours)
    return {"word": COLOUR_WORDS[colour], "tone": TONES[colour], "icon": ICONS[colour]}


@require_safe
def performance(request: HttpRequest, code: str) -> HttpResponse:
    """With `cakupan=semua` also the units below, as far as the person may see them."""
    period = Period.read(request.GET, clock.now())
    unit, below = _with_below(request, code)
    is_whole = request.GET.get("cakupan") == "semua" and len(below) > 1
    found = performance_of(unit, below if is_whole else [unit], period)
    choice = {
        "years": years(period),
        "year": period.year,
        "numbers": NUMBERS,
        "number": period.number,
        "views": View.choices,
        "view": period.view.value,
        "has_below": len(below) > 1,
        "is_whole": is_whole,
        "address": request.path,
    }
    context = {
        "unit": unit,
        "period": period,
        "is_example": found.is_example,
        "body": jinja.render("reporting/performance.jinja", {**found.content(), "choice": choice}),
    }
    return render(request, "reporting/performance.html", context)


def _with_below(request: HttpRequest, code: str) -> tuple[WorkUnit, list[WorkUnit]]:
    """The unit, and what the person may see from it downwards, itself first: one query."""
    top = WorkUnit.objects.filter(code=code).values("path")[:1]
    found = list(policy.units_for(request.user).filter(path__startswith=Subquery(top)).order_by("path"))
    if not found or found[0].code != code:
        raise Http404
    return found[0], found


@require_safe
def calculation(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    unit = get_object_or_404(policy.units_for(request.user), code=code)
    period = Period.read(request.GET, clock.now())
    rows = Indicator.objects.visible_to(request.user).select_related("unit", "decree")
    in_force = rows.filter(
        unit=unit, decree__in=Decree.objects.in_force(period.year, ends_on(period.year, period.last))
    )
    indicator: Indicator = get_object_or_404(in_force, pk=pk)
    found: Performance = performance_of(unit, [unit], period)
    context = {
        "unit": unit,
        "period": period,
        "indicator": indicator,
        "calculation": calculations.calculation(found, indicator),
        "scheme": found.scheme,
    }
    return render(request, "reporting/performance_calculation.html", context)
