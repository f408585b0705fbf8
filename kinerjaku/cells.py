"""How values stand in the cells of a spreadsheet, and how they are read back: one is the inverse of the other.

Figures stand in files as people write them (1234,5), as text, so that no spreadsheet rounds them; a number cell that
somebody typed into a spreadsheet is read as it is. Text that a spreadsheet would run as a formula gets an apostrophe on
the way out and loses it on the way in.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from .figures import PLACES, format_figure

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # no spreadsheet takes them
_RUNS = "=+\\-@＝＋－＠"
_TO_NEUTRALISE = re.compile(f"'*(?:[\\t\\r]|\\s*[{_RUNS}])")
_NEUTRAL = re.compile(f"'(?='*(?:[\\t\\r]|\\s*[{_RUNS}]))")


def cell(value: Any) -> Any:
    """A value as a spreadsheet cell; text that a spreadsheet would run as a formula is made plain text."""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, int | Decimal):
        return "" if value is None else value
    text = _CONTROL.sub("", str(value))
    return f"'{text}" if _TO_NEUTRALISE.match(text) else text


def as_cell_text(value: Any) -> str:
    """A cell as the person sees it. A number cell loses nothing: 12.5 becomes 12,5; to six decimals."""
    if type(value) is str:
        return _NEUTRAL.sub("", value, count=1).strip() if value[:1] == "'" else value.strip()
    if value is None:
        return ""
    if type(value) is int:
        return str(value)
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, int | float | Decimal):
        figure = Decimal(str(value))
        if not figure.is_finite():
            return ""
        return plain_figure(round(figure, PLACES) if figure.adjusted() < 20 else figure)  # it is refused anyway
    if isinstance(value, datetime | date):
        return f"{value:%d-%m-%Y}"
    return as_cell_text(str(value))


def plain_figure(value: Decimal | None) -> str:
    """1234.5 -> 1234,5: no dots, so that Indonesian spreadsheets take it for a number."""
    return format_figure(value).replace(".", "")


def yes_or_no(text: str) -> bool:
    answers = {"ya": True, "tidak": False, "": False}
    if text.casefold() not in answers:
        raise ValueError("Tulis ya atau tidak.")
    return answers[text.casefold()]
