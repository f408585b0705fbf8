"""Two people at once on the sheet of an assistance: needs row locks, so it runs on PostgreSQL."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE

from kinerjaku import audit
from kinerjaku.errors import DomainError
from reporting.actions import assistance as actions
from reporting.actions import draft as drafts
from reporting.actions.assistance import Given
from reporting.models import AssistanceSheet
from services.actions import case as cases
from services.actions import clockwork
from services.actions import standard as standards
from verification.actions import signing
from verification.models import Signature

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = AFTER_CLOSE + timedelta(hours=1)


@pytest.fixture
def sheet(cast):
    builders.indicator(cast.unit)
    builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    return builders.assistance(cast.unit, by=cast.operator)


@pytest.fixture
def asked(cast, sheet):
    return builders.requested(sheet, by=cast.operator)


def refusals(results):
    others = [result for result in results if isinstance(result, Exception) and not isinstance(result, DomainError)]
    assert others == []
    return sorted(result.code for result in results if isinstance(result, DomainError))


def fresh(sheet):
    return AssistanceSheet.objects.select_related("document", "case__step").get(pk=sheet.pk)


def test_two_who_begin_at_once_get_the_same_sheet(cast, in_threads):
    standards.load(at=NOW)

    def begin(by):
        return lambda: cases.start("report_assistance", cast.unit, "Tahun 2025", by=by, at=NOW, year=2025)

    made = in_threads([begin(by) for by in (cast.operator, cast.kasubag, cast.official, cast.verifier)])
    assert refusals(made) == []
    assert len({case.pk for case in made}) == 1
    assert AssistanceSheet.objects.get().rows.count() == 23


def test_of_two_requests_at_once_one_is_sent(cast, sheet, in_threads):
    drafts.give(sheet.pk, builders.pdf("lkj"), by=cast.operator, at=NOW)

    def ask(by):
        return lambda: drafts.request(sheet.pk, message="Mohon.", by=by, at=NOW)

    assert refusals(in_threads([ask(cast.operator), ask(cast.kasubag)])) == ["wrong_state"]
    assert fresh(sheet).case.events.filter(kind="step").count() == 3


def test_of_two_answers_to_one_point_the_first_stays(cast, asked, in_threads):
    deputy = builders.user(builders.Role.VERIFIER, cast.unit)

    def answer(by, note):
        return lambda: actions.answer(asked.pk, [Given(1, "partial", note, 0)], by=by, at=NOW)

    results = in_threads([answer(cast.verifier, "a"), answer(deputy, "b")])
    assert refusals(results) == ["stale"]
    assert asked.rows.get(no=1).version == 1


def test_freezing_twice_at_once_makes_one_document(cast, asked, in_threads):
    actions.answer(asked.pk, [Given(no, "conform", "", 0) for no in range(1, 24)], by=cast.verifier, at=NOW)
    results = in_threads([lambda: actions.freeze(asked.pk, by=cast.verifier, at=NOW)] * 2)
    assert refusals(results) == ["wrong_state"]
    assert (fresh(asked).revision, fresh(asked).case.step.order) == (1, 5)


def test_of_a_freeze_and_a_return_at_once_one_is_done(cast, asked, in_threads):
    actions.answer(asked.pk, [Given(no, "conform", "", 0) for no in range(1, 24)], by=cast.verifier, at=NOW)
    results = in_threads(
        [
            lambda: actions.freeze(asked.pk, by=cast.verifier, at=NOW),
            lambda: actions.give_back(asked.pk, reason="Lengkapi.", by=cast.verifier, at=NOW),
        ]
    )
    assert refusals(results) == ["wrong_state"]
    found = fresh(asked)
    assert (found.state, found.case.step.order) in {("frozen", 5), ("open", 3)}


def test_of_two_officials_who_sign_at_once_one_signs_and_the_service_ends_once(cast, asked, in_threads):
    deputy = builders.user(builders.Role.OFFICIAL, cast.unit)
    frozen = builders.signed(builders.assisted(asked, by=cast.verifier), by=[cast.verifier])
    seen = fresh(frozen).document.content_hash

    def sign(by):
        return lambda: signing.sign(frozen, content_hash=seen, by=by, at=NOW)

    assert refusals(in_threads([sign(cast.official), sign(deputy)])) == ["wrong_state"]
    assert Signature.objects.filter(document=fresh(frozen).document, signed_at__isnull=False).count() == 2
    assert fresh(frozen).case.events.filter(kind="end").count() == 1
    assert list(clockwork.faults()) == []
    assert list(audit.problems()) == []


def test_of_the_last_signature_and_a_cancelling_at_once_no_half_remains(cast, asked, in_threads):
    frozen = builders.signed(builders.assisted(asked, by=cast.verifier), by=[cast.verifier])
    seen = fresh(frozen).document.content_hash
    results = in_threads(
        [
            lambda: signing.sign(frozen, content_hash=seen, by=cast.official, at=NOW),
            lambda: cases.cancel(frozen.case_id, reason="Keliru.", by=cast.karoren, at=NOW),
        ]
    )
    found = fresh(frozen)
    assert (refusals(results), found.stage) in [(["locked"], "cancelled"), (["ended"], "signed")]
