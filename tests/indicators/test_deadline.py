"""The deadline: 23:59:59.999999 WIB on the 15th is in, 00:00:00 on the 16th is out, for every way of writing."""

import time
from datetime import datetime

import builders
import pytest
import time_machine
from builders import at
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.signals import post_save

from indicators import quarters
from indicators.actions import achievement as achievements
from indicators.actions import evidence
from indicators.actions import quarter as actions
from indicators.models import Achievement, Extension, Quarter
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry

LAST_INSTANT = at("2026-04-15 23:59:59.999999")
TOO_LATE = at("2026-04-16 00:00:00")


@pytest.mark.parametrize(
    ("year", "number", "opens", "closes"),
    [
        (2026, 1, "2026-01-01 00:00", "2026-04-16 00:00"),
        (2026, 2, "2026-04-01 00:00", "2026-07-16 00:00"),
        (2026, 3, "2026-07-01 00:00", "2026-10-16 00:00"),
        (2026, 4, "2026-10-01 00:00", "2027-01-16 00:00"),
    ],
)
def test_a_quarter_opens_on_its_first_day_and_closes_at_the_end_of_the_15th(year, number, opens, closes):
    assert (quarters.opens_at(year, number), quarters.closes_at(year, number)) == (at(opens), at(closes))


def test_the_last_microsecond_of_the_15th_is_in(cast, row, save):
    assert save(row, by=cast.operator, when=LAST_INSTANT, selesai="95").version == 1


def test_midnight_of_the_16th_is_out(cast, row, save):
    with pytest.raises(DomainError, match=r"sudah ditutup sejak 16 April 2026 pukul 00\.00 WIB") as refused:
        save(row, by=cast.operator, when=TOO_LATE, selesai="95")
    assert refused.value.code == "closed"
    assert Achievement.objects.get(pk=row.pk).version == 0


def test_it_is_not_yet_open_before_the_quarter_begins(cast, row, save):
    with pytest.raises(DomainError) as refused:
        save(row, by=cast.operator, when=at("2025-12-31 23:59:59.999999"), selesai="95")
    assert refused.value.code == "not_yet_open"


@pytest.mark.django_db(transaction=True)
def test_a_save_that_begins_in_time_and_ends_late_is_late(cast, row):
    def dawdle(**_):
        time.sleep(0.3)

    post_save.connect(dawdle, sender=AuditEntry)  # after the row is written, before the commit
    try:
        with time_machine.travel(datetime.fromisoformat("2026-04-15T23:59:59.850+07:00"), tick=True):
            began = at("2026-04-15 23:59:59.850")
            with pytest.raises(DomainError) as refused:
                achievements.save(row.pk, {"progress": "Selesai."}, version=0, by=cast.operator, at=began)
    finally:
        post_save.disconnect(dawdle, sender=AuditEntry)
    assert refused.value.code == "closed"
    assert Achievement.objects.get(pk=row.pk).progress == ""


def test_submission_closes_with_the_quarter(cast, row):
    builders.fill(row, by=cast.operator)
    with builders.moment(TOO_LATE), pytest.raises(DomainError) as refused:
        achievements.submit(row.quarter_id, cast.unit, by=cast.operator, at=TOO_LATE)
    assert refused.value.code == "closed"


def test_an_upload_whose_last_byte_was_in_time_counts_even_if_its_check_takes_longer(cast, row):
    with builders.moment(TOO_LATE):  # where the clock stands when the check is done
        evidence.attach(row.pk, builders.pdf(), by=cast.operator, at=LAST_INSTANT)
    assert row.evidence.count() == 1


def test_and_even_if_the_quarter_was_closed_during_the_check(cast, row):
    actions.close_quarter(row.quarter_id, at=TOO_LATE)
    evidence.attach(row.pk, builders.pdf(), by=cast.operator, at=LAST_INSTANT)
    assert row.evidence.count() == 1


def test_an_upload_that_ends_after_the_deadline_is_out(cast, row):
    with pytest.raises(DomainError) as refused:
        evidence.attach(row.pk, builders.pdf(), by=cast.operator, at=TOO_LATE)
    assert refused.value.code == "closed"


# Extension


def extend(cast, *, until="2026-04-21 00:00", when="2026-04-16 09:00", by=None):
    return actions.extend(
        builders.quarter(),
        cast.unit,
        until=at(until),
        reason="Server unit rusak.",
        reference_number="B.12/SJ.3/2026",
        by=by or cast.karoren,
        at=at(when),
    )


def test_an_extension_moves_the_deadline_of_this_unit_only(cast, row, save):
    other = builders.row(builders.indicator(cast.setjen))
    extend(cast)
    assert save(row, by=cast.operator, when=at("2026-04-20 23:59:59.999999"), selesai="95").version == 1
    with pytest.raises(DomainError):
        save(row, by=cast.operator, when=at("2026-04-21 00:00:00"), selesai="96")
    with pytest.raises(DomainError):
        save(other, by=cast.stranger, when=at("2026-04-16 09:00"), selesai="95")


def test_only_karoren_extends(cast, row):
    with pytest.raises(PermissionDenied):
        extend(cast, by=cast.admin)
    assert not Extension.objects.exists()


def test_an_extension_reopens_what_was_marked_tidak_diinput_with_what_was_typed(cast, row, save):
    save(row, by=cast.operator, selesai="95")
    actions.close_quarter(row.quarter_id, at=TOO_LATE)
    extend(cast)
    row.refresh_from_db()
    assert (row.state, row.values) == ("draft", {"selesai": "95"})


def test_an_extension_ends_in_the_future(cast, row):
    with pytest.raises(DomainError) as refused:
        extend(cast, until="2026-04-16 09:00", when="2026-04-16 09:00")
    assert refused.value.code == "due_in_the_past"


def test_an_extension_never_shortens_the_deadline(cast, row):
    with pytest.raises(DomainError) as refused:
        extend(cast, until="2026-04-15 00:00", when="2026-04-10 09:00")
    assert refused.value.code == "not_later"


def test_the_people_of_the_unit_are_told_the_last_minute(cast, row):
    extend(cast)
    assert "sampai 20 April 2026 pukul 23.59 WIB" in cast.operator.notices.get().body


# Returned rows


@pytest.fixture
def returned(cast, row):
    """Sent in time, then given back until the end of 23 April."""
    builders.submitted(cast.unit, by=cast.operator)
    with transaction.atomic():
        achievements.give_back(
            achievements.locked(row.pk),
            reason="Angka salah.",
            due_at=at("2026-04-24 00:00"),
            by=cast.verifier,
            at=at("2026-04-17 09:00"),
        )
    return Achievement.objects.get(pk=row.pk)


def test_a_returned_row_has_its_own_deadline(cast, returned, save):
    saved = save(returned, by=cast.operator, when=at("2026-04-23 23:59:59.999999"), selesai="96")
    assert saved.state == "returned"
    with pytest.raises(DomainError, match=r"sudah lewat sejak 24 April 2026 pukul 00\.00"):
        save(returned, by=cast.operator, when=at("2026-04-24 00:00:00"), selesai="97")


def test_a_mended_row_is_sent_although_another_is_late_and_not_yet_marked(cast, returned):
    builders.row(builders.indicator(cast.unit, 2))  # empty: the schedule has not run since the deadline
    when = at("2026-04-20 09:00")
    builders.mended(returned, by=cast.operator, when=when)
    with builders.moment(when):
        sent = achievements.submit(returned.quarter_id, cast.unit, by=cast.operator, at=when)
    assert [sent_row["no"] for sent_row in sent.document.content["rows"]] == [1]


# Closing


def test_closing_marks_what_was_not_sent_once(cast, row):
    assert actions.close_quarter(row.quarter_id, at=TOO_LATE) == 1
    assert actions.close_quarter(row.quarter_id, at=at("2026-04-16 00:01")) == 0
    row.refresh_from_db()
    assert row.state == "not_entered"
    assert AuditEntry.objects.filter(verb="tandai tidak diinput").count() == 1


def test_closing_does_nothing_before_the_deadline(cast, row):
    assert actions.close_quarter(row.quarter_id, at=LAST_INSTANT) == 0
    assert Quarter.objects.get().closed_at is None


def test_closing_waits_for_a_unit_with_an_extension(cast, row):
    extend(cast)
    assert actions.close_quarter(row.quarter_id, at=TOO_LATE) == 0
    assert actions.close_quarter(row.quarter_id, at=at("2026-04-21 00:00")) == 1


def test_sent_rows_stay_sent_when_the_quarter_closes(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    actions.close_quarter(row.quarter_id, at=TOO_LATE)
    row.refresh_from_db()
    assert row.state == "submitted"


@pytest.mark.parametrize(
    ("until", "code"),
    [("2026-07-16 00:00", None), ("2026-07-16 00:01", "too_far"), ("2036-04-21 00:00", "too_far")],
)
def test_an_extension_ends_when_the_next_quarter_closes_at_the_latest(cast, row, until, code):
    def extend():
        return actions.extend(
            row.quarter,
            cast.unit,
            until=at(until),
            reason="Server rusak.",
            reference_number="B.1",
            by=cast.karoren,
            at=at("2026-04-10 09:00"),
        )

    if code is None:
        assert extend().until == at(until)
        return
    with pytest.raises(DomainError) as refused:
        extend()
    assert refused.value.code == code


def test_there_is_no_extension_for_what_is_verified(cast, row):
    Achievement.objects.update(state="verified")
    with pytest.raises(DomainError, match="sudah diverifikasi"):
        actions.extend(
            row.quarter,
            cast.unit,
            until=at("2026-04-21 00:00"),
            reason="Server rusak.",
            reference_number="B.1",
            by=cast.karoren,
            at=at("2026-04-10 09:00"),
        )
