"""Reports on the performance of the services."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock, documents
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing, workbook
from services.actions import report as actions
from services.forms import DirectionForm, ReportFilter
from services.models import ServiceReport

COLUMNS = [
    Column("periode", "Periode", lambda report: report.title, ("last", "kind")),
    Column("jenis", "Jenis", lambda report: report.get_kind_display(), ("kind", "-last")),
    Column("disusun", "Disusun", lambda report: report.made_at, ("made_at",)),
    Column("dibaca", "Dibaca Kepala Biro", lambda report: report.read_at, ("read_at",)),
]


@require_safe
def service_reports(request: HttpRequest) -> HttpResponse:
    policy.require(request.user, Verb.OVERSEE_SERVICES)
    listing = Listing(
        request,
        ServiceReport.objects.select_related("document").defer("document__content"),
        columns=COLUMNS,
        default_sort="-periode",
        name="laporan-pelayanan",
        filter_form=ReportFilter,
    )
    return listing.response("services/reports.html")


@require_safe
def service_report(request: HttpRequest, pk: int) -> HttpResponse:
    policy.require(request.user, Verb.OVERSEE_SERVICES)
    return _page(request, _found(pk))


@require_safe
def service_report_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    policy.require(request.user, Verb.OVERSEE_SERVICES)
    report = _found(pk)
    return documents.response(report.document, filename=f"{_name(report)}.pdf")


@require_safe
def service_report_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    """Each section a sheet."""
    policy.require(request.user, Verb.OVERSEE_SERVICES)
    report = _found(pk)
    sections = report.document.content["sections"]
    return workbook(_name(report), [(one["title"], [one["heads"], *one["rows"]]) for one in sections])


@require_http_methods(["GET", "POST"])
def service_report_read(request: HttpRequest, pk: int) -> HttpResponse:
    report = _found(pk)
    if request.method == "GET":
        return redirect(report)
    policy.require(request.user, Verb.DIRECT_SERVICES)
    form = DirectionForm(request.POST)
    if not form.is_valid():
        return _page(request, report, refused=form)
    try:
        actions.mark_read(pk, **form.cleaned_data, by=request.user, at=clock.now())
    except DomainError as error:
        form.add_error(None, error.message)
        return _page(request, report, refused=form, status=error.status)
    messages.success(request, "Arahan dicatat.")
    return redirect(report)


def _page(
    request: HttpRequest, report: ServiceReport, *, refused: forms.Form | None = None, status: int = 422
) -> HttpResponse:
    context = {
        "report": report,
        "content": report.document.content,
        "refused": refused,
        "direction": refused or DirectionForm(),
        "may_direct": policy.can(request.user, Verb.DIRECT_SERVICES) and report.read_at is None,
    }
    return render(request, "services/report.html", context, status=status if refused else 200)


def _found(pk: int) -> ServiceReport:
    return get_object_or_404(ServiceReport.objects.select_related("document", "read_by"), pk=pk)


def _name(report: ServiceReport) -> str:
    return f"laporan-pelayanan-{report.first:%Y-%m}-{report.kind}"
