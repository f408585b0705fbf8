"""The figures that verification has found, for parents that are computed from their components."""

from decimal import Decimal

from indicators.children import verified_by
from verification.models import Worksheet, WorksheetRow


@verified_by
def verified_actuals(rows: list[int]) -> dict[int, Decimal | None]:
    """By achievement, where a worksheet that is no longer open has a verdict; one query."""
    found = WorksheetRow.objects.filter(achievement__in=rows, verdict__in=WorksheetRow.FINAL)
    found = found.exclude(worksheet__state=Worksheet.State.OPEN)
    return dict(found.values_list("achievement_id", "verified_actual"))
