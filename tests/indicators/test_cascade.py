"""How indicators come down to lower units: what may be linked, what is refused, what the history says."""

from datetime import date

import builders
import pytest
from builders import IN_TIME
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.actions import save_unit
from accounts.models import WorkUnit
from indicators.actions import cascade
from indicators.actions import decree as decrees
from indicators.cascading import Link, chain
from indicators.models import Cascade, Indicator
from kinerjaku import audit
from kinerjaku.errors import DomainError

pytestmark = pytest.mark.django_db
WHY = "Sesuai hasil rapat."


@pytest.fixture
def parent(cast) -> Indicator:
    return builders.indicator(cast.setjen)


@pytest.fixture
def child(cast) -> Indicator:
    return builders.indicator(cast.unit)


@pytest.fixture
def link(cast):
    def linked(parent, child, relation="component", *, reason=WHY, by=None):
        return cascade.link(parent.pk, child.pk, relation, by=by or cast.admin, at=IN_TIME, reason=reason)

    return linked


def refused(act) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("relation", ["same", "narrowed", "component"])
def test_a_child_comes_down_by_each_method_and_both_histories_say_so(parent, child, link, relation):
    link(parent, child, relation)
    assert Cascade.objects.get().relation == relation
    for one in (parent, child):
        entry = audit.history(one)[0]
        facts = {"parent": "SETJEN 1", "child": "ROKEU 1", "relation": relation}
        assert (entry.verb, entry.after, entry.reason) == ("tautkan penurunan", facts, WHY)


def test_only_who_edits_the_catalogue_links(cast, parent, child, link):
    with pytest.raises(PermissionDenied):
        link(parent, child, by=cast.karoren)


def test_an_enacted_decree_wants_a_reason_and_a_draft_does_not(cast, link):
    parent, child = builders.indicator(cast.setjen), builders.indicator(cast.unit)
    assert refused(lambda: link(parent, child, reason=" ")).code == "reason_missing"
    draft = builders.decree(2027, state="draft")
    parent, child = builders.indicator(cast.setjen, decree=draft), builders.indicator(cast.unit, decree=draft)
    assert link(parent, child, reason="").pk


def test_the_child_is_of_a_unit_below(cast, parent, child, link):
    assert refused(lambda: link(child, parent)).code == "unit_not_below"
    assert refused(lambda: link(parent, builders.indicator(cast.setjen, 2))).code == "unit_not_below"


def test_a_second_link_between_the_same_two_is_refused(parent, child, link):
    link(parent, child)
    assert refused(lambda: link(parent, child, "same")).code == "already_linked"


def test_an_indicator_is_adopted_from_one_parent_only(cast, parent, child, link):
    link(parent, child, "same")
    other = builders.indicator(cast.setjen, 2)
    error = refused(lambda: link(other, child, "same"))
    assert (error.code, "SETJEN 1" in error.message) == ("already_adopted", True)
    assert link(other, child, "narrowed").pk


def test_the_database_refuses_a_second_adoption_too(cast, parent, child):
    Cascade.objects.create(parent=parent, child=child, relation="same")
    with pytest.raises(IntegrityError), transaction.atomic():
        Cascade.objects.create(parent=builders.indicator(cast.setjen, 2), child=child, relation="same")


def test_a_loop_is_refused_and_its_chain_is_named(cast, parent, child, link):
    """Units were reorganised after the first link, so that the levels alone no longer keep a loop out."""
    team = builders.unit("TIM", parent=cast.unit, level="III")
    third = builders.indicator(team)
    link(parent, child)
    link(child, third)
    top = builders.unit("KKP", level="0")
    team.parent = top
    save_unit(team, by=None, at=IN_TIME)
    cast.setjen.parent = WorkUnit.objects.get(pk=team.pk)
    save_unit(cast.setjen, by=None, at=IN_TIME)
    error = refused(lambda: link(third, parent))
    assert (error.code, error.message) == (
        "loop",
        "Penurunan ini berputar: TIM 1 → SETJEN 1 → ROKEU 1 → TIM 1.",
    )


def test_other_years_are_not_linked(cast, parent, link):
    other = builders.indicator(cast.unit, decree=builders.decree(2025))
    assert refused(lambda: link(parent, other)).code == "other_decree"


def test_two_decrees_in_force_together_are_linked_and_a_draft_beside_one_is_not(cast, parent, link):
    second = builders.decree(2026)
    own = type(second).objects.create(key="eselon-satu", title="Keputusan kedua", year=2026, state="draft")
    other = builders.indicator(cast.unit, decree=own)
    assert refused(lambda: link(parent, other)).code == "other_decree"
    type(own).objects.filter(pk=own.pk).update(state="enacted")
    assert link(parent, other).pk


def test_a_link_between_decrees_outlives_an_amendment(cast, parent, link):
    own = type(parent.decree).objects.create(key="eselon-satu", title="Keputusan kedua", year=2026, state="enacted")
    other = builders.indicator(cast.unit, decree=own)
    link(parent, other)
    change = builders.amendment(own, by=cast.admin, begins=date(2026, 7, 1))
    decrees.enact_on_paper(change.pk, number="13", decided_on=date(2026, 4, 9), by=cast.admin, at=IN_TIME)
    newer = change.indicators.get()
    assert cascade.children_of(parent) == [Link(parent.pk, newer.pk, "component")]
    cascade.unlink(parent.pk, newer.pk, by=cast.admin, at=IN_TIME, reason=WHY)
    assert cascade.children_of(parent) == []


def test_what_is_unlinked_is_gone_and_both_histories_keep_it(cast, parent, child, link):
    link(parent, child)
    cascade.unlink(parent.pk, child.pk, by=cast.admin, at=IN_TIME, reason=WHY)
    assert not Cascade.objects.exists()
    assert [audit.history(one)[0].verb for one in (parent, child)] == ["lepas penurunan"] * 2
    again = refused(lambda: cascade.unlink(parent.pk, child.pk, by=cast.admin, at=IN_TIME, reason=WHY))
    assert (again.code, again.status) == ("gone", 409)


def test_what_is_not_brought_down_takes_no_children(cast, parent, child, link):
    cascade.declare_not_cascaded(parent.pk, True, by=cast.admin, at=IN_TIME, reason=WHY)
    assert refused(lambda: link(parent, child)).code == "not_cascaded"
    cascade.declare_not_cascaded(parent.pk, False, by=cast.admin, at=IN_TIME, reason=WHY)
    assert link(parent, child).pk


def test_an_indicator_with_children_is_not_declared_without(cast, parent, child, link):
    link(parent, child)
    error = refused(lambda: cascade.declare_not_cascaded(parent.pk, True, by=cast.admin, at=IN_TIME, reason=WHY))
    assert error.code == "has_children"


def test_variables_come_from_children_by_the_editors_word(cast, parent):
    how = {"selesai": "sum"}
    cascade.set_from_children(parent.pk, how, by=cast.admin, at=IN_TIME, reason=WHY)
    assert parent.variables.get(code="selesai").from_children == "sum"
    assert audit.history(parent)[0].after == {"from_children": {"selesai": "sum", "rencana": ""}}
    unknown = refused(
        lambda: cascade.set_from_children(parent.pk, {"lain": "sum"}, by=cast.admin, at=IN_TIME, reason=WHY)
    )
    assert unknown.code == "unknown_field"


def test_a_chain_is_found_past_a_loop():
    links = [Link(1, 2, ""), Link(2, 1, ""), Link(2, 3, ""), Link(4, 5, "")]
    assert chain(links, 1, 3) == [1, 2, 3]
    assert chain(links, 3, 1) == []
    assert chain(links, 1, 1) == [1]


# The pages


def post(client, indicator, act, **data):
    with builders.moment(IN_TIME):
        return client.post(f"/iku/{indicator.pk}/penurunan/{act}/", data)


def test_the_editor_links_from_the_page(cast, parent, child, as_user):
    client = as_user(cast.admin)
    answer = post(client, parent, "tautkan", child=child.pk, relation="component", reason=WHY)
    assert answer.status_code == 302
    assert "ROKEU 1 Indikator 1" in client.get(answer["Location"]).content.decode()


def test_what_is_refused_comes_back_with_what_was_typed(cast, parent, child, as_user):
    answer = post(as_user(cast.admin), parent, "tautkan", child=child.pk, relation="", reason=WHY)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Pilih cara penurunannya." in text
    assert WHY in text


def test_the_reason_is_asked_for_after_enactment(cast, parent, child, as_user):
    answer = post(as_user(cast.admin), parent, "tautkan", child=child.pk, relation="same")
    assert answer.status_code == 422
    assert "tulis alasan perubahan" in answer.content.decode()
    assert not Cascade.objects.exists()


def test_the_choice_is_narrowed_by_unit_and_name(cast, parent, child, as_user):
    team = builders.unit("TIM", parent=cast.unit, level="III")
    builders.indicator(team, name="Laporan tim")
    client = as_user(cast.admin)
    address = f"/iku/{parent.pk}/penurunan/"
    assert "2 indikator dapat dipilih" in client.get(address).content.decode()
    text = client.get(f"{address}?unit=TIM&q=laporan").content.decode()
    assert "1 indikator dapat dipilih" in text
    assert "TIM 1. Laporan tim" in text


def test_a_link_is_removed_and_the_statement_made_from_the_page(cast, parent, child, link, as_user):
    link(parent, child)
    client = as_user(cast.admin)
    assert post(client, parent, f"lepas/{child.pk}", reason=WHY).status_code == 302
    assert post(client, parent, "tidak-diturunkan", is_not_cascaded="True", reason=WHY).status_code == 302
    parent.refresh_from_db()
    assert parent.is_not_cascaded
    assert "Tidak diturunkan, dengan sengaja." in client.get(parent.get_absolute_url()).content.decode()


def test_how_variables_come_from_children_is_set_on_the_page(cast, parent, as_user):
    answer = post(as_user(cast.admin), parent, "nilai", how_selesai="mean", how_rencana="mean", reason=WHY)
    assert answer.status_code == 302
    assert set(parent.variables.values_list("from_children", flat=True)) == {"mean"}


def test_the_page_takes_as_many_queries_for_many_children_as_for_one(cast, parent, child, link, as_user, query_cost):
    link(parent, child)
    client = as_user(cast.admin)
    few = query_cost(client, f"/iku/{parent.pk}/penurunan/")
    for no in range(2, 8):
        link(parent, builders.indicator(cast.unit, no))
    assert query_cost(client, f"/iku/{parent.pk}/penurunan/") == few
