"""Two people at once in a validation: needs row locks, so it runs on PostgreSQL."""

from datetime import timedelta
from functools import partial

import builders
import pytest
from builders import at

from accounts.roles import Role
from kinerjaku.errors import DomainError
from reporting import actions as letters
from reporting.models import NotaDinas
from services.models import Case
from verification.actions import matrix
from verification.actions import validation as actions
from verification.models import Proposal, ValidationSheet

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = at("2026-10-05 09:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def itjen(cast):
    return builders.user(Role.ITJEN_VALIDATOR, builders.unit("ITJEN", level="I"))


@pytest.fixture
def sheet(cast):
    return builders.validation(cast.unit, when=NOW)


def refusals(results):
    for result in results:
        assert not isinstance(result, Exception) or isinstance(result, DomainError), result
    return sorted(result.code for result in results if isinstance(result, DomainError))


def test_proposals_added_at_once_get_numbers_of_their_own(cast, sheet, in_threads):
    add = partial(builders.proposal, sheet, by=cast.operator, when=NOW)
    assert refusals(in_threads([partial(add, name=f"Usulan {n}") for n in range(6)])) == []
    assert [row.no for row in sheet.rows.all()] == [1, 2, 3, 4, 5, 6]


def test_copying_twice_at_once_copies_once(cast, sheet, in_threads):
    builders.indicator(cast.unit)
    results = in_threads([lambda: matrix.copy_present(sheet.pk, by=cast.operator, at=NOW)] * 4)
    assert refusals(results) == ["nothing_to_copy"] * 3
    assert Proposal.objects.count() == 1


def test_a_change_and_the_sending_agree_who_was_first(cast, sheet, in_threads):
    row = builders.proposal(sheet, by=cast.operator, when=NOW)
    seen = matrix.fingerprint([row])
    facts = {name: getattr(row, name) for name in matrix.FIELDS} | {"measure": "poin"}
    results = in_threads(
        [
            lambda: matrix.save_row(sheet.pk, row.pk, facts, version=1, by=cast.kasubag, at=NOW),
            lambda: matrix.send(sheet.pk, seen=seen, by=cast.operator, at=NOW),
        ]
    )
    row.refresh_from_db()
    expected = ["stale"] if row.measure == "poin" else ["not_your_turn"]
    assert refusals(results) == expected


def test_of_two_findings_at_once_the_first_stays(cast, itjen, sheet, in_threads):
    row = builders.proposal(sheet, by=cast.operator, when=NOW)
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)

    def decide(note, by):
        return lambda: actions.decide(row.pk, verdict="invalid", note=note, version=1, by=by, at=NOW)

    results = in_threads([decide("Biro", cast.verifier), decide("Itjen", itjen)])
    assert refusals(results) == ["stale"]


def test_a_return_and_a_freeze_at_once_leave_one_of_them(cast, sheet, in_threads):
    builders.proposal(sheet, by=cast.operator, when=NOW)
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    actions.accept_rest(sheet.pk, expected=1, by=cast.verifier, at=NOW)
    results = in_threads(
        [
            lambda: actions.freeze(sheet.pk, by=cast.verifier, at=NOW),
            lambda: actions.give_back(sheet.pk, reason="Lengkapi.", by=cast.verifier, at=NOW),
        ]
    )
    assert len(refusals(results)) == 1
    found = ValidationSheet.objects.select_related("case__step").get()
    assert (found.state, found.case.step.order) in {("frozen", actions.SIGNATURES), ("open", actions.MATRIX)}


def test_two_letters_at_once_are_one_and_end_the_service_once(cast, itjen, sheet, in_threads):
    builders.proposal(sheet, by=cast.operator, when=NOW)
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    frozen = builders.validated(sheet, by=cast.verifier, when=NOW)
    signed = builders.signed(frozen, by=[cast.verifier, itjen, cast.official], when=NOW)
    results = in_threads([lambda: letters.issue(signed, by=cast.karoren, at=NOW + HOUR)] * 4)
    assert refusals(results) == ["already_issued"] * 3
    assert NotaDinas.objects.get().serial == 1
    assert Case.objects.get().events.filter(kind="end").count() == 1
