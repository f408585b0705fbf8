"""How an indicator comes down to lower units: the page on which the catalogue's editor says so, and its acts."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import WorkUnit
from accounts.policy import Verb
from indicators.actions import cascade as actions
from indicators.cascade_forms import CandidateFilter, DeclareForm, LinkForm, ReasonForm, ValuesForm
from indicators.models import Cascade, Decree, Indicator, Variable
from kinerjaku import clock
from kinerjaku.errors import DomainError

MOST = 300  # on offer at once; a filter brings the others


@require_safe
def indicator_cascade(request: HttpRequest, pk: int) -> HttpResponse:
    return cascade_page(request, _editable(request, pk))


@require_http_methods(["GET", "POST"])
def cascade_link(request: HttpRequest, pk: int) -> HttpResponse:
    def form(indicator: Indicator) -> LinkForm:
        return LinkForm(request.POST, indicator=indicator, choices=_candidates(indicator), auto_id="tautkan-%s")

    def act(form: Any, at: datetime) -> None:
        child, relation = form.cleaned_data["child"].pk, form.cleaned_data["relation"]
        actions.link(pk, child, relation, by=request.user, at=at, reason=form.why)

    return _act(request, pk, "link", form, act, "Turunan ditautkan.")


@require_http_methods(["GET", "POST"])
def cascade_unlink(request: HttpRequest, pk: int, child: int) -> HttpResponse:
    def act(form: Any, at: datetime) -> None:
        actions.unlink(pk, child, by=request.user, at=at, reason=form.why)

    return _act(request, pk, f"unlink-{child}", _reason(request, f"lepas-{child}-%s"), act, "Tautan dilepas.")


@require_http_methods(["GET", "POST"])
def cascade_declare(request: HttpRequest, pk: int) -> HttpResponse:
    def form(indicator: Indicator) -> DeclareForm:
        return DeclareForm(request.POST, indicator=indicator, auto_id="nyatakan-%s")

    def act(form: Any, at: datetime) -> None:
        actions.declare_not_cascaded(pk, form.cleaned_data["is_not_cascaded"], by=request.user, at=at, reason=form.why)

    return _act(request, pk, "declare", form, act, "Pernyataan disimpan.")


@require_http_methods(["GET", "POST"])
def cascade_values(request: HttpRequest, pk: int) -> HttpResponse:
    def form(indicator: Indicator) -> ValuesForm:
        return ValuesForm(
            request.POST, indicator=indicator, variables=indicator.variables.order_by("order"), auto_id="nilai-%s"
        )

    def act(form: Any, at: datetime) -> None:
        actions.set_from_children(pk, form.how, by=request.user, at=at, reason=form.why)

    return _act(request, pk, "values", form, act, "Cara menghitung dari turunan disimpan.")


def cascade_page(
    request: HttpRequest,
    indicator: Indicator,
    *,
    refused: tuple[str, forms.Form] | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; with `refused` (which form, and as it was typed), as it comes back when something was not done."""
    links = actions.children_of(indicator)
    children = Indicator.objects.select_related("unit", "decree").in_bulk([one.child for one in links])
    kept = dict([refused]) if refused else {}
    choices = _candidates(indicator).exclude(pk__in=children)
    narrowing = CandidateFilter(request.GET or None, units=_units_below(indicator))
    if narrowing.is_valid():
        choices = narrowing.narrow(choices, **narrowing.cleaned_data)
    count = choices.count()
    variables = list(indicator.variables.order_by("order"))
    rows = [
        (
            children[one.child],
            Cascade.Relation(one.relation).label,
            kept.get(f"unlink-{one.child}") or ReasonForm(indicator=indicator, auto_id=f"lepas-{one.child}-%s"),
        )
        for one in links
    ]
    rows.sort(key=lambda row: (row[0].unit.path, row[0].no))
    stating = DeclareForm(
        indicator=indicator,
        initial={"is_not_cascaded": not indicator.is_not_cascaded},
        auto_id="nyatakan-%s",
    )
    context = {
        "indicator": indicator,
        "rows": rows,
        "filters": narrowing,
        "count": count,
        "is_cut": count > MOST,
        "link": kept.get("link")
        or LinkForm(
            indicator=indicator,
            choices=choices.filter(pk__in=choices.values_list("pk", flat=True)[:MOST]) if count > MOST else choices,
            auto_id="tautkan-%s",
        ),
        "declare": kept.get("declare") or stating,
        "values": kept.get("values") or ValuesForm(indicator=indicator, variables=variables, auto_id="nilai-%s"),
        "variables": variables,
        "components": [one for one in links if one.relation == Cascade.Relation.COMPONENT],
        "from_children": [
            (one.label, Variable.FromChildren(one.from_children).label) for one in variables if one.from_children
        ],
        "refused": refused[1] if refused else None,
        "said": said,
    }
    return render(request, "indicators/cascade.html", context, status=status)


def _editable(request: HttpRequest, pk: int) -> Indicator:
    rows = Indicator.objects.visible_to(request.user).select_related("unit", "decree", "objective")
    found: Indicator = get_object_or_404(rows, pk=pk)
    policy.require(request.user, Verb.EDIT_CATALOGUE)
    return found


def _units_below(indicator: Indicator) -> QuerySet[WorkUnit]:
    return WorkUnit.objects.under(indicator.unit).exclude(pk=indicator.unit_id)


def _candidates(indicator: Indicator) -> QuerySet[Indicator]:
    """Indicators of units below, of the same decree or of one that is in force beside it."""
    year = indicator.decree.year
    decrees = Q(decree=indicator.decree_id)
    standing = Decree.objects.in_force(year, date(year, 12, 31))
    if standing.filter(pk=indicator.decree_id).exists():
        decrees |= Q(decree__in=standing)
    rows = Indicator.objects.filter(decrees, unit__in=_units_below(indicator)).select_related("unit")
    return rows.order_by("unit__path", "no")


def _reason(request: HttpRequest, auto_id: str) -> Callable[[Indicator], ReasonForm]:
    return lambda indicator: ReasonForm(request.POST, indicator=indicator, auto_id=auto_id)


def _act(
    request: HttpRequest,
    pk: int,
    name: str,
    make: Callable[[Indicator], forms.Form],
    act: Callable[[forms.Form, datetime], Any],
    done: str,
) -> HttpResponse:
    """One act by one form; what was typed comes back if it is refused."""
    indicator = _editable(request, pk)
    if request.method == "GET":
        return redirect("indicator_cascade", pk)
    form = make(indicator)
    if not form.is_valid():
        return cascade_page(request, indicator, refused=(name, form), status=422)
    try:
        act(form, clock.now())
    except DomainError as error:
        indicator = _editable(request, pk)
        return cascade_page(request, indicator, refused=(name, form), said=error.message, status=error.status)
    messages.success(request, done)
    return redirect("indicator_cascade", pk)
