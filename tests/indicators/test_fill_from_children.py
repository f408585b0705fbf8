"""A parent's row takes its values from what the units below have sent."""

from decimal import Decimal

import builders
import pytest
from builders import AFTER_CLOSE, IN_TIME
from django.core.exceptions import PermissionDenied

from accounts.roles import Role
from indicators import children
from indicators.actions import achievement as achievements
from indicators.actions import cascade
from indicators.actions.fill_from_children import fill_from_children
from indicators.checklist import doubts
from indicators.models import Achievement
from kinerjaku import audit
from kinerjaku.errors import DomainError
from verification.actions import worksheet as worksheets

pytestmark = pytest.mark.django_db
D = Decimal
WHY = "Sesuai hasil rapat."


@pytest.fixture
def family(cast):
    """Setjen 1, of which both variables are the sum of those of ROKEU 1 and ROUM 1."""
    parent = builders.indicator(cast.setjen)
    other = builders.unit("ROUM", parent=cast.setjen)
    members = [builders.indicator(cast.unit), builders.indicator(other)]
    for child in members:
        cascade.link(parent.pk, child.pk, "component", by=cast.admin, at=IN_TIME, reason=WHY)
    how = {"selesai": "sum", "rencana": "sum"}
    cascade.set_from_children(parent.pk, how, by=cast.admin, at=IN_TIME, reason=WHY)
    builders.quarter()
    return parent, other, members


@pytest.fixture
def other_operator(family):
    return builders.user(Role.OPERATOR, family[1])


@pytest.fixture
def sent(cast, family, other_operator):
    """Both children have sent 95 of 100."""
    builders.submitted(cast.unit, by=cast.operator)
    builders.submitted(family[1], by=other_operator)


def row_of(indicator) -> Achievement:
    return Achievement.objects.for_pages().get(indicator=indicator, quarter__number=1)


def fill(indicator, *, by, when=IN_TIME, version=None):
    row = row_of(indicator)
    with builders.moment(when):
        seen = row.version if version is None else version
        return fill_from_children(row.pk, version=seen, by=by, at=when)


def refused(act) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value


def test_the_values_of_all_children_are_saved_as_if_typed(cast, family, sent):
    parent, _, members = family
    saved = fill(parent, by=cast.stranger)
    assert (saved.values, saved.actual, saved.state) == ({"selesai": "190", "rencana": "200"}, D(95), "draft")
    kept = Achievement.objects.get(pk=saved.pk).values_from
    assert [(one["code"], one["version"], one["values"]) for one in kept["rows"]] == [
        (child.code, row_of(child).version, {"selesai": "95", "rencana": "100"}) for child in members
    ]
    assert [entry.verb for entry in audit.history(saved)[:2]] == ["ambil nilai dari turunan", "simpan capaian"]


def test_a_child_that_has_not_sent_is_named_and_nothing_is_taken(cast, family):
    builders.submitted(cast.unit, by=cast.operator)
    error = refused(lambda: fill(family[0], by=cast.stranger))
    assert error.code == "children_missing"
    assert "belum ada nilai dari ROUM 1." in error.message
    assert "ROKEU" not in error.message
    assert row_of(family[0]).values == {}


def test_what_is_only_typed_does_not_count(cast, family, sent, other_operator):
    with builders.moment(IN_TIME):
        achievements.withdraw(row_of(family[0]).quarter_id, family[1], by=other_operator, at=IN_TIME)
    assert refused(lambda: fill(family[0], by=cast.stranger)).code == "children_missing"


def test_a_child_without_the_variable_gives_its_actual(cast):
    parent = builders.indicator(cast.setjen, variables=("nilai_unit",), expression="nilai_unit")
    child = builders.indicator(cast.unit)
    cascade.link(parent.pk, child.pk, "component", by=cast.admin, at=IN_TIME, reason=WHY)
    cascade.set_from_children(parent.pk, {"nilai_unit": "mean"}, by=cast.admin, at=IN_TIME, reason=WHY)
    builders.quarter()
    builders.submitted(cast.unit, by=cast.operator)
    assert fill(parent, by=cast.stranger).actual == D(95)


def test_only_components_give_values(cast, family, sent):
    parent = family[0]
    narrowed = builders.indicator(cast.unit, 2)
    cascade.link(parent.pk, narrowed.pk, "narrowed", by=cast.admin, at=IN_TIME, reason=WHY)
    assert fill(parent, by=cast.stranger).values["rencana"] == "200"


def test_verified_counts_first_and_says_so_with_its_correction(cast, family, sent):
    parent = family[0]
    sheet = builders.worksheet(cast.unit)
    with builders.moment(AFTER_CLOSE):
        found = worksheets.rows_of(sheet)[0]
        worksheets.decide(
            found.pk,
            verdict="nonconform",
            verified_actual=D(90),
            evidence_fits=True,
            note="Disesuaikan.",
            version=found.version,
            by=cast.verifier,
            at=AFTER_CLOSE,
        )
        worksheets.freeze(sheet.pk, by=cast.verifier, at=AFTER_CLOSE)
    row = row_of(parent)
    corrected, other = children.sources([row])[row.pk].children
    assert other.standing == "Terkirim, belum terverifikasi"
    assert corrected.standing == "Terverifikasi; realisasinya dikoreksi menjadi 90"
    assert (corrected.value("selesai"), corrected.value("lain")) == (D(95), D(90))


def test_the_deadline_the_rights_and_the_version_are_those_of_typing(cast, family, sent):
    parent = family[0]
    with pytest.raises(PermissionDenied):
        fill(parent, by=cast.karoren)
    assert refused(lambda: fill(parent, by=cast.stranger, when=AFTER_CLOSE)).code == "closed"
    assert refused(lambda: fill(parent, by=cast.stranger, version=7)).code == "stale"


def test_an_indicator_that_is_typed_has_nothing_to_take(cast, row):
    assert refused(lambda: fill(row.indicator, by=cast.operator)).code == "not_from_children"


def test_the_row_says_when_a_child_has_changed_since(cast, family, sent, other_operator, save):
    parent, other, members = family
    fill(parent, by=cast.stranger)
    assert doubts(row_of(parent)) == []
    with builders.moment(IN_TIME):
        achievements.withdraw(row_of(parent).quarter_id, other, by=other_operator, at=IN_TIME)
    save(row_of(members[1]), by=other_operator, selesai="80")
    with builders.moment(IN_TIME):
        achievements.submit(row_of(parent).quarter_id, other, by=other_operator, at=IN_TIME)
    assert doubts(row_of(parent)) == [children.CHANGED]
    fill(parent, by=cast.stranger)
    assert doubts(row_of(parent)) == []


def test_a_value_typed_over_what_was_taken_is_doubted(cast, family, sent, save):
    parent = family[0]
    fill(parent, by=cast.stranger)
    save(row_of(parent), by=cast.stranger, selesai="191")
    assert doubts(row_of(parent)) == ["Selesai tidak sama dengan nilai yang diambil dari turunan."]


def test_taking_the_same_values_again_changes_nothing(cast, family, sent):
    first = fill(family[0], by=cast.stranger)
    again = fill(family[0], by=cast.stranger)
    assert (again.version, audit.history(again).count()) == (first.version, 2)


def test_the_page_shows_the_children_and_takes_their_values(cast, family, sent, as_user):
    row, client = row_of(family[0]), as_user(cast.stranger)
    with builders.moment(IN_TIME):
        text = client.get(row.get_absolute_url()).content.decode()
        assert "Dihitung dari unit di bawahnya" in text
        assert "Unit ROUM, ROUM 1" in text
        assert "Terkirim, belum terverifikasi" in text
        answer = client.post(f"/capaian/baris/{row.pk}/dari-turunan/", {"version": row.version})
        assert answer.status_code == 302
        assert row_of(family[0]).actual == D(95)


def test_the_page_says_why_nothing_was_taken(cast, family, as_user):
    row = row_of(family[0])
    with builders.moment(IN_TIME):
        answer = as_user(cast.stranger).post(f"/capaian/baris/{row.pk}/dari-turunan/", {"version": row.version})
    assert answer.status_code == 409
    assert "Tidak diambil." in answer.content.decode()


def test_many_rows_are_asked_at_once(cast, family, sent, django_assert_max_num_queries):
    fill(family[0], by=cast.stranger)
    rows = list(Achievement.objects.filter(unit=cast.setjen).for_pages())
    with django_assert_max_num_queries(8):
        children.note_problems(rows)
        assert [doubts(row) for row in rows] == [[]]
