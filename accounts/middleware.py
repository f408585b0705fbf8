"""Every page needs sign-in unless it says otherwise; what was typed when the session had ended is kept."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from kinerjaku.middleware import wants_json

KEPT = "kept_post"
PERSON = "person"  # signed cookie: who was signed in last in this browser; kept input is offered to nobody else
PERSON_LASTS = 12 * 3600  # seconds; longer than a session
_MOST_KEPT = 100_000  # characters
_WITH_GIVEN_PASSWORD = {"password_change", "logout", "login"}


class SignInRequired(LoginRequiredMiddleware):
    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        """With a password that an Admin gave, nothing can be done but to replace it."""
        refused = super().process_view(request, view_func, view_args, view_kwargs)
        if refused is not None or not getattr(request.user, "password_is_given", False):
            return refused
        if request.resolver_match.view_name in _WITH_GIVEN_PASSWORD:
            return None
        messages.info(request, "Kata sandi Anda diberikan Admin. Ganti dahulu dengan kata sandi Anda sendiri.")
        return redirect("password_change")

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        if wants_json(request):
            message = "Sesi Anda berakhir. Masuk lagi di tab lain; isian di halaman ini tidak hilang."
            return JsonResponse({"code": "signed_out", "message": message}, status=401)
        if request.method == "POST":
            keep(request)
        return super().handle_no_permission(request, view_func)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """What somebody signed in sees stays in no cache: “Back” asks again, and shows nothing after sign-out."""
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response


def person_of(request: HttpRequest) -> str:
    """The primary key of who was signed in last in this browser; empty if nobody is known."""
    return str(request.get_signed_cookie(PERSON, default="", salt=PERSON, max_age=PERSON_LASTS))


def keep(request: HttpRequest) -> None:
    """Lay the typed fields into the session, to be offered again to the same person after sign-in. Passwords and files
    are not kept, nor what a stranger sends."""
    person = person_of(request)
    if not person:
        return
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    if sum(len(name) + len(value) for name, value in fields) <= _MOST_KEPT:
        request.session[KEPT] = {"person": person, "path": request.get_full_path(), "fields": fields}
