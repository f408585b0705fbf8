"""Browsing the catalogue: the list and the card."""

import builders
import openpyxl
import pytest

from accounts.roles import Role
from indicators.actions import targets
from indicators.models import Cascade, Indicator
from indicators.results import in_words


@pytest.fixture(autouse=True)
def _in_time():
    with builders.moment(builders.IN_TIME):
        yield


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everyone_who_is_signed_in_browses(cast, row, as_user):
    assert "Indikator 1" in page(as_user(cast.stranger), "/iku/")


def test_sorted_by_unit_the_list_is_grouped_by_unit_and_objective(cast, row, as_user):
    builders.indicator(cast.setjen, name="Indikator Setjen")
    text = page(as_user(cast.operator), "/iku/")
    order = [
        text.index(words)
        for words in ("Unit SETJEN 2026", "Sasaran 1. Sasaran SETJEN", "Indikator Setjen", "Unit ROKEU 2026")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=indikator+setjen", {"Indikator Setjen"}),
        ("unit=ROKEU", {"Indikator Keuangan"}),
        ("tahun=2026", {"Indikator Setjen", "Indikator Keuangan"}),
        ("tahun=2021", set()),
        ("polarisasi=minimize", {"Indikator Setjen"}),
        ("keputusan=keputusan-2026&unit=SETJEN", {"Indikator Setjen"}),
        (
            "unit=TIDAKADA",
            {"Indikator Setjen", "Indikator Keuangan"},
        ),  # a value that is not on offer narrows nothing
    ],
)
def test_filters_narrow_the_list(cast, as_user, query, found):
    builders.indicator(cast.setjen, name="Indikator Setjen", polarity="minimize")
    builders.indicator(cast.unit, name="Indikator Keuangan")
    builders.decree(2021)
    text = page(as_user(cast.operator), f"/iku/?{query}")
    assert {name for name in ("Indikator Setjen", "Indikator Keuangan") if f">{name}</a>" in text} == found


def test_the_filtered_list_is_exported(cast, as_user, tmp_path):
    builders.indicator(cast.setjen, name="Indikator Setjen")
    builders.indicator(cast.unit, name="=1+1")
    answer = as_user(cast.operator).get("/iku/?unit=ROKEU&format=xlsx")
    (tmp_path / "daftar.xlsx").write_bytes(answer.content)
    sheet = openpyxl.load_workbook(tmp_path / "daftar.xlsx").active
    titles, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [dict(zip(titles, row, strict=True))["Indikator"] for row in rows] == ["'=1+1"]


def test_an_example_is_marked(cast, as_user):
    indicator = builders.indicator(cast.unit, decree=builders.decree(2026, is_example=True))
    client = as_user(cast.operator)
    assert "Contoh" in page(client, "/iku/")
    assert "Contoh" in page(client, indicator.get_absolute_url())


def test_the_card_says_everything_in_words(cast, as_user):
    indicator = builders.indicator(cast.unit, definition="Bagian yang selesai.", source="Laporan bulanan")
    indicator.responsible.add(cast.bureau)
    Cascade.objects.create(parent=builders.indicator(cast.setjen, name="Induk"), child=indicator, relation="same")
    text = page(as_user(cast.operator), indicator.get_absolute_url())
    for words in (
        "Bagian yang selesai.",
        "“Selesai” ÷ “Rencana” × 100",
        "Laporan bulanan",
        "Unit ROREN",
        "Induk",
        "Lag output",
    ):
        assert words in text


def test_the_formula_is_read_with_the_labels_of_its_variables(cast):
    indicator = builders.indicator(cast.unit, expression="min(selesai, 0.5) + round(rencana / 2, 1)")
    assert in_words(indicator) == "terkecil dari (“Selesai”; 0,5) + pembulatan (“Rencana” ÷ 2; 1)"


def test_an_indicator_without_a_formula_says_so(cast, as_user):
    assert "nilai diberikan penilai luar" in page(
        as_user(cast.operator), builders.scored_indicator(cast.unit).get_absolute_url()
    )


def test_defects_of_the_source_are_shown_to_editors_only(cast, as_user):
    indicator = builders.indicator(cast.unit, source_issues=["Skala di naskah berlubang."])
    assert "Skala di naskah berlubang." in page(as_user(cast.admin), indicator.get_absolute_url())
    assert "Skala di naskah berlubang." not in page(as_user(cast.operator), indicator.get_absolute_url())


def test_the_history_is_shown_to_those_who_may_read_the_audit(cast, as_user):
    indicator = builders.indicator(cast.unit)
    targets.set_target(indicator, 1, value=95, by=cast.admin, reason="Salah ketik", at=builders.IN_TIME)
    auditor = builders.user(Role.ITJEN_OVERSIGHT, cast.setjen)
    assert "tetapkan target" in page(as_user(auditor), indicator.get_absolute_url())
    assert "tetapkan target" not in page(as_user(cast.operator), indicator.get_absolute_url())


@pytest.mark.parametrize("pk", ["999999", "99999999999999999999999"])
def test_an_unknown_indicator_is_not_found(cast, as_user, pk):
    assert as_user(cast.operator).get(f"/iku/{pk}/").status_code == 404


def test_the_list_takes_the_same_queries_for_any_number_of_rows(cast, as_user, query_cost):
    client = as_user(cast.operator)
    for no in (1, 2):
        builders.indicator(cast.unit, no)
    few = query_cost(client, "/iku/")
    for no in range(3, 21):
        builders.indicator(cast.unit, no)
    assert Indicator.objects.count() == 20
    assert query_cost(client, "/iku/") == few
