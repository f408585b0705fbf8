"""The letter of apology of a case: its draft, what will be issued, and what was."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import letters, policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit, clock, documents
from kinerjaku.errors import DomainError
from services.actions import apology as actions
from services.compensation_forms import LetterForm
from services.models import Apology, Case, Obligation


@require_safe
def apology(request: HttpRequest, pk: int) -> HttpResponse:
    """As it was issued, for all who see the case; before that the draft, for those who write or issue it."""
    return _page(request, _case(request.user, pk))


@require_http_methods(["GET", "POST"])
def apology_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the draft. GET, here and below, is where the browser ends up after signing in again."""
    case = _case(request.user, pk)
    if request.method == "GET":
        return redirect("apology", pk)
    if not actions.may_draft(request.user, case):
        raise PermissionDenied
    form = LetterForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    try:
        actions.draft(pk, **form.cleaned_data, by=request.user, at=clock.now())
    except DomainError as error:
        form.add_error(None, error.message)
        return _page(request, case, form, status=error.status)
    messages.success(request, "Rancangan surat disimpan. Kepala Biro Perencanaan memeriksa lalu menerbitkannya.")
    return redirect("apology", pk)


@require_http_methods(["GET", "POST"])
def apology_issue(request: HttpRequest, pk: int) -> HttpResponse:
    case = _case(request.user, pk)
    if request.method == "GET":
        return redirect("apology", pk)
    policy.require(request.user, Verb.ISSUE_APOLOGY, case.unit)
    seen = request.POST.get("content_hash", "")
    try:
        letter = actions.issue(pk, content_hash=seen, by=request.user, at=clock.now())
    except DomainError as error:
        messages.error(request, error.message)
        return _page(request, case, status=error.status)
    messages.success(request, f"Surat {letter.document.number} terbit dan disampaikan. PDF-nya sedang dibuat.")
    return redirect(letter)


@require_safe
def apology_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    issued = Apology.objects.filter(issued_at__isnull=False).select_related("document")
    letter = get_object_or_404(issued, case=_case(request.user, pk))
    return documents.response(
        letter.document, filename=f"permohonan-maaf-{letter.document.number.replace('/', '-')}.pdf"
    )


def _case(user: User, pk: int) -> Case:
    return get_object_or_404(Case.objects.visible_to(user).select_related("standard", "unit"), pk=pk)


def _page(request: HttpRequest, case: Case, form: LetterForm | None = None, status: int = 200) -> HttpResponse:
    letter = Apology.objects.filter(case=case).select_related("document", "issued_by", "drafted_by").first()
    context = {"case": case, "letter": letter, "obligations": case.obligations.filter(kind__in=Obligation.BY_LETTER)}
    if letter is not None:
        context["history"] = audit.history(letter)
    if letter is not None and letter.issued_at:
        context |= {"document": letter.document, "content": letter.document.content}
        return render(request, "services/apology.html", context, status=status)
    if not actions.may_draft(request.user, case):
        raise PermissionDenied
    is_owed = case.obligations.unsettled().filter(kind__in=Obligation.BY_LETTER).exists()
    if form is not None:
        form.data = form.data.copy()
        form.data["version"] = letter.version if letter else 0  # what was typed meets what is stored now
    elif is_owed:
        form = LetterForm(initial=_initial(letter))
    context |= {"form": form, "is_owed": is_owed}
    if letter is not None:
        content = actions.content_of(letter)
        context |= {
            "content": {**content, "from": letters.planning_bureau().head_title},
            "content_hash": documents.content_hash(content),
            "may_issue": is_owed and policy.can(request.user, Verb.ISSUE_APOLOGY, case.unit),
        }
    return render(request, "services/apology.html", context, status=status)


def _initial(letter: Apology | None) -> dict[str, object]:
    if letter is None:
        return {"version": 0}
    return {"cause": letter.cause, "prevention": letter.prevention, "version": letter.version}
