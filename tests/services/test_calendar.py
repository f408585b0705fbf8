"""The working calendar as rows: loaded, changed, and in force at once in every process."""

import json
from datetime import date, timedelta
from io import StringIO

import builders
import pytest
from builders import at
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.errors import DomainError
from reporting import home
from services.actions import calendar as actions
from services.calendar import working_calendar
from services.models import CalendarStamp, CalendarYear, Closure
from services.worktime import CalendarNotLoaded

pytestmark = pytest.mark.django_db
NOW = at("2026-04-10 09:00")
HOURS = timedelta(hours=1)


@pytest.fixture
def admin():
    return builders.user(Role.ADMIN, builders.ministry()[1])


@pytest.fixture
def empty():
    for model in (CalendarYear, Closure, CalendarStamp):
        model.objects.all().delete()


def test_loading_prints_the_closed_days_by_year_and_twice_changes_nothing(empty):
    out = StringIO()
    call_command("load_calendar", stdout=out)
    call_command("load_calendar", stdout=out)
    assert out.getvalue().splitlines() == [
        "2024 29 hari libur",
        "2025 28 hari libur",
        "2026 25 hari libur",
        "2027 26 hari libur",
        "Semua tahun sudah dimuat.",
    ]


def test_without_a_loaded_year_every_question_is_an_error(empty):
    with pytest.raises(CalendarNotLoaded, match="2026"):
        working_calendar().is_open(NOW)


def test_2027_is_marked_as_not_verified():
    assert dict(CalendarYear.objects.values_list("year", "is_verified")) == {
        2024: True,
        2025: True,
        2026: True,
        2027: False,
    }


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-04-10 11:29", True),  # a Friday
        ("2026-04-10 11:30", False),
        ("2026-04-10 13:00", True),
        ("2026-04-10 16:30", False),
        ("2026-04-03 09:00", False),  # Good Friday
        ("2026-03-18 09:00", False),  # cuti bersama
        ("2026-02-20 07:45", False),  # Ramadan begins at eight
        ("2026-02-20 08:00", True),
        ("2026-02-20 15:29", True),
        ("2026-04-11 09:00", False),
    ],
)
def test_the_hours_of_the_ministry(instant, is_open):
    assert working_calendar().is_open(at(instant)) == is_open


def test_a_week_has_37_and_a_half_hours_and_in_ramadan_32_and_a_half():
    calendar = working_calendar()
    assert calendar.between(at("2026-04-20 00:00"), at("2026-04-27 00:00")) == 37.5 * HOURS
    assert calendar.between(at("2026-02-23 00:00"), at("2026-03-02 00:00")) == 32.5 * HOURS


def test_a_new_holiday_counts_at_once_and_is_audited(admin):
    assert working_calendar().is_open(NOW)
    closure = Closure(day=date(2026, 4, 10), kind="other", name="Pemilihan", basis="Keppres 1/2026")
    actions.save_closure(closure, by=admin, at=NOW)
    assert not working_calendar().is_open(NOW)
    assert audit.history(closure)[0].verb == "tambah hari libur"


def test_a_holiday_that_is_taken_away_is_worked_again(admin):
    good_friday = Closure.objects.get(day=date(2026, 4, 3))
    actions.remove_closure(good_friday, by=admin, at=NOW)
    assert working_calendar().is_open(at("2026-04-03 09:00"))


def test_other_hours_of_a_year_count_for_that_year_alone_and_as_a_new_version(admin):
    year = CalendarYear.objects.get(year=2026)
    year.week = {**year.week, "sat": [["08:00", "12:00"]]}
    assert actions.save_year(year, by=admin, at=NOW).version == 2
    assert working_calendar().is_open(at("2026-04-11 09:00"))
    assert not working_calendar().is_open(at("2025-04-12 09:00"))


def test_what_was_rolled_back_never_counted(admin):
    with transaction.atomic():
        actions.save_closure(Closure(day=date(2026, 4, 10), kind="other", name="Uji", basis="-"), by=admin, at=NOW)
        assert not working_calendar().is_open(NOW)
        transaction.set_rollback(True)
    assert working_calendar().is_open(NOW)


def test_only_an_admin_changes_it():
    operator = builders.user(Role.OPERATOR, builders.ministry()[2])
    with pytest.raises(PermissionDenied):
        actions.save_closure(Closure(day=date(2026, 4, 10), kind="other", name="U", basis="-"), by=operator, at=NOW)


def test_a_holiday_is_entered_once():
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(day=date(2026, 4, 3), kind="holiday", name="Lagi", basis="-")
    with pytest.raises(ValidationError, match="sudah tercatat"):
        Closure(day=date(2026, 4, 3), kind="holiday", name="Lagi", basis="-").full_clean()


@pytest.mark.parametrize(
    "week",
    [
        {"mon": [["07:30", "12:00"], ["11:00", "16:00"]]},
        {"mon": [["12:00", "07:30"]]},
        {"senin": [["07:30", "12:00"]]},
        {"mon": "07:30-12:00"},
        {"mon": 7},
    ],
)
def test_hours_that_make_no_sense_are_refused(week):
    year = CalendarYear.objects.get(year=2026)
    year.week = week
    with pytest.raises(ValidationError) as refused:
        year.full_clean()
    assert "week" in refused.value.message_dict


def test_ramadan_lies_in_its_year():
    year = CalendarYear.objects.get(year=2026)
    year.ramadan_to = date(2027, 3, 20)
    with pytest.raises(ValidationError) as refused:
        year.full_clean()
    assert "ramadan_to" in refused.value.message_dict


# The page


def month(client, address, status=200):
    return text_of(client.get(address), status)


def text_of(answer, status=200):
    assert answer.status_code == status
    return answer.content.decode()


def test_a_month_shows_hours_and_why_a_day_is_closed(client, admin):
    client.force_login(admin)
    text = month(client, "/kalender/2026/4/")
    assert "07.30–11.30" in text  # a Friday
    assert "Wafat Yesus Kristus (libur nasional)" in text
    assert "Akhir pekan" in text


def test_ramadan_is_named(client, admin):
    client.force_login(admin)
    assert "Jam Ramadan" in month(client, "/kalender/2026/2/")


def test_a_year_that_is_not_loaded_says_who_must_load_it(client, admin):
    client.force_login(admin)
    assert "belum dimuat" in month(client, "/kalender/2028/1/")
    assert "belum dicocokkan" in month(client, "/kalender/2027/1/")


def test_the_present_month_is_shown_without_an_address(client, admin):
    client.force_login(admin)
    with builders.moment(NOW):
        assert "Kalender kerja April 2026" in month(client, "/kalender/")


@pytest.mark.parametrize("address", ["/kalender/2026/13/", "/kalender/2026/0/", "/kalender/99999/1/", "/kalender/1/1/"])
def test_months_that_are_none_do_not_exist(client, admin, address):
    client.force_login(admin)
    month(client, address, 404)


def test_an_admin_changes_a_holiday_on_its_form(client, admin):
    client.force_login(admin)
    fields = {"day": "2026-04-10", "kind": "other", "name": "Pemilihan", "basis": "Keppres 1/2026"}
    assert client.post("/admin/services/closure/add/", fields).status_code == 302
    assert not working_calendar().is_open(NOW)
    again = client.post("/admin/services/closure/add/", fields)
    assert "sudah tercatat sebagai hari libur" in again.content.decode()


def test_hours_that_overlap_are_named_on_the_form(client, admin):
    client.force_login(admin)
    year = CalendarYear.objects.get(year=2026)
    week = {**year.week, "mon": [["07:30", "12:00"], ["11:00", "16:00"]]}
    fields = {"basis": year.basis, "week": json.dumps(week), "ramadan_week": "{}", "ramadan_from": "", "ramadan_to": ""}
    answer = client.post("/admin/services/calendaryear/2026/change/", fields)
    assert "Jam kerja pada mon tumpang tindih." in text_of(answer)
    year.refresh_from_db()
    assert year.version == 1


def test_two_admins_who_enter_the_same_holiday_are_told_apart(admin):
    day = {"day": date(2026, 4, 10), "kind": "other", "name": "Pemilihan", "basis": "Keppres 1/2026"}
    actions.save_closure(Closure(**day), by=admin, at=NOW)
    with pytest.raises(DomainError) as refused:
        actions.save_closure(Closure(**day), by=admin, at=NOW)
    assert refused.value.code == "day_taken"


def test_the_schedule_of_november_runs_without_the_next_year(admin):
    CalendarYear.objects.filter(year=2027).delete()
    call_command("tick", at="2026-11-02T09:00:00+07:00", stdout=StringIO())
    with builders.moment(at("2026-11-02 09:00")) as now:
        (task,) = home.build(admin, now).tasks
    assert (task.title, task.url) == ("Muat kalender kerja 2027", "/kalender/impor/")


@pytest.mark.parametrize(
    ("when", "years", "titles"),
    [
        ("2026-10-31 09:00", [2026], []),
        ("2026-11-02 09:00", [2026], ["Muat kalender kerja 2027"]),
        ("2026-11-02 09:00", [2026, 2027], ["Cocokkan kalender kerja 2027"]),
    ],
)
def test_from_november_on_the_admin_is_asked_for_the_next_year(admin, when, years, titles):
    CalendarYear.objects.exclude(year__in=years).delete()
    with builders.moment(at(when)) as now:
        assert [task.title for task in home.build(admin, now).tasks] == titles
