"""The worksheet: made after closing, reviewed by whoever is assigned, returned, accepted, frozen."""

from datetime import timedelta
from decimal import Decimal

import builders
import pytest
from builders import AFTER_CLOSE, at
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from accounts.models import Membership, Notice
from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions import evidence
from indicators.actions import quarter as quarter_actions
from indicators.models import Achievement
from kinerjaku import audit
from kinerjaku.errors import DomainError
from verification import tasks
from verification.actions import signing
from verification.actions import worksheet as actions
from verification.models import Worksheet, WorksheetRow

LATER = AFTER_CLOSE + timedelta(hours=1)  # 16 April 2026, 10.00
DUE = at("2026-04-22 00:00")


def decide(row, *, by, verdict="conform", when=LATER, **typed):
    typed = {"verified_actual": None, "evidence_fits": True, "note": "", "version": row.version, **typed}
    with builders.moment(when):
        return actions.decide(row.pk, verdict=verdict, by=by, at=when, **typed)


def give_back(row, *, by, when=LATER, due_at=DUE):
    with builders.moment(when):
        return actions.return_row(row.pk, reason="Bukti kurang.", due_at=due_at, version=row.version, by=by, at=when)


def mend(row, *, by, when, done="97"):
    """The unit changes the returned row and sends it again."""
    claim = row.achievement
    values = {"selesai": Decimal(done), "rencana": Decimal(100)}
    with builders.moment(when):
        achievements.save(claim.pk, {"values": values}, version=claim.version, by=by, at=when)
        achievements.submit(claim.quarter_id, claim.unit, by=by, at=when)


# Making it


def test_there_is_no_worksheet_before_input_has_closed(cast):
    builders.indicator(cast.unit)
    quarter = builders.quarter()
    with pytest.raises(DomainError, match="setelah pengisian ditutup") as caught:
        actions.open_worksheet(quarter, cast.unit, by=None, at=at("2026-04-15 23:59"))
    assert caught.value.code == "not_closed"


def test_it_waits_for_the_extension_of_its_unit(cast):
    builders.indicator(cast.unit)
    quarter = builders.quarter()
    quarter_actions.extend(
        quarter,
        cast.unit,
        until=at("2026-04-21 00:00"),
        reason="Gangguan jaringan",
        reference_number="1/2026",
        by=cast.karoren,
        at=at("2026-04-15 10:00"),
    )
    quarter = builders.quarter()
    with pytest.raises(DomainError):
        actions.open_worksheet(quarter, cast.unit, by=None, at=at("2026-04-20 23:59"))
    assert actions.open_worksheet(quarter, cast.unit, by=None, at=at("2026-04-21 00:00")).pk


def test_making_it_twice_gives_the_same_one(cast, sheet):
    again = builders.worksheet(cast.unit)
    assert again == sheet
    assert Worksheet.objects.count() == 1
    assert WorksheetRow.objects.count() == 2


def test_the_schedule_makes_one_for_every_unit_that_reports(cast):
    builders.indicator(cast.unit)
    builders.indicator(cast.setjen)
    quarter = builders.quarter()
    with builders.moment(AFTER_CLOSE):
        quarter_actions.close_quarter(quarter.pk, at=AFTER_CLOSE)
        tasks.open_worksheets()
        tasks.open_worksheets()
    assert {made.unit for made in Worksheet.objects.all()} == {cast.unit, cast.setjen}


def test_a_unit_without_indicators_gets_none(cast):
    quarter = builders.quarter()
    with pytest.raises(DomainError, match="tidak memiliki indikator"):
        actions.open_worksheet(quarter, cast.unit, by=None, at=AFTER_CLOSE)


# Who may review


def test_a_verifier_of_another_unit_does_not_even_see_it(cast, row):
    elsewhere = builders.user(Role.VERIFIER, cast.setjen)
    with pytest.raises(Http404):
        decide(row, by=elsewhere)


def test_the_unit_sees_it_but_may_not_decide(cast, row):
    with pytest.raises(PermissionDenied):
        decide(row, by=cast.operator)


def test_nobody_verifies_what_they_entered_themselves(cast, row):
    Membership.objects.create(user=cast.operator, role=Role.VERIFIER, unit=cast.unit)
    cast.operator.refresh_from_db()
    both = type(cast.operator).objects.get(pk=cast.operator.pk)
    with pytest.raises(PermissionDenied, match="ikut mengisi"):
        decide(row, by=both)


# Deciding


def test_conform_takes_the_claimed_figure_over(cast, row):
    decided = decide(row, by=cast.verifier)
    assert (decided.verdict, decided.verified_actual) == ("conform", Decimal(95))
    assert decided.verified_percent.quantize(Decimal("0.01")) == Decimal("105.56")  # 95 of a target of 90
    assert decided.decided_by == cast.verifier


def test_conform_keeps_a_note(cast, row):
    assert decide(row, by=cast.verifier, note="Sesuai laporan.").note == "Sesuai laporan."


def test_nonconform_takes_the_verified_figure(cast, row):
    decided = decide(row, by=cast.verifier, verdict="nonconform", verified_actual=Decimal("81"), note="Hanya 81.")
    assert (decided.verified_actual, decided.verified_percent) == (Decimal(81), Decimal(90))


def test_nonconform_without_a_figure_is_not_assessed(cast, row):
    decided = decide(row, by=cast.verifier, verdict="nonconform", note="Tidak ada bukti.")
    assert (decided.verified_actual, decided.verified_percent) == (None, None)


def test_nonconform_needs_a_note(cast, row):
    with pytest.raises(DomainError) as caught:
        decide(row, by=cast.verifier, verdict="nonconform", note="  ")
    assert caught.value.code == "note_missing"


def test_what_was_never_sent_cannot_be_found_conform(cast):
    builders.indicator(cast.unit)
    (row,) = builders.worksheet(cast.unit).rows.all()
    with pytest.raises(DomainError) as caught:
        decide(row, by=cast.verifier)
    assert caught.value.code == "no_claim"


def test_a_verdict_that_does_not_exist_is_refused(cast, row):
    with pytest.raises(DomainError) as caught:
        decide(row, by=cast.verifier, verdict="returned", note="x")
    assert caught.value.code == "unknown_verdict"


def test_a_finding_made_meanwhile_is_not_overwritten(cast, row):
    decide(row, by=cast.verifier, note="yang pertama")
    with pytest.raises(DomainError) as caught:
        decide(row, by=cast.verifier, version=0, note="yang kedua")
    assert (caught.value.code, caught.value.status) == ("stale", 409)
    assert WorksheetRow.objects.get(pk=row.pk).note == "yang pertama"


def test_a_claim_that_changed_meanwhile_is_not_judged_unseen(cast, row):
    seen = row.achievement.version
    give_back(row, by=cast.verifier)
    mend(row, by=cast.operator, when=LATER + timedelta(hours=1))
    row.refresh_from_db()
    with pytest.raises(DomainError) as caught:
        decide(row, by=cast.verifier, claim_version=seen, when=LATER + timedelta(hours=2))
    assert caught.value.code == "stale"


def test_a_finding_stands_in_the_history_with_before_and_after(cast, row):
    decide(row, by=cast.verifier)
    entry = audit.history(row).first()
    assert (entry.verb, entry.by, entry.at) == ("tinjau baris", cast.verifier, LATER)
    assert (entry.before["verdict"], entry.after["verdict"]) == ("pending", "conform")


# Returning


def test_a_return_opens_just_that_row_until_its_own_instant(cast, sheet, row):
    give_back(row, by=cast.verifier)
    other = sheet.rows.get(achievement__indicator__no=2)
    assert Achievement.objects.get(pk=row.achievement_id).state == "returned"
    assert Achievement.objects.get(pk=other.achievement_id).state == "submitted"
    changes = {"progress": "Diperbaiki."}
    version = row.achievement.version
    with builders.moment(DUE - timedelta(microseconds=1)) as now:
        achievements.save(row.achievement_id, changes, version=version, by=cast.operator, at=now)
    with builders.moment(DUE), pytest.raises(DomainError) as caught:
        achievements.save(row.achievement_id, changes, version=version + 1, by=cast.operator, at=DUE)
    assert caught.value.code == "closed"


def test_a_return_needs_a_reason(cast, row):
    with pytest.raises(DomainError) as caught:
        actions.return_row(row.pk, reason=" ", due_at=DUE, version=0, by=cast.verifier, at=LATER)
    assert caught.value.code == "reason_missing"


def test_a_return_needs_time_to_mend(cast, row):
    with pytest.raises(DomainError) as caught:
        give_back(row, by=cast.verifier, due_at=LATER)
    assert caught.value.code == "due_in_the_past"


def test_the_unit_is_told_why_and_until_when(cast, row):
    give_back(row, by=cast.verifier)
    told = Notice.objects.filter(cause__startswith="return/")
    assert {notice.user for notice in told} == {cast.operator, cast.kasubag, cast.official}
    assert "Bukti kurang." in told[0].body
    assert "21 April 2026 pukul 23.59 WIB" in told[0].body


def test_while_the_unit_mends_nothing_is_decided(cast, row):
    row = give_back(row, by=cast.verifier)
    with pytest.raises(DomainError) as caught:
        decide(row, by=cast.verifier, verdict="nonconform", note="x", when=LATER + timedelta(hours=1))
    assert caught.value.code == "being_mended"


def test_a_row_sent_again_is_flagged_as_mended_and_can_be_decided(cast, row):
    row = give_back(row, by=cast.verifier)
    mend(row, by=cast.operator, when=LATER + timedelta(hours=1))
    row = WorksheetRow.objects.get(pk=row.pk)
    assert row.was_mended
    assert decide(row, by=cast.verifier, when=LATER + timedelta(hours=2)).verified_actual == Decimal(97)


def test_a_row_that_was_not_mended_in_time_is_decided_by_the_verifier(cast, row):
    row = give_back(row, by=cast.verifier)
    decided = decide(row, by=cast.verifier, verdict="nonconform", note="Tidak diperbaiki.", when=DUE)
    assert decided.is_decided


# Accepting many


def test_plain_rows_are_accepted_at_once(cast, sheet):
    assert actions.accept_plain(sheet.pk, expected=2, by=cast.verifier, at=LATER) == 2
    assert {row.verdict for row in sheet.rows.all()} == {"conform"}


def test_another_count_than_the_one_shown_is_refused(cast, sheet):
    with pytest.raises(DomainError) as caught:
        actions.accept_plain(sheet.pk, expected=1, by=cast.verifier, at=LATER)
    assert caught.value.code == "stale"
    assert {row.verdict for row in sheet.rows.all()} == {"pending"}


def test_a_mended_row_is_never_accepted_in_bulk(cast, sheet, row):
    row = give_back(row, by=cast.verifier)
    mend(row, by=cast.operator, when=LATER + timedelta(hours=1))
    when = LATER + timedelta(hours=2)
    assert actions.accept_plain(sheet.pk, expected=1, by=cast.verifier, at=when) == 1
    assert WorksheetRow.objects.get(pk=row.pk).verdict == "returned"


# Freezing


def test_freezing_is_refused_while_the_checklist_has_lines(cast, sheet, row):
    decide(row, by=cast.verifier)
    missing = actions.missing_before_freeze(actions.rows_of(sheet), LATER)
    assert [(lack.row.achievement.indicator.no, lack.message) for lack in missing] == [(2, "Belum ditinjau.")]
    with pytest.raises(DomainError, match="1 baris") as caught:
        actions.freeze(sheet.pk, by=cast.verifier, at=LATER)
    assert caught.value.code == "incomplete"


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda cast, row: decide(row, by=cast.verifier, evidence_fits=None), "data dukung belum diperiksa"),
        (lambda cast, row: give_back(row, by=cast.verifier), "Menunggu perbaikan unit"),
        (
            lambda cast, row: (
                give_back(row, by=cast.verifier),
                mend(row, by=cast.operator, when=LATER + timedelta(hours=1)),
            ),
            "Sudah diperbaiki",
        ),
    ],
)
def test_the_checklist_names_what_is_left_of_a_row(cast, sheet, row, prepare, said):
    prepare(cast, row)
    (lack,) = [
        lack
        for lack in actions.missing_before_freeze(actions.rows_of(sheet), LATER + timedelta(hours=2))
        if lack.row.pk == row.pk
    ]
    assert said in lack.message


def test_the_checklist_asks_for_a_verdict_once_the_time_to_mend_is_over(cast, sheet, row):
    give_back(row, by=cast.verifier)
    messages = [lack.message for lack in actions.missing_before_freeze(actions.rows_of(sheet), DUE)]
    assert "Batas perbaikan lewat, tetapkan hasilnya." in messages


def test_a_row_that_an_extension_reopened_keeps_the_worksheet_open(cast):
    builders.indicator(cast.unit)
    sheet = builders.worksheet(cast.unit)
    (row,) = sheet.rows.all()
    decide(row, by=cast.verifier, verdict="nonconform", evidence_fits=None, note="Tidak diinput.")
    quarter_actions.extend(
        builders.quarter(),
        cast.unit,
        until=at("2026-04-21 00:00"),
        reason="Gangguan",
        reference_number="1",
        by=cast.karoren,
        at=LATER + timedelta(hours=1),
    )
    (lack,) = actions.missing_before_freeze(actions.rows_of(sheet), LATER + timedelta(hours=2))
    assert "perpanjangan" in lack.message


def test_a_claim_first_sent_after_the_review_is_reviewed_again(cast):
    indicator = builders.indicator(cast.unit)
    builders.fill(builders.row(indicator), by=cast.operator)
    sheet = builders.worksheet(cast.unit)
    (row,) = sheet.rows.all()
    decide(row, by=cast.verifier, verdict="nonconform", note="Tidak diinput.")
    quarter_actions.extend(
        builders.quarter(),
        cast.unit,
        until=at("2026-04-21 00:00"),
        reason="Gangguan",
        reference_number="1",
        by=cast.karoren,
        at=LATER + timedelta(hours=1),
    )
    with builders.moment(LATER + timedelta(hours=2)) as now:
        achievements.submit(builders.quarter().pk, cast.unit, by=cast.operator, at=now)
    (row,) = actions.rows_of(sheet)
    assert row.changed_since_review
    assert not row.is_decided
    assert Worksheet.objects.with_progress().get().decided_count == 0


def test_freezing_keeps_the_content_and_asks_three_parties(cast, sheet):
    frozen = builders.frozen(sheet, by=cast.verifier)
    assert (frozen.state, frozen.revision) == ("frozen", 1)
    assert [row["verified_actual"] for row in frozen.document.content["rows"]] == ["95", "95"]
    assert frozen.document.content["unit_score_text"] == "105,56"
    slots = frozen.document.signatures.all()
    assert [(slot.party, slot.unit) for slot in slots] == [
        ("verifier", cast.unit),
        ("level_two", cast.unit),
        ("level_one", cast.setjen),
    ]
    assert {row.achievement.state for row in frozen.rows.all()} == {"verified"}


def test_a_unit_of_eselon_one_is_signed_by_two_parties(cast):
    assert [party for party, _ in actions.parties(cast.setjen)] == ["verifier", "level_one"]


def test_nothing_is_reviewed_after_freezing(cast, sheet, row):
    builders.frozen(sheet, by=cast.verifier)
    row = WorksheetRow.objects.get(pk=row.pk)
    with pytest.raises(DomainError) as caught:
        decide(row, by=cast.verifier)
    assert caught.value.code == "wrong_state"


# What a claim is


def withdrawn_in_extension(cast, row):
    """Reviewed, then withdrawn in an extension and not sent again."""
    decide(row, by=cast.verifier)
    with builders.moment(at("2026-04-17 09:00")) as when:
        quarter_actions.extend(
            builders.quarter(),
            cast.unit,
            until=at("2026-04-18 00:00"),
            reason="Gangguan jaringan",
            reference_number="1/2026",
            by=cast.karoren,
            at=when,
        )
        achievements.withdraw(row.achievement.quarter_id, cast.unit, by=cast.operator, at=when)
    quarter_actions.close_quarter(row.achievement.quarter_id, at=at("2026-04-18 00:00"))


def test_what_was_withdrawn_after_the_review_is_no_longer_conform(cast, sheet, row):
    withdrawn_in_extension(cast, row)
    row = WorksheetRow.objects.select_related("achievement").get(pk=row.pk)
    assert (row.changed_since_review, row.is_decided) == (True, False)
    assert Worksheet.objects.with_progress().get(pk=sheet.pk).decided_count == 0
    missing = actions.missing_before_freeze(actions.rows_of(sheet), at("2026-04-18 09:00"))
    assert {lack.row.pk for lack in missing} >= {row.pk}


def test_figures_typed_after_a_return_and_never_sent_are_no_claim(cast, sheet, row):
    actions.return_row(
        row.pk, reason="Perbaiki.", due_at=at("2026-04-18 00:00"), version=0, by=cast.verifier, at=AFTER_CLOSE
    )
    claim = Achievement.objects.get(pk=row.achievement_id)
    with builders.moment(at("2026-04-17 09:00")) as when:
        values = {"values": {"selesai": Decimal(120)}, "progress": "BELUM DIKIRIM"}
        achievements.save(claim.pk, values, version=claim.version, by=cast.operator, at=when)
    late = at("2026-04-18 09:00")
    row = WorksheetRow.objects.get(pk=row.pk)
    actions.decide(
        row.pk,
        verdict="nonconform",
        verified_actual=Decimal(95),
        evidence_fits=True,
        note="Tidak dikirim lagi.",
        version=row.version,
        by=cast.verifier,
        at=late,
    )
    other = WorksheetRow.objects.get(worksheet=sheet, achievement__indicator__no=2)
    decide(other, by=cast.verifier)
    frozen = actions.freeze(sheet.pk, by=cast.verifier, at=late)
    first = frozen.document.content["rows"][0]
    assert (first["actual"], first["progress"]) == ("95", "Berjalan sesuai rencana.")
    signing.reopen(frozen, reason="Diperiksa lagi.", by=cast.verifier, at=late)
    assert Achievement.objects.get(pk=claim.pk).state == "returned"


def test_whoever_sent_or_proved_a_claim_does_not_verify_it(cast, sheet, row):
    for verb in ("kirim capaian", "unggah data dukung", "hapus data dukung", "tarik capaian"):
        helper = builders.user(Role.VERIFIER, cast.unit)
        with transaction.atomic():
            audit.record(by=helper, at=AFTER_CLOSE, verb=verb, target=row.achievement)
        with pytest.raises(PermissionDenied):
            decide(row, by=helper)


def test_a_return_cannot_wait_for_a_year(cast, row):
    with pytest.raises(DomainError) as refused:
        actions.return_row(
            row.pk, reason="Perbaiki.", due_at=at("2027-04-18 00:00"), version=0, by=cast.verifier, at=AFTER_CLOSE
        )
    assert refused.value.code == "too_far"


def test_a_returned_row_is_not_sent_again_as_it_was(cast, sheet, row):
    actions.return_row(
        row.pk, reason="Perbaiki.", due_at=at("2026-04-18 00:00"), version=0, by=cast.verifier, at=AFTER_CLOSE
    )
    with builders.moment(at("2026-04-17 09:00")) as when, pytest.raises(achievements.Incomplete) as refused:
        achievements.submit(row.achievement.quarter_id, cast.unit, by=cast.operator, at=when)
    assert [lack.field for lack in refused.value.missing] == ["mending"]


def test_a_new_file_mends_a_returned_row_too(cast, sheet, row):
    actions.return_row(
        row.pk, reason="Lampirkan surat.", due_at=at("2026-04-18 00:00"), version=0, by=cast.verifier, at=AFTER_CLOSE
    )
    with builders.moment(at("2026-04-17 09:00")) as when:
        evidence.attach(row.achievement_id, builders.pdf("surat"), by=cast.operator, at=when)
        assert achievements.submit(row.achievement.quarter_id, cast.unit, by=cast.operator, at=when).sequence == 2
