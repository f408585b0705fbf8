"""The survey for everybody: the form by a personal link or by the public one, and what was published."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock, documents
from kinerjaku.errors import DomainError
from services import robots
from services.actions import survey as actions
from services.models import Case, SurveyInvitation, SurveyPeriod
from services.survey_forms import OpenReplyForm, ReplyForm


@login_not_required
@require_safe
def survey(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The latest published index, or that of one period; what is open now. Public."""
    today = clock.now().date()
    published = SurveyPeriod.objects.exclude(document=None).select_related("document")
    shown = get_object_or_404(published, pk=pk) if pk else published.first()
    context = {
        "period": shown,
        "content": shown.document.content if shown else None,
        "plan": [(one, *one.state(today)) for one in shown.follow_ups.select_related("owner")] if shown else [],
        "running": SurveyPeriod.objects.running(today),
        "others": published.exclude(pk=shown.pk).defer("document__content") if shown else [],
        "is_staff": policy.can(request.user, Verb.VIEW_SURVEY),
    }
    return render(request, "services/survey.html", context)


@login_not_required
@require_safe
def survey_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The published report. Public."""
    period = get_object_or_404(SurveyPeriod.objects.exclude(document=None).select_related("document"), pk=pk)
    return documents.response(period.document, filename=f"survei-kepuasan-{period.last_day:%Y}-{period.pk}.pdf")


@require_safe
def survey_mine(request: HttpRequest, pk: int) -> HttpResponse:
    """From the notice to one's own link for this case; nobody else has one."""
    token = actions.token_for(request.user, pk)
    get_object_or_404(SurveyInvitation, pk=actions.hash_of(token))
    return redirect("survey_invitation", token)


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The form about a finished case. Whoever has the link may answer once; who is signed in does not matter."""
    at = clock.now()
    form = ReplyForm(request.POST if request.method == "POST" else None)
    try:
        case = actions.find_invitation(token, at=at).case
        if form.is_valid():
            actions.answer_invitation(token, form.reply, at=at)
            return redirect("survey_thanks")
    except DomainError as error:
        if error.code == "unknown":
            raise Http404 from error
        return _refused(request, form, error)
    return _form_page(request, form, about=f"{case.standard.get_key_display()}, {case.subject}", case=case)


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def survey_open(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of an open period, for everybody."""
    at = clock.now()
    period = get_object_or_404(SurveyPeriod, pk=pk)
    form = OpenReplyForm(request.POST if request.method == "POST" else None, period=period, at=at)
    try:
        period.require_open(at.date())
        if form.is_valid():
            _keep(request, form, period, at=at)
            return redirect("survey_thanks")
    except DomainError as error:
        return _refused(request, form, error)
    return _form_page(request, form, about=period.name)


@login_not_required
@require_safe
def survey_thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "services/survey_said.html", {"title": "Terima kasih", "is_good": True})


def _keep(request: HttpRequest, form: OpenReplyForm, period: SurveyPeriod, *, at: datetime) -> None:
    """Once a form that was shown: a second click thanks again and keeps nothing."""
    robots.require_room(request, at=at)
    stamp, about = form.cleaned_data["stamp"], form.cleaned_data
    if not robots.claim(stamp):
        return
    try:
        actions.answer_openly(period.pk, about["service"], about["unit"], form.reply, at=at)
    except DomainError:
        robots.release(stamp)
        raise


def _form_page(
    request: HttpRequest, form: ReplyForm, *, about: str, case: Case | None = None, status: int = 422
) -> HttpResponse:
    context = {"form": form, "about": about, "case": case}
    return render(request, "services/survey_form.html", context, status=status if form.errors else 200)


def _refused(request: HttpRequest, form: ReplyForm, error: DomainError) -> HttpResponse:
    """A clear page; what was typed stays on it, unless its answer is already in."""
    if form.is_bound and error.code != "used":
        form.add_error(None, error.message)
        return _form_page(request, form, about="", status=error.status)
    return render(request, "services/survey_said.html", {"title": error.message}, status=error.status)
