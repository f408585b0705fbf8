"""What is usual for a figure, and what asks for an explanation."""

from datetime import date
from decimal import Decimal as D
from statistics import median

import builders
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from indicators import habits, unusual
from indicators.actions import achievement as achievements
from indicators.actions.achievement import Incomplete
from indicators.checklist import missing_before_submit
from indicators.checklist import unusual as unusual_of
from indicators.models import Achievement
from kinerjaku.fields import FIGURE_LIMIT

FIGURES = st.decimals(-(10**12), 10**12, places=4, allow_nan=False, allow_infinity=False)
PAST = st.lists(FIGURES, min_size=4, max_size=8)


@given(st.lists(FIGURES, max_size=3), FIGURES)
def test_fewer_than_four_figures_say_nothing(past, actual):
    assert unusual.usual_range(past) == []
    assert unusual.within(actual, unusual.usual_range(past))


@given(PAST)
def test_the_median_is_always_usual(past):
    kept = unusual.usual_range(past)
    assert unusual.within(median(past), kept)


@given(PAST, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(past, random):
    shuffled = list(past)
    random.shuffle(shuffled)
    assert unusual.usual_range(shuffled) == unusual.usual_range(past)


@given(PAST, FIGURES)
def test_the_mirrored_past_has_the_mirrored_range(past, actual):
    kept, mirrored = unusual.usual_range(past), unusual.usual_range([-one for one in past])
    assert unusual.within(actual, kept) == unusual.within(-actual, mirrored)


@given(FIGURES, st.integers(4, 8))
def test_what_never_varied_may_move_by_a_quarter(figure, count):
    kept = unusual.usual_range([figure] * count)
    assert unusual.within(figure * D("1.25"), kept)
    assert unusual.within(figure * D("0.75"), kept)
    assert not unusual.within(figure * D("1.25") + D("0.00001").copy_sign(figure), kept)


def test_one_strange_figure_of_the_past_hardly_widens_the_range():
    kept = unusual.usual_range([D(90), D(92), D(91), D(93), D(9000)])
    assert not unusual.within(D(9000), kept)


def test_ends_belong_to_the_range():
    kept = unusual.usual_range([D(100)] * 4)
    assert kept == ["75.000000", "125.000000"]
    assert [unusual.within(D(text), kept) for text in ("75", "125", "74.9", "125.1")] == [True, True, False, False]


def test_the_range_follows_a_past_that_varies():
    """Median 50, MAD 10: 3 x 1,4826 x 10 = 44,478 to either side."""
    assert unusual.usual_range([D(40), D(50), D(60), D(40), D(60)]) == ["5.522000", "94.478000"]


@given(st.lists(st.just(FIGURE_LIMIT - 1), min_size=4, max_size=4))
def test_the_largest_figures_there_are_have_a_range(past):
    assert unusual.within(past[0], unusual.usual_range(past))


@pytest.fixture
def past(cast):
    """Four quarters of 2025 with 90%, and the row of quarter I of 2026."""
    of_2025 = builders.indicator(cast.unit, decree=builders.decree(2025), name="Indeks")
    for number, when in ((1, "2025-04-02"), (2, "2025-07-02"), (3, "2025-10-02"), (4, "2026-01-02")):
        builders.fill(builders.row(of_2025, number), by=cast.operator, done="90", when=builders.at(f"{when} 09:00"))
    return of_2025


@pytest.fixture
def now(cast, past):
    return builders.row(builders.indicator(cast.unit, name="Indeks", target="120"))


def test_a_figure_far_from_the_past_asks_for_an_explanation_and_is_saved(cast, now, save):
    saved = save(now, by=cast.operator, selesai="40", rencana="100")
    assert saved.actual == 40
    assert unusual_of(saved) == ["Realisasi 40,00 jauh dari triwulan sebelumnya (biasanya 67,50–112,50)."]
    assert "explanation" in [lack.field for lack in missing_before_submit([saved])]


def test_an_explanation_satisfies(cast, now, save):
    saved = save(now, by=cast.operator, selesai="40", rencana="100", explanation="Anggaran dipotong.")
    assert "explanation" not in [lack.field for lack in missing_before_submit([saved])]


def test_a_usual_figure_asks_for_nothing(cast, now, save):
    assert unusual_of(save(now, by=cast.operator, selesai="95", rencana="100")) == []


def test_what_is_usual_is_learnt_once(cast, now, past, save):
    save(now, by=cast.operator, selesai="95", rencana="100")
    Achievement.objects.filter(indicator=past).update(actual=D(10))
    saved = save(now, by=cast.operator, selesai="94", rencana="100")
    assert saved.usual == ["67.500000", "112.500000"]


def test_a_second_save_asks_as_many_queries_as_without_a_past(cast, now, save):
    save(now, by=cast.operator, selesai="95", rencana="100")
    alone = builders.row(builders.indicator(cast.unit, 2, name="Baru"))
    save(alone, by=cast.operator, selesai="95", rencana="100")
    counts = []
    for row in (now, alone):
        with CaptureQueriesContext(connection) as queries:
            save(row, by=cast.operator, version=1, selesai="96", rencana="100")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_learning_costs_the_same_for_two_rows_and_for_ten(cast, past):
    pks = [builders.row(builders.indicator(cast.unit, no)).pk for no in range(1, 11)]
    rows = list(Achievement.objects.filter(pk__in=pks).select_related("quarter"))
    costs = []
    for some in (rows[:2], rows):
        with CaptureQueriesContext(connection) as queries:
            habits.learn(some)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_rows_of_an_amended_decree_know_the_version_before(cast, past):
    newer = builders.amendment(builders.decree(2025), by=cast.admin, begins=date(2025, 1, 1))
    row = Achievement(pk=0, indicator=newer.indicators.get(), quarter=builders.quarter(2026, 1), unit=cast.unit)
    habits.learn([row])
    assert row.usual == ["67.500000", "112.500000"]


def test_an_unexplained_figure_is_not_sent(cast, now):
    filled = builders.fill(now, by=cast.operator, done="40")
    with builders.moment(builders.IN_TIME), pytest.raises(Incomplete) as refused:
        achievements.submit(filled.quarter_id, cast.unit, by=cast.operator, at=builders.IN_TIME)
    assert [lack.field for lack in refused.value.missing] == ["explanation"]


def test_the_explanation_is_part_of_what_is_sent(cast, now):
    filled = builders.fill(now, by=cast.operator, done="40", explanation="Anggaran dipotong.")
    with builders.moment(builders.IN_TIME):
        sent = achievements.submit(filled.quarter_id, cast.unit, by=cast.operator, at=builders.IN_TIME)
    assert sent.document.content["rows"][0]["explanation"] == "Anggaran dipotong."
    assert Achievement.objects.get(pk=now.pk).as_sent().explanation == "Anggaran dipotong."


def test_a_row_sent_before_there_were_explanations_has_none(cast, now):
    row = Achievement.objects.get(pk=now.pk)
    facts = {"values": {}, "no_result": False, "progress": "", "obstacles": "", "follow_up": "", "score_source": ""}
    row.sent, row.version, row.submitted_version = facts | dict.fromkeys(("score", "actual", "percent")), 2, 1
    assert row.as_sent().explanation == ""


def test_the_entry_table_says_that_an_explanation_is_needed(cast, now, as_user, save):
    save(now, by=cast.operator, selesai="40", rencana="100")
    with builders.moment(builders.IN_TIME):
        page = as_user(cast.operator).get(now.quarter.entry_path(cast.unit)).content.decode()
    assert "Perlu penjelasan: Realisasi 40,00 jauh" in page
    assert f"#isian-{now.pk}-explanation" in page


def test_autosave_says_so_too(cast, now, as_user):
    typed = {"version": 0, "value_selesai": "40", "value_rencana": "100"}
    with builders.moment(builders.IN_TIME):
        path = f"{now.get_absolute_url()}simpan/"
        answer = as_user(cast.operator).post(path, typed, headers={"Accept": "application/json"}).json()
    assert (answer["unexplained"], answer["notice"]) == (True, "Perlu penjelasan.")


def test_the_verifier_sees_flag_reason_and_explanation(cast, now, as_user):
    filled = builders.fill(now, by=cast.operator, done="40", explanation="Anggaran dipotong.")
    with builders.moment(builders.IN_TIME):
        achievements.submit(filled.quarter_id, cast.unit, by=cast.operator, at=builders.IN_TIME)
    sheet = builders.worksheet(cast.unit)
    with builders.moment(builders.AFTER_CLOSE):
        client = as_user(cast.verifier)
        assert "Nilai tidak biasa" in client.get(sheet.get_absolute_url()).content.decode()
        page = client.get(sheet.rows.get().get_absolute_url()).content.decode()
    assert "jauh dari triwulan sebelumnya" in page
    assert "Anggaran dipotong." in page
