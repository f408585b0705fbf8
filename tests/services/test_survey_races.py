"""Two at once: one answer a link, one invitation a case, one period of a day, and an urn that is shaken once."""

from datetime import date

import builders
import pytest
from builders import at

from kinerjaku.errors import DomainError
from services.actions import survey, survey_period
from services.actions.survey import Reply
from services.models import SurveyAnswer, SurveyInvitation, SurveyPeriod
from services.questionnaire import KEYS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
NOW = at("2026-05-04 09:00")
REPLY = Reply(dict.fromkeys(KEYS, 4))


@pytest.fixture
def case(cast):
    return builders.finished_case(cast.unit, when=NOW)


def kinds(results):
    return sorted(getattr(result, "code", type(result).__name__) for result in results)


def test_a_link_sent_eight_times_at_once_is_one_answer(cast, case, in_threads):
    survey.invite(case.pk, at=NOW)
    token = survey.token_for(cast.operator, case.pk)
    results = in_threads([lambda: survey.answer_invitation(token, REPLY, at=NOW)] * 8)
    assert kinds(results) == ["NoneType", *["used"] * 7]
    assert SurveyAnswer.objects.count() == SurveyInvitation.objects.filter(is_used=True).count() == 1


def test_two_workers_ask_once(cast, case, in_threads):
    assert sorted(in_threads([lambda: survey.invite(case.pk, at=NOW)] * 4)) == [0, 0, 0, 3]
    assert SurveyInvitation.objects.count() == 3
    assert cast.operator.notices.count() == 1


def test_of_two_periods_at_once_that_overlap_one_is_refused(cast, in_threads):
    facts = {"first_day": date(2026, 5, 4), "last_day": date(2026, 5, 31), "services": ["validation"]}

    def plan():
        return survey_period.save_period(None, name="SKM", population=10, by=cast.karoren, at=NOW, **facts)

    results = in_threads([plan] * 4)
    assert kinds(results) == ["SurveyPeriod", *["overlap"] * 3]
    assert SurveyPeriod.objects.count() == 1


def test_of_two_who_publish_at_once_one_gets_a_number(cast, in_threads):
    facts = {"first_day": date(2026, 5, 4), "last_day": date(2026, 5, 31), "services": ["validation"]}
    made = survey_period.save_period(None, name="SKM", population=10, by=cast.karoren, at=NOW, **facts)
    for _ in range(5):
        survey.answer_openly(made.pk, "validation", None, REPLY, at=NOW)
    over = at("2026-06-01 09:00")
    results = in_threads([lambda: survey_period.publish(made.pk, by=cast.karoren, at=over)] * 3)
    assert kinds(results) == ["SurveyPeriod", "published", "published"]
    assert isinstance(next(one for one in results if isinstance(one, Exception)), DomainError)


def test_the_urn_is_shaken_by_one_of_two_and_loses_nothing(cast, case, in_threads):
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(service="validation", answered_on=NOW.date(), fresh_on=NOW.date(), **REPLY.scores)
        for _ in range(50)
    )
    old = set(SurveyAnswer.objects.values_list("pk", flat=True))
    assert sum(in_threads([lambda: survey.shake(before=date(2026, 5, 5))] * 3)) == 50
    now = list(SurveyAnswer.objects.values_list("pk", flat=True))
    assert len(now) == 50
    assert not old & set(now)
