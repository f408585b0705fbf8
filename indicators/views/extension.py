"""Extensions of a deadline: the list, and Karoren's form."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from indicators.actions import quarter as actions
from indicators.filters import QuarterFilter
from indicators.forms import ExtensionForm
from indicators.models import Achievement, Extension, Quarter
from indicators.quarters import last_day
from kinerjaku import clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing

COLUMNS = [
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "-granted_at")),
    Column(
        "triwulan",
        "Triwulan",
        lambda row: str(row.quarter),
        ("quarter__year", "quarter__number", "unit__path"),
    ),
    Column("sampai", "Hari terakhir", lambda row: last_day(row.until), ("until",)),
    Column("alasan", "Alasan", lambda row: row.reason),
    Column("rujukan", "Nomor surat rujukan", lambda row: row.reference_number, ("reference_number",)),
    Column("oleh", "Diberikan oleh", lambda row: row.granted_by.name, ("granted_by__name", "-granted_at")),
    Column("waktu", "Diberikan pada", lambda row: row.granted_at, ("granted_at",)),
]


@require_safe
def extensions(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        Extension.objects.visible_to(request.user).select_related("unit", "quarter", "granted_by"),
        columns=COLUMNS,
        default_sort="-waktu",
        name="perpanjangan",
        filter_form=partial(QuarterFilter, user=request.user),
    )
    context = {"may_extend": policy.can(request.user, Verb.EXTEND), "now": clock.now()}
    return listing.response("indicators/extensions.html", context)


@require_http_methods(["GET", "POST"])
def extension_new(request: HttpRequest) -> HttpResponse:
    policy.require(request.user, Verb.EXTEND)
    at = clock.now()
    form = ExtensionForm(
        request.POST or None,
        quarters=Quarter.objects.filter(opens_at__lte=at),
        units=policy.units_for(request.user, Verb.EXTEND).filter(pk__in=Achievement.objects.values("unit")),
        initial={"unit": request.GET.get("unit"), "quarter": request.GET.get("triwulan")},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            extension = actions.extend(
                data["quarter"],
                data["unit"],
                until=form.until,
                reason=data["reason"],
                reference_number=data["reference_number"],
                by=request.user,
                at=at,
            )
        except DomainError as error:
            field = "last_day" if error.code in ("due_in_the_past", "not_later", "too_far") else None
            form.add_error(field, error.message)
        else:
            messages.success(
                request,
                f"Tenggat {extension.quarter} untuk {extension.unit} diperpanjang. Unit kerja telah diberi tahu.",
            )
            return redirect("extensions")
    status = 422 if form.errors else 200
    return render(request, "indicators/extension_new.html", {"form": form}, status=status)
