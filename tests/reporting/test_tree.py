"""The tree of indicators: what stands where, what is found, who sees scores, and the flat list."""

import csv
from io import StringIO

import builders
import pytest
from builders import IN_TIME
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from indicators.actions import cascade
from indicators.cascading import Link
from reporting.performance.tree import Leaf, grow, pieces, search

QUARTER = "tahun=2026&triwulan=1"


def leaf(pk, *, alone=False, name=""):
    return Leaf(pk, 1, "UNIT", "Unit", (1, "Sasaran"), pk, name or f"Indikator {pk}", alone)


def shape(nodes):
    return [(node.leaf.pk, shape(node.children)) for node in nodes]


# Growing it


def test_children_stand_under_their_parents_and_the_unlinked_apart():
    tree = grow([leaf(1), leaf(2), leaf(3), leaf(4)], [Link(1, 2, "same"), Link(2, 4, "component")])
    assert shape(tree.roots) == [(1, [(2, [(4, [])])])]
    assert shape(tree.unlinked) == [(3, [])]


def test_what_is_not_brought_down_on_purpose_is_no_gap():
    tree = grow([leaf(1, alone=True)], [])
    assert (shape(tree.roots), tree.unlinked) == ([(1, [])], [])


def test_under_a_second_parent_a_child_is_only_named():
    tree = grow([leaf(1), leaf(2), leaf(3), leaf(4)], [Link(1, 3, "same"), Link(2, 3, "component"), Link(3, 4, "same")])
    assert shape(tree.roots) == [(1, [(3, [(4, [])])]), (2, [(3, [])])]
    assert [node.is_repeated for node in tree.walk() if node.leaf.pk == 3] == [False, True]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=30, unique=True))
def test_whatever_is_linked_each_stands_in_full_once(pairs):
    """Also where the links run in loops, which no action makes."""
    tree = grow([leaf(pk) for pk in range(1, 10)], [Link(parent, child, "same") for parent, child in pairs])
    assert sorted(node.leaf.pk for node in tree.walk() if not node.is_repeated) == list(range(1, 10))


def test_a_search_marks_what_it_finds_and_what_leads_there():
    tree = grow([leaf(1), leaf(2, name="Indeks kepuasan")], [Link(1, 2, "same")])
    assert search(tree, "KEPUASAN indeks") == 1
    root = tree.roots[0]
    assert (root.is_match, root.has_match, root.children[0].is_match) == (False, True, True)


def test_a_code_finds_that_indicator_alone():
    tree = grow([leaf(1), leaf(11)], [])
    assert search(tree, "unit 1") == 1


def test_a_title_is_cut_at_what_was_sought():
    assert pieces("Nilai (PK) unit", "(pk)") == [("Nilai ", False), ("(PK)", True), (" unit", False)]


# The page


@pytest.fixture
def linked(cast):
    """Setjen 1 with Rokeu 1 as its component; Rokeu 2 stands alone."""
    parent, child = builders.indicator(cast.setjen, name="Nilai tata kelola"), builders.indicator(cast.unit)
    builders.indicator(cast.unit, 2, name="Laporan yang lepas")
    cascade.link(parent.pk, child.pk, "component", by=cast.admin, at=IN_TIME, reason="Contoh.")
    builders.submitted(cast.unit, by=cast.operator)
    return parent, child


def page(client, query=QUARTER):
    with builders.moment(IN_TIME):
        answer = client.get(f"/pohon-kinerja/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_method_state_score_and_gaps(cast, linked, as_user):
    text = page(as_user(cast.karoren))
    counts = "1 di puncak dengan turunan, 0 adopsi langsung, 0 dipersempit, 1 komponen pembentuk, 0 tidak diturunkan"
    assert f"3 indikator: {counts}" in text
    order = [text.index(words) for words in ("Nilai tata kelola", "Komponen pembentuk</span>", "Terkirim", "105,56%")]
    assert order == sorted(order)
    assert text.index("Belum ditautkan</h2>") < text.index("Laporan yang lepas")


def test_what_is_declared_is_said(cast, as_user):
    one = builders.indicator(cast.setjen)
    cascade.declare_not_cascaded(one.pk, True, by=cast.admin, at=IN_TIME, reason="Contoh.")
    text = page(as_user(cast.karoren))
    assert "Tidak diturunkan</span>" in text
    assert "Belum ditautkan</h2>" not in text


def test_scores_of_other_units_stay_with_those_who_may_see_them(cast, linked, as_user):
    other = builders.user(Role.OPERATOR, builders.unit("ROUM", parent=cast.setjen))
    text = page(as_user(other))
    assert "Indikator 1" in text
    assert "105,56" not in text
    assert "Terkirim" not in text
    assert "Nilai hanya tampil bagi yang berhak" in text
    assert "105,56" not in page(as_user(other), f"{QUARTER}&format=csv")
    assert "105,56" in page(as_user(cast.operator))


def test_it_is_folded_until_it_is_opened(cast, linked, as_user):
    client = as_user(cast.karoren)
    assert "<details open><summary>" not in page(client).partition("tree-counts")[2]
    assert "<details open><summary>" in page(client, f"{QUARTER}&buka=semua").partition("tree-counts")[2]


def test_a_search_opens_the_branch_and_leaves_out_the_others(cast, linked, as_user):
    text = page(as_user(cast.karoren), f"{QUARTER}&q=ROKEU+1")
    assert "1 indikator cocok" in text
    assert "<details open><summary>" in text.partition("tree-counts")[2]
    assert "(cocok)" in text
    assert "Laporan yang lepas" not in text


def test_a_search_without_result_says_so(cast, linked, as_user):
    assert "Coba kata lain" in page(as_user(cast.karoren), f"{QUARTER}&q=tidakada")


def test_a_unit_narrows_the_tree(cast, linked, as_user):
    text = page(as_user(cast.karoren), f"{QUARTER}&unit=ROKEU")
    assert "Nilai tata kelola" not in text
    assert "Indikator 1" in text


def test_a_year_without_a_decree_is_said(cast, linked, as_user):
    assert "Belum ada indikator" in page(as_user(cast.karoren), "tahun=2024&triwulan=1")


def test_the_flat_list_tells_level_parent_and_method(cast, linked, as_user):
    text = page(as_user(cast.karoren), f"{QUARTER}&format=csv")
    rows = list(csv.DictReader(StringIO(text.lstrip("\ufeff")), delimiter=";"))
    facts = [(row["Tingkat"], row["Kode"], row["Induk"], row["Cara penurunan"], row["Capaian (%)"]) for row in rows]
    assert facts == [
        ("1", "SETJEN 1", "", "", ""),
        ("2", "ROKEU 1", "SETJEN 1", "Komponen pembentuk", "105,56"),
        ("1", "ROKEU 2", "", "Belum ditautkan", "105,56"),
    ]


def test_it_takes_as_many_queries_for_many_indicators_as_for_one(cast, linked, as_user):
    client = as_user(cast.karoren)

    def cost() -> int:
        page(client)
        with CaptureQueriesContext(connection) as queries:
            page(client, f"{QUARTER}&buka=semua")
        return len(queries)

    few = cost()
    for no in range(3, 12):
        child = builders.indicator(cast.unit, no)
        cascade.link(linked[0].pk, child.pk, "component", by=cast.admin, at=IN_TIME, reason="Contoh.")
    builders.quarter()
    assert cost() == few


def test_card_and_catalogue_lead_to_the_tree(cast, linked, as_user):
    client = as_user(cast.operator)
    with builders.moment(IN_TIME):
        card = client.get(linked[0].get_absolute_url()).content.decode()
        assert "/pohon-kinerja/?tahun=2026&amp;q=SETJEN%201" in card
        assert 'href="/pohon-kinerja/"' in client.get("/iku/").content.decode()
