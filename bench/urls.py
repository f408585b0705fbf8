"""The portal's routes plus two bare views, the yardsticks of the benchmarks: one for somebody signed in (session, user,
three letters of answer), one for everybody (a template of one word through the whole stack)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from kinerjaku.urls import urlpatterns as portal

WORD = engines["django"].from_string("<!doctype html><title>{{ word }}</title>")


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user.pk} ok")


@login_not_required
def bare_public(request: HttpRequest) -> HttpResponse:
    return HttpResponse(WORD.render({"word": "ok"}, request))


urlpatterns = [
    *portal,
    path("bench/bare/", bare, name="bare"),
    path("bench/umum/", bare_public, name="bare_public"),
]
