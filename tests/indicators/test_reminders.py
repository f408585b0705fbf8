"""Reminders 7, 3 and 1 working days before the deadline and on the day, in working hours, once each; and `tick`.

Quarter I of 2026 closes on Wednesday 15 April; counted back over Easter, 7 working days before is Monday 6 April.
"""

from io import StringIO

import builders
import pytest
from builders import at
from django.core.management import CommandError, call_command

from accounts.models import Notice
from indicators import tasks
from indicators.actions import achievement as achievements
from indicators.actions import quarter as quarter_actions
from indicators.models import Achievement, Quarter


def remind(when):
    with builders.moment(at(when)):
        tasks.remind_units()


def told(user):
    return [notice.subject for notice in Notice.objects.filter(user=user, cause__startswith="deadline/").order_by("pk")]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-04-06 07:30", "7 hari kerja lagi"),
        ("2026-04-10 10:00", "3 hari kerja lagi"),
        ("2026-04-14 15:59", "1 hari kerja lagi"),
        ("2026-04-15 08:00", "hari ini"),
    ],
)
def test_a_unit_is_reminded_on_each_of_the_days(cast, row, day, words):
    remind(day)
    assert told(cast.operator) == [f"Capaian Triwulan I 2026 ditutup {words}"]


@pytest.mark.parametrize(
    "when",
    [
        "2026-04-02 10:00",  # before the first day
        "2026-04-06 07:29",  # before working hours
        "2026-04-06 12:30",  # lunch
        "2026-04-11 10:00",  # Saturday
        "2026-04-15 16:00",  # after working hours
        "2026-04-16 08:00",  # too late
    ],
)
def test_nobody_is_reminded_outside_working_hours_or_out_of_time(cast, row, when):
    remind(when)
    assert told(cast.operator) == []


def test_each_day_once_however_often_the_schedule_runs(cast, row):
    for when in (
        "2026-04-06 07:30",
        "2026-04-06 07:31",
        "2026-04-07 08:00",
        "2026-04-10 08:00",
        "2026-04-10 08:01",
    ):
        remind(when)
    assert told(cast.operator) == [
        "Capaian Triwulan I 2026 ditutup 7 hari kerja lagi",
        "Capaian Triwulan I 2026 ditutup 3 hari kerja lagi",
    ]


def test_after_a_pause_of_the_schedule_only_the_nearest_is_sent(cast, row):
    remind("2026-04-14 09:00")
    remind("2026-04-14 09:01")
    assert told(cast.operator) == ["Capaian Triwulan I 2026 ditutup 1 hari kerja lagi"]


def test_a_unit_that_has_sent_everything_is_left_alone(cast, row):
    builders.submitted(cast.unit, by=cast.operator, when=at("2026-04-02 09:00"))
    remind("2026-04-10 08:00")
    assert told(cast.operator) == []


def test_a_unit_with_an_extension_is_reminded_of_its_own_deadline(cast, row):
    quarter_actions.extend(
        builders.quarter(),
        cast.unit,
        until=at("2026-04-21 00:00"),
        reason="Server rusak.",
        reference_number="B.1",
        by=cast.karoren,
        at=at("2026-04-15 09:00"),
    )
    remind("2026-04-20 08:00")
    assert told(cast.operator) == ["Capaian Triwulan I 2026 ditutup hari ini"]


def test_a_year_without_a_calendar_is_told_to_the_admins_once_and_never_taken_for_working_days(cast):
    row = builders.row(builders.indicator(cast.unit, decree=builders.decree(2031)))
    for when in ("2031-04-14 09:00", "2031-04-14 09:01"):
        remind(when)
    assert told(cast.operator) == []
    assert [notice.subject for notice in cast.admin.notices.all()] == ["Kalender kerja belum dimuat"]
    assert row.quarter.year == 2031


# The schedule as a whole


def tick(when):
    out = StringIO()
    call_command("tick", at=when, stdout=out)
    return out.getvalue().split()


def test_tick_runs_the_whole_schedule_at_that_instant(cast, row):
    ran = tick("2026-04-16T00:00:00+07:00")
    assert ran[:3] == ["indicators.open_quarters", "indicators.close_quarters", "indicators.remind_units"]
    assert Achievement.objects.get(pk=row.pk).state == "not_entered"


def test_tick_one_microsecond_earlier_closes_nothing(cast, row):
    tick("2026-04-15T23:59:59.999999+07:00")
    assert Achievement.objects.get(pk=row.pk).state == "empty"


def test_tick_twice_does_nothing_twice(cast, row):
    tick("2026-04-14T09:00:00+07:00")
    tick("2026-04-14T09:00:00+07:00")
    assert len(told(cast.operator)) == 1


def test_tick_refuses_what_is_not_an_instant(db):
    with pytest.raises(CommandError, match="bukan saat ISO 8601"):
        call_command("tick", at="besok")


def test_a_quarter_opens_with_a_row_for_every_indicator_in_force(cast):
    builders.indicator(cast.unit)
    builders.indicator(cast.unit, 2, period="yearly")
    tick("2026-05-04T09:00:00+07:00")
    assert list(Achievement.objects.values_list("indicator__no", "quarter__number")) == [(1, 2)]


def test_a_late_start_also_opens_the_last_quarter_while_it_takes_input(cast):
    builders.indicator(cast.unit)
    tick("2026-04-10T09:00:00+07:00")
    assert sorted(Quarter.objects.values_list("number", flat=True)) == [1, 2]


def test_an_indicator_of_a_draft_decree_is_not_reported(cast):
    builders.indicator(cast.unit, decree=builders.decree(2026, state="draft"))
    tick("2026-05-04T09:00:00+07:00")
    assert not Achievement.objects.exists()


@pytest.mark.parametrize(("number", "reports"), [(1, False), (2, True), (3, False), (4, True)])
def test_a_half_yearly_indicator_reports_in_every_second_quarter(cast, number, reports):
    builders.indicator(cast.unit, period="half_yearly")
    assert builders.quarter(2026, number).achievements.exists() is reports


def test_withdrawing_is_possible_until_the_deadline(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    when = at("2026-04-15 23:59:59.999999")
    with builders.moment(when):
        assert achievements.withdraw(row.quarter_id, cast.unit, by=cast.operator, at=when) == 1
