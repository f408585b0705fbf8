"""Two people at one round at once. SQLite has no row locks, so these run in the PostgreSQL pass."""

from datetime import date

import builders
import pytest
from builders import IN_TIME, at, lines, opened_round, returned_by

from indicators.actions import achievement as achievements
from indicators.actions import quarter as quarter_actions
from indicators.actions import round as rounds
from indicators.actions import round_approval as approval
from indicators.actions import round_filling as filling
from indicators.actions import round_format as formats
from indicators.models import Achievement, CollectionRound, Submission
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from services.actions import case as cases
from services.actions import standard as standards

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 4
MIDNIGHT = at("2026-04-16 00:00")


@pytest.fixture
def signing(cast, filling_in, second):
    returned_by(filling_in, cast.official)
    found = returned_by(filling_in, second)
    with clock.fixed(IN_TIME):
        approval.accept(found.pk, content_hash=seen(found), by=cast.kasubag, at=IN_TIME)
        return approval.initial(found.pk, content_hash=seen(found), by=cast.kasubag, at=IN_TIME)


def seen(of):
    return approval.content_hash_of(approval.rows_of(of))


def at_once(act, *args, when=IN_TIME, **options):
    def run():
        with clock.fixed(when):
            return act(*args, **options, at=when)

    return run


def codes(results):
    return sorted(one.code if isinstance(one, DomainError) else "ok" for one in results)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_people_open_one_round(cast, rows, in_threads, turn):
    standards.load(at=IN_TIME)
    facts = {"year": 2026, "quarter": 1}
    made = in_threads(
        [
            at_once(cases.start, "collection", cast.unit, "Triwulan I 2026", by=person, **facts)
            for person in (cast.kasubag, cast.operator)
        ]
    )
    assert len({case.pk for case in made}) == 1
    assert CollectionRound.objects.count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_round_that_opens_while_the_unit_sends_collects_nothing_that_is_sent(cast, rows, in_threads, turn):
    for row in rows:
        builders.fill(row, by=cast.operator)
    standards.load(at=IN_TIME)
    opening = at_once(cases.start, "collection", cast.unit, "Triwulan I 2026", by=cast.kasubag, year=2026, quarter=1)
    sending = at_once(achievements.submit, rows[0].quarter_id, cast.unit, by=cast.operator)
    results = in_threads([opening, sending])
    assert codes(results) in (["nothing_to_collect", "ok"], ["in_round", "ok"]), results
    assert CollectionRound.objects.exists() != Submission.objects.exists()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_somebody_else_saves_while_the_format_is_handed_out_is_saved_before_or_refused(
    cast, rows, in_threads, turn
):
    made = opened_round(cast.unit, by=cast.kasubag)
    with clock.fixed(IN_TIME):
        for act, person in ((formats.send, cast.operator), (formats.approve, cast.kasubag)):
            made = act(made.pk, lines(made), version=made.version, by=person, at=IN_TIME)
    handing = at_once(formats.hand_out, made.pk, lines(made), version=made.version, by=cast.operator)
    saving = at_once(achievements.save, rows[0].pk, {"progress": "Operator."}, version=0, by=cast.operator)
    handed, saved = in_threads([handing, saving])
    assert isinstance(handed, CollectionRound), handed
    assert isinstance(saved, Achievement) or saved.code == "in_round", saved
    assert Achievement.objects.get(pk=rows[0].pk).version == (1 if isinstance(saved, Achievement) else 0)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_last_two_formats_returned_at_once_complete_the_step_once(cast, rows, filling_in, second, in_threads, turn):
    for row, official in zip(rows, (cast.official, second), strict=True):
        builders.fill(Achievement.objects.get(pk=row.pk), by=official)
    results = in_threads(
        [at_once(filling.return_form, filling_in.pk, by=official) for official in (cast.official, second)]
    )
    assert codes(results) == ["ok", "ok"], results
    found = CollectionRound.objects.for_pages().get()
    assert found.stage == 5
    assert found.case.events.filter(kind="step", step=5).count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_row_given_to_somebody_else_while_it_is_saved(cast, rows, filling_in, second, in_threads, turn):
    given = filling_in.assignments.get(achievement=rows[0])
    to = {"official": second, "due_on": date(2026, 4, 15), "reason": "Cuti."}
    moved, saved = in_threads(
        [
            at_once(filling.reassign, filling_in.pk, given.pk, by=cast.kasubag, **to),
            at_once(achievements.save, rows[0].pk, {"progress": "Lama."}, version=0, by=cast.official),
        ]
    )
    assert isinstance(moved, CollectionRound), moved
    assert isinstance(saved, Achievement) or saved.code == "in_round", saved


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_signatures_send_once(cast, rows, signing, second, in_threads, turn):
    content_hash = seen(signing)
    results = in_threads(
        [at_once(approval.sign, signing.pk, content_hash=content_hash, by=person) for person in (cast.official, second)]
    )
    assert codes(results) == ["ended", "ok"], results
    assert Submission.objects.count() == 1
    assert list(audit.problems()) == []


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_signature_and_a_refusal_leave_one_of_them(cast, rows, signing, second, in_threads, turn):
    wrong = signing.assignments.get(achievement=rows[0])
    results = in_threads(
        [
            at_once(approval.sign, signing.pk, content_hash=seen(signing), by=cast.official),
            at_once(filling.give_back, signing.pk, {wrong.pk: "Keliru."}, by=second),
        ]
    )
    assert codes(results) in (["ended", "ok"], ["ok", "wrong_step"]), results
    assert Submission.objects.exists() == (CollectionRound.objects.for_pages().get().stage == 8)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_cancelling_and_signing_do_not_wait_for_each_other(cast, rows, signing, in_threads, turn):
    results = in_threads(
        [
            at_once(cases.cancel, signing.case_id, reason="Langsung saja.", by=cast.kasubag),
            at_once(approval.sign, signing.pk, content_hash=seen(signing), by=cast.official),
        ]
    )
    assert codes(results) == ["ended", "ok"], results
    assert not CollectionRound.objects.open().exists()


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_closing_the_sweep_and_a_signature_at_the_last_moment(cast, rows, signing, in_threads, turn):
    last = at("2026-04-15 23:59:59")
    sent, closed, ended = in_threads(
        [
            at_once(approval.sign, signing.pk, content_hash=seen(signing), by=cast.official, when=last),
            at_once(quarter_actions.close_quarter, signing.quarter_id, when=MIDNIGHT),
            at_once(rounds.end_closed, signing.pk, when=MIDNIGHT),
        ]
    )
    if isinstance(sent, CollectionRound):
        assert (closed, ended) == (0, False)
    else:
        assert isinstance(sent, DomainError), sent
    assert isinstance(closed, int), closed
    assert isinstance(ended, bool), ended
    assert not CollectionRound.objects.open().exists()
    assert list(audit.problems()) == []


def test_two_sweeps_end_and_remind_once(cast, rows, filling_in, in_threads):
    when = at("2026-04-13 10:00")
    in_threads([at_once(filling.remind, filling_in.pk, cast.official, date(2026, 4, 14), when=when)] * 2)
    assert cast.official.notices.filter(cause__contains="/due/").count() == 1
    assert sorted(in_threads([at_once(rounds.end_closed, filling_in.pk, when=MIDNIGHT)] * 2)) == [False, True]
