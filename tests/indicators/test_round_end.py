"""How a collection round ends: sent, cancelled or overtaken by the deadline; and what a unit sends without one."""

import io

import builders
import pytest
from builders import IN_TIME, at, moment, opened_round, returned_by
from django.core.management import call_command

from accounts.models import Notice
from indicators import tasks
from indicators.actions import achievement as achievements
from indicators.actions import quarter as quarter_actions
from indicators.actions import round as rounds
from indicators.actions import round_approval as approval
from indicators.models import Achievement, CollectionRound
from kinerjaku.errors import DomainError
from services.actions import case as cases

pytestmark = pytest.mark.django_db


def refused(code):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def fresh(of):
    return CollectionRound.objects.for_pages().get(pk=of.pk)


def test_while_a_round_is_open_its_rows_are_not_sent_directly(cast, rows, filling_in):
    with moment(IN_TIME), refused("in_round"):
        achievements.submit(filling_in.quarter_id, cast.unit, by=cast.operator, at=IN_TIME)


def test_a_unit_without_a_round_sends_directly(cast, rows):
    assert builders.submitted(cast.unit, by=cast.operator).document.attestations[0]["party"] == "Pengirim"


def test_a_withdrawn_round_leaves_the_unit_free_to_collect_again(cast, rows, checking, save):
    content_hash = approval.content_hash_of(approval.rows_of(checking))
    with moment(IN_TIME):
        for act, person in (
            (approval.accept, cast.kasubag),
            (approval.initial, cast.kasubag),
            (approval.sign, cast.official),
        ):
            act(checking.pk, content_hash=content_hash, by=person, at=IN_TIME)
        achievements.withdraw(checking.quarter_id, cast.unit, by=cast.official, at=IN_TIME)
    assert save(rows[0], by=cast.operator, progress="Lagi.").state == "draft"
    assert opened_round(cast.unit, by=cast.kasubag) != checking


def test_cancelling_the_case_frees_the_rows_and_tells_whoever_took_part(cast, rows, filling_in, second, save):
    cases.cancel(filling_in.case_id, reason="Unit mengirim langsung.", by=cast.kasubag, at=IN_TIME)
    assert fresh(filling_in).ended_at == IN_TIME
    assert save(rows[0], by=cast.operator, progress="Langsung.").state == "draft"
    assert "Unit mengirim langsung." in second.notices.get(subject__startswith="Pengumpulan data dibatalkan").body


def test_the_deadline_ends_a_round_that_is_not_finished(cast, rows, filling_in):
    closing = at("2026-04-16 00:00")
    with moment(closing):
        call_command("tick", stdout=io.StringIO())
        call_command("tick", stdout=io.StringIO())
    done = fresh(filling_in)
    assert (done.case.state, done.case.end_reason, done.ended_at) == ("cancelled", rounds.CLOSED, closing)
    assert {row.state for row in Achievement.objects.filter(quarter=done.quarter)} == {"not_entered"}
    assert cast.kasubag.notices.filter(subject__startswith="Pengumpulan data dibatalkan").count() == 1


def test_with_an_extension_a_round_goes_on_or_another_one_is_opened(cast, rows, filling_in, save):
    later = {"until": at("2026-04-21 00:00"), "reason": "Server rusak.", "reference_number": "B.1", "by": cast.karoren}
    quarter_actions.extend(filling_in.quarter, cast.unit, **later, at=IN_TIME)
    with moment(at("2026-04-16 09:00")):
        tasks.end_rounds()
        assert fresh(filling_in).is_open
    with moment(at("2026-04-21 00:00")):
        tasks.end_rounds()
        assert not fresh(filling_in).is_open
    again = later | {"until": at("2026-04-28 00:00")}
    quarter_actions.extend(filling_in.quarter, cast.unit, **again, at=at("2026-04-21 09:00"))
    assert opened_round(cast.unit, by=cast.kasubag, when=at("2026-04-21 10:00")).stage == 1


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("2026-04-10 10:00", 0),  # Friday; the limit is Tuesday the 14th
        ("2026-04-13 07:00", 0),  # before the office opens
        ("2026-04-13 10:00", 1),
        ("2026-04-15 10:00", 1),
    ],
)
def test_an_official_is_reminded_once_before_and_once_after_the_limit(cast, filling_in, second, when, told):
    returned_by(filling_in, second)
    with moment(at(when)):
        tasks.remind_officials()
        tasks.remind_officials()
    reminders = Notice.objects.filter(cause__contains="/due/")
    assert [n.user for n in reminders] == [cast.official] * told
