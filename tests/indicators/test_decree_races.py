"""Two people at once around a decree. These run in the PostgreSQL pass."""

from datetime import date
from decimal import Decimal

import builders
import pytest

from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions import decree as decrees
from indicators.actions import quarter as quarter_actions
from indicators.actions import targets
from indicators.decree_content import content_of
from indicators.models import Achievement, Decree
from kinerjaku import audit, clock, documents
from kinerjaku.errors import DomainError

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
MID_YEAR = builders.at("2026-08-20 10:00")


def enacting(decree, *, by):
    def act():
        with clock.fixed(MID_YEAR):
            return decrees.enact_on_paper(
                decree.pk, number=decree.number, decided_on=date(2026, 8, 19), by=by, at=MID_YEAR
            )

    return act


@pytest.fixture
def change(cast, row) -> Decree:
    builders.quarter(number=3)
    return builders.amendment(row.indicator.decree, by=cast.admin, begins=date(2026, 7, 1))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_amendments_of_one_decree_one_is_enacted(cast, row, change, in_threads, turn):
    rival = builders.amendment(row.indicator.decree, by=cast.admin, begins=date(2026, 7, 1), number="13")
    results = in_threads([enacting(change, by=cast.admin), enacting(rival, by=cast.admin)])
    assert [error.code for error in results if isinstance(error, DomainError)] == ["not_ready"], results
    assert Decree.objects.in_force(2026, date(2026, 9, 30)).count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_same_decree_is_enacted_once(cast, change, in_threads, turn):
    results = in_threads([enacting(change, by=cast.admin)] * 2)
    assert [error.code for error in results if isinstance(error, DomainError)] == ["wrong_state"], results


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_save_meanwhile_keeps_its_version_or_sees_the_row_moved(cast, row, change, in_threads, turn):
    third = Achievement.objects.get(quarter__number=3)

    def saving():
        with clock.fixed(MID_YEAR):
            changes = {"values": {"selesai": Decimal(5), "rencana": Decimal(10)}}
            return achievements.save(third.pk, changes, version=0, by=cast.operator, at=MID_YEAR)

    saved, enacted = in_threads([saving, enacting(change, by=cast.admin)])
    assert isinstance(enacted, Decree), enacted
    stored = Achievement.objects.get(quarter__number=3)  # never a second row
    if isinstance(saved, Achievement):
        assert (stored.indicator, stored.state) == (row.indicator, "draft")
    else:
        assert isinstance(saved, achievements.Stale), saved
        assert stored.indicator.decree == change
    assert list(audit.problems()) == []


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_sweep_that_opens_quarters_and_the_enactment_leave_one_row(cast, change, in_threads, turn):
    opened, enacted = in_threads(
        [lambda: quarter_actions.open_quarter(2026, 3, at=MID_YEAR), enacting(change, by=cast.admin)]
    )
    assert not isinstance(opened, Exception), opened
    assert isinstance(enacted, Decree), enacted
    assert Achievement.objects.get(quarter__number=3).indicator.decree == change


def test_an_initial_and_the_other_are_both_there(cast, change, in_threads):
    legal = builders.legal_head(cast.setjen)
    builders.user(Role.SEKJEN, cast.setjen)
    seen = documents.content_hash(content_of(Decree.objects.get(pk=change.pk)))

    def initialling(person):
        def act():
            with clock.fixed(MID_YEAR):
                return decrees.initial(change.pk, content_hash=seen, by=person, at=MID_YEAR)

        return act

    results = in_threads([initialling(cast.karoren), initialling(legal)])
    assert not any(isinstance(result, Exception) for result in results), results
    assert change.signatures.count() == 2


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_target_is_changed_before_the_enactment_or_asks_for_its_reason(cast, change, in_threads, turn):
    indicator = change.indicators.get()

    def setting():
        return targets.set_target(indicator, 1, value=50, by=cast.admin, at=MID_YEAR)

    done, _ = in_threads([setting, enacting(change, by=cast.admin)])
    was_late = isinstance(done, DomainError)
    assert done.code == "reason_missing" if was_late else done is True
    assert indicator.targets.get(number=1).value == (90 if was_late else 50)
    assert Decree.objects.get(pk=change.pk).is_enacted
