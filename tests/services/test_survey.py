"""The survey: asked once, answered once, traced to nobody; periods, publication, and what follows."""

from datetime import date, timedelta

import builders
import pytest
from builders import at
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction

from accounts.models import Notice, User
from accounts.roles import Role
from kinerjaku import audit, documents
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry
from services import survey_results as results
from services import tasks
from services.actions import survey, survey_period
from services.actions.survey import Reply
from services.models import (
    FollowUp,
    SurveyAnswer,
    SurveyInvitation,
    SurveyPeriod,
    SurveyProfile,
    SurveyRemark,
)
from services.questionnaire import KEYS

pytestmark = pytest.mark.django_db
NOW = at("2026-05-04 09:00")
DAY = date(2026, 5, 4)


def reply(score=4, **more):
    return Reply(dict.fromkeys(KEYS, score), **more)


def answers(count, *, service="verification", unit=None, day=DAY, score=4):
    marks = dict.fromkeys(KEYS, score)
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(service=service, unit=unit, answered_on=day, **marks) for _ in range(count)
    )


def period(by, pk=None, *, when=NOW, **facts):
    facts = {
        "name": "SKM 2026",
        "first_day": date(2026, 5, 1),
        "last_day": date(2026, 5, 31),
        "services": ["verification"],
        "population": 40,
        **facts,
    }
    with builders.moment(when):
        return survey_period.save_period(pk, **facts, by=by, at=when)


def refusal(act):
    with pytest.raises(DomainError) as refused, transaction.atomic():
        act()
    return refused.value.code


@pytest.fixture
def case(cast):
    return builders.finished_case(cast.unit, when=NOW)


@pytest.fixture
def token(cast, case):
    with builders.moment(NOW):
        survey.invite(case.pk, at=NOW)
    return survey.token_for(cast.operator, case.pk)


# Invitations


def test_the_schedule_asks_the_people_of_the_unit_once(cast, case):
    for minutes in (0, 1, 2):
        with builders.moment(NOW + timedelta(minutes=minutes)):
            tasks.invite_to_survey()
    told = Notice.objects.filter(cause=f"survey/{case.pk}")
    assert {notice.user for notice in told} == {cast.operator, cast.kasubag, cast.official}
    assert {notice.path for notice in told} == {f"/survei/berkas/{case.pk}/"}
    assert SurveyInvitation.objects.count() == 3
    assert [entry.after for entry in audit.history(case)[:1]] == [{"count": 3}]


def test_open_cancelled_old_and_internal_cases_ask_nobody(cast, case):
    type(case).objects.all().delete()
    open_case = builders.cases.start("validation", cast.unit, "2026", by=None, at=NOW, year=2026)
    cancelled = builders.cases.start("validation", cast.unit, "2025", by=None, at=NOW, year=2025)
    builders.cases.cancel(cancelled.pk, reason="Keliru.", by=cast.karoren, at=NOW)
    builders.walked_by_hand("collection")
    builders.finished_case(cast.unit, "collection", when=NOW)
    builders.finished_case(cast.unit, "report_assistance", when=NOW - timedelta(days=31))
    with builders.moment(NOW):
        tasks.invite_to_survey()
        assert survey.invite(open_case.pk, at=NOW) == 0
    assert not SurveyInvitation.objects.exists()


def test_only_the_hash_of_a_link_is_stored_and_no_two_are_alike(cast, case, token):
    others = {survey.token_for(user, case.pk) for user in (cast.kasubag, cast.official, cast.stranger)}
    assert len(token) == 64
    assert len({token, *others}) == 4
    stored = SurveyInvitation.objects.values_list("token_hash", flat=True)
    assert survey.hash_of(token) in stored
    assert token not in stored
    assert not Notice.objects.filter(path__contains=token).exists()


def test_a_link_is_good_for_one_answer(token):
    survey.answer_invitation(token, reply(), at=NOW)
    assert refusal(lambda: survey.answer_invitation(token, reply(1), at=NOW)) == "used"
    assert SurveyAnswer.objects.get().requirements == 4


def test_a_link_is_good_through_its_last_day(token):
    assert refusal(lambda: survey.answer_invitation(token, reply(), at=at("2026-06-04 00:00"))) == "expired"
    survey.answer_invitation(token, reply(), at=at("2026-06-03 23:59"))
    assert SurveyAnswer.objects.get().answered_on == date(2026, 6, 3)


@pytest.mark.parametrize("scores", [{}, dict.fromkeys(KEYS, 5), dict.fromkeys(KEYS, 0), dict.fromkeys(KEYS[:8], 3)])
def test_an_answer_that_is_not_whole_leaves_the_link_unused(token, scores):
    assert refusal(lambda: survey.answer_invitation(token, Reply(scores), at=NOW)) == "scores"
    assert not SurveyInvitation.objects.filter(is_used=True).exists()
    survey.answer_invitation(token, reply(), at=NOW)


def test_a_link_that_nobody_was_given_is_unknown(cast, case, token):
    stranger = survey.token_for(cast.stranger, case.pk)
    assert refusal(lambda: survey.answer_invitation(stranger, reply(), at=NOW)) == "unknown"


def test_the_database_takes_no_other_values_either():
    for marks in ({"fee": 0}, {"fee": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SurveyAnswer.objects.create(service="validation", answered_on=DAY, **{**dict.fromkeys(KEYS, 3), **marks})


# Nobody can be traced


def test_what_is_kept_of_an_answer():
    slip = {"id", "service", "fresh_on"}
    assert columns(SurveyAnswer) == {*slip, *KEYS, "unit_id", "answered_on"}
    assert columns(SurveyProfile) == {*slip, "period_id", "age_band", "sex", "education", "relation"}
    assert columns(SurveyRemark) == {*slip, "period_id", "year", "text"}
    for model in (SurveyAnswer, SurveyProfile, SurveyRemark):
        fields = model._meta.get_fields()
        assert isinstance(model._meta.pk, models.UUIDField)  # no number that counts on
        assert not [one for one in fields if isinstance(one, models.DateTimeField)]  # no time of day
        assert not [one for one in fields if one.related_model in (User, SurveyInvitation)]
        assert not [one for one in fields if one.auto_created]  # and nothing points at it


def columns(model):
    return {field.attname for field in model._meta.concrete_fields}


def test_a_used_link_says_neither_when_nor_by_whom():
    assert columns(SurveyInvitation) == {"token_hash", "case_id", "last_day", "is_used"}


def test_an_answer_leaves_no_trace_in_the_history(token):
    before = AuditEntry.objects.count(), Notice.objects.count()
    survey.answer_invitation(token, reply(remark="Baik."), at=NOW)
    assert (AuditEntry.objects.count(), Notice.objects.count()) == before


def test_scores_profile_and_words_share_no_key(token):
    survey.answer_invitation(token, reply(profile={"sex": "f", "age_band": "40"}, remark=" Cepat. "), at=NOW)
    slips = [SurveyAnswer.objects.get(), SurveyProfile.objects.get(), SurveyRemark.objects.get()]
    assert len({slip.pk for slip in slips}) == 3
    assert slips[2].text == "Cepat."


def test_the_urn_is_shaken_the_day_after(cast, token):
    for user in (cast.operator, cast.kasubag, cast.official):
        mine = survey.token_for(user, SurveyInvitation.objects.first().case_id)
        survey.answer_invitation(mine, reply(profile={"sex": "f"}, remark="Baik."), at=NOW)
    old = {slip.pk for model in survey.URN for slip in model.objects.all()}
    with builders.moment(at("2026-05-04 23:59")):
        tasks.shake_urn()
    assert SurveyRemark.objects.filter(fresh_on=DAY).count() == 3
    with builders.moment(at("2026-05-05 00:00")):
        tasks.shake_urn()
        tasks.shake_urn()
    now = {slip.pk for model in survey.URN for slip in model.objects.all()}
    assert len(now) == 9
    assert not now & old
    assert not SurveyRemark.objects.exclude(fresh_on=None).exists()
    assert SurveyAnswer.objects.filter(answered_on=DAY, unit=cast.unit, fee=4).count() == 3


# Periods


def test_two_periods_share_no_day_of_a_service(cast):
    first = period(cast.admin)
    assert refusal(lambda: period(cast.admin, first_day=date(2026, 5, 31), last_day=date(2026, 6, 2))) == "overlap"
    period(cast.admin, name="Lain", services=["validation"])
    period(cast.admin, name="Berikut", first_day=date(2026, 6, 1), last_day=date(2026, 6, 30))
    assert refusal(lambda: period(cast.admin, first.pk, last_day=date(2026, 6, 1))) == "overlap"
    assert SurveyPeriod.objects.count() == 3


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"first_day": date(2026, 6, 1)}, "upside_down"),
        ({"first_day": date(2026, 4, 1), "last_day": date(2026, 5, 3)}, "over"),
        ({"services": []}, "no_service"),
        ({"services": ["lain"]}, "no_service"),
        ({"population": 0}, "population"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(cast, facts, code):
    assert refusal(lambda: period(cast.admin, **facts)) == code


def test_the_database_refuses_a_period_upside_down():
    with pytest.raises(IntegrityError), transaction.atomic():
        SurveyPeriod.objects.create(name="x", first_day=DAY, last_day=DAY - timedelta(days=1), population=1)


def test_a_period_that_has_begun_keeps_its_first_day_and_services(cast):
    made = period(cast.admin)
    assert refusal(lambda: period(cast.admin, made.pk, first_day=date(2026, 5, 2))) == "begun"
    assert refusal(lambda: period(cast.admin, made.pk, services=["validation"])) == "begun"
    changed = period(cast.admin, made.pk, last_day=date(2026, 6, 14), population=60)
    assert (changed.last_day, changed.population) == (date(2026, 6, 14), 60)


@pytest.mark.parametrize("who", ["operator", "verifier"])
def test_others_manage_no_periods(cast, who):
    with pytest.raises(PermissionDenied):
        period(getattr(cast, who))


def test_the_public_link_takes_answers_on_its_days_only(cast):
    made = period(cast.admin, first_day=date(2026, 5, 4))

    def answer(when, service="verification"):
        survey.answer_openly(made.pk, service, cast.unit, reply(), at=at(when))

    assert refusal(lambda: answer("2026-05-03 23:59")) == "not_yet_open"
    assert refusal(lambda: answer("2026-06-01 00:00")) == "closed"
    assert refusal(lambda: answer("2026-05-05 09:00", "validation")) == "no_service"
    answer("2026-05-04 00:00")
    survey_period.close(made.pk, by=cast.karoren, at=at("2026-05-20 15:00"))
    assert refusal(lambda: answer("2026-05-20 15:01")) == "closed"
    assert SurveyPeriod.objects.get().last_day == date(2026, 5, 20)
    period(cast.admin, name="Sisa", first_day=date(2026, 5, 21), when=at("2026-05-20 16:00"))


# Figures


def test_the_index_between_two_days_and_of_one_service(cast):
    answers(5, score=4, day=date(2026, 1, 1))
    answers(5, score=3, day=date(2026, 12, 31))
    answers(5, score=1, service="validation", day=date(2026, 6, 1))
    whole = results.ikm_between(date(2026, 1, 1), date(2026, 12, 31))
    assert (whole.respondents, str(whole.score), whole.grade.letter) == (15, "66.67", "C")
    one = results.ikm_between(date(2026, 1, 1), date(2026, 12, 31), "verification")
    assert (one.respondents, str(one.score), one.grade.letter) == (10, "87.50", "B")
    assert str(results.ikm_between(date(2026, 1, 1), date(2026, 1, 1)).score) == "100.00"


def test_fewer_than_five_answers_have_no_figure():
    answers(4)
    few = results.ikm_between(DAY, DAY)
    assert (few.respondents, few.score, few.grade, few.content()["elements"]) == (4, None, None, [])


def test_a_unit_is_shown_from_five_answers_and_only_if_it_betrays_no_other(cast):
    answers(6, unit=cast.unit)
    answers(9, unit=cast.bureau, score=3)
    shown = {row.name: row.result.score for row in results.by_unit(SurveyAnswer.objects.all())}
    assert {name: str(score) for name, score in shown.items()} == {"Unit ROKEU": "100.00", "Unit ROREN": "75.00"}
    answers(2, unit=cast.setjen, score=1)
    shown = {row.name: row.result.score is not None for row in results.by_unit(SurveyAnswer.objects.all())}
    assert shown == {"Unit ROKEU": False, "Unit ROREN": True, "Unit SETJEN": False}
    alone = results.overview(SurveyAnswer.objects.all(), unit=cast.unit)
    assert [(row.group, row.result.score) for row in alone] == [("Seluruhnya", None)]


def test_the_index_by_period_and_year_takes_the_same_queries_however_many(cast, django_assert_num_queries):
    period(cast.admin)
    answers(5, day=date(2025, 5, 1), score=2)
    answers(7)
    with django_assert_num_queries(2):
        rows = results.by_time(SurveyAnswer.objects.all())
    assert [(row.group, row.name, str(row.result.score)) for row in rows] == [
        ("Periode", "SKM 2026", "100.00"),
        ("Tahun", "2026", "100.00"),
        ("Tahun", "2025", "50.00"),
    ]


# Publication


def test_publishing_freezes_the_figures_into_a_signed_report(cast):
    made = period(cast.admin)
    answers(6, unit=cast.unit, score=3)
    survey_period.plan_follow_up(
        made.pk, None, element="time", action="Percepat.", owner=cast.verifier, due_on=DAY, by=cast.admin, at=NOW
    )
    after = at("2026-06-01 09:00")
    done = survey_period.publish(made.pk, by=cast.karoren, at=after)
    content = done.document.content
    assert (content["result"]["score_text"], content["result"]["grade"]) == ("75,00", "C")
    assert (content["result"]["respondents"], content["advised_sample"]) == (6, 37)
    assert content["plan"][0]["owner"] == "Biro Perencanaan"  # never a name
    assert done.document.number == "1/SJ.1/OT.310/VI/2026"
    assert done.document.sealed_at == after
    answers(5, score=1, day=date(2026, 5, 31))
    assert SurveyPeriod.objects.get().document.content["result"]["respondents"] == 6
    documents.require_intact(done.document)
    assert refusal(lambda: survey_period.publish(made.pk, by=cast.karoren, at=after)) == "published"
    assert refusal(lambda: period(cast.admin, made.pk, name="Lain")) == "published"


def test_the_report_becomes_a_pdf(cast):
    made = period(cast.admin)
    answers(6, unit=cast.unit, score=3)
    survey_period.publish(made.pk, by=cast.karoren, at=at("2026-06-01 09:00"))
    document = documents.render(SurveyPeriod.objects.get().document_id, at=NOW)
    assert documents.read(document).startswith(b"%PDF")


def test_only_karoren_publishes_and_only_what_is_over_and_enough(cast):
    made = period(cast.admin)
    assert refusal(lambda: survey_period.publish(made.pk, by=cast.karoren, at=NOW)) == "not_over"
    survey_period.close(made.pk, by=cast.admin, at=NOW)
    answers(4)
    assert refusal(lambda: survey_period.publish(made.pk, by=cast.karoren, at=NOW)) == "too_few"
    answers(1)
    with pytest.raises(PermissionDenied):
        survey_period.publish(made.pk, by=cast.admin, at=NOW)
    survey_period.publish(made.pk, by=cast.karoren, at=NOW)


# What follows


@pytest.fixture
def planned(cast):
    made = period(cast.admin)
    facts = {"element": "time", "action": "Percepat verifikasi.", "owner": cast.verifier, "due_on": date(2026, 5, 29)}
    return survey_period.plan_follow_up(made.pk, None, **facts, by=cast.admin, at=NOW)


def test_the_owner_is_told_and_reminded_once_a_week_when_it_is_overdue(cast, planned):
    mine = Notice.objects.filter(user=cast.verifier)
    assert mine.get().subject == "Tindak lanjut survei untuk Anda: Waktu penyelesaian"
    for day in ("2026-05-29", "2026-05-30", "2026-05-31", "2026-06-05", "2026-06-06"):
        with builders.moment(at(f"{day} 09:00")):
            tasks.remind_follow_ups()
            tasks.remind_follow_ups()
    late = mine.filter(subject__startswith="Tindak lanjut survei terlambat").order_by("pk")
    assert [notice.created_at for notice in late] == [at("2026-05-30 09:00"), at("2026-06-06 09:00")]
    assert late[0].send_after - at("2026-06-02 07:30") < timedelta(
        seconds=1
    )  # not on Saturday, Sunday, or Pancasila day


def test_it_is_done_with_proof_by_its_owner(cast, planned):
    assert refusal(lambda: survey_period.finish_follow_up(planned.pk, proof=" ", by=cast.verifier, at=NOW)) == (
        "proof_missing"
    )
    with pytest.raises(PermissionDenied):
        survey_period.finish_follow_up(planned.pk, proof="Surat 1", by=cast.operator, at=NOW)
    done = survey_period.finish_follow_up(planned.pk, proof="Surat 1", by=cast.verifier, at=NOW)
    assert done.state(DAY) == ("Selesai", "settled")
    assert refusal(lambda: survey_period.finish_follow_up(planned.pk, proof="Lagi", by=cast.admin, at=NOW)) == "done"
    with builders.moment(at("2026-06-20 09:00")):
        tasks.remind_follow_ups()
    assert not Notice.objects.filter(subject__contains="terlambat").exists()


def test_a_plan_for_a_day_that_is_over_is_refused(cast, planned):
    def move(day):
        facts = {"element": "time", "action": "Percepat.", "owner": cast.verifier, "due_on": day}
        return survey_period.plan_follow_up(planned.period_id, planned.pk, **facts, by=cast.admin, at=NOW)

    assert refusal(lambda: move(date(2026, 5, 3))) == "in_the_past"
    assert move(date(2026, 7, 1)).due_on == date(2026, 7, 1)


def test_a_line_is_seen_by_its_owner_and_by_readers_of_the_survey(cast, planned):
    sekjen = builders.user(Role.SEKJEN, cast.setjen)
    for who, count in ((cast.verifier, 1), (sekjen, 1), (cast.admin, 1), (cast.operator, 0)):
        assert FollowUp.objects.visible_to(who).count() == count
