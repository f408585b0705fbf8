"""Pages of the kernel: health, and the public check of a document."""

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from .models import Document


@never_cache
@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database and broker answer; 503 names the one that does not."""
    parts = {"database": _database_answers(), "broker": _broker_answers()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


@login_not_required
@require_safe
def document_search(request: HttpRequest) -> HttpResponse:
    """A place to type the code that is printed under the QR code."""
    code = "".join(request.GET.get("kode", "").upper().split()).replace("-", "")
    if code and Document.objects.filter(code=code).exists():
        return redirect("document_check", code)
    return render(request, "check_search.html", {"code": code}, status=404 if code else 200)


@login_not_required
@require_safe
def document_check(request: HttpRequest, code: str) -> HttpResponse:
    """What the document is, its state, who signed when, and its hash. Public; shows no content."""
    return render(request, "check.html", {"document": get_object_or_404(Document, code=code)})


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return False
    return True
