"""Template filters and tags that every page may use; registered as built-ins."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.db import models
from django.forms.utils import flatatt
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kinerjaku import pdf
from kinerjaku.figures import format_figure

register = template.Library()


@register.filter
def figure(value: Decimal | None) -> str:
    """1234.5 -> 1.234,5; nothing -> an empty string."""
    return format_figure(value)


@register.filter
def percent(value: Decimal | None) -> str:
    """Two decimals, half up; an en dash where nothing is assessed."""
    return format_figure(value, 2) or "–"


@register.filter
def moment(at: datetime | None) -> str:
    """9 Maret 2026 pukul 14.05 WIB."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{formats.date_format(local, 'j F Y')} pukul {local:%H.%M} WIB"


@register.filter
def file_size(size: int) -> str:
    """1536 -> 1,5 KB."""
    for unit, factor in (("MB", 1024 * 1024), ("KB", 1024)):
        if size >= factor:
            return f"{format_figure(Decimal(size) / factor, 1)} {unit}"
    return f"{size} byte"


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.simple_tag
def icon(name: str, **attributes: str) -> SafeString:
    """One of our own icons (static/img/icons.svg), decorative: the words stand beside it."""
    from django.templatetags.static import static

    extra = flatatt({"class": "icon", **{k.replace("_", "-"): v for k, v in attributes.items()}})
    return format_html(
        '<svg{} aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def qr(text: str) -> SafeString:
    return pdf.qr_svg(text)


@register.filter
def state_tone(state: models.TextChoices | str) -> str:
    """The colour role of a state; the words always stand beside it."""
    return _TONES.get(str(state), "neutral")


_TONES = {
    "empty": "neutral",
    "draft": "active",
    "submitted": "active",
    "returned": "problem",
    "verified": "settled",
    "not_entered": "problem",
    "open": "active",
    "frozen": "active",
    "signed": "settled",
    "reported": "settled",
    "pending": "neutral",
    "conform": "settled",
    "nonconform": "problem",
}


@register.inclusion_tag("components/sort_header.html")
def sort_header(listing: Any, column: Any) -> dict[str, Any]:
    """A table head that sorts by its column: first click ascending, second descending."""
    current = listing.sort.removeprefix("-") == column.key
    descending = current and listing.sort.startswith("-")
    turned = column.key if not current or descending else f"-{column.key}"
    return {
        "column": column,
        "address": listing.address(urut=turned, hal=None),
        "direction": ("descending" if descending else "ascending") if current else "",
    }


@register.simple_tag
def address(listing: Any, **changes: Any) -> str:
    """The list's address with some parameters changed."""
    return listing.address(**changes)
