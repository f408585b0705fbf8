"""The second template language, for the parts of a page that are drawn on every page or hundreds of times on one.

Jinja2 compiles to Python and is some ten times as fast as Django's templates there (docs/decisions/0009). Such parts
end in .jinja and are rendered by `render`; everything else stays with Django's templates.
"""

from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString
from jinja2 import Environment, StrictUndefined


def environment(**options: Any) -> Environment:
    """Called by Django once. What is not in the context is an error, not an empty place."""
    from kinerjaku.templatetags.kinerjaku import icon

    made = Environment(**options | {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})  # noqa: S701 Django escapes
    made.globals |= {"icon": icon, "static": static, "url": url}
    return made


@lru_cache(maxsize=1024)
def url(name: str, *args: Any) -> str:
    """Routes do not change while a process lives, and the menu names each of its own several times on every page."""
    return reverse(name, args=args)


def render(name: str, context: dict[str, Any]) -> SafeString:
    return SafeString(render_to_string(name, context, using="jinja2"))
