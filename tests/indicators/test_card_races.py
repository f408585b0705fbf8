"""Two people at once on a card. These run in the PostgreSQL pass."""

from datetime import date

import builders
import pytest
from builders import IN_TIME

from indicators.actions import decree as decrees
from indicators.actions import decree_copy
from indicators.actions.card import Slot, create_card, edit_card, fingerprint
from indicators.models import Decree, Indicator
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


@pytest.fixture
def indicator(cast) -> Indicator:
    return builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))


def at_once(act, *args, **kwargs):
    def run():
        with clock.fixed(IN_TIME):
            return act(*args, **kwargs, at=IN_TIME)

    return run


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_who_saw_the_same_card_one_is_told(cast, indicator, in_threads, turn):
    seen = fingerprint(indicator)
    acts = [
        at_once(edit_card, indicator.pk, {"name": name, "slots": [Slot(name)]}, seen=seen, by=cast.admin)
        for name in ("Satu", "Dua")
    ]
    results = in_threads(acts)
    assert [error.code for error in results if isinstance(error, DomainError)] == ["stale"], results
    stored = Indicator.objects.get()
    assert [slot.name for slot in stored.evidence_slots.all()] == [stored.name]
    assert list(audit.problems()) == []


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_new_indicators_get_two_numbers_and_one_objective(cast, indicator, in_threads, turn):
    facts = {"measure": "%", "method": "ratio", "polarity": "maximize", "new_objective": "Sasaran baru"}
    acts = [
        at_once(create_card, indicator.decree_id, {**facts, "name": name}, unit=cast.unit, by=cast.admin)
        for name in ("Satu", "Dua")
    ]
    results = in_threads(acts)
    assert all(isinstance(one, Indicator) for one in results), results
    assert sorted(Indicator.objects.values_list("no", flat=True)) == [1, 2, 3]
    assert len({one.objective_id for one in results}) == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_change_while_the_decree_is_enacted_is_before_it_or_asks_for_a_reason(cast, indicator, in_threads, turn):
    enacting = at_once(
        decrees.enact_on_paper, indicator.decree_id, number="1", decided_on=date(2026, 4, 9), by=cast.admin
    )
    edited, enacted = in_threads([at_once(edit_card, indicator.pk, {"name": "X"}, by=cast.admin), enacting])
    assert isinstance(enacted, Decree), enacted
    assert isinstance(edited, Indicator) or edited.code == "reason_missing", edited


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_change_while_the_indicator_is_dropped_is_before_it_or_told(cast, indicator, in_threads, turn):
    dropping = at_once(decree_copy.drop, indicator.decree_id, indicator.pk, by=cast.admin)
    edited, dropped = in_threads([at_once(edit_card, indicator.pk, {"name": "X"}, by=cast.admin), dropping])
    assert dropped is None, dropped
    assert isinstance(edited, Indicator) or edited.code == "gone", edited
    assert not Indicator.objects.exists()
