"""The only importer of WeasyPrint: a template and its context become PDF/A bytes."""

import hashlib
from typing import Any

import segno
from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from weasyprint import HTML
from weasyprint.urls import URLFetcher

KEPT = 15 * 60  # seconds


class _NothingFromOutside(URLFetcher):
    """Templates carry their style and pictures themselves; no network, no other file of the server."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise ValueError(f"A PDF fetches nothing, also not {url[:80]}")


def render(template: str, context: dict[str, Any]) -> bytes:
    """PDF/A-3a of the template. About 55 ms a page."""
    return _drawn(render_to_string(template, context))


def render_kept(template: str, context: dict[str, Any]) -> bytes:
    """The same for what is drawn on demand and asked for again: equal pages are drawn once in a quarter of an hour, so
    that nobody holds a server by asking for a long one many times."""
    html = render_to_string(template, context)
    key = f"pdf/{hashlib.sha256(html.encode()).hexdigest()}"
    drawn = cache.get(key)
    if drawn is None:
        drawn = _drawn(html)
        cache.set(key, drawn, KEPT)
    return drawn


def _drawn(html: str) -> bytes:
    return HTML(string=html, url_fetcher=_NothingFromOutside()).write_pdf(pdf_variant="pdf/a-3a")


def qr_svg(text: str) -> SafeString:
    """The text as a QR code, inline SVG. Safe: segno writes only path data and never the text itself."""
    return mark_safe(segno.make(text, error="m").svg_inline(scale=2, border=2))  # noqa: S308
