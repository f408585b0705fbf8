"""The one mechanism behind every list."""

import csv
import io
from decimal import Decimal

import builders
import pytest
from openpyxl import load_workbook

from accounts.models import WorkUnit
from kinerjaku import listing

pytestmark = pytest.mark.django_db
COLUMNS = [
    listing.Column("code", "Kode", lambda u: u.code, order=("code",)),
    listing.Column("name", "Nama", lambda u: u.name, order=("name",)),
]


@pytest.fixture
def units():
    for code, name in (("A1", "Zeta"), ("A2", "=CMD()"), ("A3", "Alfa")):
        builders.unit(code, name=name)


def made(rf, query: str = "", **options):
    return listing.Listing(
        rf.get(f"/{query}"),
        WorkUnit.objects.all(),
        columns=COLUMNS,
        default_sort="code",
        name="unit",
        **options,
    )


def test_the_default_order_applies(rf, units):
    assert [unit.code for unit in made(rf).rows] == ["A1", "A2", "A3"]


def test_the_address_can_sort_descending(rf, units):
    assert [unit.name for unit in made(rf, "?urut=-name").rows] == ["Zeta", "Alfa", "=CMD()"]


def test_descending_turns_every_field_of_a_column(rf, units):
    columns = [listing.Column("name", "Nama", lambda u: u.name, order=("level", "-name"))]
    found = listing.Listing(
        rf.get("/?urut=-name"), WorkUnit.objects.all(), columns=columns, default_sort="name", name="unit"
    )
    assert [unit.name for unit in found.rows] == ["=CMD()", "Alfa", "Zeta"]


def test_an_unknown_sort_key_is_ignored(rf, units):
    assert [unit.code for unit in made(rf, "?urut=password").rows] == ["A1", "A2", "A3"]


def test_a_page_that_does_not_exist_is_the_last_one(rf, units):
    assert [unit.code for unit in made(rf, "?hal=99", per_page=2).rows] == ["A3"]


def test_changing_one_parameter_keeps_the_others(rf, units):
    assert made(rf, "?urut=name&hal=2").address(hal=3) == "?urut=name&hal=3"


def test_the_csv_neutralises_what_a_spreadsheet_would_run(rf, units):
    text = made(rf, "?format=csv").response("never.html").content.decode("utf-8-sig")
    assert [row[1] for row in csv.reader(io.StringIO(text), delimiter=";")] == ["Nama", "Zeta", "'=CMD()", "Alfa"]


def test_the_xlsx_holds_the_sorted_list(rf, units):
    body = made(rf, "?format=xlsx&urut=name").response("never.html").content
    sheet = load_workbook(io.BytesIO(body)).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["Kode", "A2", "A3", "A1"]


def test_a_negative_figure_stays_a_figure():
    assert listing.cell(Decimal("-3.5")) == Decimal("-3.5")


def test_a_filter_is_remembered_until_it_is_taken_off(cast, as_user):
    builders.indicator(cast.unit)
    client = as_user(cast.operator)
    client.get("/iku/?q=selesai&unit=&urut=-no&hal=2")
    assert client.get("/iku/")["Location"] == "/iku/?q=selesai"
    assert client.get("/iku/?semua=ya").status_code == 200
    assert client.get("/iku/").status_code == 200


def test_an_empty_filter_is_forgotten_too(cast, as_user):
    client = as_user(cast.operator)
    client.get("/iku/?q=selesai")
    client.get("/iku/?q=&unit=")
    assert client.get("/iku/").status_code == 200


def test_each_list_and_each_person_has_its_own(cast, as_user):
    as_user(cast.operator).get("/iku/?q=selesai")
    client = as_user(cast.kasubag)
    client.get("/pengiriman/?unit=ROKEU")
    assert client.get("/iku/").status_code == 200
