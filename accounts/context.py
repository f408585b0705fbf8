"""What every page's frame needs: navigation by right, and how many notices are unread."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import policy
from .policy import Verb


class May:
    """`may.view_audit` in a template: whether the person may do it to any unit at all. Asked for few verbs a page."""

    def __init__(self, user: Any) -> None:
        self._user = user

    def __getitem__(self, verb: str) -> bool:
        return policy.can_somewhere(self._user, Verb[verb.upper()])


def navigation(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "may": May(user),
        "unread_notices": SimpleLazyObject(lambda: user.notices.filter(read_at=None).count()),
    }
