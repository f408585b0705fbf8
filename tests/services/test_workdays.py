"""Limits in working days on the ministry's calendar of 2026."""

import json
from datetime import date, timedelta

import pytest
from builders import at
from hypothesis import given, settings
from hypothesis import strategies as st

from services import workdays
from services.actions.calendar import CALENDAR
from services.worktime import CalendarNotLoaded, WorkCalendar


@pytest.fixture(scope="module")
def calendar():
    data = json.loads(CALENDAR.read_text())
    closed = data["years"]["2026"]["closed"]
    return WorkCalendar.from_hours(hours=data["week"], closed=closed, loaded_years={2026})


MONDAY = at("2026-04-20 09:00")  # 1 May is a holiday, 14 and 15 May are closed, 27 and 28 May too


@pytest.mark.parametrize(
    ("days", "too_late"),
    [
        (1, "2026-04-22"),
        (3, "2026-04-24"),
        (5, "2026-04-28"),
        (10, "2026-05-06"),
        (14, "2026-05-12"),
        (60, "2026-07-23"),
    ],
)
def test_a_limit_ends_with_its_last_working_day_after_the_day_of_receipt(calendar, days, too_late):
    assert workdays.end_of(MONDAY, days, calendar) == at(f"{too_late} 00:00")


@pytest.mark.parametrize("clock", ["00:00", "07:00", "16:00", "23:59"])
def test_the_hour_of_receipt_does_not_matter(calendar, clock):
    assert workdays.end_of(at(f"2026-04-20 {clock}"), 3, calendar) == at("2026-04-24 00:00")


@pytest.mark.parametrize("day", ["2026-05-13", "2026-05-14", "2026-05-15", "2026-05-16", "2026-05-17"])
def test_what_is_received_on_closed_days_counts_from_the_next_open_one(calendar, day):
    assert workdays.end_of(at(f"{day} 10:00"), 1, calendar) == at("2026-05-19 00:00")


def test_used_days_leave_out_the_day_of_receipt(calendar):
    assert workdays.used(MONDAY, at("2026-04-20 23:00"), calendar) == 0
    assert workdays.used(MONDAY, at("2026-04-21 00:00"), calendar) == 1
    assert workdays.used(MONDAY, at("2026-05-03 12:00"), calendar) == 8
    assert workdays.used(MONDAY, at("2026-04-19 12:00"), calendar) == 0


def test_a_year_that_is_not_loaded_is_named(calendar):
    with pytest.raises(CalendarNotLoaded, match="2027"):
        workdays.end_of(at("2026-12-20 09:00"), 14, calendar)
    with pytest.raises(CalendarNotLoaded, match="2027"):
        workdays.used(at("2026-12-20 09:00"), at("2027-01-02 09:00"), calendar)


def test_nonsense_is_refused(calendar):
    with pytest.raises(ValueError, match="satu hari"):
        workdays.end_of(MONDAY, 0, calendar)
    with pytest.raises(ValueError, match="zona"):
        workdays.end_of(MONDAY.replace(tzinfo=None), 1, calendar)
    with pytest.raises(ValueError, match="cukup hari kerja"):
        workdays.end_of(MONDAY, 1, WorkCalendar.from_hours(hours={}))


@given(st.integers(0, 200), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_the_last_instant_of_a_limit_has_used_exactly_its_days(calendar, offset, days):
    start = at("2026-01-02 09:00") + timedelta(days=offset)
    end = workdays.end_of(start, days, calendar)
    last = end - timedelta(microseconds=1)
    assert workdays.used(start, last, calendar) == days
    assert calendar.between(last.replace(hour=0, minute=0, second=0, microsecond=0), end) > timedelta(0)
    assert last.date() > date(2026, 1, 2) + timedelta(days=offset)
