"""A worksheet and its case: each act on the one moves the other, and the clock runs as the standard promises."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE, at

from indicators.actions import achievement as achievements
from indicators.actions import quarter as quarters
from indicators.models import Quarter
from services.actions import calendar, clockwork
from services.actions import standard as standards
from services.calendar import working_calendar
from services.models import CalendarYear, Case
from verification import tasks
from verification.actions import signing, worksheet
from verification.models import Worksheet, WorksheetRow

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
THURSDAY = at("2026-04-16 10:00")


@pytest.fixture
def sheet(cast):
    """Sent in time and closed: the bureau's turn since 16 April 2026, 09.00."""
    standards.load(at=AFTER_CLOSE)
    builders.indicator(cast.unit, 1)
    builders.indicator(cast.unit, 2)
    builders.submitted(cast.unit, by=cast.operator)
    return builders.worksheet(cast.unit)


def case_of(sheet):
    return Case.objects.select_related("step", "standard", "unit", "officer").get(
        worksheet=Worksheet.objects.get(pk=sheet.pk)
    )


def used(sheet, when):
    return case_of(sheet).clock.elapsed(at(when), working_calendar())


def give_back(row, cast, *, due, when):
    with builders.moment(at(when)):
        row.refresh_from_db()
        worksheet.return_row(
            row.pk, reason="Lampirkan bukti.", due_at=at(due), version=row.version, by=cast.verifier, at=at(when)
        )


def send_again(row, cast, when):
    builders.mended(row.achievement, by=cast.operator, when=at(when))
    with builders.moment(at(when)):
        quarter = row.achievement.quarter
        achievements.submit(quarter.pk, cast.unit, by=cast.operator, at=at(when))


def sweep(when):
    with builders.moment(at(when)):
        tasks.settle_clocks()


def test_closing_begins_the_case_with_the_bureaus_turn(sheet):
    case = case_of(sheet)
    assert (case.step.order, case.running_since, case.subject) == (2, AFTER_CLOSE, "Triwulan I 2026")
    assert (case.year, case.quarter) == (2026, 1)


def test_before_the_standard_was_in_force_there_is_no_case(cast):
    standards.load(at=AFTER_CLOSE)
    builders.indicator(cast.unit, decree=builders.decree(2022))
    sheet = builders.worksheet(cast.unit, in_quarter=builders.quarter(2022, 1), when=at("2022-04-16 09:00"))
    assert sheet.case is None
    assert not Case.objects.exists()


def test_the_first_finding_begins_the_joint_verification(cast, sheet):
    row = sheet.rows.first()
    with builders.moment(THURSDAY):
        worksheet.decide(
            row.pk,
            verdict="conform",
            verified_actual=None,
            evidence_fits=True,
            note="",
            version=0,
            by=cast.verifier,
            at=THURSDAY,
        )
    assert (case_of(sheet).step.order, case_of(sheet).officer) == (3, cast.verifier)


def test_freezing_and_the_last_signature_walk_to_the_end(cast, sheet):
    builders.frozen(sheet, by=cast.verifier, when=THURSDAY)
    assert case_of(sheet).step.order == 5
    builders.signed(sheet, by=cast.signers, when=THURSDAY + HOUR)
    case = case_of(sheet)
    assert (case.state, case.ended_at) == ("done", THURSDAY + HOUR + timedelta(minutes=2))
    assert case.clock.used == 2 * HOUR  # what the units took to sign is theirs
    assert list(clockwork.faults()) == []


def test_a_refused_signature_leads_back_to_the_verification(cast, sheet):
    builders.frozen(sheet, by=cast.verifier, when=THURSDAY)
    builders.signed(sheet, by=[cast.verifier], when=THURSDAY)
    signing.refuse(sheet, reason="Angka keliru.", by=cast.official, at=THURSDAY + HOUR)
    case = case_of(sheet)
    assert (case.step.order, case.state) == (3, "open")
    assert case.events.order_by("-seq")[0].reason == "Angka keliru."


def test_opening_a_signed_worksheet_begins_another_case(cast, sheet):
    builders.frozen(sheet, by=cast.verifier, when=THURSDAY)
    builders.signed(sheet, by=cast.signers, when=THURSDAY)
    first = case_of(sheet)
    later = THURSDAY + 2 * HOUR
    signing.reopen(sheet, reason="Bukti baru.", by=cast.verifier, at=later)
    second = case_of(sheet)
    assert second.pk != first.pk
    assert (second.step.order, second.running_since) == (3, later)
    assert Case.objects.get(pk=first.pk).state == "done"


def test_the_clock_is_held_while_the_unit_mends_and_goes_on_at_the_instant_of_sending(cast, sheet):
    row = sheet.rows.first()
    give_back(row, cast, due="2026-04-20 00:00", when="2026-04-16 10:00")
    assert case_of(sheet).is_paused
    send_again(row, cast, "2026-04-16 14:00")
    sweep("2026-04-17 08:00")  # hours later
    assert not case_of(sheet).is_paused
    assert used(sheet, "2026-04-16 15:00") == 2 * HOUR  # 09.00 to 10.00, and from 14.00 on
    assert list(clockwork.faults()) == []


def test_a_unit_that_does_not_mend_loses_the_pause_when_its_time_is_over(cast, sheet):
    row = sheet.rows.first()
    give_back(row, cast, due="2026-04-17 00:00", when="2026-04-16 10:00")
    sweep("2026-04-16 23:59")
    assert case_of(sheet).is_paused
    sweep("2026-04-17 10:30")
    assert used(sheet, "2026-04-17 08:30") == 2 * HOUR  # Friday opens 07.30


def test_with_two_rows_away_the_last_one_counts(cast, sheet):
    first, second = sheet.rows.all()
    give_back(first, cast, due="2026-04-21 00:00", when="2026-04-16 10:00")
    give_back(second, cast, due="2026-04-18 00:00", when="2026-04-16 11:00")
    sweep("2026-04-18 12:00")
    assert case_of(sheet).is_paused
    sweep("2026-04-21 00:00")
    case = case_of(sheet)
    assert (case.is_paused, case.running_since) == (False, at("2026-04-21 00:00"))
    assert case.events.filter(kind="pause").count() == 1


def test_the_clock_goes_on_before_the_next_act_even_if_no_sweep_ran(cast, sheet):
    row = sheet.rows.first()
    give_back(row, cast, due="2026-04-20 00:00", when="2026-04-16 10:00")
    send_again(row, cast, "2026-04-16 14:00")
    with builders.moment(at("2026-04-16 15:00")):
        row.refresh_from_db()
        worksheet.decide(
            row.pk,
            verdict="conform",
            verified_actual=None,
            evidence_fits=True,
            note="",
            version=row.version,
            by=cast.verifier,
            at=at("2026-04-16 15:00"),
        )
    assert case_of(sheet).running_since == at("2026-04-16 14:00")


def test_every_page_of_the_worksheet_says_what_is_left(cast, sheet, as_user):
    client = as_user(cast.verifier)
    builders.frozen(sheet, by=cast.verifier, when=THURSDAY)
    row = WorksheetRow.objects.filter(worksheet=sheet).first()
    with builders.moment(THURSDAY):
        for address in (sheet.get_absolute_url(), row.get_absolute_url(), f"/verifikasi/{sheet.pk}/tanda-tangan/"):
            page = client.get(address).content.decode()
            assert "sisa 22 jam 45 menit" in " ".join(page.split()), address


def test_one_unit_without_a_calendar_holds_up_no_other(cast, caplog):
    standards.load(at=AFTER_CLOSE)
    CalendarYear.objects.filter(year=2026).delete()
    calendar._stamp()
    builders.indicator(cast.unit)
    builders.submitted(cast.unit, by=cast.operator)
    with builders.moment(AFTER_CLOSE):
        quarters.close_quarter(Quarter.objects.get().pk, at=AFTER_CLOSE)
        tasks.open_worksheets()
    assert not Worksheet.objects.exists()
    assert "is not made: calendar" in caplog.text
