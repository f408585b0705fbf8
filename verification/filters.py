"""The filter bar of the worksheets. Field names are the parameters in the address."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from indicators.filters import QuarterFilter

from .models import Worksheet


class WorksheetFilter(QuarterFilter):
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua status"), *Worksheet.State.choices])

    def narrow(self, rows: QuerySet, **chosen: Any) -> QuerySet:
        rows = super().narrow(rows, **chosen)
        return rows.filter(state=chosen["status"]) if "status" in chosen else rows
