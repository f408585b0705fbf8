"""The portal's routes plus a bare view: session, user, three letters of answer. The yardstick of the benchmarks."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from kinerjaku.urls import urlpatterns as portal


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.user.pk} ok")


urlpatterns = [*portal, path("bench/bare/", bare, name="bare")]
