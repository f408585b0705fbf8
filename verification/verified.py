"""The figures that were found on worksheets, for whatever left of here shows or computes from them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from indicators import verified

from .models import Worksheet, WorksheetRow


@verified.known_by
def verified_actuals(achievements: Iterable[int]) -> Mapping[int, Decimal | None]:
    """Of worksheets that are frozen or signed; one query."""
    rows = WorksheetRow.objects.filter(achievement__in=list(achievements), verdict__in=WorksheetRow.FINAL)
    rows = rows.exclude(worksheet__state=Worksheet.State.OPEN)
    return dict(rows.values_list("achievement_id", "verified_actual"))
