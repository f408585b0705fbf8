"""A decree that waits for initials and the signature is a task of those who give them, one after the other."""

from datetime import date

import builders
import pytest

from accounts.roles import Role
from indicators.actions import decree as decrees
from indicators.decree_content import content_of
from indicators.models import Decree, Indicator
from kinerjaku import documents
from reporting import home

pytestmark = pytest.mark.django_db
MID_YEAR = builders.at("2026-08-20 10:00")
INITIAL, SIGNATURE = "Paraf rancangan keputusan", "Tanda tangani keputusan"


@pytest.fixture
def people(cast):
    return {
        "karoren": cast.karoren,
        "legal": builders.legal_head(cast.setjen),
        "sekjen": builders.user(Role.SEKJEN, cast.setjen),
    }


@pytest.fixture
def change(cast, people) -> Decree:
    with builders.moment(MID_YEAR):
        builders.indicator(cast.unit)
        return builders.amendment(Indicator.objects.get().decree, by=cast.admin, begins=date(2026, 7, 1))


def titles(people):
    """What each of them finds."""
    wanted = {INITIAL, SIGNATURE}
    return {
        name: [one.title for one in home.build(person, MID_YEAR).tasks if one.title in wanted]
        for name, person in people.items()
    }


def initial(decree, by):
    seen = documents.content_hash(content_of(Decree.objects.get(pk=decree.pk)))
    decrees.initial(decree.pk, content_hash=seen, by=by, at=MID_YEAR)


def test_a_draft_that_is_not_ready_is_nobodys_task(people, change):
    assert titles(people) == {"karoren": [], "legal": [], "sekjen": []}


def test_both_bureaus_are_asked_first_and_then_the_sekjen(cast, people, change):
    decrees.ask_initials(change.pk, by=cast.admin, at=MID_YEAR)
    assert titles(people) == {"karoren": [INITIAL], "legal": [INITIAL], "sekjen": []}
    initial(change, people["karoren"])
    assert titles(people) == {"karoren": [], "legal": [INITIAL], "sekjen": []}
    initial(change, people["legal"])
    assert titles(people) == {"karoren": [], "legal": [], "sekjen": [SIGNATURE]}


def test_other_content_needs_both_initials_again(cast, people, change):
    decrees.ask_initials(change.pk, by=cast.admin, at=MID_YEAR)
    initial(change, people["karoren"])
    change.indicators.update(name="Nama baru")
    decrees.ask_initials(change.pk, by=cast.admin, at=MID_YEAR)
    assert titles(people) == {"karoren": [INITIAL], "legal": [INITIAL], "sekjen": []}
