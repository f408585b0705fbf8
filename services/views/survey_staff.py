"""The survey for staff: periods, results, free words, and the plan of what follows."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import FORMATS, Column, Listing, export
from services import ikm
from services import survey_results as results
from services.actions import survey_period as actions
from services.models import FollowUp, SurveyAnswer, SurveyPeriod, SurveyRemark
from services.questionnaire import ELEMENTS
from services.survey_forms import (
    FinishForm,
    FollowUpForm,
    PeriodFilter,
    PeriodForm,
    RemarkFilter,
    ResultFilter,
)

State = SurveyPeriod.State
PERIOD_COLUMNS = [
    Column("nama", "Nama", lambda period: period.name, ("name",)),
    Column("mulai", "Hari pertama", lambda period: period.first_day, ("first_day",)),
    Column("akhir", "Hari terakhir", lambda period: period.last_day, ("last_day",)),
    Column("layanan", "Layanan", lambda period: ", ".join(period.service_labels)),
    Column("populasi", "Pengguna layanan", lambda period: period.population, ("population",), True),
    Column("terbit", "Diterbitkan", lambda period: period.published_at, ("published_at",)),
]
RESULT_COLUMNS = [
    Column("kelompok", "Kelompok", lambda row: row.group),
    Column("nama", "Nama", lambda row: row.name),
    Column("responden", "Responden", lambda row: row.result.respondents, numeric=True),
    Column("ikm", "IKM", lambda row: row.result.score, numeric=True),
    Column("mutu", "Mutu", lambda row: row.result.grade.letter if row.result.grade else ""),
    *(
        Column(one.key, one.label, lambda row, at=at: row.result.means[at] and ikm.rounded(row.result.means[at]))
        for at, one in enumerate(ELEMENTS)
    ),
]
REMARK_COLUMNS = [  # in no order that would tell when they came
    Column("layanan", "Layanan", lambda remark: remark.get_service_display(), ("service",)),
    Column("tahun", "Tahun", lambda remark: remark.year, ("year", "service"), True),
    Column("saran", "Saran", lambda remark: remark.text),
]
ANSWER_COLUMNS = [Column("waktu", "Waktu", lambda answer: "", ("service",))]  # never listed, only counted


@require_safe
def survey_periods(request: HttpRequest) -> HttpResponse:
    policy.require(request.user, Verb.VIEW_SURVEY)
    today = clock.now().date()
    listing = Listing(
        request,
        SurveyPeriod.objects.all(),
        columns=[*PERIOD_COLUMNS, Column("status", "Status", lambda period: period.state(today).label)],
        default_sort="-akhir",
        name="periode-survei",
        filter_form=PeriodFilter,
    )
    context = {
        "rows": [(period, period.state(today)) for period in listing.rows],
        "may_manage": policy.can(request.user, Verb.MANAGE_SURVEY),
    }
    return listing.response("services/survey_periods.html", context)


@require_safe
def survey_period(request: HttpRequest, pk: int) -> HttpResponse:
    policy.require(request.user, Verb.VIEW_SURVEY)
    return period_page(request, pk)


@require_http_methods(["GET", "POST"])
def survey_period_new(request: HttpRequest) -> HttpResponse:
    return _edit_period(request, None)


@require_http_methods(["GET", "POST"])
def survey_period_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit_period(request, pk)


@require_http_methods(["GET", "POST"])
def survey_period_close(request: HttpRequest, pk: int) -> HttpResponse:
    """End it today. GET, here and below, is where the browser ends up after signing in again."""
    return _act(request, pk, Verb.MANAGE_SURVEY, actions.close, "Periode survei ditutup.")


@require_http_methods(["GET", "POST"])
def survey_period_publish(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, Verb.PUBLISH_SURVEY, actions.publish, "Hasil survei diterbitkan. PDF-nya sedang dibuat.")


@require_safe
def survey_results(request: HttpRequest) -> HttpResponse:
    """The index by element, service, unit and time; only what is too many to point at people."""
    policy.require(request.user, Verb.VIEW_SURVEY)
    listing = Listing(
        request,
        SurveyAnswer.objects.all(),
        columns=ANSWER_COLUMNS,
        default_sort="waktu",
        name="hasil-survei",
        filter_form=ResultFilter,
    )
    in_time = listing.queryset
    chosen = listing.filters.cleaned_data if listing.filters and listing.filters.is_valid() else {}
    rows = results.overview(in_time, service=chosen.get("layanan") or None, unit=chosen.get("unit"))
    wanted = request.GET.get("format", "")
    if wanted in FORMATS:
        return export(listing.name, wanted, RESULT_COLUMNS, rows)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows[1:]:
        groups.setdefault(row.group, []).append(row.content())
    return listing.response(
        "services/survey_results.html",
        {
            "total": rows[0].result,
            "result": rows[0].result.content(),
            "groups": groups,
            "least": ikm.LEAST_ANSWERS,
        },
    )


@require_safe
def survey_remarks(request: HttpRequest) -> HttpResponse:
    """Free words of earlier days, shuffled: a remark that appears at once would tell who has just answered."""
    policy.require(request.user, Verb.VIEW_SURVEY)
    listing = Listing(
        request,
        SurveyRemark.objects.filter(fresh_on=None),
        columns=REMARK_COLUMNS,
        default_sort="-tahun",
        name="saran-survei",
        filter_form=RemarkFilter,
    )
    return listing.response("services/survey_remarks.html")


@require_http_methods(["GET", "POST"])
def follow_up_new(request: HttpRequest, pk: int) -> HttpResponse:
    policy.require(request.user, Verb.MANAGE_SURVEY)
    return _edit_follow_up(request, get_object_or_404(SurveyPeriod, pk=pk), None)


@require_http_methods(["GET", "POST"])
def follow_up_edit(request: HttpRequest, pk: int) -> HttpResponse:
    policy.require(request.user, Verb.MANAGE_SURVEY)
    found = get_object_or_404(FollowUp.objects.select_related("period"), pk=pk)
    return _edit_follow_up(request, found.period, found)


@require_http_methods(["GET", "POST"])
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """One line of the plan; POST says that it is done, with proof."""
    rows = FollowUp.objects.visible_to(request.user).select_related("period", "owner", "done_by")
    found, at = get_object_or_404(rows, pk=pk), clock.now()
    may_manage = policy.can(request.user, Verb.MANAGE_SURVEY)
    form = FinishForm(request.POST if request.method == "POST" else None)
    status = 422
    if request.method == "POST":
        if not (may_manage or found.owner_id == request.user.pk):
            policy.require(request.user, Verb.MANAGE_SURVEY)
        if form.is_valid():
            try:
                actions.finish_follow_up(pk, **form.cleaned_data, by=request.user, at=at)
            except DomainError as error:
                form.add_error(None, error.message)
                status = error.status
            else:
                messages.success(request, "Tindak lanjut dicatat selesai.")
                return redirect(found)
    words, tone = found.state(at.date())
    context = {
        "planned": found,
        "state": words,
        "tone": tone,
        "form": form,
        "may_finish": not found.done_at and (may_manage or found.owner_id == request.user.pk),
        "may_manage": may_manage and not found.done_at,
        "is_reader": policy.can(request.user, Verb.VIEW_SURVEY),
        "history": audit.history(found),
    }
    return render(request, "services/follow_up.html", context, status=status if form.errors else 200)


def period_page(request: HttpRequest, pk: int, *, refused: forms.Form | None = None, status: int = 422) -> HttpResponse:
    """A period; with `refused`, what an act on it said."""
    period = get_object_or_404(SurveyPeriod.objects.select_related("document"), pk=pk)
    today = clock.now().date()
    state, tally = period.state(today), results.tally_of(results.answers_in(period))
    total = results.result_of(tally)
    may_manage = policy.can(request.user, Verb.MANAGE_SURVEY)
    context = {
        "period": period,
        "state": state,
        "address": request.build_absolute_uri(reverse("survey_open", args=[pk])),
        "count": tally.count,
        "lacking": max(0, period.advised_sample - tally.count),
        "result": total.content(),
        "least": ikm.LEAST_ANSWERS,
        "plan": [(one, *one.state(today)) for one in period.follow_ups.select_related("owner")],
        "may_edit": may_manage and state != State.PUBLISHED,
        "may_close": may_manage and state == State.OPEN,
        "may_publish": policy.can(request.user, Verb.PUBLISH_SURVEY) and state == State.OVER,
        "may_plan": may_manage,
        "refused": refused,
        "history": audit.history(period),
    }
    return render(request, "services/survey_period.html", context, status=status if refused else 200)


def _act(request: HttpRequest, pk: int, verb: Verb, act: Callable[..., Any], done: str) -> HttpResponse:
    period = get_object_or_404(SurveyPeriod, pk=pk)
    policy.require(request.user, verb)
    if request.method == "GET":
        return redirect(period)
    try:
        act(pk, by=request.user, at=clock.now())
    except DomainError as error:
        said = forms.Form({})
        said.add_error(None, error.message)
        return period_page(request, pk, refused=said, status=error.status)
    messages.success(request, done)
    return redirect(period)


_FIELD_OF = {
    "upside_down": "last_day",
    "over": "last_day",
    "overlap": "first_day",
    "no_service": "services",
    "population": "population",
    "in_the_past": "due_on",
}


def _edit_period(request: HttpRequest, pk: int | None) -> HttpResponse:
    policy.require(request.user, Verb.MANAGE_SURVEY)
    period = get_object_or_404(SurveyPeriod, pk=pk) if pk else None
    names = ("name", "first_day", "last_day", "services", "population")
    initial = {name: getattr(period, name) for name in names} if period else {}
    form, status = PeriodForm(request.POST if request.method == "POST" else None, initial=initial), 422
    if form.is_valid():
        try:
            saved = actions.save_period(pk, **form.cleaned_data, by=request.user, at=clock.now())
        except DomainError as error:
            form.add_error(_FIELD_OF.get(error.code), error.message)
            status = error.status
        else:
            messages.success(request, "Periode survei disimpan.")
            return redirect(saved)
    context = {"form": form, "title": "Ubah periode survei" if period else "Buat periode survei", "period": period}
    return render(request, "services/survey_period_edit.html", context, status=status if form.errors else 200)


def _edit_follow_up(request: HttpRequest, period: SurveyPeriod, planned: FollowUp | None) -> HttpResponse:
    at = clock.now()
    names = ("element", "action", "owner", "due_on")
    initial = {name: getattr(planned, name) for name in names} if planned else {}
    data = request.POST if request.method == "POST" else None
    form, status = FollowUpForm(data, initial=initial, today=at.date()), 422
    if form.is_valid():
        pk = planned.pk if planned else None
        try:
            saved = actions.plan_follow_up(period.pk, pk, **form.cleaned_data, by=request.user, at=at)
        except DomainError as error:
            form.add_error(_FIELD_OF.get(error.code), error.message)
            status = error.status
        else:
            messages.success(request, "Rencana tindak lanjut disimpan.")
            return redirect(saved)
    context = {"form": form, "period": period, "planned": planned}
    return render(request, "services/follow_up_edit.html", context, status=status if form.errors else 200)
