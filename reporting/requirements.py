"""Requirements of services that are about reports."""

from datetime import datetime
from typing import Any

from services.models import Case
from services.requirements import rule

from .models import AssistanceSheet


@rule("draft_given")
def draft_given(case: Case, _: dict[str, Any], at: datetime) -> bool | None:
    """The unit has uploaded the draft of its report; a case without a sheet has no place for one, so a person looks."""
    sheet = AssistanceSheet.objects.filter(case=case).first()
    return None if sheet is None else sheet.drafts.present().exists()
