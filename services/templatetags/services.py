"""Template tags about cases; registered as built-ins."""

from typing import Any

from django import template

from kinerjaku import clock
from services.bar import bar_of
from services.models import Case

register = template.Library()


@register.inclusion_tag("services/_bar.html")
def case_bar(case: Case | None) -> dict[str, Any]:
    """What is left of the promise, with a link to the case; nothing where nothing is promised."""
    return {"bar": bar_of(case, clock.now()), "link": True}
