"""Nota dinas: the list, what leaves it in one piece, and issuing."""

from functools import partial

from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import letters, policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit, clock, documents
from kinerjaku.errors import DomainError
from kinerjaku.listing import FORMATS, Column, Listing, export
from reporting import actions, exports
from reporting.forms import ChosenForm, NotaFilter
from reporting.models import NotaDinas
from verification.models import Sheet, ValidationSheet, Worksheet

COLUMNS = [
    Column("nomor", "Nomor", lambda nota: nota.number, ("year", "serial")),
    Column("tanggal", "Tanggal", lambda nota: nota.issued_at, ("issued_at",)),
    Column("unit", "Unit kerja", lambda nota: nota.unit.name, ("unit__path", "issued_at")),
    Column("triwulan", "Tentang", lambda nota: nota.about, ("about_year", "about_quarter", "unit__path")),
    Column("nilai", "Nilai unit", lambda nota: exports.number_or_text(nota.unit_score_text), numeric=True),
    Column("status", "Status", lambda nota: nota.document.state_label),
]
LETTERS = (Worksheet, ValidationSheet)  # the sheets whose result goes out as a nota dinas


@require_safe
def notas(request: HttpRequest) -> HttpResponse:
    context = {"may_issue": policy.can(request.user, Verb.ISSUE_NOTA), "formats": list(FORMATS)}
    return _listing(request).response("reporting/notas.html", context)


@require_safe
def nota_figures(request: HttpRequest) -> HttpResponse:
    """The figures of every indicator in the nota dinas that the filter shows."""
    wanted = request.GET.get("format", "xlsx")
    rows = exports.figures(_listing(request).queryset.filter(worksheet__isnull=False).defer(None))
    return export("angka-nota-dinas", wanted if wanted in FORMATS else "xlsx", exports.FIGURE_COLUMNS, rows)


@require_http_methods(["GET", "POST"])
def nota_zip(request: HttpRequest) -> HttpResponseBase:
    """The chosen PDFs, or back to the list with a sentence. GET comes from signing in again."""
    back = f"{reverse('notas')}?{request.GET.urlencode()}"
    if request.method == "GET":
        return redirect(back)
    shown = _listing(request).queryset
    form = ChosenForm(request.POST, known=list(shown.values_list("pk", flat=True)))
    if not form.is_valid():
        messages.error(request, "Sebagian pilihan tidak ada dalam daftar ini. Pilih lagi.")
        return redirect(back)
    chosen = shown if form.cleaned_data["semua"] else shown.filter(pk__in=form.cleaned_data["nota"])
    try:
        packed = exports.zipped(chosen)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(back)
    return FileResponse(packed, as_attachment=True, filename="nota-dinas.zip", content_type="application/zip")


@require_safe
def nota(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request.user, pk)
    context = {
        "nota": found,
        "document": found.document,
        "content": found.document.content,
        "history": audit.history(found),
    }
    return render(request, "reporting/nota.html", context)


@require_safe
def nota_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _visible(request.user, pk)
    return documents.response(found.document, filename=exports.pdf_name(found))


@require_safe
def notas_ready(request: HttpRequest) -> HttpResponse:
    """Signed worksheets that wait for their letter, and those that come next."""
    policy.require(request.user, Verb.ISSUE_NOTA)
    State = Sheet.State
    ready: list[Sheet] = []
    waiting: list[Sheet] = []
    for model in LETTERS:
        rows = model.objects.visible_to(request.user).select_related(*model.named_by, "document")
        ready += rows.filter(state=State.SIGNED)
        waiting += rows.filter(state=State.FROZEN).prefetch_related("document__signatures__unit")
    context = {
        "ready": sorted(ready, key=lambda sheet: sheet.document.sealed_at),
        "waiting": sorted(waiting, key=lambda sheet: (sheet.about, sheet.unit.path)),
    }
    return render(request, "reporting/notas_ready.html", context)


@require_http_methods(["GET", "POST"])
def nota_issue(request: HttpRequest, pk: int, model: type[Worksheet] | type[ValidationSheet]) -> HttpResponse:
    """Shows what will be issued, then issues it."""
    rows = model.objects.visible_to(request.user).select_related(*model.named_by, "document")
    sheet = get_object_or_404(rows, pk=pk)
    policy.require(request.user, Verb.ISSUE_NOTA, sheet.unit)
    if request.method == "POST":
        issued = actions.issue(sheet, by=request.user, at=clock.now())
        messages.success(request, f"Nota dinas {issued.number} terbit. PDF-nya sedang dibuat.")
        return redirect(issued)
    letter = NotaDinas.objects.filter(**{sheet.route: sheet}).first()
    if letter is not None:
        return redirect(letter)
    context = {
        "sheet": sheet,
        "subject": actions.subject_of(sheet),
        "is_ready": sheet.state == Sheet.State.SIGNED,
        "content": sheet.document.content if sheet.document else None,
        "bureau": letters.planning_bureau(),
    }
    return render(request, "reporting/nota_issue.html", context)


def _listing(request: HttpRequest) -> Listing:
    """The nota dinas the user may see, without their content, which is only read for figures."""
    rows = NotaDinas.objects.visible_to(request.user).select_related("unit", "document")
    return Listing(
        request,
        rows.annotate(unit_score_text=KeyTextTransform("unit_score_text", "document__content")).defer(
            "document__content"
        ),
        columns=COLUMNS,
        default_sort="-nomor",
        name="nota-dinas",
        filter_form=partial(NotaFilter, user=request.user),
    )


def _visible(user: User, pk: int) -> NotaDinas:
    rows: QuerySet[NotaDinas] = NotaDinas.objects.visible_to(user)
    return get_object_or_404(rows.select_related("unit", "worksheet", "validation", "document", "issued_by"), pk=pk)
