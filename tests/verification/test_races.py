"""Two people at once: needs row locks, so it runs on PostgreSQL."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE

from kinerjaku import documents
from kinerjaku.errors import DomainError
from verification.actions import signing
from verification.actions import worksheet as actions
from verification.models import Signature, Worksheet, WorksheetRow

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = AFTER_CLOSE + timedelta(hours=3)


def refusals(results):
    return sorted(result.code for result in results if isinstance(result, DomainError))


def test_of_two_officials_who_sign_at_once_one_signs(cast, sheet, in_threads):
    deputy = builders.user(builders.Role.OFFICIAL, cast.unit)
    frozen = builders.signed(builders.frozen(sheet, by=cast.verifier), by=[cast.verifier])
    seen = frozen.document.content_hash

    def sign(by):
        return lambda: signing.sign(frozen, content_hash=seen, by=by, at=NOW)

    results = in_threads([sign(cast.official), sign(deputy)])
    assert refusals(results) == ["not_your_turn"]
    assert Signature.objects.filter(document=frozen.document_id, signed_at__isnull=False).count() == 2


def test_of_a_signature_and_a_reopening_at_once_no_half_remains(cast, sheet, in_threads):
    frozen = builders.frozen(sheet, by=cast.verifier)
    seen = frozen.document.content_hash
    in_threads(
        [
            lambda: signing.sign(frozen, content_hash=seen, by=cast.verifier, at=NOW),
            lambda: signing.reopen(frozen, reason="Keliru.", by=cast.verifier, at=NOW),
        ]
    )
    assert Worksheet.objects.get(pk=frozen.pk).state == "open"


def test_of_two_findings_on_one_row_the_first_stays(cast, row, in_threads):
    def decide(note):
        return lambda: actions.decide(
            row.pk,
            verdict="conform",
            verified_actual=None,
            evidence_fits=True,
            note=note,
            version=0,
            by=cast.verifier,
            at=NOW,
        )

    results = in_threads([decide("a"), decide("b")])
    assert refusals(results) == ["stale"]
    assert WorksheetRow.objects.get(pk=row.pk).version == 1


def test_freezing_twice_at_once_makes_one_document(cast, sheet, in_threads):
    actions.accept_plain(sheet.pk, expected=2, by=cast.verifier, at=NOW)
    results = in_threads([lambda: actions.freeze(sheet.pk, by=cast.verifier, at=NOW)] * 2)
    assert refusals(results) == ["wrong_state"]
    assert Worksheet.objects.get(pk=sheet.pk).revision == 1


def test_two_who_make_the_worksheet_at_once_get_the_same_one(cast, in_threads):
    builders.indicator(cast.unit)
    quarter = builders.quarter()
    made = in_threads([lambda: actions.open_worksheet(quarter, cast.unit, by=None, at=AFTER_CLOSE)] * 4)
    assert len({worksheet.pk for worksheet in made}) == 1
    assert WorksheetRow.objects.count() == 1


def test_two_workers_make_one_pdf(cast, sheet, in_threads, settings):
    sheet = builders.signed(builders.frozen(sheet, by=cast.verifier), by=cast.signers)
    made = in_threads([lambda: documents.render(sheet.document_id, at=NOW)] * 2)
    assert made[0].sha256 == made[1].sha256
    assert len(list(settings.MEDIA_ROOT.glob("documents/**/*.pdf"))) == 1
