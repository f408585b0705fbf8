"""Two people at once in the formula editor. SQLite has no row locks, so these run in the PostgreSQL pass."""

from decimal import Decimal

import pytest
from builders import IN_TIME

from indicators.actions import achievement as achievements
from indicators.actions import catalogue
from indicators.actions import formula as formulas
from indicators.actions.formula import Saved, Stale
from indicators.formula_check import Draft, VariableLine
from indicators.models import Achievement, Indicator
from kinerjaku import audit, clock

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
LINES = (VariableLine(1, "selesai", "Selesai"), VariableLine(2, "rencana", "Rencana"))


def changing(row, expression, *, by, seen):
    def act():
        draft = Draft(expression, LINES)
        return formulas.save(row.indicator_id, draft, seen=seen, reason="Perbaikan.", by=by, at=IN_TIME)

    return act


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_formulas_on_what_was_shown_one_wins_and_the_other_is_stale(cast, row, in_threads, turn):
    seen = formulas.fingerprint(row.indicator)
    acts = [changing(row, one, by=cast.admin, seen=seen) for one in ("selesai", "rencana")]
    won, lost = sorted(in_threads(acts), key=lambda result: isinstance(result, Exception))
    assert isinstance(won, Saved)
    assert isinstance(lost, Stale)
    kept = Indicator.objects.get(pk=row.indicator_id)
    assert kept.expression == won.indicator.expression
    assert kept.rule == catalogue.keep_rule(kept)
    assert list(audit.problems()) == []


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_row_that_is_saved_meanwhile_is_computed_by_one_of_the_two_formulas_and_the_last(cast, row, in_threads, turn):
    seen = formulas.fingerprint(row.indicator)

    def typing():
        with clock.fixed(IN_TIME):
            changes = {"values": {"selesai": Decimal(90), "rencana": Decimal(100)}}
            return achievements.save(row.pk, changes, version=0, by=cast.operator, at=IN_TIME)

    in_threads([changing(row, "selesai / rencana", by=cast.admin, seen=seen), typing])
    kept = Achievement.objects.get(pk=row.pk)
    assert kept.values == {"selesai": "90", "rencana": "100"}
    assert kept.actual == Decimal("0.9")
