"""What every page's frame needs: navigation by right, and how many notices are unread."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import policy
from .policy import Verb


def navigation(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "may": {verb.name.lower(): policy.can_somewhere(user, verb) for verb in Verb},
        "unread_notices": SimpleLazyObject(lambda: user.notices.filter(read_at=None).count()),
    }
