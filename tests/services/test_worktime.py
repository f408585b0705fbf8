"""Working time. Hours: memo on service standards; breaks, Ramadan: Perpres 21/2023; else domain decisions."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.worktime import CalendarNotLoaded, WorkCalendar

WIB = ZoneInfo("Asia/Jakarta")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
DAY = [("07:30", "12:00"), ("13:00", "16:00")]
FRIDAY = [("07:30", "11:30"), ("13:00", "16:30")]
WEEK = {"mon": DAY, "tue": DAY, "wed": DAY, "thu": DAY, "fri": FRIDAY}
OFFICE = WorkCalendar.from_hours(hours=WEEK)
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = {day: [("00:00", "24:00")] for day in EVERY_DAY}


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


def everyday(*intervals: tuple[str, str], tz: str) -> WorkCalendar:
    return WorkCalendar.from_hours(hours=dict.fromkeys(EVERY_DAY, intervals), tz=tz)


# Opening hours


@pytest.mark.parametrize(
    ("at", "open_then"),
    [
        ("2026-01-05T07:29:59.999999", False),
        ("2026-01-05T07:30:00", True),
        ("2026-01-05T11:59:59.999999", True),
        ("2026-01-05T12:00:00", False),
        ("2026-01-05T15:59:59", True),
        ("2026-01-05T16:00:00", False),
        ("2026-01-09T11:45:00", False),
        ("2026-01-09T16:15:00", True),
        ("2026-01-10T10:00:00", False),
    ],
)
def test_an_interval_includes_its_opening_and_excludes_its_closing(at, open_then):
    assert OFFICE.is_open(wib(at)) is open_then


def test_a_week_has_thirty_seven_and_a_half_hours_perpres_21_2023():
    assert OFFICE.between(wib("2026-01-05"), wib("2026-01-12")) == hours(37.5)


def test_a_ramadan_week_of_shifts_has_thirty_two_and_a_half_hours_perpres_21_2023():
    short, friday = [("08:00", "12:00"), ("12:30", "15:00")], [("08:00", "11:30"), ("12:30", "15:30")]
    shifts = dict.fromkeys(["2026-02-23", "2026-02-24", "2026-02-25", "2026-02-26"], short)
    calendar = WorkCalendar.from_hours(hours=WEEK, shifts=shifts | {"2026-02-27": friday})
    assert calendar.between(wib("2026-02-23"), wib("2026-03-02")) == hours(32.5)


def test_a_shift_replaces_the_hours_of_its_date_and_adds_none():
    calendar = WorkCalendar.from_hours(hours=WEEK, shifts={"2026-01-05": [("18:00", "19:00")]})
    assert calendar.between(wib("2026-01-05"), wib("2026-01-06")) == hours(1)


def test_a_shift_opens_a_day_that_is_otherwise_closed():
    calendar = WorkCalendar.from_hours(hours=WEEK, shifts={"2026-01-10": [("09:00", "11:00")]})
    assert calendar.is_open(wib("2026-01-10T10:00"))


def test_an_empty_shift_closes_its_date():
    calendar = WorkCalendar.from_hours(hours=WEEK, shifts={"2026-01-05": []})
    assert not calendar.is_working_day(date(2026, 1, 5))


def test_a_closed_date_beats_a_shift():
    calendar = WorkCalendar.from_hours(hours=WEEK, shifts={"2026-01-05": DAY}, closed=["2026-01-05"])
    assert calendar.between(wib("2026-01-05"), wib("2026-01-06")) == timedelta(0)


def test_a_break_is_taken_out_of_its_date_only():
    calendar = WorkCalendar.from_hours(hours=WEEK, breaks={"2026-01-05": [("11:00", "14:00")]})
    assert calendar.between(wib("2026-01-05"), wib("2026-01-06")) == hours(5.5)
    assert calendar.between(wib("2026-01-06"), wib("2026-01-07")) == hours(7.5)


def test_overlapping_breaks_are_taken_out_once():
    calendar = WorkCalendar.from_hours(hours=WEEK, breaks={"2026-01-05": [("08:00", "10:00"), ("09:00", "11:00")]})
    assert calendar.between(wib("2026-01-05"), wib("2026-01-06")) == hours(4.5)


def test_a_break_is_taken_out_of_a_shift_too():
    calendar = WorkCalendar.from_hours(
        hours=WEEK, shifts={"2026-01-05": [("08:00", "10:00")]}, breaks={"2026-01-05": [("09:00", "09:30")]}
    )
    assert calendar.between(wib("2026-01-05"), wib("2026-01-06")) == hours(1.5)


def test_midnight_as_an_end_loses_no_time_between_two_days():
    calendar = WorkCalendar.from_hours(hours=ALWAYS)
    assert calendar.between(wib("2026-01-05T23:59:59"), wib("2026-01-06T00:00:01")) == timedelta(seconds=2)
    assert calendar.is_open(wib("2026-01-06T00:00"))


def test_the_hours_are_local_even_when_the_instant_is_not():
    assert OFFICE.is_open(datetime(2026, 1, 5, 0, 30, tzinfo=UTC))
    assert not OFFICE.is_open(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))


# Adding


def test_twenty_two_and_a_half_hours_are_three_working_days():
    assert OFFICE.add(wib("2026-01-05T07:30"), hours(22.5)) == wib("2026-01-07T16:00")


def test_an_amount_used_up_at_closing_time_ends_at_closing_time():
    assert OFFICE.add(wib("2026-01-05T15:00"), hours(1)) == wib("2026-01-05T16:00")


def test_the_next_microsecond_after_closing_time_is_the_next_morning():
    amount = hours(1) + timedelta(microseconds=1)
    assert OFFICE.add(wib("2026-01-05T15:00"), amount) == wib("2026-01-06T07:30:00.000001")


def test_an_amount_used_up_at_the_lunch_break_ends_when_it_begins():
    assert OFFICE.add(wib("2026-01-05T11:00"), hours(1)) == wib("2026-01-05T12:00")


def test_starting_on_friday_evening_counts_from_monday_morning():
    assert OFFICE.add(wib("2026-01-09T17:00"), hours(1)) == wib("2026-01-12T08:30")


def test_a_closed_date_is_skipped():
    calendar = WorkCalendar.from_hours(hours=WEEK, closed=["2026-01-06"])
    assert calendar.add(wib("2026-01-05T15:00"), hours(2)) == wib("2026-01-07T08:30")


def test_adding_nothing_outside_working_hours_stays_where_it_is():
    assert OFFICE.add(wib("2026-01-10T10:00"), timedelta(0)) == wib("2026-01-10T10:00")


@pytest.mark.parametrize("amount", [timedelta(0), hours(1)])
def test_the_result_is_in_the_zone_of_the_calendar(amount):
    assert OFFICE.add(datetime(2026, 1, 5, 1, tzinfo=UTC), amount).tzinfo == WIB


def test_a_negative_amount_is_refused():
    with pytest.raises(ValueError, match="tidak boleh negatif"):
        OFFICE.add(wib("2026-01-05T10:00"), timedelta(microseconds=-1))


def test_adding_ends_with_an_error_when_the_calendar_never_opens():
    with pytest.raises(ValueError, match="tidak memuat cukup jam kerja"):
        WorkCalendar.from_hours(hours={}).add(wib("2026-01-05T10:00"), hours(1))


def test_adding_crosses_eleven_closed_years():
    calendar = WorkCalendar.from_hours(hours={}, shifts={"2037-01-05": [("09:00", "10:00")]})
    assert calendar.add(wib("2026-01-05T10:00"), hours(1)) == wib("2037-01-05T10:00")


def test_adding_a_working_time_of_centuries_ends_with_an_error():
    with pytest.raises(ValueError, match="tidak memuat cukup jam kerja"):
        OFFICE.add(wib("2026-01-05T10:00"), timedelta.max)


# Between


def test_reversed_instants_have_no_time_between_them():
    assert OFFICE.between(wib("2026-01-09"), wib("2026-01-05")) == timedelta(0)


def test_between_keeps_microseconds():
    got = OFFICE.between(wib("2026-01-05T11:59:59.999998"), wib("2026-01-05T13:00:00.000003"))
    assert got == timedelta(microseconds=5)


def test_a_calendar_that_never_opens_has_no_time_between_any_instants():
    assert WorkCalendar.from_hours(hours={}).between(wib("2026-01-05"), wib("2027-01-05")) == timedelta(0)


# Pauses (domain decision: SLA clock)


def test_no_time_passes_during_a_pause():
    pause = (wib("2026-01-05T09:00"), wib("2026-01-05T10:00"))
    assert OFFICE.between(wib("2026-01-05T08:00"), wib("2026-01-05T11:00"), [pause]) == hours(2)
    assert OFFICE.add(wib("2026-01-05T08:00"), hours(2), [pause]) == wib("2026-01-05T11:00")


def test_only_the_working_part_of_a_pause_over_the_weekend_counts_as_paused():
    pause = (wib("2026-01-09T15:30"), wib("2026-01-12T08:30"))
    assert OFFICE.add(wib("2026-01-09T14:30"), hours(2), [pause]) == wib("2026-01-12T09:30")


def test_overlapping_nested_and_unordered_pauses_are_counted_once():
    pauses = [
        (wib("2026-01-05T10:00"), wib("2026-01-05T11:00")),
        (wib("2026-01-05T08:30"), wib("2026-01-05T10:30")),
        (wib("2026-01-05T09:00"), wib("2026-01-05T09:30")),
    ]
    assert OFFICE.between(wib("2026-01-05T08:00"), wib("2026-01-05T12:00"), pauses) == hours(1.5)


def test_an_amount_used_up_when_a_pause_begins_ends_there():
    pause = (wib("2026-01-05T09:00"), wib("2026-01-06T09:00"))
    assert OFFICE.add(wib("2026-01-05T08:00"), hours(1), [pause]) == wib("2026-01-05T09:00")


def test_a_clock_started_during_a_pause_runs_from_its_end():
    pause = (wib("2026-01-05T07:00"), wib("2026-01-05T09:00"))
    assert OFFICE.add(wib("2026-01-05T08:00"), hours(1), [pause]) == wib("2026-01-05T10:00")


def test_pauses_before_and_after_the_period_change_nothing():
    pauses = [
        (wib("2026-01-01T08:00"), wib("2026-01-02T09:00")),
        (wib("2026-01-07T08:00"), wib("2026-01-08T09:00")),
    ]
    assert OFFICE.between(wib("2026-01-05T08:00"), wib("2026-01-05T11:00"), pauses) == hours(3)


def test_a_pause_that_ends_before_it_begins_is_refused():
    pause = (wib("2026-01-05T10:00"), wib("2026-01-05T09:00"))
    with pytest.raises(ValueError, match="Jeda berakhir sebelum dimulai"):
        OFFICE.between(wib("2026-01-05T08:00"), wib("2026-01-05T11:00"), [pause])


# Working days


def test_the_first_working_day_before_a_monday_is_the_friday():
    assert OFFICE.working_days_before(date(2026, 1, 12), 1) == date(2026, 1, 9)


def test_working_days_are_counted_back_over_closed_dates_from_a_day_off():
    calendar = WorkCalendar.from_hours(hours=WEEK, closed=["2026-01-08"])
    assert calendar.working_days_before(date(2026, 1, 11), 3) == date(2026, 1, 6)


def test_a_saturday_with_a_shift_is_a_working_day():
    calendar = WorkCalendar.from_hours(hours=WEEK, shifts={"2026-01-10": [("09:00", "11:00")]})
    assert calendar.is_working_day(date(2026, 1, 10))
    assert not calendar.is_working_day(date(2026, 1, 17))


def test_a_day_that_is_one_long_break_is_no_working_day():
    calendar = WorkCalendar.from_hours(hours=WEEK, breaks={"2026-01-05": [("00:00", "24:00")]})
    assert not calendar.is_working_day(date(2026, 1, 5))


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_of_working_days_below_one_is_refused(count):
    with pytest.raises(ValueError, match="paling sedikit satu"):
        OFFICE.working_days_before(date(2026, 1, 12), count)


def test_counting_back_ends_with_an_error_when_the_calendar_never_opens():
    with pytest.raises(ValueError, match="tidak memuat cukup hari kerja"):
        WorkCalendar.from_hours(hours={}).working_days_before(date(2026, 1, 12), 1)


# Years without a loaded calendar (an error, never "no holidays")

LOADED_2026 = WorkCalendar.from_hours(hours=WEEK, loaded_years=[2026])


@pytest.mark.parametrize(
    "touch",
    [
        lambda calendar: calendar.is_open(wib("2028-01-03T10:00")),
        lambda calendar: calendar.add(wib("2028-01-03T10:00"), hours(1)),
        lambda calendar: calendar.between(wib("2028-01-03T10:00"), wib("2028-01-03T11:00")),
        lambda calendar: calendar.is_working_day(date(2028, 1, 3)),
        lambda calendar: calendar.working_days_before(date(2029, 1, 1), 1),
    ],
    ids=["is_open", "add", "between", "is_working_day", "working_days_before"],
)
def test_touching_a_year_that_is_not_loaded_says_who_must_load_it(touch):
    with pytest.raises(CalendarNotLoaded) as caught:
        touch(LOADED_2026)
    assert str(caught.value) == "Kalender kerja tahun 2028 belum dimuat. Minta Admin memuatnya."
    assert caught.value.year == 2028


def test_running_on_into_a_year_that_is_not_loaded_is_an_error():
    with pytest.raises(CalendarNotLoaded, match="2027"):
        LOADED_2026.add(wib("2026-12-31T15:00"), hours(1) + timedelta(microseconds=1))


def test_ending_at_the_last_closing_time_of_a_loaded_year_does_not_touch_the_next():
    assert LOADED_2026.add(wib("2026-12-31T15:00"), hours(1)) == wib("2026-12-31T16:00")
    assert LOADED_2026.between(wib("2026-12-31T15:00"), wib("2027-01-01T00:00")) == hours(1)


def test_a_year_that_lies_inside_a_pause_need_not_be_loaded():
    calendar = WorkCalendar.from_hours(hours=WEEK, loaded_years=[2026, 2028])
    pause = (wib("2026-12-31T16:00"), wib("2028-01-03T07:30"))
    assert calendar.add(wib("2026-12-31T15:00"), hours(2), [pause]) == wib("2028-01-03T08:30")


def test_the_year_is_that_of_the_local_date():
    assert not LOADED_2026.is_open(datetime(2025, 12, 31, 20, tzinfo=UTC))
    with pytest.raises(CalendarNotLoaded, match="2027"):
        LOADED_2026.is_open(datetime(2026, 12, 31, 20, tzinfo=UTC))


def test_no_year_is_loaded_when_the_list_is_empty():
    with pytest.raises(CalendarNotLoaded):
        WorkCalendar.from_hours(hours=WEEK, loaded_years=[]).is_open(wib("2026-01-05T10:00"))


# What is refused


@pytest.mark.parametrize(
    "call",
    [
        lambda at: OFFICE.is_open(at),
        lambda at: OFFICE.add(at, hours(1)),
        lambda at: OFFICE.add(at, timedelta(0)),
        lambda at: OFFICE.between(at, wib("2026-01-06")),
        lambda at: OFFICE.between(wib("2026-01-04"), at),
        lambda at: OFFICE.add(wib("2026-01-04"), hours(1), [(at, wib("2026-01-06"))]),
    ],
    ids=["is_open", "add", "add nothing", "between start", "between end", "pause"],
)
def test_a_naive_instant_is_refused(call):
    with pytest.raises(ValueError, match="zona waktu"):
        call(datetime(2026, 1, 5, 10))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["7:30", "07:30:00", "24:01", "25:00", "07:60", "0730", "", "pagi", "٠٧:٣٠"])
def test_a_malformed_time_is_refused(text):
    with pytest.raises(ValueError, match="tidak dikenal"):
        WorkCalendar.from_hours(hours={"mon": [(text, "24:00")]})


@pytest.mark.parametrize(("start", "end"), [("09:00", "09:00"), ("16:00", "07:30"), ("18:00", "00:00")])
def test_an_interval_that_does_not_end_after_it_starts_is_refused(start, end):
    with pytest.raises(ValueError, match="jam selesai harus sesudah jam mulai"):
        WorkCalendar.from_hours(hours={"mon": [(start, end)]})


@pytest.mark.parametrize("key", ["hours", "shifts"])
def test_overlapping_hours_are_refused_whatever_their_order(key):
    on = {"hours": "mon", "shifts": "2026-01-05"}[key]
    given = {"hours": {}} | {key: {on: [("11:00", "13:00"), ("07:30", "11:01")]}}
    with pytest.raises(ValueError, match=f"{on} tumpang tindih"):
        WorkCalendar.from_hours(**given)


def test_hours_that_only_touch_are_one_stretch():
    calendar = WorkCalendar.from_hours(hours={"mon": [("12:00", "16:00"), ("07:30", "12:00")]})
    assert calendar.between(wib("2026-01-05"), wib("2026-01-06")) == hours(8.5)


@pytest.mark.parametrize("text", ["2026-02-30", "20260105", "2026-W02-1", "5/1/2026", ""])
def test_a_malformed_date_is_refused(text):
    with pytest.raises(ValueError, match="tidak dikenal"):
        WorkCalendar.from_hours(hours=WEEK, closed=[text])


def test_an_unknown_weekday_is_refused():
    with pytest.raises(ValueError, match="Hari tidak dikenal: senin"):
        WorkCalendar.from_hours(hours={"senin": DAY})


@pytest.mark.parametrize("tz", ["Asia/Atlantis", "", "../etc/passwd", "Asia"])
def test_an_unknown_zone_is_refused(tz):
    with pytest.raises(ValueError, match="Zona waktu"):
        WorkCalendar.from_hours(hours=WEEK, tz=tz)


def test_a_calendar_cannot_be_changed():
    with pytest.raises(AttributeError):
        OFFICE.closed = frozenset()


def test_changing_the_data_afterwards_does_not_change_the_calendar():
    monday = [("08:00", "09:00")]
    calendar = WorkCalendar.from_hours(hours={"mon": monday})
    monday.append(("10:00", "11:00"))
    assert not calendar.is_open(wib("2026-01-05T10:30"))


# Clock changes: Los Angeles skips 02:00-03:00 on 2014-03-09 and repeats 01:00-02:00 on 2014-11-02


def whole_day(calendar: WorkCalendar, year: int, month: int, day: int, zone: ZoneInfo) -> timedelta:
    start = datetime(year, month, day, tzinfo=zone)
    return calendar.between(start, datetime.combine(start.date() + timedelta(days=1), start.time(), zone))


def test_the_day_the_clock_goes_forward_has_twenty_three_hours():
    calendar = everyday(("00:00", "24:00"), tz="America/Los_Angeles")
    assert whole_day(calendar, 2014, 3, 9, LOS_ANGELES) == hours(23)


def test_the_day_the_clock_goes_back_has_twenty_five_hours():
    calendar = everyday(("00:00", "24:00"), tz="America/Los_Angeles")
    assert whole_day(calendar, 2014, 11, 2, LOS_ANGELES) == hours(25)


def test_an_opening_time_in_the_gap_moves_forward_by_the_gap():
    calendar = everyday(("02:30", "09:00"), tz="America/Los_Angeles")
    assert not calendar.is_open(datetime(2014, 3, 9, 10, 29, tzinfo=UTC))
    assert calendar.is_open(datetime(2014, 3, 9, 10, 30, tzinfo=UTC))


def test_hours_that_fall_together_after_the_gap_are_counted_once():
    calendar = everyday(("02:30", "02:45"), ("03:00", "04:00"), tz="America/Los_Angeles")
    assert whole_day(calendar, 2014, 3, 9, LOS_ANGELES) == hours(1)


def test_a_break_that_the_gap_turns_around_removes_nothing():
    calendar = WorkCalendar.from_hours(
        hours=ALWAYS, breaks={"2014-03-09": [("02:30", "03:00")]}, tz="America/Los_Angeles"
    )
    assert whole_day(calendar, 2014, 3, 9, LOS_ANGELES) == hours(23)


def test_an_ambiguous_opening_time_is_the_first_of_the_two():
    calendar = everyday(("01:30", "09:00"), tz="America/Los_Angeles")
    assert not calendar.is_open(datetime(2014, 11, 2, 8, 29, tzinfo=UTC))
    assert calendar.is_open(datetime(2014, 11, 2, 8, 30, tzinfo=UTC))


def test_an_ambiguous_closing_time_is_the_first_of_the_two():
    calendar = everyday(("00:00", "01:30"), tz="America/Los_Angeles")
    assert whole_day(calendar, 2014, 11, 2, LOS_ANGELES) == hours(1.5)


def test_a_midnight_that_does_not_exist_loses_no_time():
    sao_paulo = ZoneInfo("America/Sao_Paulo")
    calendar = everyday(("00:00", "24:00"), tz="America/Sao_Paulo")
    start = datetime(2015, 10, 17, 12, tzinfo=sao_paulo)
    assert calendar.between(start, start + timedelta(days=1)) == hours(23)


def test_a_date_that_a_zone_skipped_is_no_working_day_and_is_not_counted_twice():
    calendar = everyday(("09:00", "17:00"), tz="Pacific/Apia")
    assert not calendar.is_working_day(date(2011, 12, 30))
    start, end = datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 3, tzinfo=UTC)
    assert calendar.between(start, end) == hours(40)


def test_the_hour_repeated_across_midnight_is_counted_in_full():
    st_johns = ZoneInfo("America/St_Johns")  # at 00:01 on 2006-10-29 the clock went back to 23:01
    calendar = everyday(("00:00", "24:00"), tz="America/St_Johns")
    start, end = (datetime(2006, 10, day, 12, tzinfo=st_johns) for day in (28, 29))
    assert calendar.between(start, end) == hours(25)
    assert calendar.is_open(datetime(2006, 10, 28, 23, 30, fold=1, tzinfo=st_johns))


def test_a_working_time_is_elapsed_time_when_the_clock_changes_inside_it():
    calendar = everyday(("00:00", "24:00"), tz="Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 28, 12, tzinfo=berlin)
    assert calendar.add(start, hours(24)) == datetime(2026, 3, 29, 13, tzinfo=berlin)


# Properties

minutes_of_day = st.integers(0, 24 * 60)


def clock_time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def intervals(draw: st.DrawFn, most: int = 3) -> list[tuple[str, str]]:
    edges = sorted(draw(st.sets(minutes_of_day, max_size=2 * most)))
    return [(clock_time(a), clock_time(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]


dates = st.dates(date(2026, 3, 20), date(2026, 4, 10)).map(date.isoformat)


@st.composite
def plans(draw: st.DrawFn) -> dict:
    return {
        "hours": draw(st.dictionaries(st.sampled_from(EVERY_DAY), intervals(), max_size=7)),
        "shifts": draw(st.dictionaries(dates, intervals(), max_size=3)),
        "breaks": draw(st.dictionaries(dates, intervals(), max_size=3)),
        "closed": draw(st.lists(dates, max_size=3)),
    }


zones = st.sampled_from(["Asia/Jakarta", "America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe"])
calendars = st.builds(lambda plan, tz: WorkCalendar.from_hours(**plan, tz=tz), plans(), zones)
instants = st.datetimes(
    datetime(2026, 3, 22),  # noqa: DTZ001
    datetime(2026, 4, 8),  # noqa: DTZ001
    timezones=st.just(UTC),
)
amounts = st.timedeltas(timedelta(0), timedelta(hours=60))
pause_lists = st.lists(st.tuples(instants, instants).map(lambda pair: tuple(sorted(pair))), max_size=4)
office_calendars = st.builds(
    lambda shifts, breaks, closed: WorkCalendar.from_hours(
        hours=WEEK | {"sat": [("23:00", "24:00")]}, shifts=shifts, breaks=breaks, closed=closed
    ),
    st.dictionaries(dates, intervals(), max_size=3),
    st.dictionaries(dates, intervals(), max_size=3),
    st.lists(dates, max_size=3),
)


@given(office_calendars, instants, amounts, pause_lists)
def test_the_time_until_an_added_amount_is_that_amount(calendar, start, amount, pauses):
    assert calendar.between(start, calendar.add(start, amount, pauses), pauses) == amount


@given(office_calendars, instants, st.timedeltas(timedelta(microseconds=1), hours(60)), pause_lists)
def test_adding_finds_the_earliest_such_instant(calendar, start, amount, pauses):
    end = calendar.add(start, amount, pauses)
    assert calendar.between(start, end - timedelta(microseconds=1), pauses) < amount


@given(office_calendars, instants, amounts, pause_lists)
def test_pauses_never_bring_the_end_forward(calendar, start, amount, pauses):
    assert calendar.add(start, amount, pauses) >= calendar.add(start, amount)


@given(calendars, instants, instants, pause_lists)
def test_pauses_never_lengthen_the_time_and_working_time_never_exceeds_real_time(calendar, start, end, pauses):
    assume(start <= end)
    assert timedelta(0) <= calendar.between(start, end, pauses) <= calendar.between(start, end) <= end - start


@given(calendars, st.tuples(instants, instants, instants).map(sorted), pause_lists)
def test_splitting_a_period_changes_nothing(calendar, period, pauses):
    start, middle, end = period
    parts = calendar.between(start, middle, pauses) + calendar.between(middle, end, pauses)
    assert parts == calendar.between(start, end, pauses)


@given(calendars, instants)
def test_open_means_that_time_passes(calendar, at):
    assert calendar.is_open(at) == (calendar.between(at, at + timedelta(microseconds=1)) > timedelta(0))


def open_by_the_clock_on_the_wall(plan: dict, at: datetime) -> bool:
    """The rules read off the wall clock, minute by minute; in WIB, where no clock ever changes."""
    local = at.astimezone(WIB)
    day, clock = local.date().isoformat(), f"{local:%H:%M}"

    def within(spans):
        return any(start <= clock < end for start, end in spans)

    weekday = EVERY_DAY[local.weekday()]
    spans = plan["shifts"].get(day, plan["hours"].get(weekday, []))
    return day not in plan["closed"] and within(spans) and not within(plan["breaks"].get(day, []))


@given(plans(), instants, st.integers(0, 3 * 24 * 60), pause_lists)
def test_between_agrees_with_counting_minute_by_minute(plan, start, length, pauses):
    start = start.replace(second=0, microsecond=0)
    pauses = [tuple(at.replace(second=0, microsecond=0) for at in pause) for pause in pauses]
    counted = sum(
        open_by_the_clock_on_the_wall(plan, at) and not any(a <= at < b for a, b in pauses)
        for at in (start + timedelta(minutes=n) for n in range(length))
    )
    end = start + timedelta(minutes=length)
    assert WorkCalendar.from_hours(**plan).between(start, end, pauses) == timedelta(minutes=counted)
