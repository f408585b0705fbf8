"""Check, send, receipt, and taking back."""

from datetime import datetime
from functools import partial
from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.models import WorkUnit
from accounts.policy import Verb
from indicators import holds, workflow
from indicators.actions import achievement as actions
from indicators.actions.achievement import Changed, Incomplete, still_open
from indicators.checklist import Missing, missing_before_submit
from indicators.filters import ReceiptFilter
from indicators.models import Achievement, Quarter, Submission
from kinerjaku import clock, documents
from kinerjaku.listing import Column, Listing

from .rows import Row, rows_of, unit_and_quarter

State = Achievement.State

COLUMNS = [
    Column("nomor", "Nomor tanda terima", lambda row: row.number, ("number",)),
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "-at")),
    Column("triwulan", "Triwulan", lambda row: str(row.quarter), ("quarter__year", "quarter__number", "at")),
    Column("waktu", "Diterima pada", lambda row: row.at, ("at",)),
    Column("pengirim", "Dikirim oleh", lambda row: row.by.name, ("by__name", "-at")),
    Column("status", "Status", lambda row: "Ditarik" if row.document.voided_at else "Berlaku"),
    Column("hash", "Hash isi (SHA-256)", lambda row: row.document.content_hash),
]


@require_http_methods(["GET", "POST"])
def submit_check(request: HttpRequest, year: int, number: int, code: str) -> HttpResponse:
    """What is missing, or the answers once more; then send."""
    unit, quarter = unit_and_quarter(request.user, year, number, code)
    at = clock.now()
    if request.method == "GET":
        return _check_page(request, unit, quarter, at)
    try:
        submission = actions.submit(quarter.pk, unit, by=request.user, at=at, seen=request.POST.get("seen", ""))
    except Incomplete:
        return _check_page(request, unit, quarter, at, status=422)
    except Changed as error:
        return _check_page(request, unit, quarter, at, changed=error, status=error.status)
    messages.success(request, f"Capaian terkirim. Nomor tanda terima {submission.number}.")
    return redirect(submission)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, year: int, number: int, code: str) -> HttpResponse:
    """Ask first, then take back what was sent."""
    unit, quarter = unit_and_quarter(request.user, year, number, code, Verb.SUBMIT)
    at = clock.now()
    if request.method == "POST":
        count = actions.withdraw(quarter.pk, unit, by=request.user, at=at)
        messages.success(request, f"{count} capaian ditarik. Ubah seperlunya, lalu kirim lagi sebelum tenggat.")
        return redirect(quarter.entry_path(unit))
    context = {
        "unit": unit,
        "quarter": quarter,
        "entry_path": quarter.entry_path(unit),
        "due_at": quarter.due_at(unit),
        "now": at,
        "is_open": quarter.is_open(unit, at),
        "count": Achievement.objects.of(quarter, unit).filter(state=State.SUBMITTED).count(),
    }
    return render(request, "indicators/withdraw.html", context)


@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        Submission.objects.visible_to(request.user).select_related("unit", "quarter", "by", "document"),
        columns=COLUMNS,
        default_sort="-waktu",
        name="pengiriman",
        filter_form=partial(ReceiptFilter, user=request.user),
    )
    return listing.response("indicators/receipts.html")


@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    submission = _visible(request, number)
    rows = submission.document.content["rows"]
    context = {
        "submission": submission,
        "content": submission.document.content,
        "groups": [(name, list(group)) for name, group in groupby(rows, lambda row: row["objective"])],
        "versions": sorted({row["decree"] for row in rows if "decree" in row}),
        "entry_path": submission.quarter.entry_path(submission.unit),
        "newer": last_receipt(submission.quarter, submission.unit, after=submission.sequence),
    }
    return render(request, "indicators/receipt.html", context)


@require_safe
def receipt_pdf(request: HttpRequest, number: str) -> HttpResponseBase:
    return documents.response(_visible(request, number).document, filename=f"{number}.pdf")


def _visible(request: HttpRequest, number: str) -> Submission:
    rows = Submission.objects.visible_to(request.user).select_related("unit", "quarter", "by", "document")
    return get_object_or_404(rows, number=number)


def last_receipt(quarter: Quarter, unit: WorkUnit, *, after: int = 0) -> Submission | None:
    sent = Submission.objects.filter(quarter=quarter, unit=unit, sequence__gt=after, document__voided_at=None)
    return sent.order_by("-sequence").first()


def _check_page(
    request: HttpRequest,
    unit: WorkUnit,
    quarter: Quarter,
    at: datetime,
    *,
    changed: Changed | None = None,
    status: int = 200,
) -> HttpResponse:
    achievements = list(Achievement.objects.of(quarter, unit).for_pages().order_by("indicator__no"))
    editable = [row for row in achievements if row.state in workflow.EDITABLE]
    held = holds.holds_of(row.pk for row in editable)
    sendable = still_open([row for row in editable if row.pk not in held], at)
    missing = missing_before_submit(sendable)
    lacks = [(row, [_link(lack) for lack in found]) for row, found in groupby(missing, lambda lack: lack.achievement)]
    context = {
        "unit": unit,
        "quarter": quarter,
        "entry_path": quarter.entry_path(unit),
        "due_at": min((row.due_at() for row in sendable), default=quarter.due_at(unit)),
        "now": at,
        "rows": rows_of(sendable, user=request.user, unit=unit, at=at),
        "round": next(iter(held.values())).round if held else None,
        "seen": actions.fingerprint(sendable),
        "changed": changed,
        "total": len(achievements),
        "lacks": lacks,
        "missing": missing,
        "errors": [
            (f"baris-{row.pk}", f"Indikator {row.indicator.no}: {len(found)} hal perlu dilengkapi.")
            for row, found in lacks
        ]
        if status == 422
        else [],
        "is_open": quarter.is_open(unit, at),
        "may_submit": policy.can(request.user, Verb.SUBMIT, unit),
        "submitted": sum(row.state == State.SUBMITTED for row in achievements),
        "last": last_receipt(quarter, unit),
        "is_example": any(row.indicator.decree.is_example for row in achievements),
    }
    return render(request, "indicators/submit_check.html", context, status=status)


def _link(lack: Missing) -> tuple[str, str]:
    """The address of the field that mends it, and the sentence."""
    row = lack.achievement
    if lack.field == "evidence":
        anchor = "bukti"
    elif lack.field == "figures":
        anchor = Row(row, "").cells[0].id
    else:
        anchor = f"isian-{row.pk}-{'progress' if lack.field == 'mending' else lack.field}"
    return f"{reverse('achievement', args=[row.pk])}#{anchor}", lack.message
