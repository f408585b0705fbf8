"""The act that takes a row's values from the units below. GET is where the browser ends up after signing in again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.policy import Verb
from indicators.actions.fill_from_children import fill_from_children
from indicators.models import Achievement
from kinerjaku import clock
from kinerjaku.errors import DomainError

from .row import row_page


@require_http_methods(["GET", "POST"])
def achievement_fill(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Achievement.objects.visible_to(request.user).for_pages(), pk=pk)
    if request.method == "GET":
        return redirect(row)
    policy.require(request.user, Verb.ENTER, row.unit)
    at, typed = clock.now(), request.POST.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1
    try:
        fill_from_children(pk, version=version, by=request.user, at=at)
    except DomainError as error:
        row = Achievement.objects.for_pages().get(pk=pk)
        return row_page(request, row, at=at, fill_refused=error.message, status=error.status)
    messages.success(request, "Nilai diambil dari unit di bawahnya dan disimpan.")
    return redirect(f"{row.get_absolute_url()}#dari-turunan")
