"""Which figure counts, in which period, with which score; what is stored of it; and the pages."""

from decimal import Decimal
from io import StringIO

import builders
import pytest
from builders import AFTER_CLOSE, IN_TIME
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.actions import scoring as rules
from indicators.actions import targets
from indicators.models import Achievement, ScoringYear
from indicators.scheme import DEFAULT
from reporting.actions import score
from reporting.models import ScoreStamp, UnitScore
from reporting.performance import assessment, charts, claims
from reporting.performance.claims import Standing
from reporting.performance.page import performance
from reporting.performance.period import Period, View
from reporting.performance.promises import promises
from verification.actions import worksheet as worksheets

D = Decimal
QUARTER = "tahun=2026&triwulan=1&tampilan=triwulan"


def assessed(unit, number=1, view=View.QUARTER, scheme=DEFAULT):
    period = Period(2026, number, view)
    rows = promises([unit], 2026, number)[unit.pk]
    return assessment.assess_unit(unit, rows, claims.figures([unit], 2026), period, scheme)


def only(unit, **asked):
    return assessed(unit, **asked).indicators[0]


def said(row, text: str, state=Achievement.State.SUBMITTED):
    """The figure as a unit would have sent it, without typing everything around it."""
    facts = {"actual": D(text), "state": state, "submitted_at": IN_TIME, "submitted_by": row.sender}
    Achievement.objects.filter(pk=row.pk).update(**facts)


@pytest.fixture
def quarters_of(cast):
    """`quarters_of(indicator, "10", None, "30")`: the rows of a year with what was sent in each quarter."""

    def sent(indicator, *texts):
        for number, text in enumerate(texts, 1):
            row = builders.row(indicator, number)
            row.sender = cast.operator
            if text is not None:
                said(row, text)

    return sent


# Which figure counts


def test_nothing_counts_before_it_is_sent(cast):
    row = builders.row(builders.indicator(cast.unit))
    assert (only(cast.unit).percent, only(cast.unit).reason) == (None, "Belum diisi")
    builders.fill(row, by=cast.operator)
    found = only(cast.unit)
    assert (found.percent, found.colour, found.reason) == (None, "grey", "Sedang diisi, belum dikirim")
    assert assessed(cast.unit).score is None


def test_a_claim_counts_and_says_that_it_is_not_verified(cast):
    builders.indicator(cast.unit, target="95")
    builders.submitted(cast.unit, by=cast.operator)
    found = only(cast.unit)
    assert (found.actual, found.percent, found.standing, found.colour) == (D(95), D(100), Standing.CLAIMED, "green")


def test_what_the_frozen_worksheet_says_replaces_the_claim(cast):
    builders.indicator(cast.unit, target="95")
    builders.submitted(cast.unit, by=cast.operator)
    sheet = builders.worksheet(cast.unit)
    row = sheet.rows.get()
    found = {"verdict": "nonconform", "verified_actual": D("76"), "evidence_fits": True, "note": "Dikoreksi."}
    with builders.moment(AFTER_CLOSE):
        worksheets.decide(row.pk, version=row.version, by=cast.verifier, at=AFTER_CLOSE, **found)
    assert only(cast.unit).actual == D(95)  # a finding is none before the sheet is frozen
    builders.frozen(sheet, by=cast.verifier)
    counted = only(cast.unit)
    assert (counted.actual, counted.percent, counted.standing) == (D(76), D(80), Standing.VERIFIED)
    assert assessed(cast.unit).score == worksheets.result_of(worksheets.rows_of(sheet)).score


def test_a_returned_row_counts_as_it_was_sent(cast):
    builders.indicator(cast.unit, target="95")
    builders.submitted(cast.unit, by=cast.operator)
    row = builders.worksheet(cast.unit).rows.get()
    with builders.moment(AFTER_CLOSE):
        due = builders.at("2026-04-25 00:00")
        worksheets.return_row(
            row.pk, reason="Periksa.", due_at=due, version=row.version, by=cast.verifier, at=AFTER_CLOSE
        )
        claim = Achievement.objects.get()
        typed = {"values": {"selesai": D(1)}}
        achievements.save(claim.pk, typed, version=claim.version, by=cast.operator, at=AFTER_CLOSE)
    assert (only(cast.unit).actual, only(cast.unit).standing) == (D(95), Standing.CLAIMED)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"state": "not_entered"}, "Tidak diinput"),
        ({"state": "submitted", "no_result": True}, "Belum ada hasil"),
        (
            {"state": "submitted", "actual_problem": "Belum dapat dihitung: pembagian dengan nol."},
            "pembagian dengan nol",
        ),
    ],
)
def test_what_is_not_assessed_says_why(cast, facts, reason):
    row = builders.row(builders.indicator(cast.unit))
    Achievement.objects.filter(pk=row.pk).update(submitted_at=IN_TIME, submitted_by=cast.operator, **facts)
    assert reason in only(cast.unit).reason


def test_a_target_of_zero_or_none_says_so(cast, quarters_of):
    without, zero = builders.indicator(cast.unit, 1, target=None), builders.indicator(cast.unit, 2, target="0")
    for one in (without, zero):
        quarters_of(one, "5")
    assert [one.reason for one in assessed(cast.unit).indicators] == [
        "Target belum ditetapkan",
        "Target nol",
    ]


def test_what_is_not_assessed_does_not_count(cast, quarters_of):
    for no, text in ((1, "90"), (2, None), (3, "81")):
        quarters_of(builders.indicator(cast.unit, no), text)
    found = assessed(cast.unit)
    assert found.score == D(95)
    assert (found.count("green"), found.count("amber"), found.count("grey")) == (1, 1, 1)


def test_a_quarter_in_which_an_indicator_does_not_report_is_not_held_against_it(cast):
    builders.indicator(cast.unit, period="yearly")
    assert only(cast.unit).reason == "Baru dilaporkan pada triwulan IV"


# Periods


@pytest.mark.parametrize(
    ("how", "actual", "target", "percent"), [("sum", "60", "180", "33.33"), ("average", "30", "90", "33.33")]
)
def test_cumulated_figures_against_the_target_of_the_same_quarters(cast, quarters_of, how, actual, target, percent):
    quarters_of(builders.indicator(cast.unit, consolidation=how), "20", "40")
    found = only(cast.unit, number=2, view=View.CUMULATED)
    assert (found.actual, found.target) == (D(actual), D(target))
    assert round(found.percent, 2) == D(percent)


def test_the_last_position_is_measured_against_the_target_of_its_quarter(cast, quarters_of):
    indicator = builders.indicator(cast.unit, consolidation="last")
    targets.set_target(indicator, 2, value=D(50), by=None, at=IN_TIME)
    quarters_of(indicator, "20", "40", None)
    found = only(cast.unit, number=3, view=View.CUMULATED)
    assert (found.actual, found.target, found.percent) == (D(40), D(50), D(80))


def test_a_sum_with_a_missing_quarter_is_not_assessed_and_names_it(cast, quarters_of):
    quarters_of(builders.indicator(cast.unit, consolidation="sum"), "20", None)
    found = only(cast.unit, number=2, view=View.CUMULATED)
    assert (found.percent, found.reason) == (None, "Triwulan II: belum diisi")


def test_a_year_is_what_has_cumulated_in_its_last_quarter(cast, quarters_of):
    quarters_of(builders.indicator(cast.unit, consolidation="average"), "20", None, "40")
    year = only(cast.unit, number=1, view=View.YEARLY)
    assert year.actual == only(cast.unit, number=4, view=View.CUMULATED).actual == D(30)


def test_the_rules_of_the_year_decide_colour_and_weight(cast, quarters_of):
    quarters_of(builders.indicator(cast.unit, validity="lead_input"), "90")
    quarters_of(builders.indicator(cast.unit, 2, validity="lag_outcome"), "72")
    assert (assessed(cast.unit).score, assessed(cast.unit).colour) == (D(84), "amber")
    row = ScoringYear(year=2026, basis="x", green_from=D(80), amber_from=D(60), weight_lead_input=D("0.4"))
    rules.save_year(row, by=cast.admin, at=IN_TIME)
    found = assessed(cast.unit, scheme=ScoringYear.objects.scheme(2026))
    assert (found.score, found.colour) == (D(90), "green")


@pytest.mark.parametrize(
    ("asked", "period"),
    [
        ({}, Period(2026, 1)),
        ({"tahun": "2025", "triwulan": "3", "tampilan": "kumulatif"}, Period(2025, 3, View.CUMULATED)),
        ({"tahun": "x", "triwulan": "9", "tampilan": "?"}, Period(2026, 1)),
        ({"tahun": "٢٠٢٥", "triwulan": "-1"}, Period(2026, 1)),
    ],
)
def test_a_period_is_read_from_the_address(asked, period):
    assert Period.read(asked, AFTER_CLOSE) == period


def test_a_period_says_what_it_is():
    said = [str(Period(2026, 3, view)) for view in View]
    assert said == ["Triwulan III 2026", "Triwulan I–III 2026", "Tahun 2026"]
    assert Period.read({}, builders.at("2026-02-01 08:00")) == Period(2025, 4)


# Charts


def test_bars_share_a_scale_and_trends_leave_gaps():
    assert charts.bar(D(120), charts.top_of([D(60), D(120)])) == "240.0"
    assert charts.bar(None, D(120)) == "0.0"
    drawn = charts.spark((D(90), D(100), None, D(95)))
    assert (drawn.line.count("L"), drawn.dots.count("M")) == (1, 3)
    assert drawn.words == "I 90,0 · II 100,0 · IV 95,0, turun"
    assert charts.spark((None,) * 4).words == ""


# What is stored


def test_scores_are_stored_for_every_view_and_computing_twice_changes_nothing(cast, quarters_of):
    quarters_of(builders.indicator(cast.unit, consolidation="average"), "90", "45")
    assert score.recompute(2026, at=AFTER_CLOSE) == 1
    first = list(UnitScore.objects.order_by("view", "number").values_list("view", "number", "score", "percents"))
    assert len(first) == 8
    score.recompute(2026, at=AFTER_CLOSE)
    assert (
        list(UnitScore.objects.order_by("view", "number").values_list("view", "number", "score", "percents")) == first
    )
    kept = UnitScore.objects.get(view="kumulatif", number=2)
    assert (kept.score, kept.amber, kept.red, kept.percents) == (D(75), 0, 1, {"1 Indikator 1": "75.00"})


def test_the_worker_follows_what_the_audit_tells_and_nothing_else(cast, django_assert_max_num_queries):
    row = builders.row(builders.indicator(cast.unit))
    other = builders.unit("ROKUM", parent=cast.setjen)
    builders.indicator(other)
    builders.fill(row, by=cast.operator)
    assert score.catch_up(at=IN_TIME) == 1  # the other unit is of no entry
    assert not UnitScore.objects.filter(unit=other).exists()
    assert score.catch_up(at=IN_TIME) == 0
    with builders.moment(IN_TIME):
        achievements.submit(row.quarter_id, cast.unit, by=cast.operator, at=IN_TIME)
    assert score.catch_up(at=IN_TIME) == 1
    assert UnitScore.objects.get(unit=cast.unit, view="triwulan", number=1).score is not None
    rules.save_year(ScoringYear(year=2026, basis="x", cap=D(100)), by=cast.admin, at=IN_TIME)
    assert score.catch_up(at=IN_TIME) == 2
    assert UnitScore.objects.get(unit=cast.unit, view="triwulan", number=1).score == D(100)
    with django_assert_max_num_queries(9):
        score.catch_up(at=IN_TIME)
    assert ScoreStamp.objects.get().seq > 0


def test_a_unit_that_has_no_indicator_any_more_loses_its_scores(cast):
    made = builders.indicator(cast.unit)
    score.recompute(2026, at=IN_TIME)
    made.decree.state = "draft"
    made.decree.save()
    score.recompute(2026, at=IN_TIME)
    assert not UnitScore.objects.exists()


def test_a_year_can_be_computed_by_hand(cast):
    builders.indicator(cast.unit)
    said = StringIO()
    call_command("recompute_scores", year=2026, stdout=said)
    assert said.getvalue().startswith("1 indikator tahun 2026 dihitung")


# Pages


def text_of(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_page_shows_target_actual_achievement_colour_and_trend(cast, as_user, quarters_of):
    quarters_of(builders.indicator(cast.unit), "72", "90")
    quarters_of(builders.indicator(cast.unit, 2), None)
    page = text_of(as_user(cast.operator), f"/kinerja/ROKEU/?{QUARTER}")
    for shown in ("80,00", "Kuning", "I 80,0 · II 100,0, naik", "belum terverifikasi", "Belum diisi", "Abu-abu"):
        assert shown in page
    assert "1 dari 2 indikator dinilai, 0 di antaranya terverifikasi" in page
    assert " style=" not in page.partition("<main")[2]


def test_a_page_compares_with_the_same_period_of_earlier_years(cast, as_user, quarters_of):
    before = builders.indicator(cast.unit, decree=builders.decree(2025))
    quarters_of(before, "45")
    score.recompute(2025, at=IN_TIME)
    quarters_of(builders.indicator(cast.unit), "90")
    page = text_of(as_user(cast.operator), f"/kinerja/ROKEU/?{QUARTER}")
    assert 'data-label="2025"><span>50,00% merah' in page


def test_the_units_below_are_shown_as_far_as_the_person_sees_them(cast, as_user, quarters_of):
    builders.indicator(cast.setjen)
    quarters_of(builders.indicator(cast.unit), "90")
    address = f"/kinerja/SETJEN/?{QUARTER}&cakupan=semua"
    assert "Unit ROKEU" in text_of(as_user(cast.karoren), address)
    assert "Unit ROKEU" not in text_of(as_user(cast.stranger), address)  # operator of Setjen itself


@pytest.mark.parametrize("whole", ["", "&cakupan=semua"])
def test_a_page_takes_as_many_queries_for_many_indicators_as_for_one(cast, as_user, whole):
    client = as_user(cast.karoren)
    builders.indicator(cast.setjen)
    builders.quarter()

    def cost() -> int:
        address = f"/kinerja/SETJEN/?{QUARTER}{whole}"
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    few = cost()
    for no in range(2, 9):
        builders.indicator(cast.setjen, no)
        builders.indicator(cast.unit, no)
    builders.quarter()
    assert cost() == few


def test_the_list_takes_as_many_queries_for_many_units_as_for_one(cast, as_user):
    client = as_user(cast.karoren)
    builders.indicator(cast.unit)

    def cost() -> int:
        score.recompute(2026, at=IN_TIME)
        client.get(f"/kinerja/?{QUARTER}")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/kinerja/?{QUARTER}")
        return len(queries)

    few = cost()
    for number in range(5):
        builders.indicator(builders.unit(f"U{number}", parent=cast.setjen))
    assert cost() == few


def test_the_list_sorts_by_score_as_by_a_number_and_exports(cast, as_user, quarters_of):
    for code, text in (("U1", "90"), ("U2", "85.5"), ("U3", "9")):
        quarters_of(builders.indicator(builders.unit(code, parent=cast.setjen)), text)
    score.recompute(2026, at=IN_TIME)
    client = as_user(cast.karoren)
    page = text_of(client, f"/kinerja/?{QUARTER}&urut=-nilai")
    assert page.index("Unit U1") < page.index("Unit U2") < page.index("Unit U3")
    table = client.get(f"/kinerja/?{QUARTER}&format=csv").content.decode()
    assert "Unit U2;95,00;Kuning" in table


def test_the_list_is_of_visible_units_alone(cast, as_user):
    for unit in (cast.unit, cast.bureau):
        builders.indicator(unit)
    score.recompute(2026, at=IN_TIME)
    page = text_of(as_user(cast.operator), f"/kinerja/?{QUARTER}")
    assert "Unit ROKEU" in page
    assert "Unit ROREN" not in page


def test_a_score_opens_into_its_calculation_down_to_the_evidence(cast, as_user):
    made = builders.indicator(cast.unit, target="95")
    builders.indicator(cast.unit, 2, target="190")
    builders.submitted(cast.unit, by=cast.operator)
    sheet = builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    client = as_user(cast.operator)
    page = text_of(client, reverse("performance_calculation", args=["ROKEU", made.pk]) + f"?{QUARTER}")
    row = Achievement.objects.get(indicator=made)
    links = [row.evidence.get().get_absolute_url(), row.get_absolute_url(), row.worksheet_row.get_absolute_url()]
    for address in links:
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200
    for shown in (
        "“Selesai” ÷ “Rencana” × 100",
        "Maksimalkan: Realisasi 95 ÷ target 95 × 100.",
        "Hijau: mulai 100",
        "bobot 0,3, yaitu 50,00% dari nilai sasaran",
        "Rata-rata 2 indikator yang dinilai",
        "Terverifikasi",
    ):
        assert shown in page, shown
    score_of_unit = performance(cast.unit, [cast.unit], Period(2026, 1)).units[0].score
    assert score_of_unit == worksheets.result_of(worksheets.rows_of(sheet)).score == D(75)
    assert '<strong class="full-figure">75</strong>' in page


def test_a_draft_shows_nothing_of_what_was_typed(cast, as_user):
    row = builders.row(builders.indicator(cast.unit))
    builders.fill(row, by=cast.operator, done="87")
    page = text_of(as_user(cast.verifier), f"/kinerja/ROKEU/hitungan/{row.indicator_id}/?{QUARTER}")
    assert "Belum dinilai: Sedang diisi, belum dikirim." in page
    assert "87" not in page.partition("Masukan")[2].partition("Sumber")[0]


def test_a_changed_rule_shows_what_the_worksheet_recorded(cast, as_user):
    made = builders.indicator(cast.unit, target="50")
    builders.fill(builders.row(made), by=cast.operator, explanation="Target terlalu rendah.")
    with builders.moment(builders.IN_TIME):
        achievements.submit(builders.quarter().pk, cast.unit, by=cast.operator, at=builders.IN_TIME)
    builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    rules.save_year(ScoringYear(year=2026, basis="x", cap=D(110)), by=cast.admin, at=AFTER_CLOSE)
    page = text_of(as_user(cast.operator), f"/kinerja/ROKEU/hitungan/{made.pk}/?{QUARTER}")
    assert "120,00%, menurut aturan pada saat dicatat" in page
    assert "Paling tinggi 110%." in page


def test_other_peoples_units_are_not_there(cast, as_user):
    made = builders.indicator(cast.unit)
    elsewhere = as_user(builders.user(Role.OPERATOR, cast.bureau))
    for address in ("/kinerja/ROKEU/", f"/kinerja/ROKEU/hitungan/{made.pk}/", f"/kinerja/ROREN/hitungan/{made.pk}/"):
        assert elsewhere.get(f"{address}?{QUARTER}").status_code == 404


def test_a_unit_without_indicators_says_so(cast, as_user):
    assert "Belum ada indikator" in text_of(as_user(cast.operator), "/kinerja/ROKEU/")
    assert "Belum ada nilai" in text_of(as_user(cast.operator), f"/kinerja/?{QUARTER}")
