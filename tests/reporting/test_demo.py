"""The demo story, told to its end by the product's own actions."""

import io

import builders
import pytest
from django.core.management import call_command

from indicators.models import Achievement, CollectionRound
from kinerjaku import audit
from reporting.models import AssistanceSheet, NotaDinas
from services.models import Escalation
from verification.models import Proposal, ValidationSheet, Worksheet

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_the_story_leaves_something_to_do_for_every_role_and_a_whole_chain():
    with builders.moment(builders.at("2026-11-21 09:00")):
        call_command("seed_demo", stdout=io.StringIO())
        assert set(Worksheet.objects.values_list("state", flat=True)) == {"open", "frozen", "signed", "reported"}
        assert {nota.about_quarter is None for nota in NotaDinas.objects.all()} == {True, False}
        assert set(ValidationSheet.objects.values_list("state", flat=True)) == {"open", "reported"}
        now = Achievement.objects.filter(quarter__year=2026, quarter__number=4)
        assert set(now.values_list("state", flat=True)) == {"empty", "draft", "submitted"}
        assert Achievement.objects.filter(state="returned").exists()
        assert {"oral", "overdue_written", "risk_90"} <= set(Escalation.objects.values_list("mark", flat=True))
        steps = CollectionRound.objects.values_list("case__step__order", flat=True)
        assert sorted(steps) == [2, 4]
        assert {sheet.stage for sheet in AssistanceSheet.objects.all()} == {"with_unit", "assisted", "signed"}
        told = (Achievement, NotaDinas, Proposal, CollectionRound, AssistanceSheet)
        before = [model.objects.count() for model in told]
        call_command("seed_demo", stdout=io.StringIO())
        assert [model.objects.count() for model in told] == before
    assert list(audit.problems()) == []
