"""Comparing two sets of indicators: a pure function."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indicators.versions import FieldChange, Kind, RowChange, apply, diff

FACTS = st.dictionaries(st.sampled_from(["Nomor", "Indikator", "Satuan", "Target"]), st.sampled_from("abc"))
SETS = st.dictionaries(st.integers(1, 8), FACTS, max_size=5)
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is slow, not wrong


@CALM
@given(SETS, SETS)
def test_the_changes_lead_from_one_set_to_the_other(before, after):
    assert apply(diff(before, after), before) == after


@CALM
@given(SETS, SETS)
def test_every_row_of_both_sets_is_there_once(before, after):
    keys = [row.key for row in diff(before, after)]
    assert sorted(keys) == sorted({*before, *after})


@CALM
@given(SETS)
def test_a_set_does_not_differ_from_itself(one):
    assert {row.kind for row in diff(one, one)} <= {Kind.SAME}


def test_added_changed_dropped_and_same_rows():
    before = {1: {"Indikator": "A"}, 2: {"Indikator": "B", "Satuan": "%"}, 3: {"Indikator": "C"}}
    after = {1: {"Indikator": "A"}, 2: {"Indikator": "B", "Satuan": "nilai"}, 4: {"Indikator": "D"}}
    assert diff(before, after) == [
        RowChange(1, Kind.SAME),
        RowChange(2, Kind.CHANGED, (FieldChange("Satuan", "%", "nilai"),)),
        RowChange(4, Kind.ADDED, (FieldChange("Indikator", None, "D"),)),
        RowChange(3, Kind.DROPPED, (FieldChange("Indikator", "C", None),)),
    ]
