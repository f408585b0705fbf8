"""The pages of verification: what each person sees, and what comes back when an act is refused."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE, at
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.roles import Role
from kinerjaku import documents
from verification.actions import worksheet as actions
from verification.models import Worksheet, WorksheetRow

NOW = AFTER_CLOSE + timedelta(hours=1)  # Thursday 16 April 2026, 10.00


@pytest.fixture(autouse=True)
def _at_that_time():
    with builders.moment(NOW):
        yield


def typed(row, **fields):
    """What the decision form sends."""
    sent = {
        "verdict": "conform",
        "evidence_fits": "ya",
        "note": "",
        "version": row.version,
        "claim_version": row.achievement.version,
        **fields,
    }
    return {f"hasil-{name}": value for name, value in sent.items()}


# The list


def test_a_verifier_lists_only_assigned_units(cast, sheet, as_user):
    builders.indicator(cast.setjen)
    builders.worksheet(cast.setjen)
    page = as_user(cast.verifier).get("/verifikasi/").content.decode()
    assert "Unit ROKEU" in page
    assert "Unit SETJEN</a>" not in page


def test_the_list_is_filtered_by_state(cast, sheet, as_user):
    client = as_user(cast.verifier)
    assert f"/verifikasi/{sheet.pk}/" in client.get("/verifikasi/?status=open").content.decode()
    assert f"/verifikasi/{sheet.pk}/" not in client.get("/verifikasi/?status=signed").content.decode()


def test_the_list_is_exported(cast, sheet, as_user):
    lines = as_user(cast.verifier).get("/verifikasi/?format=csv").content.decode("utf-8-sig").splitlines()
    assert lines == [
        "Unit kerja;Triwulan;Status;Ditinjau;Jumlah indikator;Revisi",
        "Unit ROKEU;Triwulan I 2026;Sedang dikerjakan;0;2;0",
    ]


# Making one


def test_a_verifier_makes_the_worksheet_of_a_closed_quarter(cast, as_user):
    builders.indicator(cast.unit)
    quarter = builders.quarter()
    client = as_user(cast.verifier)
    assert "Unit ROKEU, Triwulan I 2026" in client.get("/verifikasi/buat/").content.decode()
    answer = client.post("/verifikasi/buat/", {"choice": f"ROKEU/{quarter.pk}"})
    assert answer.url == Worksheet.objects.get(unit=cast.unit).get_absolute_url()


def test_a_unit_that_is_not_assigned_is_not_found(cast, as_user):
    builders.indicator(cast.setjen)
    quarter = builders.quarter()
    answer = as_user(cast.verifier).post("/verifikasi/buat/", {"choice": f"SETJEN/{quarter.pk}"})
    assert answer.status_code == 404
    assert not Worksheet.objects.exists()


# The worksheet


def test_another_unit_does_not_find_the_worksheet(cast, sheet, as_user):
    stranger = builders.user(Role.OPERATOR, builders.unit("ROKUM", parent=cast.setjen))
    assert as_user(stranger).get(sheet.get_absolute_url()).status_code == 404


def test_the_page_shows_the_same_checklist_as_guards_the_freeze(cast, sheet, as_user):
    page = as_user(cast.verifier).get(sheet.get_absolute_url())
    shown = [lack.row.pk for lack in page.context["missing"]]
    guarding = [lack.row.pk for lack in actions.missing_before_freeze(actions.rows_of(sheet), NOW)]
    assert shown == guarding
    assert page.content.decode().count("Belum ditinjau.") == 2


def test_rows_are_filtered_by_verdict(cast, sheet, row, as_user):
    builders.worksheet_actions.decide(
        row.pk,
        verdict="conform",
        verified_actual=None,
        evidence_fits=True,
        note="",
        version=0,
        by=cast.verifier,
        at=NOW,
    )
    page = as_user(cast.verifier).get(f"{sheet.get_absolute_url()}?hasil=pending")
    assert [shown.claim.indicator.no for shown in page.context["rows"]] == [2]


def test_an_unknown_filter_shows_all_rows(cast, sheet, as_user):
    page = as_user(cast.verifier).get(f"{sheet.get_absolute_url()}?hasil=apa")
    assert len(page.context["rows"]) == 2


def test_the_unit_sees_no_buttons(cast, sheet, as_user):
    page = as_user(cast.operator).get(sheet.get_absolute_url()).content.decode()
    assert "baris sesuai</button>" not in page
    assert "<form" not in page.split("<main")[1]


def test_whoever_entered_a_row_is_told_why_they_cannot_review(cast, sheet, as_user):
    Membership.objects.create(user=cast.operator, role=Role.VERIFIER, unit=cast.unit)
    page = as_user(cast.operator).get(sheet.get_absolute_url()).content.decode()
    assert "Anda ikut mengisi capaian" in page


def test_accepting_takes_the_count_that_was_shown(cast, sheet, as_user):
    client = as_user(cast.verifier)
    answer = client.post(f"/verifikasi/{sheet.pk}/terima/", {"expected": "1"})
    assert answer.status_code == 409
    assert "Jumlah baris telah berubah menjadi 2" in answer.content.decode()
    assert client.post(f"/verifikasi/{sheet.pk}/terima/", {"expected": "2"}).status_code == 302
    assert {row.verdict for row in sheet.rows.all()} == {"conform"}


def test_accepting_without_a_count_is_refused(cast, sheet, as_user):
    answer = as_user(cast.verifier).post(f"/verifikasi/{sheet.pk}/terima/", {"expected": "banyak"})
    assert answer.status_code == 422


def test_freezing_needs_the_tick(cast, sheet, as_user):
    actions.accept_plain(sheet.pk, expected=2, by=cast.verifier, at=NOW)
    client = as_user(cast.verifier)
    answer = client.post(f"/verifikasi/{sheet.pk}/bekukan/", {})
    assert answer.status_code == 422
    assert "Centang pernyataan ini sebelum membekukan" in answer.content.decode()
    assert client.post(f"/verifikasi/{sheet.pk}/bekukan/", {"confirm": "on"}).status_code == 302
    assert Worksheet.objects.get(pk=sheet.pk).state == "frozen"


def test_freezing_too_early_says_how_many_rows_are_left(cast, sheet, as_user):
    answer = as_user(cast.verifier).post(f"/verifikasi/{sheet.pk}/bekukan/", {"confirm": "on"})
    assert answer.status_code == 422
    assert "Masih ada 2 baris yang belum selesai ditinjau" in answer.content.decode()


def test_the_pdf_of_an_open_worksheet_does_not_exist_yet(cast, sheet, as_user):
    answer = as_user(cast.verifier).get(f"/verifikasi/{sheet.pk}/pdf/")
    assert answer.status_code == 409


def test_the_pdf_is_downloaded_as_it_was_stored(cast, sheet, as_user):
    sheet = builders.signed(builders.frozen(sheet, by=cast.verifier), by=cast.signers)
    document = documents.render(sheet.document_id, at=NOW)
    answer = as_user(cast.operator).get(f"/verifikasi/{sheet.pk}/pdf/")
    assert answer.getvalue() == documents.read(document)
    assert "lembar-kerja-ROKEU-2026-TW1-rev1.pdf" in answer["Content-Disposition"]


def test_a_pdf_that_was_swapped_in_the_store_is_not_handed_out(cast, sheet, as_user, settings):
    sheet = builders.signed(builders.frozen(sheet, by=cast.verifier), by=cast.signers)
    document = documents.render(sheet.document_id, at=NOW)
    (settings.MEDIA_ROOT / document.storage_name).chmod(0o600)
    (settings.MEDIA_ROOT / document.storage_name).write_bytes(b"%PDF-1.7 palsu")
    answer = as_user(cast.operator).get(f"/verifikasi/{sheet.pk}/pdf/")
    assert answer.status_code == 409
    assert "tidak cocok dengan hash-nya" in answer.content.decode()


# A row


def test_a_decision_goes_on_to_the_next_row_to_review(cast, sheet, row, as_user):
    following = sheet.rows.get(achievement__indicator__no=2)
    answer = as_user(cast.verifier).post(row.get_absolute_url(), typed(row))
    assert answer.url == following.get_absolute_url()
    assert WorksheetRow.objects.get(pk=row.pk).verdict == "conform"


def test_the_last_decision_goes_back_to_the_worksheet(cast, sheet, row, as_user):
    client = as_user(cast.verifier)
    following = sheet.rows.get(achievement__indicator__no=2)
    client.post(row.get_absolute_url(), typed(row))
    assert client.post(following.get_absolute_url(), typed(following)).url == sheet.get_absolute_url()


def test_a_verified_figure_is_typed_the_indonesian_way(cast, row, as_user):
    sent = typed(row, verdict="nonconform", verified_actual="1.080,5", note="Salah hitung.")
    as_user(cast.verifier).post(row.get_absolute_url(), sent)
    assert str(WorksheetRow.objects.get(pk=row.pk).verified_actual) == "1080.5"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"verdict": ""}, "Pilih sesuai atau tidak sesuai."),
        ({"evidence_fits": ""}, "Pilih apakah data dukung sesuai."),
        ({"verdict": "nonconform", "note": ""}, "Tulis catatan mengapa capaian tidak sesuai."),
        ({"verdict": "nonconform", "note": "x", "verified_actual": "12.5"}, "Gunakan koma untuk desimal"),
        ({"verdict": "nonconform", "note": "x", "verified_actual": "banyak"}, "bukan angka"),
        ({"verified_actual": "80"}, "memakai angka klaim"),
        ({"note": "x" * 2001}, "2000"),
    ],
)
def test_a_refused_decision_says_what_to_do_and_keeps_what_was_typed(cast, row, as_user, fields, said):
    answer = as_user(cast.verifier).post(row.get_absolute_url(), typed(row, **{"note": "catatan saya", **fields}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "Kesalahan: " in page
    assert fields.get("note", "catatan saya") in page
    assert WorksheetRow.objects.get(pk=row.pk).verdict == "pending"


def test_a_stale_decision_shows_both_findings_and_can_be_saved_again(cast, row, as_user):
    client = as_user(cast.verifier)
    client.post(row.get_absolute_url(), typed(row, note="catatan rekan"))
    late = typed(row, verdict="nonconform", note="catatan saya", verified_actual="80")
    answer = client.post(row.get_absolute_url(), late)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "catatan rekan" in page
    assert "catatan saya" in page
    assert 'name="hasil-version" value="1"' in page
    assert client.post(row.get_absolute_url(), {**late, "hasil-version": "1"}).status_code == 302
    assert WorksheetRow.objects.get(pk=row.pk).note == "catatan saya"


def test_the_unit_may_not_decide(cast, row, as_user):
    assert as_user(cast.operator).post(row.get_absolute_url(), typed(row)).status_code == 403


def test_a_stranger_does_not_find_the_row(cast, row, as_user):
    stranger = builders.user(Role.VERIFIER, cast.setjen)
    assert as_user(stranger).get(row.get_absolute_url()).status_code == 404


def test_a_return_is_offered_until_the_third_working_day(cast, row, as_user):
    page = as_user(cast.verifier).get(row.get_absolute_url()).content.decode()
    assert 'value="2026-04-21"' in page  # Friday 17, Monday 20, Tuesday 21 April
    assert 'value="23:59"' in page


def test_the_minute_that_was_typed_is_still_in_time(cast, row, as_user):
    sent = {"reason": "Bukti kurang.", "due_date": "2026-04-21", "due_time": "23.59", "version": 0}
    sent = {f"kembali-{name}": value for name, value in sent.items()}
    answer = as_user(cast.verifier).post(f"/verifikasi/baris/{row.pk}/kembalikan/", sent)
    assert answer.status_code == 302
    row = WorksheetRow.objects.get(pk=row.pk)
    assert row.verdict == "returned"
    assert row.achievement.return_due_at == at("2026-04-22 00:00")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": " "}, "Tulis apa yang perlu diperbaiki unit."),
        ({"due_date": "kapan saja"}, "Tulis tanggal yang benar"),
        ({"due_date": "9999-12-31"}, "Periksa tahunnya."),
        ({"due_date": "2026-04-15"}, "Batas perbaikan harus sesudah saat ini."),
    ],
)
def test_a_refused_return_says_what_to_do(cast, row, as_user, fields, said):
    sent = {"reason": "Bukti kurang.", "due_date": "2026-04-21", "due_time": "23:59", "version": 0, **fields}
    sent = {f"kembali-{name}": value for name, value in sent.items()}
    answer = as_user(cast.verifier).post(f"/verifikasi/baris/{row.pk}/kembalikan/", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert WorksheetRow.objects.get(pk=row.pk).verdict == "pending"


def test_a_mended_row_is_flagged_on_the_worksheet(cast, sheet, row, as_user):
    actions.return_row(
        row.pk, reason="Bukti kurang.", due_at=at("2026-04-22 00:00"), version=0, by=cast.verifier, at=NOW
    )
    claim = row.achievement
    later = NOW + timedelta(hours=1)
    builders.mended(claim, by=cast.operator, when=later)
    with builders.moment(later):
        builders.achievements.submit(claim.quarter_id, cast.unit, by=cast.operator, at=later)
        page = as_user(cast.verifier).get(sheet.get_absolute_url()).content.decode()
    assert "Dikirim ulang" in page


# Admin


def test_the_admin_only_looks_at_worksheets_and_signatures(cast, sheet, as_user):
    frozen = builders.frozen(sheet, by=cast.verifier, when=NOW)
    client = as_user(builders.user(Role.ADMIN, cast.bureau))
    assert client.get(f"/admin/verification/worksheet/{frozen.pk}/change/").status_code == 200
    assert client.post(f"/admin/verification/worksheet/{frozen.pk}/change/", {}).status_code == 403
    assert client.get("/admin/verification/signature/add/").status_code == 403
    assert client.get("/admin/verification/signature/").status_code == 200


# Cost


def queries(client, path):
    client.get(path)  # what is cached on a first visit
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_worksheet_costs_the_same_for_2_and_20_rows(cast, sheet, as_user):
    client = as_user(cast.verifier)
    few = queries(client, sheet.get_absolute_url())
    other = builders.unit("ROKUM", parent=cast.setjen)
    Membership.objects.create(user=cast.verifier, role=Role.VERIFIER, unit=other)
    for no in range(1, 21):
        builders.indicator(other, no)
    many = builders.worksheet(other)
    assert queries(client, many.get_absolute_url()) <= few


def test_the_list_costs_the_same_for_2_and_20_worksheets(cast, as_user):
    client = as_user(builders.user(Role.SEKJEN, cast.bureau))

    def of_units(numbers):
        for number in numbers:
            unit = builders.unit(f"UNIT{number}", parent=cast.setjen)
            builders.indicator(unit)
            builders.worksheet(unit)

    of_units(range(2))
    few = queries(client, "/verifikasi/")
    of_units(range(2, 20))
    assert queries(client, "/verifikasi/") == few
