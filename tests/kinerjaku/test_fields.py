"""A figure comes back from the database exactly as it went in, on both databases."""

from decimal import Decimal

import builders
import pytest

from indicators.models import Target

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    ["0", "0.1", "-12.5", "9999999999999999.123456", "123456789012345678", "0.0000000001", "100", "1E+3"],
)
def test_a_figure_survives_the_database_to_the_last_digit(text):
    indicator = builders.indicator(builders.unit(), target=None)
    made = Target.objects.create(indicator=indicator, number=1, value=Decimal(text))
    assert Target.objects.get(pk=made.pk).value == Decimal(text)


def test_a_missing_figure_stays_missing():
    indicator = builders.indicator(builders.unit(), target=None)
    made = Target.objects.create(indicator=indicator, number=1, value=Decimal(1))
    assert Target.objects.get(pk=made.pk).high is None


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal(10) ** 18])
def test_what_is_no_storable_figure_is_refused(value):
    indicator = builders.indicator(builders.unit(), target=None)
    with pytest.raises(ValueError, match="does not fit"):
        Target.objects.create(indicator=indicator, number=1, value=value)


def test_a_figure_reads_without_padding():
    indicator = builders.indicator(builders.unit(), target="90")
    assert str(Target.objects.filter(indicator=indicator).first().value) == "90"
