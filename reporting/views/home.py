"""Home, search, and the guide."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kinerjaku import clock
from reporting import home as tasks
from reporting.search import find


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the user has to do now."""
    at = clock.now()
    return render(request, "reporting/home.html", {"home": tasks.build(request.user, at), "at": at})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context = {"text": text, "groups": find(request.user, text)}
    return render(request, "reporting/search.html", context)


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    return render(request, "reporting/guide.html")
