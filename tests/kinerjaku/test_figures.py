"""Figures as people in Indonesia write them."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinerjaku.figures import FigureError, format_figure, parse_figure


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234", "1234"),
        ("1.234", "1234"),
        ("1.234,5", "1234.5"),
        ("1234,5", "1234.5"),
        ("0,25", "0.25"),
        ("-3,5", "-3.5"),
        ("−3,5", "-3.5"),
        ("+7", "7"),
        (" 12.345.678 ", "12345678"),
        ("Rp1.000", "1000"),
        ("Rp. 2.500.000,75", "2500000.75"),
        ("95,5%", "95.5"),
        ("9.999.999.999.999.999", "9999999999999999"),
    ],
)
def test_indonesian_figures_are_read_exactly(text, value):
    assert parse_figure(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_field_is_no_figure(text):
    assert parse_figure(text) is None


@pytest.mark.parametrize(("text", "advice"), [("1,234.5", "1234,5"), ("12.5", "12,5"), ("1234.56", "1234,56")])
def test_an_english_figure_is_refused_with_the_right_spelling(text, advice):
    with pytest.raises(FigureError, match=rf"Maksud Anda {advice}\?"):
        parse_figure(text)


@pytest.mark.parametrize("text", ["0.123", "0.5"])
def test_a_decimal_point_after_zero_is_not_taken_for_thousands(text):
    with pytest.raises(FigureError, match="koma"):
        parse_figure(text)


@pytest.mark.parametrize(
    "text", ["dua belas", "12a", "1e5", "NaN", "Infinity", "--3", "1,2,3", "1..2", "١٢", "=1+1", "0x10"]
)
def test_what_is_no_figure_is_refused_with_an_example(text):
    with pytest.raises(FigureError):
        parse_figure(text)


def test_an_absurd_magnitude_is_refused():
    with pytest.raises(FigureError, match="terlalu besar"):
        parse_figure("10.000.000.000.000.000")


def test_an_endless_input_is_refused():
    with pytest.raises(FigureError, match="terlalu panjang"):
        parse_figure("1" * 5000)


def test_more_than_six_decimals_are_refused():
    with pytest.raises(FigureError, match="6 angka"):
        parse_figure("0,1234567")


@pytest.mark.parametrize(
    ("value", "text"),
    [("1234.5", "1.234,5"), ("1000", "1.000"), ("0.10", "0,1"), ("-1234567.25", "-1.234.567,25"), ("0", "0")],
)
def test_a_figure_is_written_the_indonesian_way(value, text):
    assert format_figure(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("97.005", "97,01"), ("97.004999", "97,00"), ("1234.5", "1.234,50")])
def test_two_decimals_are_rounded_half_up(value, text):
    assert format_figure(Decimal(value), 2) == text


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=6))
def test_what_is_written_is_read_back(value):
    assert parse_figure(format_figure(value)) == value


@given(st.text(max_size=60))
def test_any_text_is_either_a_finite_figure_or_refused_with_a_sentence(text):
    with suppress(FigureError):
        value = parse_figure(text)
        assert value is None or value.is_finite()
