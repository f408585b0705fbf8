"""Acts on a whole row: values from the units below, the version in force. GET: back after signing in again."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.policy import Verb
from indicators.actions.decree_rows import adopt
from indicators.actions.fill_from_children import fill_from_children
from indicators.models import Achievement
from kinerjaku import clock
from kinerjaku.errors import DomainError

from .row import row_page


@require_http_methods(["GET", "POST"])
def achievement_fill(request: HttpRequest, pk: int) -> HttpResponse:
    done = "Nilai diambil dari unit di bawahnya dan disimpan."
    return _act(request, pk, fill_from_children, done, "dari-turunan")


@require_http_methods(["GET", "POST"])
def achievement_adopt(request: HttpRequest, pk: int) -> HttpResponse:
    done = "Baris ini kini memakai keputusan yang berlaku. Periksa isian dan capaiannya."
    return _act(request, pk, adopt, done, "isian")


def _act(request: HttpRequest, pk: int, act: Callable[..., object], done: str, place: str) -> HttpResponse:
    row = get_object_or_404(Achievement.objects.visible_to(request.user).for_pages(), pk=pk)
    if request.method == "GET":
        return redirect(row)
    policy.require(request.user, Verb.ENTER, row.unit)
    at, typed = clock.now(), request.POST.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1
    try:
        act(pk, version=version, by=request.user, at=at)
    except DomainError as error:
        row = Achievement.objects.for_pages().get(pk=pk)
        return row_page(request, row, at=at, fill_refused=error.message, status=error.status)
    messages.success(request, done)
    return redirect(f"{row.get_absolute_url()}#{place}")
