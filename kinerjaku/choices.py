"""Choosing several rows of a table in a form."""

from typing import Any

from django import forms
from django.db.models import QuerySet

LONGEST_KEY = 18  # digits; a longer one is no row, and SQLite would not even look for it


class ManyField(forms.ModelMultipleChoiceField):
    def _check_values(self, value: Any) -> QuerySet:
        for key in value:
            if len(str(key)) > LONGEST_KEY:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": str(key)[:40]}
                )
        return super()._check_values(value)
