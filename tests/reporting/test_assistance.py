"""The assistance sheet of a performance report: what moves it, who may do what on it, and its case."""

from datetime import timedelta

import builders
import pytest
from builders import AFTER_CLOSE, at
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404

from accounts.models import Notice
from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.errors import DomainError
from reporting import home, search, tasks
from reporting.actions import assistance as actions
from reporting.actions import draft as drafts
from reporting.actions.assistance import Given, GivenNotes
from reporting.models import AssistanceRow, AssistanceSheet
from services import requirements
from services.actions import case as cases
from services.actions import clockwork
from services.actions import standard as standards
from services.calendar import working_calendar
from services.models import Case, Standard
from tests.kinerjaku import sample_files as sample
from verification.actions import signing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = at("2026-04-16 10:00")  # a Thursday


@pytest.fixture(autouse=True)
def _at_that_time():
    with builders.moment(NOW):
        yield


@pytest.fixture
def sheet(cast) -> AssistanceSheet:
    """Begun by the unit; its one achievement of the year is verified."""
    builders.indicator(cast.unit)
    builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    return fresh(builders.assistance(cast.unit, by=cast.operator, when=NOW))


@pytest.fixture
def asked(cast, sheet) -> AssistanceSheet:
    return fresh(builders.requested(sheet, by=cast.operator, when=NOW))


@pytest.fixture
def frozen(cast, asked) -> AssistanceSheet:
    return fresh(builders.assisted(asked, by=cast.verifier, when=NOW + HOUR))


def fresh(sheet):
    return AssistanceSheet.objects.select_related("case__standard", "case__step", "document", "unit").get(pk=sheet.pk)


def refusal(act, *args, **options):
    with pytest.raises(DomainError) as refused:
        act(*args, **options)
    return refused.value.code


def give(sheet, by, name="lkj", when=NOW, **options):
    return drafts.give(sheet.pk, builders.pdf(name), by=by, at=when, **options)


# the case makes it


def test_a_case_makes_its_sheet_with_a_row_for_each_point_of_its_standard(sheet):
    assert (sheet.unit, sheet.year, sheet.state, sheet.stage) == (sheet.case.unit, 2026, "open", "with_unit")
    assert list(sheet.rows.order_by("no").values_list("no", flat=True)) == list(range(1, 24))
    row = sheet.rows.get(no=14)
    assert row.point == (14, "Substansi", "Sasaran dalam laporan sesuai dengan perjanjian kinerja")
    assert audit.history(sheet)[0].verb == "buat lembar kerja pendampingan"


def test_starting_twice_gives_the_same_sheet(cast, sheet):
    again = builders.assistance(cast.unit, by=cast.kasubag, when=NOW)
    assert again.pk == sheet.pk


@pytest.mark.parametrize("period", [{}, {"year": 2025, "quarter": 4}])
def test_a_report_is_about_a_whole_year(cast, period):
    standards.load(at=NOW)
    code = refusal(cases.start, "report_assistance", cast.unit, "LKj", by=cast.operator, at=NOW, **period)
    assert code == "no_year"
    assert not Case.objects.exists()


def test_without_a_checklist_there_is_nothing_to_begin(cast):
    standards.load(at=NOW)
    Standard.objects.filter(key="report_assistance").update(checklist=[])
    code = refusal(cases.start, "report_assistance", cast.unit, "LKj", by=cast.operator, at=NOW, year=2025)
    assert code == "no_checklist"


def test_where_the_steps_are_walked_by_hand_there_is_no_sheet(cast):
    standards.load(at=NOW)
    builders.walked_by_hand("report_assistance")
    case = cases.start("report_assistance", cast.unit, "Tahun 2025", by=cast.operator, at=NOW, year=2025)
    assert not AssistanceSheet.objects.exists()
    assert requirements.checklist(case, NOW)[0].is_met is None  # a person looks


def test_a_finished_year_is_opened_again_instead_of_begun_anew(cast, frozen):
    builders.signed(frozen, by=[cast.verifier, cast.official], when=NOW + HOUR)
    begin = {"by": cast.operator, "at": NOW + 2 * HOUR, "year": 2026}
    assert refusal(cases.start, "report_assistance", cast.unit, "Tahun 2026", **begin) == "already_assisted"


# the unit: drafts and the request


def test_a_draft_is_kept_with_its_hash_and_the_newest_counts(cast, sheet):
    first = give(sheet, cast.operator, "satu")
    second = give(sheet, cast.kasubag, "dua", NOW + HOUR, note=" Bab 3 diperbaiki. ")
    assert (second.kind, len(second.sha256), second.note) == ("PDF", 64, "Bab 3 diperbaiki.")
    assert list(sheet.drafts.present()) == [second, first]
    assert audit.history(sheet)[0].after["sha256"] == second.sha256


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("lkj.pdf", b"", "empty"),
        ("lkj.pdf", sample.EXE, "wrong_type"),
        ("lkj.csv", b"a;b\n1;2\n", "wrong_type"),
        ("lkj.xlsx", sample.xlsx(), "wrong_type"),
        ("lkj.doc", sample.doc(), "wrong_type"),
        ("lkj.docx", b"PK\x03\x04 broken", "damaged"),
        ("lkj.docx", sample.docx(word__vbaProject_bin=b"").replace(b"vbaProject_bin", b"vbaProject.bin"), "macros"),
        ("lkj.pdf", sample.pdf(catalog={"/OpenAction": {"/S": "/Launch", "/F": "cmd.exe"}}), "macros"),
        ("lkj.pdf", sample.pdf_with_aes(), "encrypted"),
    ],
)
def test_what_is_no_report_is_refused_by_its_content(cast, sheet, name, content, code):
    upload = SimpleUploadedFile(name, content)
    assert refusal(drafts.give, sheet.pk, upload, by=cast.operator, at=NOW) == code
    assert not sheet.drafts.exists()


def test_a_word_document_is_a_draft_too(cast, sheet):
    upload = SimpleUploadedFile("lkj.docx", sample.docx())
    assert drafts.give(sheet.pk, upload, by=cast.operator, at=NOW).kind == "Word"


def test_the_same_draft_twice_is_refused(cast, sheet):
    give(sheet, cast.operator)
    assert refusal(give, sheet, cast.kasubag) == "duplicate"


def test_a_draft_can_be_taken_away_until_it_was_sent(cast, sheet):
    draft = give(sheet, cast.operator)
    drafts.remove(draft.pk, by=cast.kasubag, at=NOW)
    drafts.remove(draft.pk, by=cast.kasubag, at=NOW)
    assert not sheet.drafts.present().exists()
    assert [entry.verb for entry in audit.history(sheet)].count("hapus rancangan laporan") == 1
    builders.requested(sheet, by=cast.operator, when=NOW)
    assert refusal(drafts.remove, sheet.drafts.present().get().pk, by=cast.operator, at=NOW) == "wrong_state"
    actions.give_back(sheet.pk, reason="Lengkapi.", by=cast.verifier, at=NOW)
    assert refusal(drafts.remove, sheet.drafts.present().get().pk, by=cast.operator, at=NOW) == "sent"


def test_only_the_unit_hands_in_drafts(cast, sheet):
    with pytest.raises(PermissionDenied):
        give(sheet, cast.verifier)
    with pytest.raises(Http404):
        give(sheet, cast.stranger)


def test_without_a_draft_the_request_is_refused_by_the_rule_that_the_page_shows(cast, sheet):
    lacking = requirements.lacking(requirements.checklist(sheet.case, NOW), 4)
    assert lacking == ["Rancangan laporan kinerja sudah disampaikan"]
    assert refusal(drafts.request, sheet.pk, message="Mohon.", by=cast.operator, at=NOW) == "requirement_unmet"
    give(sheet, cast.operator)
    assert requirements.lacking(requirements.checklist(sheet.case, NOW), 4) == []


def test_with_a_claim_that_is_not_verified_the_request_is_refused(cast, sheet):
    builders.quarter(2026, 2)
    give(sheet, cast.operator)
    assert refusal(drafts.request, sheet.pk, message="Mohon.", by=cast.operator, at=NOW) == "requirement_unmet"


def test_a_request_says_something(cast, sheet):
    give(sheet, cast.operator)
    assert refusal(drafts.request, sheet.pk, message=" ", by=cast.operator, at=NOW) == "message_missing"


def test_the_request_ends_the_steps_of_the_unit_and_tells_the_verifiers(cast, asked):
    assert (asked.case.step.order, asked.case.running_since, asked.stage) == (4, NOW, "assisted")
    reasons = dict(asked.case.events.filter(kind="step").values_list("step", "reason"))
    assert reasons == {2: "", 3: "", 4: "Mohon didampingi."}
    assert asked.drafts.get().sent_at == NOW
    told = Notice.objects.filter(cause__contains="/request/")
    assert {notice.user for notice in told} == {cast.verifier}


def test_a_request_is_sent_once_and_then_the_draft_is_locked(cast, asked):
    assert refusal(drafts.request, asked.pk, message="Lagi.", by=cast.operator, at=NOW) == "wrong_state"
    assert refusal(give, asked, cast.operator, "lain") == "wrong_state"


# the bureau: answers


def answer(sheet, *given, by, when=NOW, **options):
    return actions.answer(sheet.pk, [Given(*one) for one in given], by=by, at=when, **options)


def test_answers_are_kept_with_who_and_when_in_one_entry_of_the_history(cast, asked):
    answer(asked, (1, "conform", "", 0), (2, "partial", " Target TW IV\r\nbelum ada. ", 0), by=cast.verifier)
    row = asked.rows.get(no=2)
    assert (row.answer, row.note, row.version) == ("partial", "Target TW IV\nbelum ada.", 1)
    assert (row.decided_by, row.decided_at) == (cast.verifier, NOW)
    entry = audit.history(asked)[0]
    assert entry.after == {"butir 01": "Sesuai", "butir 02": "Sebagian: Target TW IV\nbelum ada."}


@pytest.mark.parametrize("answered", ["partial", "nonconform"])
def test_a_fault_needs_a_note(cast, asked, answered):
    assert refusal(answer, asked, (1, "conform", "", 0), (2, answered, " ", 0), by=cast.verifier) == "note_missing"
    assert not asked.rows.exclude(answer="pending").exists()  # all or none


def test_an_answer_can_be_taken_back(cast, asked):
    answer(asked, (1, "conform", "", 0), by=cast.verifier)
    answer(asked, (1, "pending", "", 1), by=cast.verifier)
    row = asked.rows.get(no=1)
    assert (row.answer, row.decided_at, row.decided_by) == ("pending", None, None)


def test_what_another_has_answered_meanwhile_is_not_overwritten(cast, asked):
    answer(asked, (1, "conform", "", 0), by=cast.verifier)
    with pytest.raises(actions.Stale) as refused:
        answer(asked, (1, "nonconform", "Tidak ada.", 0), (2, "conform", "", 0), by=cast.verifier)
    assert [(row.no, row.answer) for row in refused.value.rows] == [(1, "conform")]
    assert asked.rows.get(no=2).answer == "pending"
    answer(asked, (1, "conform", "", 0), by=cast.verifier)  # the same twice is nobody's change
    assert asked.rows.get(no=1).version == 1


def test_general_notes_have_a_version_of_their_own(cast, asked):
    answer(asked, notes=GivenNotes("Perkuat analisis.", 0), by=cast.verifier)
    assert fresh(asked).notes == "Perkuat analisis."
    assert refusal(answer, asked, notes=GivenNotes("Lain.", 0), by=cast.verifier) == "stale"


def test_before_the_request_there_is_nothing_to_answer(cast, sheet):
    assert refusal(answer, sheet, (1, "conform", "", 0), by=cast.verifier) == "wrong_state"


def test_nobody_assists_what_they_wrote(cast, sheet):
    both = builders.user(Role.VERIFIER, cast.unit)
    builders.Membership.objects.create(user=both, role=Role.OPERATOR, unit=cast.unit)
    asked = builders.requested(sheet, by=both, when=NOW)
    with pytest.raises(PermissionDenied):
        answer(asked, (1, "conform", "", 0), by=both)
    frozen = fresh(builders.assisted(asked, by=cast.verifier, when=NOW))
    with pytest.raises(PermissionDenied):
        signing.sign(frozen, content_hash=frozen.document.content_hash, by=both, at=NOW)


def test_the_unit_and_strangers_do_not_answer(cast, asked):
    with pytest.raises(PermissionDenied):
        answer(asked, (1, "conform", "", 0), by=cast.operator)
    with pytest.raises(Http404):
        answer(asked, (1, "conform", "", 0), by=cast.stranger)


# back to the unit


def test_given_back_it_is_the_units_turn_and_the_clock_stands(cast, asked):
    answer(asked, (1, "conform", "", 0), by=cast.verifier)
    actions.give_back(asked.pk, reason="Bab 3 kosong.", by=cast.verifier, at=NOW + HOUR)
    back = fresh(asked)
    assert (back.case.step.order, back.stage, back.was_returned) == (3, "with_unit", True)
    assert back.case.clock.elapsed(NOW + 5 * HOUR, working_calendar()) == HOUR
    told = Notice.objects.filter(cause__contains="/return/")
    assert {notice.user for notice in told} == {cast.operator, cast.kasubag, cast.official}
    give(asked, cast.operator, "versi-dua", NOW + 2 * HOUR)
    drafts.request(asked.pk, message="Sudah diperbaiki.", by=cast.operator, at=NOW + 2 * HOUR)
    again = fresh(asked)
    assert (again.case.step.order, again.rows.get(no=1).answer) == (4, "conform")
    assert list(clockwork.faults()) == []


def test_giving_back_needs_a_reason(cast, asked):
    assert refusal(actions.give_back, asked.pk, reason=" ", by=cast.verifier, at=NOW) == "reason_missing"


# freezing and signing


def test_with_a_point_unanswered_it_is_not_frozen(cast, asked):
    given = [(no, "conform", "", 0) for no in range(1, 23)]
    answer(asked, *given, by=cast.verifier)
    assert [row.no for row in actions.missing_before_freeze(asked.rows.order_by("no"))] == [23]
    assert refusal(actions.freeze, asked.pk, by=cast.verifier, at=NOW) == "incomplete"


def test_frozen_are_points_answers_notes_and_the_draft(cast, frozen):
    content, draft = frozen.document.content, frozen.drafts.get()
    assert (content["unit"]["code"], content["year"], content["is_example"]) == ("ROKEU", 2026, False)
    assert content["draft"]["sha256"] == draft.sha256
    assert content["rows"][22] == {
        "no": 23,
        "group": "Substansi",
        "text": "Indikator memenuhi kriteria SMART",
        "answer": "conform",
        "answer_text": "Sesuai",
        "note": "",
    }
    assert (frozen.case.step.order, frozen.stage) == (5, "frozen")


def test_the_adviser_signs_then_the_unit(cast, frozen):
    slots = frozen.document.signatures.order_by("order").values_list("party", "unit__code")
    assert list(slots) == [("adviser", "ROKEU"), ("level_two", "ROKEU")]
    assert [pair[0] for pair in actions.parties(cast.setjen)] == ["adviser", "level_one"]


def test_the_last_signature_ends_the_service_and_tells_unit_and_karoren(cast, frozen):
    builders.signed(frozen, by=[cast.verifier, cast.official], when=NOW + 2 * HOUR)
    done = fresh(frozen)
    assert (done.stage, done.case.state, done.case.ended_at) == ("signed", "done", NOW + 2 * HOUR + HOUR / 60)
    told = Notice.objects.filter(cause__startswith="signed/assistance/")
    assert {notice.user for notice in told} == {cast.operator, cast.kasubag, cast.karoren}
    assert list(clockwork.faults()) == []
    assert list(audit.problems()) == []


def test_a_refused_signature_leads_back_to_the_answers(cast, frozen):
    builders.signed(frozen, by=[cast.verifier], when=NOW + HOUR)
    signing.refuse(fresh(frozen), reason="Catatan butir 3 keliru.", by=cast.official, at=NOW + 2 * HOUR)
    back = fresh(frozen)
    assert (back.stage, back.case.step.order, back.document) == ("assisted", 4, None)
    assert (builders.assisted(back, by=cast.verifier, when=NOW + 3 * HOUR).revision) == 2


def test_opened_after_its_end_it_goes_on_with_another_case(cast, frozen):
    builders.signed(frozen, by=[cast.verifier, cast.official], when=NOW + HOUR)
    first, later = fresh(frozen).case, NOW + 3 * HOUR
    signing.reopen(fresh(frozen), reason="Data baru.", by=cast.verifier, at=later)
    opened = fresh(frozen)
    assert opened.case != first
    assert (opened.case.step.order, opened.case.running_since, opened.stage) == (4, later, "assisted")
    assert Case.objects.get(pk=first.pk).state == "done"
    assert AssistanceSheet.objects.count() == 1
    builders.assisted(opened, by=cast.verifier, when=later)
    builders.signed(opened, by=[cast.verifier, cast.official], when=later)
    assert fresh(opened).case.state == "done"


def test_opened_under_another_standard_points_of_the_same_words_keep_their_answers(cast, frozen):
    builders.signed(frozen, by=[cast.verifier, cast.official], when=NOW + HOUR)
    newer = Standard.objects.get(key="report_assistance")
    steps = list(newer.steps.all())
    newer.checklist = [{"group": "Format", "text": "Butir baru"}, *newer.checklist[:2]]
    newer.pk, newer.valid_from = None, at("2026-04-17 08:00").date()
    newer.save()
    for step in steps:
        step.pk, step.standard = None, newer
        step.save()
    with builders.moment(at("2026-04-17 09:00")) as later:
        signing.reopen(fresh(frozen), reason="Data baru.", by=cast.verifier, at=later)
    rows = list(fresh(frozen).rows.order_by("no"))
    assert [(row.no, row.answer) for row in rows] == [(1, "pending"), (2, "conform"), (3, "conform")]


# cancelled


def test_a_cancelled_case_locks_the_sheet(cast, frozen):
    cases.cancel(frozen.case_id, reason="Salah tahun.", by=cast.karoren, at=NOW + HOUR)
    locked = fresh(frozen)
    assert locked.stage == "cancelled"
    assert refusal(actions.freeze, locked.pk, by=cast.verifier, at=NOW + HOUR) == "locked"
    assert refusal(give, locked, cast.operator, "lain") == "locked"
    seen = {"content_hash": locked.document.content_hash, "by": cast.verifier, "at": NOW + HOUR}
    assert refusal(signing.sign, locked, **seen) == "locked"
    assert refusal(signing.reopen, locked, reason="Lanjut.", by=cast.verifier, at=NOW + HOUR) == "locked"
    assert locked not in [waiting for waiting, _ in signing.open_slots()]
    assert signing.waiting_for(cast.verifier, locked) is None


def test_after_a_cancelled_one_the_year_can_be_begun_again(cast, sheet):
    cases.cancel(sheet.case_id, reason="Salah unit.", by=cast.karoren, at=NOW)
    again = builders.assistance(cast.unit, by=cast.operator, when=NOW + HOUR)
    assert again.pk != sheet.pk
    assert again.rows.count() == 23


# the rest of the portal


def test_each_stage_finds_its_sheets(cast, frozen):
    for stage in AssistanceSheet.Stage:
        assert AssistanceSheet.objects.at_stage(stage).exists() == (stage == "frozen"), stage


def tasks_of(person, when=NOW):
    built = home.build(person, when)
    return [(task.title, task.state) for task in built.tasks if "LKj" in task.about]


def test_at_home_the_unit_is_asked_for_its_request_and_the_verifier_for_answers(cast, sheet):
    title = "Lengkapi dan kirim permintaan pendampingan"
    assert tasks_of(cast.operator) == [(title, "Rancangan belum diunggah")]
    assert tasks_of(cast.verifier) == []
    builders.requested(sheet, by=cast.operator, when=NOW)
    assert tasks_of(cast.operator) == []
    assert tasks_of(cast.verifier) == [("Dampingi penyusunan LKj", "0 dari 23 butir dijawab")]
    answer(sheet, *[(no, "conform", "", 0) for no in range(1, 24)], by=cast.verifier)
    assert tasks_of(cast.verifier) == [("Bekukan lembar kerja pendampingan", "23 dari 23 butir dijawab")]
    actions.give_back(sheet.pk, reason="Lengkapi.", by=cast.verifier, at=NOW)
    assert tasks_of(cast.operator) == [(title, "Dikembalikan")]


def test_whoever_may_sign_has_it_as_a_task(cast, frozen):
    titles = [task.title for task in home.build(cast.verifier, NOW + HOUR).tasks]
    assert "Tanda tangani lembar kerja pendampingan" in titles


def test_the_search_finds_it_for_who_may_see_it(cast, sheet):
    groups = {group.title: group.hits for group in search.find(cast.operator, "rokeu 2026")}
    assert [hit.path for hit in groups["Lembar kerja pendampingan"]] == [sheet.get_absolute_url()]
    elsewhere = {group.title for group in search.find(cast.stranger, "rokeu 2026")}
    assert "Lembar kerja pendampingan" not in elsewhere


def test_the_pdf_is_made_from_what_was_signed(cast, frozen):
    builders.signed(frozen, by=[cast.verifier, cast.official], when=NOW + HOUR)
    with builders.moment(NOW + 2 * HOUR):
        tasks.render_documents()
    document = fresh(frozen).document
    assert (document.rendered_at, document.is_signed_by_parties) == (NOW + 2 * HOUR, True)
    assert AssistanceRow.objects.filter(sheet=frozen).count() == 23
    assert document.sealed_at > AFTER_CLOSE
