"""Pages that are the same for everybody who is not signed in: drawn once a minute, and anew after a change."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from kinerjaku import clock
from services.models import CalendarStamp

MOST = 300  # pages kept by a process, some 20 KB each
PERSONAL = {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}
_drawn: dict[tuple[Any, ...], bytes] = {}


def shared(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a public view: whoever brings no session gets the page as it was drawn in this minute, unless the calendar or
    a standard was changed since. What else it shows may be a minute old. A page with a form is not kept."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.META.get("QUERY_STRING") or PERSONAL & request.COOKIES.keys():
            return view(request, *args, **kwargs)
        stamps = CalendarStamp.objects.values_list("token", "standards").first()
        key = (request.path, f"{clock.now():%Y%m%d%H%M}", stamps)
        body = _drawn.get(key)
        if body is None:
            response = view(request, *args, **kwargs)
            if response.status_code != 200 or response.cookies or "CSRF_COOKIE_NEEDS_UPDATE" in request.META:
                return response
            if len(_drawn) >= MOST:
                _drawn.clear()
            body = _drawn[key] = response.content
        response = HttpResponse(body)
        patch_vary_headers(response, ["Cookie"])
        return response

    return answer


def forget() -> None:
    _drawn.clear()
