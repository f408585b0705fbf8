"""The collection round inside a unit: the SOP of eight steps [S]."""

from datetime import date, timedelta

import builders
import pytest
from builders import IN_TIME, at, handed_out, lines, moment, opened_round, returned_by
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import Notice
from accounts.roles import Role
from indicators.actions import evidence, targets
from indicators.actions import round as rounds
from indicators.actions import round_approval as approval
from indicators.actions import round_filling as filling
from indicators.actions import round_format as formats
from indicators.actions.achievement import Changed, Incomplete
from indicators.models import Achievement, Assignment, CollectionRound, Submission
from kinerjaku import audit
from kinerjaku.errors import DomainError
from services.actions import case as cases
from services.actions import standard as standards
from services.bar import steps_of
from services.models import Case

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def refused(code):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def fresh(of):
    return CollectionRound.objects.for_pages().get(pk=of.pk)


def seen(of):
    return approval.content_hash_of(approval.rows_of(of))


def accepted(of, *, by, when=IN_TIME + HOUR):
    with moment(when):
        return approval.accept(of.pk, content_hash=seen(of), by=by, at=when)


def initialled(of, *, by, when=IN_TIME + HOUR):
    accepted(of, by=by, when=when)
    with moment(when):
        return approval.initial(of.pk, content_hash=seen(of), by=by, at=when)


def signed(of, *, by, when=IN_TIME + HOUR):
    with moment(when):
        return approval.sign(of.pk, content_hash=seen(of), by=by, at=when)


# Opening


def test_a_case_of_collection_begins_with_its_round_and_an_assignment_for_each_row(cast, rows):
    made = opened_round(cast.unit, by=cast.kasubag)
    assert (made.unit, str(made.quarter), made.stage) == (cast.unit, "Triwulan I 2026", 1)
    assert [one.achievement_id for one in made.assignments.order_by("pk")] == [row.pk for row in rows]
    assert {one.official for one in made.assignments.all()} == {cast.official}
    assert {one.due_on for one in made.assignments.all()} == {date(2026, 4, 15)}  # three working days after the 10th
    assert cast.operator.notices.get().subject.startswith("Susun format")


def test_a_round_is_for_a_quarter_that_is_open_for_entry(cast, rows):
    standards.load(at=IN_TIME)
    begin = {"by": cast.kasubag, "at": IN_TIME}
    with refused("no_quarter"):
        cases.start("collection", cast.unit, "Tahun 2026", year=2026, **begin)
    with refused("no_quarter"):
        cases.start("collection", cast.unit, "Triwulan IV 2026", year=2026, quarter=4, **begin)
    with refused("closed"):
        cases.start("collection", cast.unit, "Lama", year=2026, quarter=1, by=cast.kasubag, at=at("2026-04-16 00:00"))
    assert not Case.objects.exists()


def test_what_is_sent_already_is_not_collected(cast, rows):
    builders.submitted(cast.unit, by=cast.operator)
    with refused("nothing_to_collect"):
        opened_round(cast.unit, by=cast.kasubag)


def test_there_is_one_open_round_a_unit_and_quarter(cast, rows):
    made = opened_round(cast.unit, by=cast.kasubag)
    assert opened_round(cast.unit, by=cast.operator) == made
    with refused("round_open"):
        cases.start("collection", cast.unit, "Sekali lagi", by=cast.kasubag, at=IN_TIME, year=2026, quarter=1)
    case = Case.objects.get(pk=made.case_id)
    case.pk, case.subject = None, "Lain"
    case.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        CollectionRound.objects.create(case=case, unit=cast.unit, quarter=made.quarter, opened_at=IN_TIME)


def test_only_people_of_the_unit_open_it(cast, rows):
    with pytest.raises(PermissionDenied):
        opened_round(cast.unit, by=cast.verifier)
    with pytest.raises(Http404):
        opened_round(cast.unit, by=cast.stranger)


def test_the_next_round_begins_with_the_officials_and_words_of_the_last_one(cast, rows, second):
    made = handed_out(cast.unit, cast.official, second, staff=cast.operator, kasubag=cast.kasubag)
    cases.cancel(made.case_id, reason="Salah buka.", by=cast.kasubag, at=IN_TIME)
    again = opened_round(cast.unit, by=cast.kasubag, when=IN_TIME + HOUR)
    given = again.assignments.order_by("achievement__indicator__no")
    assert [(one.official, one.instruction) for one in given] == [
        (cast.official, "Isi angka kumulatif."),
        (second, "Isi angka kumulatif."),
    ]


def test_a_standard_whose_steps_people_move_makes_no_round(cast, rows):
    standards.load(at=IN_TIME)
    builders.walked_by_hand("collection")
    case = cases.start("collection", cast.unit, "Triwulan I 2026", by=cast.operator, at=IN_TIME, year=2026, quarter=1)
    assert not hasattr(case, "round")


# Steps 1 to 3


def test_a_draft_goes_to_the_kasubag_only_when_every_row_has_an_official_and_a_date(cast, rows, second):
    made = opened_round(cast.unit, by=cast.kasubag)  # two officials: nobody is foreseen
    assert {one.official for one in made.assignments.all()} == {None}
    with pytest.raises(formats.Faulty) as faulty:
        formats.send(made.pk, lines(made, due_on=date(2026, 4, 16)), version=0, by=cast.operator, at=IN_TIME)
    assert [(fault.field, fault.message) for fault in faulty.value.faults] == 2 * [
        ("official", "Pilih pejabat yang mengisi."),
        ("due_on", "Pilih tanggal dari 10 April 2026 sampai 15 April 2026."),
    ]
    assert fresh(made).version == 0


def test_a_draft_is_kept_as_it_is_and_whoever_saves_an_older_one_is_told(cast, rows, second):
    made = opened_round(cast.unit, by=cast.kasubag)
    kept = formats.save(made.pk, lines(made, second), version=0, by=cast.operator, at=IN_TIME)
    assert (kept.version, kept.stage) == (1, 1)
    with refused("stale"):
        formats.save(made.pk, lines(made, cast.official), version=0, by=cast.operator, at=IN_TIME)
    assert {one.official for one in made.assignments.all()} == {second}


def test_a_wrong_format_goes_back_to_the_staff_with_a_reason(cast, rows):
    made = opened_round(cast.unit, by=cast.kasubag)
    formats.send(made.pk, lines(made), version=0, by=cast.operator, at=IN_TIME)
    with refused("reason_missing"):
        formats.send_back(made.pk, reason=" ", by=cast.kasubag, at=IN_TIME)
    assert formats.send_back(made.pk, reason="Batas terlalu dekat.", by=cast.kasubag, at=IN_TIME).stage == 1
    assert "Batas terlalu dekat." in cast.operator.notices.get(subject__startswith="Perbaiki format").body


def test_who_drafted_does_not_correct(cast, rows):
    made = opened_round(cast.unit, by=cast.kasubag)
    sent = formats.send(made.pk, lines(made), version=0, by=cast.kasubag, at=IN_TIME)
    with refused("own_draft"):
        formats.approve(made.pk, lines(made), version=sent.version, by=cast.kasubag, at=IN_TIME)
    with pytest.raises(PermissionDenied):
        formats.approve(made.pk, lines(made), version=sent.version, by=cast.operator, at=IN_TIME)
    other = builders.user(Role.KASUBAG, cast.unit)
    assert formats.approve(made.pk, lines(made), version=sent.version, by=other, at=IN_TIME).stage == 3


def test_a_kasubag_is_given_no_rows_for_nobody_verifies_their_own(cast, rows):
    made = opened_round(cast.unit, by=cast.kasubag)
    assert set(rounds.officials_of(cast.unit)) == {cast.operator, cast.official}
    with pytest.raises(formats.Faulty):
        formats.save(made.pk, lines(made, cast.kasubag), version=0, by=cast.operator, at=IN_TIME)


def test_the_corrected_format_stays_but_for_its_dates_when_it_is_handed_out(cast, rows, second):
    made = opened_round(cast.unit, by=cast.kasubag)
    for act, person in ((formats.send, cast.operator), (formats.approve, cast.kasubag)):
        made = act(made.pk, lines(made, cast.official), version=made.version, by=person, at=IN_TIME)
    typed = lines(made, second, due_on=date(2026, 4, 13))
    formats.hand_out(made.pk, typed, version=made.version, by=cast.operator, at=IN_TIME)
    assert {(one.official, one.due_on) for one in made.assignments.all()} == {(cast.official, date(2026, 4, 13))}
    assert "2 indikator" in cast.official.notices.get(subject__startswith="Isi 2 capaian").body


def test_nothing_is_handed_out_before_the_quarter_is_over(cast):
    builders.row(builders.indicator(cast.unit), 2)
    early = at("2026-06-30 15:00")
    made = opened_round(cast.unit, by=cast.kasubag, in_quarter=builders.quarter(2026, 2), when=early)
    typed = lines(made, due_on=date(2026, 7, 6))
    for act, person in ((formats.send, cast.operator), (formats.approve, cast.kasubag)):
        made = act(made.pk, typed, version=made.version, by=person, at=early)
    with refused("requirement_unmet"):
        formats.hand_out(made.pk, typed, version=made.version, by=cast.operator, at=early)
    late = at("2026-07-01 08:00")
    assert formats.hand_out(made.pk, typed, version=made.version, by=cast.operator, at=late).stage == 4


def test_an_indicator_that_comes_later_is_taken_into_the_draft(cast, rows):
    made = opened_round(cast.unit, by=cast.kasubag)
    builders.row(builders.indicator(cast.unit, 3))
    formats.save(made.pk, lines(made), version=0, by=cast.operator, at=IN_TIME)
    assert made.assignments.count() == 3


# Step 4: who writes a row


def test_before_the_format_is_handed_out_everybody_of_the_unit_writes_as_ever(cast, rows, save):
    opened_round(cast.unit, by=cast.kasubag)
    assert save(rows[0], by=cast.operator, progress="Berjalan.").state == "draft"


def test_only_the_official_writes_the_row_by_every_way_in(cast, rows, filling_in, second, save):
    assert save(rows[0], by=cast.official, progress="Berjalan.").state == "draft"
    for person in (cast.operator, cast.kasubag, second):
        with refused("in_round"):
            save(rows[0], by=person, progress="Lain.")
        with refused("in_round"):
            evidence.attach(rows[0].pk, builders.pdf(), by=person, at=IN_TIME)
    file = evidence.attach(rows[0].pk, builders.pdf(), by=cast.official, at=IN_TIME)
    with moment(IN_TIME), refused("in_round"):
        evidence.remove(file.pk, by=second, at=IN_TIME)


def test_a_format_is_returned_when_its_rows_are_complete(cast, rows, filling_in, second):
    with pytest.raises(Incomplete) as lacking:
        filling.return_form(filling_in.pk, by=cast.official, at=IN_TIME)
    assert {missing.achievement.pk for missing in lacking.value.missing} == {rows[0].pk}
    assert returned_by(filling_in, cast.official).stage == 4
    assert not cast.kasubag.notices.filter(subject__startswith="Periksa isian").exists()
    assert returned_by(filling_in, second).stage == 5
    assert cast.kasubag.notices.filter(subject__startswith="Periksa isian").exists()


def test_what_was_returned_stays_as_it_is(cast, rows, filling_in, save):
    returned_by(filling_in, cast.official)
    with refused("in_round"):
        save(rows[0], by=cast.official, progress="Diubah lagi.")
    with refused("nothing_to_return"):
        filling.return_form(filling_in.pk, by=cast.official, at=IN_TIME)


def test_the_kasubag_gives_a_row_to_another_official_with_a_reason(cast, rows, filling_in, second, save):
    given = filling_in.assignments.get(achievement=rows[0])
    to = {"official": second, "due_on": date(2026, 4, 15), "at": IN_TIME}
    with pytest.raises(PermissionDenied):
        filling.reassign(filling_in.pk, given.pk, reason="Cuti.", by=cast.operator, **to)
    with refused("reason_missing"):
        filling.reassign(filling_in.pk, given.pk, reason=" ", by=cast.kasubag, **to)
    with refused("wrong_official"):
        filling.reassign(filling_in.pk, given.pk, reason="Cuti.", by=cast.kasubag, **(to | {"official": cast.kasubag}))
    filling.reassign(filling_in.pk, given.pk, reason="Cuti.", by=cast.kasubag, **to)
    assert save(rows[0], by=second, progress="Berjalan.").saved_by == second
    with refused("in_round"):
        save(rows[0], by=cast.official, progress="Berjalan.")
    assert {cast.official, second} <= {n.user for n in Notice.objects.filter(subject__startswith="IKU 1 dialihkan")}
    assert audit.history(filling_in)[0].reason == "Cuti."


def test_after_the_limit_of_the_official_the_deadline_of_the_quarter_decides(cast, rows, filling_in, save):
    assert save(rows[0], by=cast.official, when=at("2026-04-15 20:00"), progress="Terlambat.").version == 1
    with refused("closed"):
        save(rows[0], by=cast.official, when=at("2026-04-16 00:00"), progress="Terlambat.")


# Steps 5 to 8


def test_the_kasubag_returns_single_rows_and_the_others_are_accepted(cast, rows, checking, second, save):
    wrong = checking.assignments.get(achievement=rows[1])
    with refused("reason_missing"):
        filling.give_back(checking.pk, {wrong.pk: "  "}, by=cast.kasubag, at=IN_TIME)
    back = filling.give_back(checking.pk, {wrong.pk: "Rekap kurang."}, by=cast.kasubag, at=IN_TIME + HOUR)
    assert back.stage == 4
    assert "Rekap kurang." in second.notices.get(subject__startswith="Perbaiki 1 isian").body
    with refused("in_round"):
        save(rows[0], by=cast.official, when=IN_TIME + HOUR, progress="Bukan yang dikembalikan.")
    save(rows[1], by=second, when=IN_TIME + HOUR, progress="Rekap dilengkapi.")
    with moment(IN_TIME + HOUR):
        assert filling.return_form(checking.pk, by=second, at=IN_TIME + HOUR).stage == 5
    states = {one.achievement_id: one.checked_at is not None for one in checking.assignments.all()}
    assert states == {rows[0].pk: True, rows[1].pk: False}


def test_accepting_ends_the_entry_too_for_a_figure_is_typed_once(cast, checking):
    assert accepted(checking, by=cast.kasubag).stage == 7
    assert approval.ENTERED in fresh(checking).case.events.order_by("-seq")[0].reason


def test_nobody_checks_or_initials_what_they_typed(cast, rows, second, save):
    save(rows[0], by=cast.kasubag, progress="Sebelum pengumpulan dibuka.")
    made = handed_out(cast.unit, cast.official, second, staff=cast.operator, kasubag=cast.kasubag)
    returned_by(made, cast.official)
    returned_by(made, second)
    with refused("own_entry"):
        accepted(made, by=cast.kasubag)
    other = builders.user(Role.KASUBAG, cast.unit)
    accepted(made, by=other)
    with refused("own_entry"):
        approval.initial(made.pk, content_hash=seen(made), by=cast.kasubag, at=IN_TIME + HOUR)


def test_what_is_initialled_is_what_was_seen(cast, rows, checking):
    accepted(checking, by=cast.kasubag)
    before = seen(checking)
    targets.set_target(rows[0].indicator, 1, value=50, by=cast.admin, reason="Salah ketik", at=IN_TIME + HOUR)
    with pytest.raises(Changed):
        approval.initial(checking.pk, content_hash=before, by=cast.kasubag, at=IN_TIME + HOUR)


def test_a_row_that_changed_since_the_initial_is_not_signed(cast, rows, checking):
    initialled(checking, by=cast.kasubag)
    targets.set_target(rows[0].indicator, 1, value=50, by=cast.admin, reason="Salah ketik", at=IN_TIME + HOUR)
    with pytest.raises(Changed):
        signed(checking, by=cast.official)
    assert not Submission.objects.exists()


def test_the_signature_sends_and_ends_the_round(cast, rows, checking):
    initialled(checking, by=cast.kasubag)
    done = signed(checking, by=cast.official)
    assert {row.state for row in Achievement.objects.all()} == {"submitted"}
    assert (done.case.state, done.ended_at, done.submission) == ("done", IN_TIME + HOUR, Submission.objects.get())
    parties = [(one["party"], one["name"]) for one in done.submission.document.attestations]
    assert parties == [(approval.KASUBAG, cast.kasubag.name), (approval.OFFICIAL, cast.official.name)]
    assert list(audit.problems()) == []


def test_who_initials_does_not_sign_and_only_the_official_signs(cast, rows, checking):
    both = builders.user(Role.KASUBAG, cast.unit)
    both.memberships.create(role=Role.OFFICIAL, unit=cast.unit)
    initialled(checking, by=both)
    with refused("own_initial"):
        signed(checking, by=both)
    with pytest.raises(PermissionDenied):
        signed(checking, by=cast.operator)


def test_a_refused_signature_goes_back_to_the_official_and_takes_the_initial_with_it(
    cast, rows, checking, second, save
):
    initialled(checking, by=cast.kasubag)
    wrong = checking.assignments.get(achievement=rows[1])
    back = filling.give_back(checking.pk, {wrong.pk: "Angka keliru."}, by=cast.official, at=IN_TIME + HOUR)
    assert (back.stage, back.initialled_by, back.content_hash) == (4, None, "")
    save(rows[1], by=second, when=IN_TIME + HOUR, selesai="96")
    with moment(IN_TIME + HOUR):
        filling.return_form(checking.pk, by=second, at=IN_TIME + HOUR)
    initialled(checking, by=cast.kasubag)
    assert signed(checking, by=cast.official).case.state == "done"


def test_a_step_is_done_in_its_turn_alone(cast, checking):
    with refused("wrong_step"):
        approval.sign(checking.pk, content_hash=seen(checking), by=cast.official, at=IN_TIME)
    with refused("wrong_step"):
        filling.return_form(checking.pk, by=cast.official, at=IN_TIME)
    with pytest.raises(Http404):
        filling.return_form(checking.pk, by=cast.stranger, at=IN_TIME)


def test_each_step_shows_its_standard_time_and_the_time_used(cast, checking):
    accepted(checking, by=cast.kasubag, when=at("2026-04-10 10:30"))
    times = {one.step.order: (one.step.minutes, one.used) for one in steps_of(fresh(checking).case, IN_TIME + HOUR)}
    assert times[4] == (1350, 0)
    assert times[5] == (450, 90)
    assert times[8] == (10, None)


def test_the_database_refuses_a_format_that_nobody_returned_and_a_check_of_what_is_not_there(cast, filling_in):
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.update(official=None, done_at=IN_TIME)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.update(checked_at=IN_TIME, checked_by=cast.kasubag)
    with pytest.raises(IntegrityError), transaction.atomic():
        CollectionRound.objects.update(initialled_at=IN_TIME)
