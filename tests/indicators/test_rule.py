"""The rule beside an indicator: what goes into JSON comes out of it."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from indicators.rule import Input, Rule
from indicators.scoring import Band

figures = st.decimals(min_value=-(10**15), max_value=10**15, places=10)
words = st.text(max_size=20)
bands = st.builds(
    lambda low, width, achievement, grade: Band(low, low + width, True, True, grade, "", achievement),
    figures,
    st.decimals(min_value=0, max_value=1000, places=2),
    st.none() | figures,
    words,
)
targets = figures | st.tuples(figures, figures).map(lambda pair: (min(pair), max(pair)))
rules = st.builds(
    Rule,
    st.lists(st.builds(Input, words, words, words), max_size=5).map(tuple),
    st.lists(bands, max_size=5).map(tuple),
    st.dictionaries(st.integers(1, 4), targets),
)


@given(rules)
def test_json_and_back_is_the_same_rule(rule):
    assert Rule.from_json(json.loads(json.dumps(rule.as_json()))) == rule


def test_an_indicator_without_parts_has_an_empty_rule():
    assert Rule.from_json({}) == Rule((), (), {})


def test_only_bands_that_pay_are_steps():
    named = Band(Decimal(0), Decimal(50), grade="D")
    paying = Band(Decimal(0), Decimal(50), achievement=Decimal(100))
    assert (Rule(bands=(named,)).steps, Rule(bands=(paying,)).steps) == ((), (paying,))
