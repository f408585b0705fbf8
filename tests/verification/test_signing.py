"""Signing the frozen text in order; refusing and reopening void everything."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Membership, Notice, User
from accounts.roles import Role
from indicators.models import Achievement
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from reporting import actions as letters
from verification import tasks
from verification.actions import signing as actions
from verification.models import Signature, Worksheet

NOW = AFTER_CLOSE + timedelta(hours=3)


@pytest.fixture
def frozen(cast, sheet):
    return builders.frozen(sheet, by=cast.verifier)


def sign(sheet, *, by, content_hash=None):
    sheet = Worksheet.objects.get(pk=sheet.pk)
    content_hash = content_hash or sheet.document.content_hash
    with builders.moment(NOW):
        return actions.sign(sheet, content_hash=content_hash, by=by, at=NOW)


def test_each_party_signs_the_hash_it_saw_and_the_last_one_completes(cast, frozen):
    for signer in cast.signers:
        sign(frozen, by=signer)
    sheet = Worksheet.objects.get(pk=frozen.pk)
    assert sheet.state == "signed"
    assert {slot.content_hash for slot in sheet.document.signatures.all()} == {sheet.document.content_hash}
    assert [attested["name"] for attested in sheet.document.attestations] == [signer.name for signer in cast.signers]
    assert sheet.document.sealed_at == NOW


def test_nobody_signs_before_their_turn(cast, frozen):
    with pytest.raises(DomainError) as caught:
        sign(frozen, by=cast.official)
    assert (caught.value.code, caught.value.status) == ("not_your_turn", 403)


def test_another_hash_than_the_frozen_one_is_stale(cast, frozen):
    with pytest.raises(DomainError) as caught:
        sign(frozen, by=cast.verifier, content_hash="0" * 64)
    assert caught.value.code == "stale"
    assert not Signature.objects.filter(signed_at__isnull=False).exists()


def test_content_that_was_tampered_with_is_not_signed(cast, frozen):
    content = {**frozen.document.content, "unit_score_text": "120,00"}
    Document.objects.filter(pk=frozen.document_id).update(content=content)
    with pytest.raises(DomainError) as caught:
        sign(frozen, by=cast.verifier)
    assert caught.value.code == "tampered"


def test_one_person_signs_once_even_with_two_roles(cast, frozen):
    Membership.objects.create(user=cast.verifier, role=Role.OFFICIAL, unit=cast.unit)
    both = User.objects.get(pk=cast.verifier.pk)
    sign(frozen, by=both)
    with pytest.raises(DomainError) as caught:
        sign(frozen, by=both)
    assert caught.value.code == "already_signed"


def test_whoever_entered_the_figures_does_not_sign_as_verifier(cast, frozen):
    Membership.objects.create(user=cast.operator, role=Role.VERIFIER, unit=cast.unit)
    with pytest.raises(PermissionDenied):
        sign(frozen, by=User.objects.get(pk=cast.operator.pk))


def test_a_stranger_does_not_even_find_it(cast, frozen):
    with pytest.raises(Http404):
        sign(frozen, by=builders.user(Role.OFFICIAL, builders.unit("ROKUM", parent=cast.setjen)))


def test_whoever_may_only_look_does_not_sign(cast, frozen):
    with pytest.raises(DomainError) as caught:
        sign(frozen, by=cast.operator)
    assert caught.value.status == 403


def test_an_open_worksheet_is_not_signed(cast, sheet):
    with pytest.raises(DomainError) as caught:
        actions.sign(sheet, content_hash="0" * 64, by=cast.verifier, at=NOW)
    assert caught.value.code == "wrong_state"


def test_the_next_party_is_called_once(cast, frozen):
    sign(frozen, by=cast.verifier)
    with builders.moment(NOW):
        tasks.call_signers()
        tasks.call_signers()
    called = Notice.objects.filter(cause__startswith="sign/")
    assert [notice.user for notice in called] == [cast.official]


def test_karoren_is_told_when_everyone_has_signed(cast, frozen):
    builders.signed(frozen, by=cast.signers)
    assert Notice.objects.filter(cause=f"signed/{frozen.pk}/1").get().user == cast.karoren


# Refusing, reopening


def test_a_refusal_voids_the_document_and_opens_the_worksheet(cast, frozen):
    sign(frozen, by=cast.verifier)
    actions.refuse(frozen, reason="Angka baris 2 keliru.", by=cast.official, at=NOW)
    sheet = Worksheet.objects.get(pk=frozen.pk)
    assert (sheet.state, sheet.document) == ("open", None)
    document = Document.objects.get(pk=frozen.document_id)
    assert (document.voided_at, document.void_reason) == (NOW, "Angka baris 2 keliru.")
    assert {row.achievement.state for row in sheet.rows.all()} == {"submitted"}
    assert audit.history(sheet).first().reason == "Angka baris 2 keliru."


def test_a_refusal_needs_a_reason(cast, frozen):
    with pytest.raises(DomainError) as caught:
        actions.refuse(frozen, reason=" ", by=cast.verifier, at=NOW)
    assert caught.value.code == "reason_missing"


def test_only_whose_turn_it_is_refuses(cast, frozen):
    with pytest.raises(DomainError) as caught:
        actions.refuse(frozen, reason="Belum setuju.", by=cast.chief, at=NOW)
    assert caught.value.code == "not_your_turn"


def test_a_refusal_is_told_to_everyone_involved(cast, frozen):
    sign(frozen, by=cast.verifier)
    sign(frozen, by=cast.official)
    actions.refuse(frozen, reason="Belum setuju.", by=cast.chief, at=NOW)
    told = Notice.objects.filter(cause=f"void/{frozen.document_id}")
    assert {notice.user for notice in told} == {cast.verifier, cast.official, cast.operator, cast.kasubag}
    assert all("Belum setuju." in notice.body for notice in told)


def test_reopening_voids_all_signatures_and_the_next_freeze_has_a_new_revision_and_code(cast, frozen):
    builders.signed(frozen, by=cast.signers)
    before = Document.objects.get(pk=frozen.document_id)
    actions.reopen(frozen, reason="Salah baca bukti.", by=cast.verifier, at=NOW)
    again = builders.frozen(Worksheet.objects.get(pk=frozen.pk), by=cast.verifier)
    assert again.revision == 2
    assert again.document.code != before.code
    assert not again.document.signatures.filter(signed_at__isnull=False).exists()
    assert Document.objects.get(pk=before.pk).state_label == "Dibatalkan"


def test_the_signature_for_the_old_revision_does_not_count_for_the_new_one(cast, frozen):
    seen = frozen.document.content_hash
    actions.reopen(frozen, reason="Salah baca bukti.", by=cast.verifier, at=NOW)
    builders.frozen(Worksheet.objects.get(pk=frozen.pk), by=cast.verifier)
    with pytest.raises(DomainError) as caught:
        sign(frozen, by=cast.verifier, content_hash=seen)
    assert caught.value.code == "stale"


def test_only_the_assigned_verifier_reopens(cast, frozen):
    with pytest.raises(PermissionDenied):
        actions.reopen(frozen, reason="Ingin diubah.", by=cast.operator, at=NOW)


def test_rows_never_sent_go_back_to_not_entered(cast):
    builders.indicator(cast.unit)
    sheet = builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    actions.reopen(sheet, reason="Salah baca bukti.", by=cast.verifier, at=NOW)
    assert {claim.state for claim in Achievement.objects.all()} == {"not_entered"}


def test_after_the_nota_dinas_nothing_is_opened_again(cast, frozen):
    sheet = builders.signed(frozen, by=cast.signers)
    letters.issue(sheet, by=cast.karoren, at=NOW)
    with pytest.raises(DomainError) as caught:
        actions.reopen(sheet, reason="Terlambat.", by=cast.verifier, at=NOW)
    assert caught.value.code == "wrong_state"


# The PDF


def test_the_pdf_is_made_once_everyone_has_signed_and_never_again(cast, frozen):
    with pytest.raises(DomainError, match="belum lengkap"):
        documents.render(frozen.document_id, at=NOW)
    builders.signed(frozen, by=cast.signers)
    first = documents.render(frozen.document_id, at=NOW)
    second = documents.render(frozen.document_id, at=NOW + timedelta(days=1))
    assert documents.read(first).startswith(b"%PDF")
    assert (first.sha256, first.storage_name) == (second.sha256, second.storage_name)
