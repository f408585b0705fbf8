"""The service standards, open to everybody, and the working calendar, month by month."""

import calendar as months
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock
from services.calendar import working_calendar
from services.models import CalendarYear, Closure, Standard, SurveyPeriod
from services.performance import by_service
from services.worktime import CalendarNotLoaded

from .shared import shared

FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True)
class Day:
    date: date
    in_month: bool
    is_today: bool
    hours: list[str]  # opening intervals as people read them; empty: closed
    why: str  # why it is closed, or what is special about its hours


@login_not_required
@require_safe
@shared
def standards(request: HttpRequest) -> HttpResponse:
    """What Biro Perencanaan promises, its hours, and how to reach it, and how it keeps its promises. Public."""
    at = clock.now()
    try:
        is_open: bool | None = working_calendar().is_open(at)
    except CalendarNotLoaded:
        is_open = None  # nothing is said rather than something wrong
    today = at.astimezone(clock.WIB).date()
    since = today.replace(year=today.year - 1, day=1)
    context = {
        "standards": Standard.objects.in_force(today).filter(is_public=True).order_by("pk"),
        "is_open": is_open,
        "since": since,
        "today": today,
        "performance": by_service(since, today),
        "survey": SurveyPeriod.objects.exclude(document=None).select_related("document").first(),
    }
    return render(request, "services/standards.html", context)


@login_not_required
@require_safe
@shared
def standard(request: HttpRequest, key: str) -> HttpResponse:
    """One service: requirements, procedure, time, fee, product, what lateness owes. Public but for a unit's own SOP."""
    today = clock.now().astimezone(clock.WIB).date()
    rows = Standard.objects.in_force(today).prefetch_related("steps")
    if not request.user.is_authenticated:
        rows = rows.filter(is_public=True)
    return render(request, "services/standard.html", {"standard": get_object_or_404(rows, key=key.replace("-", "_"))})


@login_not_required
@require_safe
@shared
def calendar_month(request: HttpRequest, year: int | None = None, month: int | None = None) -> HttpResponse:
    """When work is done on each day of a month, and why not. Public."""
    today = clock.now().astimezone(clock.WIB).date()
    if year is None or month is None:
        year, month = today.year, today.month
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise Http404
    first = date(year, month, 1)
    loaded = CalendarYear.objects.filter(year=year).first()
    context = {
        "month": first,
        "loaded": loaded,
        "weeks": _weeks(first, loaded, today) if loaded else [],
        "previous": first - timedelta(days=1),
        "next": first + timedelta(days=31),
        "is_present": (today.year, today.month) == (year, month),
        "may_edit": policy.can(request.user, Verb.ADMINISTER),
    }
    return render(request, "services/calendar.html", context)


def _weeks(first: date, loaded: CalendarYear, today: date) -> list[list[Day]]:
    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    closures = {one.day: one for one in Closure.objects.filter(day__range=(weeks[0][0], weeks[-1][-1]))}
    return [[_day(day, first.month, loaded, closures.get(day), today) for day in week] for week in weeks]


def _day(day: date, month: int, loaded: CalendarYear, closure: Closure | None, today: date) -> Day:
    if day.month != month:
        return Day(day, False, False, [], "")
    spans = [] if closure else [f"{opens}–{closes}".replace(":", ".") for opens, closes in loaded.hours_of(day)]
    if closure:
        why = f"{closure.name} ({closure.get_kind_display().lower()})"
    elif not spans:
        why = "Akhir pekan"
    else:
        is_ramadan = loaded.ramadan_from is not None and loaded.ramadan_from <= day <= loaded.ramadan_to
        why = "Jam Ramadan" if is_ramadan else ""
    return Day(day, True, day == today, spans, why)
