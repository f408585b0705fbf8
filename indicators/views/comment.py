"""Writing a comment on a row."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.policy import Verb
from indicators.actions import comments as actions
from indicators.comment_forms import CommentForm
from indicators.models import Achievement
from kinerjaku import clock
from kinerjaku.errors import DomainError

from .row import row_page


@require_http_methods(["GET", "POST"])
def comment_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep it and go back to where it was written; refused, the row's page has what was typed. GET: back from signing
    in again."""
    row = get_object_or_404(Achievement.objects.visible_to(request.user).for_pages(), pk=pk)
    if request.method == "GET":
        return redirect(row)
    policy.require(request.user, Verb.COMMENT, row.unit)
    at = clock.now()
    form = CommentForm(request.POST, people=actions.listeners(row))
    status = 422
    if form.is_valid():
        people = [person.pk for person in form.cleaned_data["people"]]
        try:
            comment = actions.say(pk, form.cleaned_data["text"], mentions=people, by=request.user, at=at)
        except DomainError as error:
            form.add_error(None, error.message)
            status = error.status
        else:
            messages.success(request, "Komentar tersimpan.")
            return redirect(_back(request, form.cleaned_data["next"]) or comment)
    return row_page(request, row, at=at, comment=form, status=status)


def _back(request: HttpRequest, path: str) -> str:
    """Only to a page of ours."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, None, request.is_secure())
    return path if is_ours else ""
