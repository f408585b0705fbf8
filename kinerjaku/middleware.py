"""An action's refusal becomes a page, or JSON for a script that asked for JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render

from .errors import DomainError


def typed_text(data: Mapping[str, Any], name: str, most: int) -> str:
    """What was typed into a field that no form reads, as a form would: trimmed, without NUL, of limited length."""
    return str(data.get(name, "")).replace("\x00", "").strip()[:most]


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


class SoundRequests:
    """Refuses what no browser of ours sends and no database takes: a charset that is not UTF-8, NUL in an address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        has_nul = "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")
        if has_nul or charset not in ("utf-8", "utf8"):
            return HttpResponseBadRequest("Permintaan tidak dapat dibaca.", content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class DomainErrors:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if wants_json(request):
            return JsonResponse({"code": error.code, "message": error.message}, status=error.status)
        return render(request, "refused.html", {"error": error}, status=error.status)
