"""Database fields with a rule of their own."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

FIGURE_PLACES = 10
FIGURE_LIMIT = Decimal(10) ** 18
_WHOLE = Decimal(1)


class FigureField(models.Field):
    """A Decimal that comes back exactly as it went in, on both databases.

    Django's DecimalField keeps only 15 significant digits on SQLite (its column is a float); a rupiah figure with
    cents needs more. So: text on SQLite, numeric on PostgreSQL. Up to 18 digits before and 10 after the comma.
    """

    description = "Exact decimal figure"

    def get_internal_type(self) -> str:
        return "FigureField"

    def db_type(self, connection: Any) -> str:
        return "numeric(28, 10)" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else trimmed(Decimal(value))

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        try:
            return Decimal(value)
        except ArithmeticError as error:
            raise ValidationError("Isi dengan angka.", code="invalid") from error

    def get_prep_value(self, value: Any) -> str | None:
        value = self.to_python(super().get_prep_value(value))
        if value is None:
            return None
        if not value.is_finite() or abs(value) >= FIGURE_LIMIT:
            raise ValueError(f"{value} does not fit a figure")
        return f"{round(value, FIGURE_PLACES):f}"

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return super().formfield(form_class=forms.DecimalField, **kwargs)

    def value_to_string(self, obj: Any) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else f"{value:f}"


def trimmed(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    value = value.normalize()
    return value.quantize(_WHOLE) if value == value.to_integral_value() else value
