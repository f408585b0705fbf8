"""The validation of proposed indicators: matrix, findings, signatures, and the case that all of it moves."""

from datetime import timedelta
from decimal import Decimal

import builders
import pytest
from builders import at
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import Membership, Notice, User
from accounts.roles import Role
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from reporting import actions as letters
from reporting import home
from services.actions import case as cases
from services.models import Case
from verification import tasks
from verification.actions import matrix, signing
from verification.actions import validation as actions
from verification.models import Proposal, ValidationSheet

pytestmark = pytest.mark.django_db
NOW = at("2026-10-05 09:00")  # a Monday
HOUR = timedelta(hours=1)


@pytest.fixture
def itjen(cast):
    return builders.user(Role.ITJEN_VALIDATOR, builders.unit("ITJEN", level="I"))


@pytest.fixture
def sheet(cast):
    return builders.validation(cast.unit, when=NOW)


@pytest.fixture
def sent(cast, sheet):
    """Two proposals, with the validators."""
    for name in ("Indeks kinerja", "Nilai SAKIP"):
        builders.proposal(sheet, by=cast.operator, name=name, when=NOW)
    return builders.sent_matrix(sheet, by=cast.operator, when=NOW)


@pytest.fixture
def frozen(cast, sent):
    return builders.validated(sent, by=cast.verifier, when=NOW)


def fresh(sheet):
    return ValidationSheet.objects.select_related("case__step", "document").get(pk=sheet.pk)


def step(sheet):
    return fresh(sheet).case.step.order


def refused(code, call, *args, **options):
    with pytest.raises(DomainError) as caught:
        call(*args, **options)
    assert caught.value.code == code


def save(sheet, row, *, by, version=None, **facts):
    facts = {name: getattr(row, name) for name in matrix.FIELDS} | facts
    seen = row.version if version is None else version
    return matrix.save_row(sheet.pk, row.pk, facts, version=seen, by=by, at=NOW)


def decide(row, verdict, note="", *, by, version=None):
    row = Proposal.objects.get(pk=row.pk)
    seen = row.version if version is None else version
    return actions.decide(row.pk, verdict=verdict, note=note, version=seen, by=by, at=NOW)


# The matrix


def test_the_sheet_begins_with_its_case(cast):
    builders.standards.load(at=NOW)
    verifier = builders.user(Role.VERIFIER, cast.setjen)
    case = cases.start("validation", cast.setjen, "Tahun 2027", by=verifier, at=NOW, year=2027)
    assert (case.validation.year, case.validation.unit, case.made) == (2027, cast.setjen, case.validation)
    assert cases.start("validation", cast.setjen, "Tahun 2027", by=verifier, at=NOW, year=2027) == case
    assert ValidationSheet.objects.count() == 1


def test_a_validation_without_a_year_is_about_the_next_one(cast):
    builders.standards.load(at=NOW)
    assert cases.start("validation", cast.unit, "Usulan", by=None, at=NOW).validation.year == 2027


def test_a_standard_that_is_walked_by_hand_makes_no_sheet(cast):
    builders.standards.load(at=NOW)
    builders.walked_by_hand("validation")
    assert cases.start("validation", cast.unit, "Tahun 2027", by=None, at=NOW, year=2027).made is None


def test_a_step_of_the_sheet_is_not_completed_on_the_page_of_the_case(cast, sheet):
    refused("moved_elsewhere", cases.complete_by_hand, sheet.case_id, 3, note="", by=cast.operator, at=NOW)


def test_the_unit_writes_proposals_one_by_one_and_may_leave_gaps(cast, sheet):
    builders.proposal(sheet, by=cast.operator, when=NOW)
    second = builders.proposal(sheet, by=cast.kasubag, when=NOW, name="Nilai SAKIP", measure="", target_4=None)
    assert [row.no for row in sheet.rows.all()] == [1, 2]
    assert second.lacks == ["satuan", "target triwulan IV"]


def test_a_proposal_without_a_name_is_refused(cast, sheet):
    refused("name_missing", builders.proposal, sheet, by=cast.operator, when=NOW, name=" ")


@pytest.mark.parametrize(
    ("period", "lacks"),
    [
        ("yearly", []),
        ("half_yearly", ["target triwulan II"]),
        ("quarterly", ["target triwulan I", "target triwulan II", "target triwulan III"]),
    ],
)
def test_targets_are_needed_for_the_quarters_in_which_it_reports(cast, sheet, period, lacks):
    assert builders.proposal(sheet, by=cast.operator, when=NOW, period=period).lacks == lacks


def test_figures_are_kept_exactly(cast, sheet):
    made = builders.proposal(sheet, by=cast.operator, when=NOW, target_4=Decimal("123456789012345.67"))
    assert Proposal.objects.get(pk=made.pk).target_4 == Decimal("123456789012345.67")


def test_of_two_who_change_a_proposal_the_second_reads_the_first(cast, sheet):
    row = builders.proposal(sheet, by=cast.operator, when=NOW)
    save(sheet, row, by=cast.operator, measure="poin")
    refused("stale", save, sheet, row, by=cast.kasubag, version=1, measure="%")
    assert Proposal.objects.get().measure == "poin"


def test_saving_the_same_again_changes_nothing(cast, sheet):
    row = builders.proposal(sheet, by=cast.operator, when=NOW)
    assert save(sheet, row, by=cast.operator).version == row.version


def test_a_removed_proposal_closes_the_gap_and_stays_in_the_history(cast, sheet):
    rows = [builders.proposal(sheet, by=cast.operator, when=NOW, name=name) for name in "ABC"]
    matrix.remove_row(sheet.pk, rows[0].pk, version=1, by=cast.operator, at=NOW)
    assert [(row.no, row.name) for row in sheet.rows.all()] == [(1, "B"), (2, "C")]
    assert audit.history(sheet).first().before == {"proposal": "1. A"}
    refused("stale", matrix.remove_row, sheet.pk, rows[0].pk, version=1, by=cast.operator, at=NOW)


def test_indicators_in_force_are_taken_over_once_with_their_targets(cast, sheet):
    old = builders.indicator(cast.unit, 1, decree=builders.decree(2025))
    present = builders.indicator(cast.unit, 2, validity="lag_output")
    assert matrix.copy_present(sheet.pk, by=cast.operator, at=NOW) == 1
    row = sheet.rows.get()
    assert (row.follows, row.name, row.targets) == (present, present.name, [Decimal(90)] * 4)
    assert row.calculation == "“Selesai” ÷ “Rencana” × 100"
    assert old.pk != row.follows_id
    refused("nothing_to_copy", matrix.copy_present, sheet.pk, by=cast.operator, at=NOW)


def test_only_people_of_the_unit_write_in_the_matrix(cast, sheet):
    with pytest.raises(PermissionDenied):
        builders.proposal(sheet, by=cast.verifier, when=NOW)
    with pytest.raises(Http404):
        builders.proposal(sheet, by=cast.stranger, when=NOW)


# Sending


def test_sending_hands_the_case_to_the_validators_and_tells_them(cast, itjen, sent):
    assert step(sent) == actions.VALIDATION
    assert (fresh(sent).sent_by, fresh(sent).sent_at) == (cast.operator, NOW)
    told = Notice.objects.filter(cause__startswith=f"validation/{sent.pk}/sent/")
    assert {notice.user for notice in told} == {cast.verifier, itjen}


def test_an_empty_or_incomplete_matrix_is_not_sent_and_the_sentence_names_what_is_missing(cast, sheet):
    refused("incomplete", builders.sent_matrix, sheet, by=cast.operator, when=NOW)
    builders.proposal(sheet, by=cast.operator, when=NOW, source="")
    with pytest.raises(DomainError, match="Usulan 1 belum lengkap: sumber data"):
        builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    assert step(sheet) == actions.MATRIX


def test_before_the_bureau_has_invited_the_matrix_can_be_filled_in_but_not_sent(cast):
    builders.standards.load(at=NOW)
    sheet = cases.start("validation", cast.unit, "Tahun 2027", by=None, at=NOW, year=2027).validation
    builders.proposal(sheet, by=cast.operator, when=NOW)
    refused("not_invited", builders.sent_matrix, sheet, by=cast.operator, when=NOW)


def test_another_matrix_than_the_one_seen_is_not_sent(cast, sheet):
    row = builders.proposal(sheet, by=cast.operator, when=NOW)
    seen = matrix.fingerprint([row])
    save(sheet, row, by=cast.kasubag, measure="poin")
    refused("stale", matrix.send, sheet.pk, seen=seen, by=cast.operator, at=NOW)


def test_a_sent_matrix_is_locked_for_the_unit(cast, sent):
    refused("not_your_turn", builders.proposal, sent, by=cast.operator, when=NOW)
    refused("not_your_turn", builders.sent_matrix, sent, by=cast.operator, when=NOW)


def test_the_promise_is_used_up_by_the_validators_alone(cast, sent):
    cases.sound(sent.case_id, at=NOW + HOUR)
    at_work = Case.objects.get(pk=sent.case_id)
    assert at_work.running_since == NOW
    actions.give_back(sent.pk, reason="Lengkapi rumus.", by=cast.verifier, at=NOW + HOUR)
    assert Case.objects.get(pk=sent.case_id).running_since is None


# Validating


def test_bureau_and_itjen_find_proposals_valid_or_not(cast, itjen, sent):
    first, second = sent.rows.all()
    decide(first, "valid", by=cast.verifier)
    found = decide(second, "invalid", "Tidak terukur.", by=itjen)
    assert (found.verdict, found.note, found.decided_by) == ("invalid", "Tidak terukur.", itjen)


def test_not_valid_needs_a_note(cast, sent):
    refused("note_missing", decide, sent.rows.first(), "invalid", " ", by=cast.verifier)


def test_another_verdict_than_the_two_is_refused(cast, sent):
    refused("unknown_verdict", decide, sent.rows.first(), "pending", by=cast.verifier)


def test_of_two_validators_the_second_reads_the_first(cast, itjen, sent):
    row = sent.rows.first()
    decide(row, "valid", by=cast.verifier)
    refused("stale", decide, row, "invalid", "Tidak.", by=itjen, version=row.version)


def test_the_rest_is_accepted_at_once_by_its_count(cast, sent):
    decide(sent.rows.first(), "invalid", "Tidak terukur.", by=cast.verifier)
    refused("stale", actions.accept_rest, sent.pk, expected=2, by=cast.verifier, at=NOW)
    assert actions.accept_rest(sent.pk, expected=1, by=cast.verifier, at=NOW) == 1
    assert [row.verdict for row in sent.rows.all()] == ["invalid", "valid"]


def test_nothing_is_validated_before_the_matrix_is_sent(cast, sheet):
    row = builders.proposal(sheet, by=cast.operator, when=NOW)
    refused("not_your_turn", decide, row, "valid", by=cast.verifier)


def test_who_filled_in_the_matrix_does_not_validate_it(cast, sent):
    Membership.objects.create(user=cast.operator, role=Role.VERIFIER, unit=cast.unit)
    with pytest.raises(PermissionDenied):
        decide(sent.rows.first(), "valid", by=User.objects.get(pk=cast.operator.pk))


def test_the_unit_does_not_validate(cast, sent):
    with pytest.raises(PermissionDenied):
        decide(sent.rows.first(), "valid", by=cast.kasubag)


def test_a_returned_matrix_is_the_units_again_and_what_it_changes_is_undecided_again(cast, sent):
    first, second = sent.rows.all()
    decide(first, "invalid", "Tidak terukur.", by=cast.verifier)
    decide(second, "valid", by=cast.verifier)
    actions.give_back(sent.pk, reason="Perbaiki usulan 1.", by=cast.verifier, at=NOW + HOUR)
    assert (step(sent), fresh(sent).return_reason) == (actions.MATRIX, "Perbaiki usulan 1.")
    told = Notice.objects.filter(cause__startswith=f"validation/{sent.pk}/returned/")
    assert {notice.user for notice in told} == {cast.operator, cast.kasubag, cast.official}
    changed = save(sent, Proposal.objects.get(pk=first.pk), by=cast.operator, measure="poin")
    assert (changed.verdict, changed.note, changed.decided_at) == ("pending", "Tidak terukur.", None)
    assert Proposal.objects.get(pk=second.pk).verdict == "valid"
    builders.sent_matrix(sent, by=cast.operator, when=NOW + 2 * HOUR)
    assert (step(sent), fresh(sent).return_reason) == (actions.VALIDATION, "")
    assert not actions.is_plain(changed)


def test_returning_needs_a_reason(cast, sent):
    refused("reason_missing", actions.give_back, sent.pk, reason=" ", by=cast.verifier, at=NOW)


# Freezing and signing


def test_freezing_needs_every_finding(cast, sent):
    decide(sent.rows.first(), "valid", by=cast.verifier)
    refused("incomplete", actions.freeze, sent.pk, by=cast.verifier, at=NOW)


def test_itjen_does_not_freeze(cast, itjen, sent):
    actions.accept_rest(sent.pk, expected=2, by=itjen, at=NOW)
    with pytest.raises(PermissionDenied):
        actions.freeze(sent.pk, by=itjen, at=NOW)


def test_the_frozen_text_holds_what_was_found(cast, frozen):
    content = fresh(frozen).document.content
    assert (content["valid"], content["revision"], content["unit"]["code"]) == (2, 1, "ROKEU")
    assert content["rows"][0]["targets"] == [None, None, None, "90"]
    assert step(frozen) == actions.SIGNATURES


def test_bureau_itjen_and_unit_sign_in_this_order_and_the_case_waits_for_the_letter(cast, itjen, frozen):
    parties = [slot.party for slot in frozen.document.signatures.all()]
    assert parties == ["validator", "itjen", "level_two"]
    signed = builders.signed(frozen, by=[cast.verifier, itjen, cast.official], when=NOW)
    assert (signed.state, step(signed)) == ("signed", actions.LETTER)
    assert [one["name"] for one in fresh(signed).document.attestations] == [
        cast.verifier.name,
        itjen.name,
        cast.official.name,
    ]
    assert Notice.objects.get(cause=f"validated/{signed.pk}/1").user == cast.karoren


def test_a_level_one_unit_signs_for_itself(cast):
    assert actions.parties(cast.setjen)[-1] == ("level_one", cast.setjen)


def test_the_next_signer_is_called(cast, itjen, frozen):
    builders.signed(frozen, by=[cast.verifier], when=NOW)
    with builders.moment(NOW + HOUR):
        tasks.call_signers()
        tasks.call_signers()
    called = Notice.objects.filter(cause__startswith="sign/").get()
    assert (called.user, called.path) == (itjen, frozen.get_absolute_url())


def test_a_verifier_who_filled_in_the_matrix_does_not_sign_for_the_bureau(cast, itjen, frozen):
    Membership.objects.create(user=cast.operator, role=Role.VERIFIER, unit=cast.unit)
    with pytest.raises(PermissionDenied):
        builders.signed(frozen, by=[User.objects.get(pk=cast.operator.pk)], when=NOW)


def test_a_refusal_leads_back_to_the_validation(cast, itjen, frozen):
    builders.signed(frozen, by=[cast.verifier], when=NOW)
    document = frozen.document
    signing.refuse(frozen, reason="Usulan 2 tidak terukur.", by=itjen, at=NOW + HOUR)
    assert (fresh(frozen).state, step(frozen)) == ("open", actions.VALIDATION)
    document.refresh_from_db()
    assert document.void_reason == "Usulan 2 tidak terukur."
    again = builders.validated(fresh(frozen), by=cast.verifier, when=NOW + 2 * HOUR)
    assert again.revision == 2


def test_a_signed_sheet_is_opened_again_until_the_letter_is_out(cast, itjen, frozen):
    signed = builders.signed(frozen, by=[cast.verifier, itjen, cast.official], when=NOW)
    signing.reopen(signed, reason="Salah ketik.", by=cast.verifier, at=NOW + HOUR)
    assert step(signed) == actions.VALIDATION
    again = builders.validated(fresh(signed), by=cast.verifier, when=NOW + 2 * HOUR)
    signed = builders.signed(again, by=[cast.verifier, itjen, cast.official], when=NOW + 2 * HOUR)
    letters.issue(signed, by=cast.karoren, at=NOW + 3 * HOUR)
    refused("wrong_state", signing.reopen, signed, reason="Lagi.", by=cast.verifier, at=NOW + 4 * HOUR)


def test_the_letter_ends_the_service(cast, itjen, frozen):
    signed = builders.signed(frozen, by=[cast.verifier, itjen, cast.official], when=NOW)
    nota = letters.issue(signed, by=cast.karoren, at=NOW + HOUR)
    case = Case.objects.get(pk=signed.case_id)
    assert (case.state, case.ended_at, fresh(signed).state) == ("done", NOW + HOUR, "reported")
    assert (nota.about, nota.unit, nota.sheet) == ("Usulan indikator 2027", cast.unit, signed)
    assert nota.document.content["valid"] == 2
    refused("already_issued", letters.issue, signed, by=cast.karoren, at=NOW + HOUR)


def test_both_documents_are_drawn(cast, itjen, frozen):
    signed = builders.signed(frozen, by=[cast.verifier, itjen, cast.official], when=NOW)
    nota = letters.issue(signed, by=cast.karoren, at=NOW + HOUR)
    for document in (fresh(signed).document, nota.document):
        assert documents.read(documents.render(document.pk, at=NOW + HOUR)).startswith(b"%PDF")


def test_a_cancelled_service_locks_its_sheet(cast, sheet):
    builders.proposal(sheet, by=cast.operator, when=NOW)
    cases.cancel(sheet.case_id, reason="Diulang tahun depan.", by=cast.karoren, at=NOW + HOUR)
    refused("locked", builders.proposal, sheet, by=cast.operator, when=NOW + 2 * HOUR)
    refused("locked", builders.sent_matrix, sheet, by=cast.operator, when=NOW + 2 * HOUR)


def test_a_cancelled_service_asks_nobody_for_a_signature(cast, itjen, frozen):
    cases.cancel(frozen.case_id, reason="Diulang tahun depan.", by=cast.karoren, at=NOW + HOUR)
    refused("locked", builders.signed, frozen, by=[cast.verifier], when=NOW + 2 * HOUR)
    assert list(signing.open_slots(cast.verifier)) == []


# Constraints and home


@pytest.mark.parametrize("facts", [{"verdict": "valid"}, {"verdict": "invalid", "note": "", "decided_at": NOW}])
def test_the_database_refuses_half_a_finding(cast, sheet, facts):
    row = builders.proposal(sheet, by=cast.operator, when=NOW)
    if "decided_at" in facts:
        facts["decided_by"] = cast.verifier
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=row.pk).update(**facts)


def titles(user):
    with builders.moment(NOW):
        return [(task.title, task.state) for task in home.build(user, NOW).tasks]


def test_home_says_whose_turn_it_is(cast, itjen, sheet):
    assert titles(cast.operator) == [("Isi matriks usulan indikator", "Belum diisi")]
    builders.proposal(sheet, by=cast.operator, when=NOW)
    assert titles(cast.operator) == [("Kirim matriks usulan indikator", "1 usulan lengkap")]
    second = builders.proposal(sheet, by=cast.operator, source="", name="Lain", when=NOW)
    assert titles(cast.operator) == [("Isi matriks usulan indikator", "1 dari 2 usulan belum lengkap")]
    matrix.remove_row(sheet.pk, second.pk, version=1, by=cast.operator, at=NOW)
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    assert titles(cast.operator) == []
    waits = ("Validasi usulan indikator", "0 dari 1 divalidasi")
    assert (titles(cast.verifier), titles(itjen)) == ([waits], [waits])
    actions.accept_rest(sheet.pk, expected=1, by=itjen, at=NOW)
    assert titles(cast.verifier) == [("Bekukan lembar kerja validasi", "1 dari 1 divalidasi")]
    actions.freeze(sheet.pk, by=cast.verifier, at=NOW)
    assert titles(cast.verifier) == [("Tanda tangani lembar kerja validasi", "Revisi 1, menunggu Anda")]
    builders.signed(fresh(sheet), by=[cast.verifier, itjen, cast.official], when=NOW)
    assert titles(cast.karoren)[0] == ("Terbitkan nota dinas", "Lembar kerja ditandatangani")
