"""A decree amended in mid-year: each period is assessed by the set in force at its end."""

from datetime import date
from decimal import Decimal as D

import builders
import pytest
from builders import IN_TIME

from indicators.actions import decree as decrees
from indicators.models import Achievement, Indicator
from reporting.actions import score
from reporting.models import UnitScore
from reporting.performance.page import performance
from reporting.performance.period import Period, View

pytestmark = pytest.mark.django_db
MID_YEAR = builders.at("2026-08-20 10:00")


def reported(indicator, number, text, by):
    row = builders.row(indicator, number)
    facts = {"actual": D(text), "state": Achievement.State.SUBMITTED, "submitted_at": IN_TIME, "submitted_by": by}
    Achievement.objects.filter(pk=row.pk).update(**facts)


@pytest.fixture
def amended(cast):
    """Two indicators reported in quarters I and II; the amendment from July on renames the first, drops the second."""
    first = builders.indicator(cast.unit, 1, consolidation="sum")
    second = builders.indicator(cast.unit, 2)
    for number, text in ((1, "45"), (2, "90")):
        reported(first, number, text, cast.operator)
        reported(second, number, "90", cast.operator)
    with builders.moment(MID_YEAR):
        change = builders.amendment(first.decree, by=cast.admin, begins=date(2026, 7, 1))
        change.indicators.get(no=2).delete()
        change.indicators.filter(no=1).update(name="Nama baru")
        decrees.enact_on_paper(change.pk, number="12", decided_on=date(2026, 8, 19), by=cast.admin, at=MID_YEAR)
    return change.indicators.get()


def shown(unit, number, view=View.QUARTER):
    found = performance(unit, [unit], Period(2026, number, view))
    return {one.indicator.name: one for one in found.units[0].indicators}


def test_a_quarter_before_the_amendment_shows_the_set_of_then(cast, amended):
    found = shown(cast.unit, 1)
    assert set(found) == {"Indikator 1", "Indikator 2"}
    assert found["Indikator 1"].percent == D(50)


def test_a_quarter_after_it_shows_the_amended_set_once(cast, amended):
    assert set(shown(cast.unit, 3)) == {"Nama baru"}


def test_what_was_reported_before_is_cumulated_with_the_new_version(cast, amended):
    reported(amended, 3, "90", cast.operator)
    found = shown(cast.unit, 3, View.CUMULATED)["Nama baru"]
    assert (found.actual, found.target) == (D(225), D(270))


def test_stored_scores_follow_the_set_of_their_quarter(cast, amended):
    score.recompute(2026, at=MID_YEAR)
    kept = dict(UnitScore.objects.filter(view="triwulan").values_list("number", "percents"))
    assert {number: sorted(percents) for number, percents in kept.items()} == {
        1: ["1 Indikator 1", "2 Indikator 2"],
        2: ["1 Indikator 1", "2 Indikator 2"],
        3: [],
        4: [],
    }


def test_the_calculation_of_an_indicator_that_was_not_in_force_is_not_there(cast, as_user, amended):
    base = f"/kinerja/{cast.unit.code}/hitungan/{{}}/?tahun=2026&triwulan={{}}&tampilan=triwulan"
    old = Indicator.objects.get(no=2)
    client = as_user(cast.operator)
    assert client.get(base.format(old.pk, 1)).status_code == 200
    assert client.get(base.format(old.pk, 3)).status_code == 404
    assert client.get(base.format(amended.pk, 1)).status_code == 404
