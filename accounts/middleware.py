"""Every page needs sign-in unless it says otherwise; what was typed when the session had ended is kept."""

from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from kinerjaku.middleware import wants_json

KEPT = "kept_post"
_MOST_KEPT = 100_000  # characters


class SignInRequired(LoginRequiredMiddleware):
    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        if wants_json(request):
            message = "Sesi Anda berakhir. Masuk lagi di tab lain; isian di halaman ini tidak hilang."
            return JsonResponse({"code": "signed_out", "message": message}, status=401)
        if request.method == "POST":
            keep(request)
        return super().handle_no_permission(request, view_func)


def keep(request: HttpRequest) -> None:
    """Lay the typed fields into the session, to be offered again after sign-in. Passwords and files are not kept."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    if sum(len(name) + len(value) for name, value in fields) <= _MOST_KEPT:
        request.session[KEPT] = {"path": request.get_full_path(), "fields": fields}
