"""The catalogue: loading, copying, and what a change of it does to figures."""

from decimal import Decimal
from io import StringIO

import builders
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command

from accounts.models import WorkUnit
from indicators import results
from indicators.actions import catalogue, decree_copy, targets
from indicators.models import Achievement, Band, Cascade, Decree, Indicator, Target
from kinerjaku import audit
from kinerjaku.errors import DomainError
from kinerjaku.models import AuditEntry

AT = builders.at("2026-01-05 08:00")


@pytest.fixture
def loaded(db):
    catalogue.load(at=AT)
    return Decree.objects.get()


def test_loading_prints_the_number_by_unit(db):
    out = StringIO()
    call_command("load_catalogue", stdout=out)
    assert dict(line.split() for line in out.getvalue().splitlines()) == {
        "SETJEN": "22",
        "ROREN": "10",
        "ROSDMAO": "11",
        "ROKUM": "10",
        "ROHUMAS": "10",
        "ROKEU": "10",
        "ROUM": "14",
        "PUSDATIN": "12",
        "LPMUKP": "11",
        "jumlah": "110",
    }


def test_loading_twice_changes_nothing(loaded):
    def everything():
        tables = (WorkUnit, Decree, Indicator, Band, Cascade, AuditEntry)
        return [list(table.objects.order_by("pk").values()) for table in tables]

    before = everything()
    catalogue.load(at=builders.at("2026-02-05 08:00"))
    assert everything() == before


def test_loading_again_keeps_the_work_of_an_editor(loaded):
    Indicator.objects.filter(unit__code="ROKEU", no=1).update(name="Nama yang diperbaiki")
    catalogue.load(at=AT)
    assert Indicator.objects.get(unit__code="ROKEU", no=1).name == "Nama yang diperbaiki"


def test_all_83_expressions_can_be_evaluated_from_their_own_variables(loaded):
    computed = [i for i in Indicator.objects.prefetch_related("variables") if i.is_computed]
    assert len(computed) == 83
    for indicator in computed:
        values = {variable.code: Decimal(7) for variable in indicator.variables.all()}
        actual, problem = results.actual_of(indicator, values, None)
        assert problem == "", indicator
        assert actual is not None, indicator


def test_the_other_27_take_a_score_from_outside(loaded):
    assert Indicator.objects.filter(expression="").count() == 27


def test_every_indicator_fits_together(loaded):
    for indicator in Indicator.objects.prefetch_related("variables", "bands"):
        bands = [band.plain() for band in indicator.bands.all()]
        codes = [variable.code for variable in indicator.variables.all()]
        assert catalogue.faults(indicator.expression, codes, bands) == [], indicator


def test_the_defects_of_the_source_are_stored_with_their_rows(loaded):
    issues = Indicator.objects.get(unit__code="SETJEN", no=1).source_issues
    assert issues[0].startswith("Nama menyebut penilaian mandiri")


def test_a_step_table_pays_its_own_percentage(loaded):
    bad_debt = Indicator.objects.get(unit__code="LPMUKP", no=4)
    assert results.percent_of(bad_debt, 1, Decimal(0)) == Decimal(150)
    assert results.percent_of(bad_debt, 1, Decimal("0.5")) == Decimal(120)


def test_a_copy_has_everything_and_is_marked_as_an_example(loaded):
    copy = decree_copy.copy_decree(loaded, year=2026, key="contoh-2026", at=AT, is_example=True)
    again = decree_copy.copy_decree(loaded, year=2026, key="contoh-2026", at=AT, is_example=True)
    assert copy == again
    assert (copy.year, copy.state, copy.is_example) == (2026, "draft", True)
    for part in ("variables", "bands", "targets", "responsible", "cascades_down"):
        old, new = (
            Indicator.objects.filter(decree=decree, **{f"{part}__isnull": False}).count() for decree in (loaded, copy)
        )
        assert old == new
    assert not copy.indicators.exclude(objective__decree=copy).exists()
    assert loaded.indicators.count() == 110


# Changes


def test_a_new_target_computes_what_is_not_yet_sent_anew(cast, row, save):
    save(row, by=cast.operator, selesai="90", rencana="100")
    targets.set_target(row.indicator, 1, value=Decimal(100), by=cast.admin, reason="Salah ketik", at=AT)
    assert Achievement.objects.get(pk=row.pk).percent == Decimal(90)


def test_a_new_target_leaves_what_was_sent_as_it_was(cast, row):
    builders.submitted(cast.unit, by=cast.operator)
    before = Achievement.objects.get(pk=row.pk).percent
    targets.set_target(row.indicator, 1, value=Decimal(200), by=cast.admin, reason="Salah ketik", at=AT)
    assert Achievement.objects.get(pk=row.pk).percent == before


def test_a_new_scale_without_a_place_for_what_was_typed_asks_the_unit_to_look_again(cast, save):
    indicator = builders.scored_indicator(cast.unit)
    row = builders.row(indicator)
    save(row, by=cast.operator, score=Decimal(150))
    builders.scale(indicator)
    catalogue.note_change(indicator, before={}, by=cast.admin, at=AT, reason="Skala keliru")
    row = Achievement.objects.get(pk=row.pk)
    assert (row.score, row.actual, row.percent) == (Decimal(150), None, None)
    assert "di luar skala" in row.actual_problem


def test_only_editors_set_targets(cast, row):
    with pytest.raises(PermissionDenied):
        targets.set_target(row.indicator, 1, value=Decimal(1), by=cast.operator, at=AT)
    assert row.indicator.targets.get(number=1).value == Decimal(90)


def test_a_change_is_in_the_history_with_before_and_after(cast, row):
    before = catalogue.describe(row.indicator)
    Indicator.objects.filter(pk=row.indicator_id).update(name="Nama baru")
    changed = Indicator.objects.get(pk=row.indicator_id)
    catalogue.note_change(changed, before=before, by=cast.admin, at=AT, reason="Salah ketik")
    entry = audit.history(changed)[0]
    assert (entry.verb, entry.before["name"], entry.after["name"]) == (
        "ubah indikator",
        "Indikator 1",
        "Nama baru",
    )


def test_a_formula_whose_variables_are_not_there_is_refused(cast, row):
    Indicator.objects.filter(pk=row.indicator_id).update(expression="selesai / seluruhnya")
    changed = Indicator.objects.get(pk=row.indicator_id)
    with pytest.raises(DomainError, match="variabel yang tidak ada dalam daftar: seluruhnya"):
        catalogue.note_change(changed, before={}, by=cast.admin, at=AT)


def test_overlapping_bands_are_a_fault(cast):
    indicator = builders.scored_indicator(cast.unit)
    builders.scale(indicator)
    Band.objects.filter(indicator=indicator, grade="D").update(upper=Decimal(60))
    bands = [band.plain() for band in indicator.bands.all()]
    assert catalogue.faults("", [], bands) == [
        "Dua rentang bertumpuk: baris 1 (lebih dari 50 sampai 100) dan baris 2 (mulai 0 sampai 60). "
        "Ubah batasnya atau tanda “termasuk”, agar setiap nilai hanya termasuk satu baris."
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("expression", "selesai /", "belum lengkap"),
        ("expression", "__import__('os')", "tidak dapat dipakai"),
        ("cap", Decimal(0), "lebih besar dari nol"),
        ("worst", Decimal(-1), "lebih besar dari nol"),
    ],
)
def test_an_indicator_that_cannot_work_is_refused_at_its_field(cast, row, field, value, words):
    setattr(row.indicator, field, value)
    with pytest.raises(ValidationError) as refused:
        row.indicator.full_clean()
    assert words in refused.value.message_dict[field][0]


def test_an_objective_of_another_unit_is_refused(cast, row):
    row.indicator.objective = builders.indicator(cast.setjen).objective
    with pytest.raises(ValidationError) as refused:
        row.indicator.full_clean()
    assert refused.value.message_dict["objective"] == ["Pilih sasaran dari unit dan keputusan yang sama."]


def test_a_target_range_runs_upwards(cast, row):
    with pytest.raises(ValidationError):
        Target(indicator=row.indicator, number=1, value=Decimal(90), high=Decimal(80)).full_clean()


def fits(indicator):
    """The rule beside the indicator says what its tables say."""
    kept = Indicator.objects.get(pk=indicator.pk).rule
    return kept == catalogue.keep_rule(indicator)


def test_loading_keeps_the_rule_of_every_indicator(loaded):
    assert [indicator.code for indicator in loaded.indicators.all() if not fits(indicator)] == []


def test_a_copied_decree_keeps_its_rules(loaded):
    copy = decree_copy.copy_decree(loaded, year=2026, key="salinan", at=AT, is_example=True)
    assert [indicator.code for indicator in copy.indicators.all() if not fits(indicator)] == []


def test_a_new_target_is_in_the_rule_at_once(loaded):
    indicator = loaded.indicators.first()
    targets.set_target(indicator, 2, value=Decimal("80.5"), high=Decimal(95), by=None, at=AT)
    assert Indicator.objects.get(pk=indicator.pk).rule.targets[2] == (Decimal("80.5"), Decimal(95))
