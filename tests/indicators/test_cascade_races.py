"""Two editors at once around the links of one year. These run in the PostgreSQL pass."""

import builders
import pytest
from builders import IN_TIME

from accounts.actions import save_unit
from accounts.models import WorkUnit
from indicators.actions import cascade
from indicators.models import Cascade, Indicator
from kinerjaku import audit
from kinerjaku.errors import DomainError

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def linking(parent, child, relation="component", *, by):
    return lambda: cascade.link(parent.pk, child.pk, relation, by=by, at=IN_TIME, reason="Contoh.")


def codes(results) -> list[str]:
    return [error.code for error in results if isinstance(error, DomainError)]


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_links_that_would_close_a_loop_one_is_made(cast, in_threads, turn):
    """A reorganisation has put the team above Setjen after it was linked below the bureau."""
    team = builders.unit("TIM", parent=cast.unit, level="III")
    top, middle, low = (builders.indicator(unit) for unit in (cast.setjen, cast.unit, team))
    linking(middle, low, by=cast.admin)()
    team.parent = None
    save_unit(team, by=None, at=IN_TIME)
    cast.setjen.parent = WorkUnit.objects.get(pk=team.pk)
    save_unit(cast.setjen, by=None, at=IN_TIME)
    results = in_threads([linking(low, top, by=cast.admin), linking(top, middle, by=cast.admin)])
    assert codes(results) == ["loop"], results
    assert list(audit.problems()) == []


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_parents_at_once_one_adopts(cast, in_threads, turn):
    first, second = builders.indicator(cast.setjen), builders.indicator(cast.setjen, 2)
    child = builders.indicator(cast.unit)
    results = in_threads([linking(one, child, "same", by=cast.admin) for one in (first, second)])
    assert codes(results) == ["already_adopted"], results
    assert Cascade.objects.count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_is_declared_without_children_gets_none_meanwhile(cast, in_threads, turn):
    parent, child = builders.indicator(cast.setjen), builders.indicator(cast.unit)

    def declaring():
        return cascade.declare_not_cascaded(parent.pk, True, by=cast.admin, at=IN_TIME, reason="Contoh.")

    results = in_threads([linking(parent, child, by=cast.admin), declaring])
    assert len(codes(results)) == 1, results
    assert Indicator.objects.get(pk=parent.pk).is_not_cascaded != Cascade.objects.exists()
