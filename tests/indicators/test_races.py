"""Two people at once. SQLite has no row locks, so these run in the PostgreSQL pass."""

from decimal import Decimal

import builders
import pytest
from builders import IN_TIME, at

from indicators.actions import achievement as achievements
from indicators.actions import quarter as quarter_actions
from indicators.actions import targets
from indicators.actions.achievement import Stale
from indicators.models import Achievement, Extension, Indicator, Submission
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
LAST = at("2026-04-15 23:59:59.999999")
MIDNIGHT = at("2026-04-16 00:00")


def saving(row, *, by, done, when=IN_TIME, version=0):
    def act():
        with clock.fixed(when):
            changes = {"values": {"selesai": Decimal(done), "rencana": Decimal(100)}}
            return achievements.save(row.pk, changes, version=version, by=by, at=when)

    return act


def submitting(row, *, by, when=IN_TIME):
    def act():
        with clock.fixed(when):
            return achievements.submit(row.quarter_id, row.unit, by=by, at=when)

    return act


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_of_two_saves_of_the_same_version_one_wins_and_the_other_is_stale(cast, row, in_threads, turn):
    results = in_threads([saving(row, by=cast.operator, done="95"), saving(row, by=cast.kasubag, done="90")])
    won, lost = sorted(results, key=lambda result: isinstance(result, Exception))
    assert isinstance(lost, Stale)
    assert Achievement.objects.get(pk=row.pk).values == won.values == lost.current.values
    assert Achievement.objects.get(pk=row.pk).version == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_save_and_the_closing_of_the_quarter_leave_no_half_state(cast, row, in_threads, turn):
    saved, closed = in_threads(
        [
            saving(row, by=cast.operator, done="95", when=LAST),
            lambda: quarter_actions.close_quarter(row.quarter_id, at=MIDNIGHT),
        ]
    )
    stored = Achievement.objects.get(pk=row.pk)
    assert (closed, stored.state) == (1, "not_entered")
    if isinstance(saved, Achievement):
        assert (stored.version, stored.values["selesai"]) == (1, "95")
    else:
        assert (type(saved), stored.version) == (DomainError, 0)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_sending_and_the_closing_of_the_quarter_do_not_wait_for_each_other(cast, row, in_threads, turn):
    builders.fill(row, by=cast.operator)
    other = builders.row(builders.indicator(cast.setjen))
    sent, closed = in_threads(
        [
            submitting(row, by=cast.operator, when=LAST),
            lambda: quarter_actions.close_quarter(row.quarter_id, at=MIDNIGHT),
        ]
    )
    states = [Achievement.objects.get(pk=pk).state for pk in (row.pk, other.pk)]
    if isinstance(sent, Submission):
        assert (closed, states) == (1, ["submitted", "not_entered"])
    else:
        assert (sent.code, closed, states) == ("nothing_to_send", 2, ["not_entered", "not_entered"])


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_an_extension_and_a_save_do_not_wait_for_each_other(cast, row, in_threads, turn):
    def extending():
        return quarter_actions.extend(
            row.quarter,
            cast.unit,
            until=at("2026-04-21 00:00"),
            reason="Server rusak.",
            reference_number="B.1",
            by=cast.karoren,
            at=IN_TIME,
        )

    extended, saved = in_threads([extending, saving(row, by=cast.operator, done="95")])
    assert (isinstance(extended, Extension), isinstance(saved, Achievement)) == (True, True), (extended, saved)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_was_sent_is_what_is_stored_even_if_somebody_saves_meanwhile(cast, row, in_threads, turn):
    filled = builders.fill(row, by=cast.operator)
    saved, sent = in_threads(
        [
            saving(row, by=cast.kasubag, done="90", version=filled.version),
            submitting(row, by=cast.operator),
        ]
    )
    assert isinstance(sent, Submission)
    stored = Achievement.objects.get(pk=row.pk)
    assert stored.state == "submitted"
    assert sent.document.content["rows"][0]["values"] == stored.values
    if isinstance(saved, DomainError):
        assert saved.code == "wrong_state"


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_save_during_a_change_of_target_is_computed_by_the_new_target(cast, row, in_threads, turn):
    def setting():
        return targets.set_target(row.indicator, 1, value=Decimal(50), by=cast.admin, reason="Salah ketik", at=IN_TIME)

    saved, target = in_threads([saving(row, by=cast.operator, done="50"), setting])
    assert (isinstance(saved, Achievement), target) == (True, True), (saved, target)
    assert Achievement.objects.get(pk=row.pk).percent == Decimal(100)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_targets_set_at_once_are_both_in_the_rule(cast, row, in_threads, turn):
    def setting(number, value):
        return lambda: targets.set_target(
            row.indicator, number, value=Decimal(value), by=cast.admin, reason="Salah ketik", at=IN_TIME
        )

    in_threads([setting(1, 51), setting(2, 52)])
    stored = Indicator.objects.get(pk=row.indicator_id).rule.targets
    assert (stored[1], stored[2]) == (Decimal(51), Decimal(52))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_people_send_once(cast, row, in_threads, turn):
    builders.fill(row, by=cast.operator)
    results = in_threads([submitting(row, by=cast.operator), submitting(row, by=cast.kasubag)])
    refused = [result for result in results if isinstance(result, DomainError)]
    assert [error.code for error in refused] == ["nothing_to_send"]
    assert Submission.objects.count() == 1


def test_the_audit_chain_holds_under_many_saves(cast, in_threads):
    rows = [builders.row(builders.indicator(cast.unit, no)) for no in range(1, 9)]
    results = in_threads([saving(row, by=cast.operator, done=str(90 + n)) for n, row in enumerate(rows)])
    assert all(isinstance(result, Achievement) for result in results), results
    assert list(audit.problems()) == []


def test_two_sweeps_remind_once(cast, row, in_threads):
    when = at("2026-04-14 09:00")

    def sweep():
        with clock.fixed(when):
            quarter_actions.remind(builders.quarter(), cast.unit, at=when)

    in_threads([sweep, sweep])
    assert cast.operator.notices.count() == 1


def test_two_sweeps_close_once(cast, row, in_threads):
    closed = in_threads([lambda: quarter_actions.close_quarter(row.quarter_id, at=MIDNIGHT)] * 2)
    assert sorted(closed) == [0, 1]
