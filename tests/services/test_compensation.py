"""What a late service owes: its owner, the apologies with their proof, the letter, the handing over, the waiver."""

import sys
from datetime import date, timedelta
from io import BytesIO

import builders
import pytest
from builders import at
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404
from pypdf import PdfReader

from accounts.models import Membership, Notice
from accounts.roles import Role
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import Document, NumberSeries
from reporting.tasks import render_documents
from services import tasks
from services.actions import apology
from services.actions import calendar as calendars
from services.actions import case as cases
from services.actions import compensation as actions
from services.actions import standard as standards
from services.models import Apology, Case, Closure, Handover, Obligation

pytestmark = pytest.mark.django_db
MONDAY = at("2026-04-20 07:30")  # a week without holidays
PROMISE = at("2026-04-23 08:45")  # 23 hours 45 later
LATE = at("2026-04-24 09:00")
LATER = at("2026-05-05 09:00")  # 72 hours have passed on 4 May at 12.00
TEXTS = {"cause": "Dokumen terlambat diperiksa.", "prevention": "Jadwal periksa ditambah."}


@pytest.fixture
def case(cast):
    standards.load(at=MONDAY)
    made = cases.start("verification", cast.unit, "Triwulan I 2026", by=None, at=MONDAY)
    return cases.complete_step(made.pk, 1, by=None, at=MONDAY)


def debt(case, kind="oral", when=LATE):
    """What is owed by then, found by the sweep."""
    with builders.moment(when):
        tasks.sound_clocks()
    return case.obligations.get(kind=kind)


def finish(case, cast, when=LATER):
    for order in (2, 3, 4, 5):
        cases.complete_step(case.pk, order, by=cast.verifier, at=when)


def oral(cast, **changes):
    facts = {
        "given_by": cast.verifier,
        "to": "Sari",
        "position": "Kepala Biro",
        "when": at("2026-04-24 08:00"),
        "manner": "meeting",
        "by": cast.verifier,
        "at": LATE,
    }
    return facts | changes


def handing(cast, **changes):
    facts = {key: value for key, value in oral(cast).items() if key != "manner"}
    when = {"when": LATER, "at": LATER}
    return facts | when | {"place": "Ruang rapat", "what": "Lembar kerja verifikasi"} | changes


def code_of(refused):
    return refused.value.code


def seen(case):
    return documents.content_hash(apology.content_of(Apology.objects.get(case=case)))


# The owner


def test_the_verifier_who_acted_last_owns_what_is_owed(cast, case):
    other = builders.user(Role.VERIFIER, cast.unit)
    cases.complete_step(case.pk, 2, by=other, at=at("2026-04-20 08:00"))
    assert debt(case).owner == other


def test_without_one_a_verifier_of_the_unit_owns_it(cast, case):
    assert debt(case).owner == cast.verifier


@pytest.mark.parametrize("heir", [Role.TEAM_LEAD, Role.KAROREN, None])
def test_without_verifiers_the_leads_own_it(cast, case, heir):
    Membership.objects.filter(role__in=[Role.VERIFIER, Role.KAROREN]).delete()
    expected = builders.user(heir, cast.bureau) if heir else None
    assert debt(case).owner == expected


def test_the_owner_is_told_once_in_working_hours(cast, case):
    for when in ("2026-04-25 20:00", "2026-04-25 20:01"):  # a Saturday
        owed = debt(case, when=at(when))
    notice = Notice.objects.get(user=cast.verifier, cause=f"obligation/{owed.pk}/accrued")
    assert notice.send_after.astimezone(MONDAY.tzinfo).date() == date(2026, 4, 27)
    assert notice.path == owed.get_absolute_url()


def test_a_lead_hands_it_to_another_with_a_reason(cast, case):
    lead, other = builders.user(Role.TEAM_LEAD, cast.bureau), builders.user(Role.VERIFIER, cast.unit)
    owed = debt(case)
    with pytest.raises(PermissionDenied):
        actions.reassign(owed.pk, to=other, reason="Cuti.", by=cast.verifier, at=LATE)
    with pytest.raises(DomainError) as refused:
        actions.reassign(owed.pk, to=other, reason=" ", by=lead, at=LATE)
    assert code_of(refused) == "reason_missing"
    with pytest.raises(DomainError) as refused:
        actions.reassign(owed.pk, to=cast.operator, reason="Cuti.", by=lead, at=LATE)
    assert code_of(refused) == "not_of_the_bureau"
    with pytest.raises(DomainError) as refused:
        actions.reassign(owed.pk, to=cast.verifier, reason="Cuti.", by=lead, at=LATE)
    assert code_of(refused) == "same_owner"
    actions.reassign(owed.pk, to=other, reason="Cuti.", by=lead, at=LATE)
    entry = audit.history(owed).first()
    assert (entry.before["owner_id"], entry.after["owner_id"], entry.reason) == (cast.verifier.pk, other.pk, "Cuti.")
    assert Notice.objects.filter(user=other, cause__startswith=f"obligation/{owed.pk}/reassigned/").count() == 1


def test_whoever_gets_it_back_is_told_again(cast, case):
    other = builders.user(Role.VERIFIER, cast.unit)
    owed = debt(case)
    for person in (other, cast.verifier, other):
        actions.reassign(owed.pk, to=person, reason="Bergantian.", by=cast.karoren, at=LATE)
    assert Notice.objects.filter(user=other, cause__contains="reassigned").count() == 2


# The oral apology


def test_an_oral_apology_says_who_to_whom_when_and_how(cast, case):
    owed = actions.fulfil(debt(case).pk, **oral(cast, note="Disampaikan pada rapat."))
    assert (owed.fulfilled_by, owed.handed_to, owed.handed_to_position) == (cast.verifier, "Sari", "Kepala Biro")
    assert (owed.fulfilled_at, owed.recorded_at, owed.manner) == (at("2026-04-24 08:00"), LATE, "meeting")


def test_an_oral_apology_that_cannot_be_is_refused(cast, case, subtests):
    owed = debt(case)
    for changes, code in (
        ({"to": " "}, "proof_missing"),
        ({"position": ""}, "proof_missing"),
        ({"manner": "surel"}, "proof_missing"),
        ({"when": at("2026-04-23 08:44")}, "too_early"),
        ({"when": LATE + timedelta(minutes=1)}, "in_the_future"),
    ):
        with subtests.test(changes=changes):
            with pytest.raises(DomainError) as refused:
                actions.fulfil(owed.pk, **oral(cast, **changes))
            assert code_of(refused) == code
            assert not Obligation.objects.get(pk=owed.pk).is_settled


def test_the_minute_in_which_it_accrued_is_not_too_early(cast, case):
    cases.pause(case.pk, kind="force_majeure", reason="Gempa.", by=cast.verifier, at=MONDAY)
    cases.resume(case.pk, by=cast.verifier, at=MONDAY + timedelta(seconds=30))
    owed = actions.fulfil(debt(case).pk, **oral(cast, when=PROMISE))
    assert owed.fulfilled_at == owed.accrued_at == PROMISE + timedelta(seconds=30)


def test_only_somebody_of_the_bureau_apologises(cast, case):
    with pytest.raises(DomainError) as refused:
        actions.fulfil(debt(case).pk, **oral(cast, given_by=cast.operator))
    assert code_of(refused) == "not_of_the_bureau"


def test_nothing_is_fulfilled_twice(cast, case):
    owed = actions.fulfil(debt(case).pk, **oral(cast))
    with pytest.raises(DomainError) as refused:
        actions.fulfil(owed.pk, **oral(cast))
    assert code_of(refused) == "settled"


def test_its_owner_or_a_verifier_of_the_unit_fulfils_it_and_nobody_else(cast, case):
    lead = builders.user(Role.TEAM_LEAD, cast.bureau)
    owed = debt(case)
    for person, error in ((lead, PermissionDenied), (cast.operator, PermissionDenied), (cast.stranger, Http404)):
        with pytest.raises(error):
            actions.fulfil(owed.pk, **oral(cast, by=person))
    actions.reassign(owed.pk, to=lead, reason="Cuti.", by=cast.karoren, at=LATE)
    assert actions.fulfil(owed.pk, **oral(cast, by=lead)).recorded_by == lead


def test_a_letter_is_not_an_oral_apology(cast, case):
    owed = debt(case, "written")
    with pytest.raises(DomainError) as refused:
        actions.fulfil(owed.pk, **oral(cast))
    assert code_of(refused) == "wrong_kind"


# The letter


def test_the_letter_fulfils_the_written_apology_at_the_instant_of_issue(cast, case):
    owed = builders.issued_apology(debt(case, "written"), by=cast.verifier, signer=cast.karoren, when=LATE)
    assert (owed.fulfilled_at, owed.fulfilled_by, owed.handed_to) == (LATE, cast.karoren, "Kepala ROKEU")
    assert owed.letter.document.number == "1/SJ.1/OT.310/IV/2026"
    told = Notice.objects.filter(cause=f"apology/{owed.letter.pk}").values_list("user", flat=True)
    assert set(told) == {cast.operator.pk, cast.kasubag.pk, cast.official.pk}
    assert debt(case, "oral").fulfilled_at is None


def test_the_pdf_tells_the_facts_of_the_case(cast, case):
    owed = builders.issued_apology(debt(case, "written"), by=cast.verifier, signer=cast.karoren, when=LATE)
    render_documents()
    stored = documents.read(Document.objects.get(pk=owed.letter.document_id))
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(stored)).pages).split())
    for words in (
        "Jakarta, 24 April 2026",
        "1/SJ.1/OT.310/IV/2026",
        "Yth. Kepala ROKEU",
        "verifikasi capaian kinerja, Triwulan I 2026",
        "dalam 23 jam 45 menit kerja",
        "20 April 2026 pukul 07.30 WIB",
        "sampai dengan 24 April 2026 pukul 09.00 WIB telah memakai 31 jam 30 menit kerja",
        "yaitu 7 jam 45 menit kerja melebihi janji kami",
        "Dokumen terlambat diperiksa.",
        "Jadwal periksa ditambah.",
        "Inspektur Jenderal",
    ):
        assert words in text, words


def test_a_letter_about_a_finished_case_tells_its_end(cast, case):
    finish(case, cast, at("2026-04-23 10:00"))
    apology.draft(case.pk, **TEXTS, version=0, by=cast.verifier, at=LATE)
    content = apology.content_of(Apology.objects.get())
    assert content["ended_text"] == "23 April 2026 pukul 10.00 WIB"
    assert (content["used_text"], content["over_text"]) == ("25 jam", "1 jam 15 menit")


def test_who_is_late_by_a_second_says_a_minute(cast, case):
    second = PROMISE + timedelta(seconds=1)
    debt(case, when=second)
    apology.draft(case.pk, **TEXTS, version=0, by=cast.verifier, at=second)
    assert apology.content_of(Apology.objects.get())["over_text"] == "1 menit"


def test_an_issued_letter_stays_when_the_calendar_changes(cast, case):
    owed = builders.issued_apology(debt(case, "written"), by=cast.verifier, signer=cast.karoren, when=LATE)
    before = owed.letter.document.content
    closure = Closure(day=date(2026, 4, 21), kind="other", name="Contoh", basis="Contoh")
    calendars.save_closure(closure, by=cast.admin, at=LATE)
    with builders.moment(LATE):
        tasks.sound_clocks()
    document = Document.objects.get(pk=owed.letter.document_id)
    assert document.content == before
    documents.require_intact(document)
    assert (owed.due_at, owed.accrued_at) == tuple(
        Obligation.objects.values_list("due_at", "accrued_at").get(pk=owed.pk)
    )


def test_a_draft_that_the_calendar_overtook_is_seen_again_before_it_is_issued(cast, case):
    debt(case)
    apology.draft(case.pk, **TEXTS, version=0, by=cast.verifier, at=LATE)
    shown = seen(case)
    closure = Closure(day=date(2026, 4, 21), kind="other", name="Contoh", basis="Contoh")
    calendars.save_closure(closure, by=cast.admin, at=LATE)
    with pytest.raises(DomainError) as refused:
        apology.issue(case.pk, content_hash=shown, by=cast.karoren, at=LATE)
    assert code_of(refused) == "stale"
    assert not NumberSeries.objects.exists()


def test_a_letter_is_issued_once(cast, case):
    builders.issued_apology(debt(case, "written"), by=cast.verifier, signer=cast.karoren, when=LATE)
    for act in (
        lambda: apology.issue(case.pk, content_hash=seen(case), by=cast.karoren, at=LATE),
        lambda: apology.draft(case.pk, **TEXTS, version=1, by=cast.verifier, at=LATE),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert code_of(refused) == "already_issued"
    assert NumberSeries.objects.get().last == 1


@transaction.atomic
def die_while_issuing(case, cast):
    apology.issue(case.pk, content_hash=seen(case), by=cast.karoren, at=LATE)
    sys.exit("killed before the commit")


def test_a_worker_killed_after_the_number_was_taken_uses_up_none(cast, case):
    owed = debt(case, "written")
    apology.draft(case.pk, **TEXTS, version=0, by=cast.verifier, at=LATE)

    with pytest.raises(SystemExit):
        die_while_issuing(case, cast)
    assert not NumberSeries.objects.exists()
    assert not Document.objects.exists()
    assert not Notice.objects.filter(cause__startswith="apology/", user=cast.operator).exists()
    assert not Obligation.objects.get(pk=owed.pk).is_settled
    letter = apology.issue(case.pk, content_hash=seen(case), by=cast.karoren, at=LATE + timedelta(hours=1))
    assert letter.document.number == "1/SJ.1/OT.310/IV/2026"
    assert list(audit.problems()) == []


def test_a_pdf_that_was_left_behind_is_drawn_by_the_next_sweep_once(cast, case):
    owed = builders.issued_apology(debt(case, "written"), by=cast.verifier, signer=cast.karoren, when=LATE)
    assert owed.is_settled
    assert owed.letter.document.rendered_at is None
    render_documents()
    first = Document.objects.get().sha256
    render_documents()
    assert Document.objects.get().sha256 == first != ""


def test_a_draft_that_is_not_whole_or_not_the_last_is_refused(cast, case, subtests):
    debt(case)
    for changes, code in (
        ({"cause": " "}, "reason_missing"),
        ({"prevention": ""}, "reason_missing"),
        ({"version": 3}, "stale"),
    ):
        with subtests.test(changes=changes):
            with pytest.raises(DomainError) as refused:
                apology.draft(case.pk, **{**TEXTS, "version": 0, **changes}, by=cast.verifier, at=LATE)
            assert code_of(refused) == code


def test_nothing_is_drafted_for_a_case_in_time(cast, case):
    with pytest.raises(DomainError) as refused:
        apology.draft(case.pk, **TEXTS, version=0, by=cast.verifier, at=MONDAY)
    assert code_of(refused) == "nothing_owed"


def test_nothing_is_issued_without_a_draft(cast, case):
    debt(case)
    with pytest.raises(DomainError) as refused:
        apology.issue(case.pk, content_hash="", by=cast.karoren, at=LATE)
    assert code_of(refused) == "not_drafted"


def test_who_writes_and_who_issues(cast, case):
    debt(case)
    for person, error in ((cast.admin, PermissionDenied), (cast.operator, PermissionDenied), (cast.stranger, Http404)):
        with pytest.raises(error):
            apology.draft(case.pk, **TEXTS, version=0, by=person, at=LATE)
    apology.draft(case.pk, **TEXTS, version=0, by=cast.karoren, at=LATE)  # the signer may mend the words
    with pytest.raises(PermissionDenied):
        apology.issue(case.pk, content_hash=seen(case), by=cast.verifier, at=LATE)


def test_karoren_is_told_of_a_draft_once(cast, case):
    debt(case)
    for version in (0, 1, 2):
        apology.draft(case.pk, **TEXTS, version=version, by=cast.verifier, at=LATE)
    assert Notice.objects.filter(user=cast.karoren, cause__endswith="/draft").count() == 1


# Handing over in person


def test_the_letter_of_the_written_apology_serves_the_result_that_is_handed_over_later(cast, case):
    written = builders.issued_apology(debt(case, "written"), by=cast.verifier, signer=cast.karoren, when=LATE)
    owed = debt(case, "in_person", LATER)
    assert owed.letter == written.letter
    assert not owed.is_settled


def test_without_the_written_one_the_letter_is_issued_for_the_handing_over(cast, case):
    actions.waive(debt(case, "written").pk, reason="Gempa.", by=cast.karoren, at=LATE)
    owed = debt(case, "in_person", LATER)
    owed = builders.issued_apology(owed, by=cast.verifier, signer=cast.karoren, when=LATER)
    assert owed.letter.document.content["in_person"] is True
    assert debt(case, "written").letter is None


def test_a_result_is_handed_over_with_record_and_scan(cast, case):
    owed = debt(case, "in_person", LATER)
    finish(case, cast)
    builders.issued_apology(owed, by=cast.verifier, signer=cast.karoren, when=LATER)
    owed = actions.hand_over(owed.pk, **handing(cast, scan=builders.pdf("berita-acara")))
    owed.refresh_from_db()
    assert (owed.handover.place, owed.handover.scan_name) == ("Ruang rapat", "berita-acara.pdf")
    assert owed.fulfilled_at == LATER
    assert not Obligation.objects.overdue(LATER).exclude(kind="oral").exists()


def test_first_the_letter_then_the_result_then_the_handing_over(cast, case):
    owed = debt(case, "in_person", LATER)
    codes = []
    for step in (
        lambda: builders.issued_apology(owed, by=cast.verifier, signer=cast.karoren, when=LATER),
        lambda: finish(case, cast),
        lambda: None,
    ):
        try:
            actions.hand_over(owed.pk, **handing(cast))
        except DomainError as error:
            codes.append(error.code)
        step()
    assert codes == ["no_letter", "no_result"]
    assert Obligation.objects.get(pk=owed.pk).is_settled


def test_a_cancelled_case_has_nothing_to_hand_over(cast, case):
    owed = debt(case, "in_person", LATER)
    builders.issued_apology(owed, by=cast.verifier, signer=cast.karoren, when=LATER)
    cases.cancel(case.pk, reason="Unit digabung.", by=cast.karoren, at=LATER)
    with pytest.raises(DomainError, match="tidak ada hasil"):
        actions.hand_over(owed.pk, **handing(cast))
    actions.waive(owed.pk, reason="Unit digabung.", by=cast.karoren, at=LATER)


HANDINGS_REFUSED = (
    ({"when": at("2026-05-04 11:59")}, "too_early"),
    ({"when": LATER + timedelta(minutes=1)}, "in_the_future"),
    ({"place": " "}, "proof_missing"),
    ({"what": ""}, "proof_missing"),
    ({"scan": SimpleUploadedFile("ba.pdf", b"")}, "empty"),
    ({"scan": SimpleUploadedFile("ba.pdf", b"<script>alert(1)</script>")}, "wrong_type"),
    ({"scan": SimpleUploadedFile("ba.csv", b"nama;jabatan\nSari;Kepala\n")}, "wrong_type"),
)


def test_a_handing_over_that_cannot_be_is_refused(cast, case, subtests):
    owed = debt(case, "in_person", LATER)
    finish(case, cast)
    builders.issued_apology(owed, by=cast.verifier, signer=cast.karoren, when=LATER)
    for changes, code in HANDINGS_REFUSED:
        with subtests.test(changes=changes):
            with pytest.raises(DomainError) as refused:
                actions.hand_over(owed.pk, **handing(cast, **changes))
            assert code_of(refused) == code
            assert not Handover.objects.exists()


# The waiver, and what is overdue


def test_only_karoren_waives_and_with_a_reason(cast, case):
    owed = debt(case)
    with pytest.raises(PermissionDenied):
        actions.waive(owed.pk, reason="Gempa.", by=cast.verifier, at=LATE)
    with pytest.raises(DomainError) as refused:
        actions.waive(owed.pk, reason="", by=cast.karoren, at=LATE)
    assert code_of(refused) == "reason_missing"
    owed = actions.waive(owed.pk, reason="Gempa.", by=cast.karoren, at=LATE)
    assert owed.waived_by == cast.karoren
    with pytest.raises(DomainError) as refused:
        actions.fulfil(owed.pk, **oral(cast))
    assert code_of(refused) == "settled"


def test_at_exactly_the_due_instant_it_is_not_overdue(case):
    owed = debt(case, "written")
    assert owed.due_at == at("2026-04-28 10:30")  # 48 hours have passed
    for late, state in ((0, "owed"), (1, "overdue")):
        when = owed.due_at + timedelta(microseconds=late)
        assert Obligation.objects.as_of(when).get(pk=owed.pk).state == state
        assert (owed in Obligation.objects.overdue(when)) is bool(late)


def test_what_is_settled_is_never_overdue(cast, case):
    actions.fulfil(debt(case).pk, **oral(cast))
    actions.waive(debt(case, "written").pk, reason="Gempa.", by=cast.karoren, at=LATE)
    year = at("2027-04-24 09:00")
    assert not Obligation.objects.overdue(year).exists()
    states = {one.kind: one.state for one in Obligation.objects.as_of(year)}
    assert states == {"oral": "fulfilled", "written": "waived"}


def test_a_schedule_that_slept_leaves_owners_and_due_instants_all_the_same(cast, case):
    """The beat slept for a week and more; what accrued is as old as it is."""
    owed = {one.kind: one for one in [debt(case, kind, LATER) for kind in ("oral", "written", "in_person")]}
    assert {kind: (one.accrued_at, one.due_at) for kind, one in owed.items()} == {
        "oral": (PROMISE, PROMISE),
        "written": (PROMISE, at("2026-04-28 10:30")),
        "in_person": (at("2026-05-04 12:00"), at("2026-05-04 12:00")),
    }
    assert {one.owner for one in owed.values()} == {cast.verifier}
    assert Notice.objects.filter(cause__startswith="obligation/").count() == 3


# What the database refuses


def test_half_of_a_fulfilment_or_waiver_is_not_stored(case, subtests):
    owed = debt(case)
    for half in ({"fulfilled_at": LATE}, {"waived_at": LATE}, {"waiver_reason": "Gempa."}, {"handed_to": "Sari"}):
        with subtests.test(half=half), pytest.raises(IntegrityError), transaction.atomic():
            Obligation.objects.filter(pk=owed.pk).update(**half)


def whole(cast, **changes):
    return {
        "fulfilled_at": LATER,
        "fulfilled_by": cast.verifier,
        "handed_to": "Sari",
        "handed_to_position": "Kepala",
        "recorded_at": LATER,
        "recorded_by": cast.verifier,
    } | changes


def test_a_fulfilment_without_the_proof_of_its_kind_is_not_stored(cast, case, subtests):
    for kind in ("oral", "written", "in_person"):
        owed = debt(case, kind, LATER)
        refused = pytest.raises(IntegrityError, match="obligation_has_the_proof_of_its_kind")
        with subtests.test(kind=kind), refused, transaction.atomic():
            Obligation.objects.filter(pk=owed.pk).update(**whole(cast))


def test_a_fulfilment_before_it_accrued_or_after_it_was_noted_is_not_stored(cast, case):
    owed = debt(case)
    for when in (PROMISE - timedelta(seconds=1), LATER + timedelta(seconds=1)):
        with pytest.raises(IntegrityError, match="obligation_fulfilled_after_it_accrued"), transaction.atomic():
            Obligation.objects.filter(pk=owed.pk).update(**whole(cast, fulfilled_at=when, manner="meeting"))


def test_no_letter_belongs_to_an_oral_apology_and_one_to_a_case(cast, case):
    written = builders.issued_apology(debt(case, "written"), by=cast.verifier, signer=cast.karoren, when=LATE)
    with pytest.raises(IntegrityError, match="obligation_letter_not_for_the_oral_one"), transaction.atomic():
        Obligation.objects.filter(kind="oral").update(letter=written.letter)
    with pytest.raises(IntegrityError), transaction.atomic():
        Apology.objects.create(case=case, **TEXTS, drafted_at=LATE, drafted_by=cast.verifier)


def test_whoever_sees_the_case_sees_what_it_owes(cast, case):
    owed = debt(case)
    for person, sees in ((cast.operator, True), (cast.karoren, True), (cast.stranger, False)):
        assert (owed in Obligation.objects.visible_to(person)) is sees
    assert Case.objects.visible_to(cast.operator).count() == 1
