"""The verified actuals of earlier years, for the cards of indicators."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from indicators import past

from .models import Worksheet, WorksheetRow


@past.verified
def verified_actuals(achievements: Iterable[int]) -> Mapping[int, Decimal | None]:
    """What was found, of worksheets that are frozen or signed."""
    rows = WorksheetRow.objects.filter(achievement__in=list(achievements), verdict__in=WorksheetRow.FINAL)
    rows = rows.exclude(worksheet__state=Worksheet.State.OPEN)
    return dict(rows.values_list("achievement_id", "verified_actual"))
