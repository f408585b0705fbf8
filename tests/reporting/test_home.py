"""The home page: what each role has to do, what it waits for, and what it costs to find out."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE, IN_TIME, at
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, User
from accounts.roles import Role
from indicators.models import Indicator
from reporting import home
from verification.actions import worksheet as worksheets

NOW = AFTER_CLOSE + timedelta(hours=2)


def tasks(user, when):
    """(title, state) of what is to be done; the person is read anew, as in each request."""
    with builders.moment(when):
        return [(task.title, task.state) for task in build(user, when).tasks]


def waiting(user, when):
    with builders.moment(when):
        return [(task.title, task.why_not) for task in build(user, when).waiting]


def build(user, when):
    return home.build(User.objects.get(pk=user.pk), when)


# A unit


def test_an_operator_fills_in_and_cannot_send_yet(cast):
    builders.indicator(cast.unit, 1)
    second = builders.indicator(cast.unit, 2)
    builders.quarter()
    builders.fill(builders.row(second), by=cast.operator)
    assert tasks(cast.operator, IN_TIME) == [("Isi capaian", "1 dari 2 lengkap")]
    assert waiting(cast.operator, IN_TIME) == [("Periksa dan kirim", "1 indikator belum lengkap.")]


def test_what_is_complete_can_be_sent(cast):
    builders.fill(builders.row(builders.indicator(cast.unit)), by=cast.operator)
    assert tasks(cast.operator, IN_TIME) == [
        ("Isi capaian", "1 dari 1 lengkap"),
        ("Periksa dan kirim", "1 indikator siap dikirim"),
    ]


def test_what_was_sent_waits_for_the_closing(cast):
    builders.indicator(cast.unit)
    builders.submitted(cast.unit, by=cast.operator)
    assert tasks(cast.operator, IN_TIME) == []
    assert waiting(cast.operator, IN_TIME) == [
        ("Capaian terkirim", "Verifikasi dimulai setelah pengisian ditutup 15 April 2026 pukul 23.59 WIB.")
    ]


def test_the_deadline_is_the_one_enforced_for_the_unit(cast):
    builders.indicator(cast.unit)
    quarter = builders.quarter()
    builders.quarter_actions.extend(
        quarter,
        cast.unit,
        until=at("2026-04-21 00:00"),
        reason="Gangguan",
        reference_number="1",
        by=cast.karoren,
        at=at("2026-04-14 10:00"),
    )
    with builders.moment(IN_TIME):
        assert build(cast.operator, IN_TIME).deadline.due_at == at("2026-04-21 00:00")
        assert build(cast.admin, IN_TIME).deadline.due_at == at("2026-04-16 00:00")


def returned(cast, *, due_at):
    builders.indicator(cast.unit)
    builders.submitted(cast.unit, by=cast.operator)
    (row,) = builders.worksheet(cast.unit).rows.all()
    with builders.moment(AFTER_CLOSE):
        return worksheets.return_row(
            row.pk, reason="Bukti kurang.", due_at=due_at, version=0, by=cast.verifier, at=AFTER_CLOSE
        )


def test_a_returned_row_is_mended_and_sent(cast):
    returned(cast, due_at=at("2026-04-22 00:00"))
    assert tasks(cast.operator, NOW) == [("Perbaiki capaian", "Dikembalikan")]
    builders.mended(builders.row(Indicator.objects.get()), by=cast.operator, when=NOW)
    assert ("Kirim perbaikan", "1 indikator siap dikirim") in tasks(cast.operator, NOW)
    assert tasks(cast.verifier, NOW) == []
    assert ("Bekukan lembar kerja", "1 baris masih di unit.") in waiting(cast.verifier, NOW)


def test_an_overdue_return_stays_visible_for_both_sides(cast):
    returned(cast, due_at=at("2026-04-22 00:00"))
    late = at("2026-05-04 09:00")
    assert tasks(cast.operator, late) == [("Perbaiki capaian", "Hubungi verifikator")]
    assert tasks(cast.verifier, late) == [("Tetapkan hasil", "Batas perbaikan lewat")]


def test_what_is_overdue_comes_first(cast):
    returned(cast, due_at=at("2026-04-22 00:00"))
    builders.quarter(2026, 2)
    with builders.moment(at("2026-05-04 09:00")) as late:
        found = build(cast.operator, late).tasks
    assert [task.title for task in found] == ["Perbaiki capaian", "Isi capaian"]
    assert [task.is_overdue for task in found] == [True, False]


# A verifier


def test_a_verifier_reviews_what_is_closed_and_sees_what_comes(cast):
    builders.indicator(cast.unit)
    builders.quarter(2026, 2)
    builders.worksheet(cast.unit)
    assert tasks(cast.verifier, NOW) == [("Tinjau capaian", "0 dari 1 selesai ditinjau")]
    assert waiting(cast.verifier, NOW) == [
        ("Tinjau capaian", "Dibuka setelah pengisian ditutup 15 Juli 2026 pukul 23.59 WIB.")
    ]


def test_a_mended_row_is_a_task_of_its_own(cast):
    returned(cast, due_at=at("2026-04-22 00:00"))
    builders.mended(builders.row(Indicator.objects.get()), by=cast.operator, when=NOW)
    with builders.moment(NOW):
        builders.achievements.submit(builders.quarter().pk, cast.unit, by=cast.operator, at=NOW)
    assert tasks(cast.verifier, NOW + timedelta(hours=1)) == [("Tinjau perbaikan", "Dikirim ulang")]


def test_a_complete_worksheet_is_frozen(cast):
    builders.indicator(cast.unit)
    builders.submitted(cast.unit, by=cast.operator)
    sheet = builders.worksheet(cast.unit)
    with builders.moment(NOW):
        worksheets.accept_plain(sheet.pk, expected=1, by=cast.verifier, at=NOW)
    assert tasks(cast.verifier, NOW) == [("Bekukan lembar kerja", "1 dari 1 selesai ditinjau")]


def test_a_closed_quarter_without_a_worksheet_is_a_task(cast):
    builders.indicator(cast.unit)
    builders.quarter()
    assert tasks(cast.verifier, NOW) == [("Buat lembar kerja", "Pengisian ditutup")]


def test_a_verifier_has_no_tasks_of_units_that_are_not_assigned(cast):
    builders.indicator(cast.setjen)
    builders.worksheet(cast.setjen)
    assert tasks(cast.verifier, NOW) == []


# Signers, Karoren, readers


def test_signing_is_offered_in_order(cast):
    builders.indicator(cast.unit)
    sheet = builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    title = "Tanda tangani lembar kerja verifikasi"
    assert tasks(cast.verifier, NOW) == [(title, "Revisi 1, menunggu Anda")]
    assert waiting(cast.official, NOW) == [(title, "Menunggu tanda tangan Tim Verifikator Biro Perencanaan.")]
    builders.signed(sheet, by=[cast.verifier])
    assert tasks(cast.verifier, NOW) == []
    assert tasks(cast.official, NOW) == [(title, "Revisi 1, menunggu Anda")]
    assert waiting(cast.chief, NOW) == [(title, "Menunggu tanda tangan Unit kerja Eselon II.")]


def test_the_unit_sees_what_the_others_are_doing(cast):
    builders.indicator(cast.unit)
    sheet = builders.worksheet(cast.unit)
    assert waiting(cast.operator, NOW) == [("Verifikasi berjalan", "Menunggu verifikator.")]
    builders.frozen(sheet, by=cast.verifier)
    assert waiting(cast.operator, NOW) == [("Lembar kerja ditandatangani", "Menunggu semua pihak menandatangani.")]
    builders.signed(sheet, by=cast.signers)
    assert waiting(cast.operator, NOW) == [("Nota dinas disiapkan", "Menunggu Kepala Biro Perencanaan.")]


def test_karoren_issues_what_is_signed(cast, signed_sheet):
    signed_sheet()
    assert tasks(cast.karoren, NOW) == [("Terbitkan nota dinas", "Lembar kerja ditandatangani")]


def test_karoren_sees_who_has_not_sent_when_the_deadline_is_near(cast):
    builders.indicator(cast.unit)
    builders.quarter()
    assert tasks(cast.karoren, at("2026-03-20 09:00")) == []
    assert tasks(cast.karoren, IN_TIME) == [("Belum semua capaian dikirim", "0 dari 1 terkirim")]


@pytest.mark.parametrize(
    "role",
    [Role.SEKJEN, Role.ITJEN_OVERSIGHT, Role.ADMIN, Role.QUALITY_LEAD, Role.TEAM_LEAD, Role.ITJEN_VALIDATOR],
)
def test_a_reader_sees_every_unit_of_the_last_two_quarters(cast, role):
    builders.indicator(cast.unit)
    builders.indicator(cast.setjen)
    builders.quarter()
    builders.quarter(2026, 2)
    with builders.moment(NOW):
        found = build(builders.user(role, cast.bureau), NOW)
    assert found.tasks == []
    assert [(str(quarter), len(rows)) for quarter, rows in found.overview] == [
        ("Triwulan II 2026", 2),
        ("Triwulan I 2026", 2),
    ]


def test_a_unit_alone_needs_no_overview(cast):
    builders.indicator(cast.unit)
    builders.quarter()
    with builders.moment(IN_TIME):
        assert build(cast.operator, IN_TIME).overview == []


def test_somebody_without_a_role_is_told_whom_to_ask(cast, as_user):
    with builders.moment(NOW):
        page = as_user(builders.user()).get("/").content.decode()
    assert "Minta Admin Biro Perencanaan menambahkan peran" in page


def test_an_empty_list_says_what_to_do_next(cast, as_user):
    with builders.moment(NOW):
        page = as_user(cast.operator).get("/").content.decode()
    assert "Belum ada triwulan yang dibuka" in page
    assert "Buka katalog indikator" in page


def test_every_task_leads_to_a_page_that_opens(cast, signed_sheet, as_user):
    signed_sheet()
    builders.indicator(cast.setjen)
    builders.worksheet(cast.setjen)
    Membership.objects.create(user=cast.verifier, role=Role.VERIFIER, unit=cast.setjen)
    builders.quarter(2026, 2)
    with builders.moment(NOW):
        for user in (cast.operator, cast.verifier, cast.karoren, cast.chief):
            client, found = as_user(user), build(user, NOW)
            for task in [*found.tasks, *found.waiting]:
                assert client.get(task.url.partition("#")[0]).status_code == 200, task


def test_home_costs_the_same_for_2_and_20_units(cast, as_user):
    everything = builders.user(name="Semua peran")
    for role in (Role.KAROREN, Role.ADMIN):
        Membership.objects.create(user=everything, role=role, unit=cast.bureau)

    def of_units(numbers):
        for number in numbers:
            unit = builders.unit(f"UNIT{number}", parent=cast.setjen)
            for role in (Role.OPERATOR, Role.VERIFIER, Role.OFFICIAL):
                Membership.objects.create(user=everything, role=role, unit=unit)
            builders.indicator(unit)
            sheet = builders.worksheet(unit)
            if number % 2:
                verifier = builders.user(Role.VERIFIER, unit)
                builders.frozen(sheet, by=verifier)
        builders.quarter(2026, 2)

    def queries():
        client = as_user(everything)
        with builders.moment(NOW):
            client.get("/")
            with CaptureQueriesContext(connection) as captured:
                assert client.get("/").status_code == 200
        return len(captured)

    of_units(range(2))
    few = queries()
    of_units(range(2, 20))
    assert queries() == few
