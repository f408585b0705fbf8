"""The card of an indicator (manual IKU) as its page and its PDF show it: every field of domain guide 4, and what is
still missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from kinerjaku.figures import format_figure

from . import results, target_rules
from .decree_content import NOT_CASCADED, WITHOUT_FORMULA
from .earlier_years import Past, past_of
from .models import Decree, EvidenceSlot, Indicator, Target
from .quarters import REPORTED_IN, ROMAN

UNSET = "belum ditetapkan"
_TOGETHER = ("unit", "objective", "decree__amends", "replaces__decree")
_PARTS = (
    *("variables", "bands", "targets", "responsible", "evidence_slots", "past_actuals"),
    *("cascades_up__parent__unit", "cascades_down__child__unit"),
)


@dataclass(frozen=True)
class Card:
    """`facts` are label and text, "" where nothing is filled in; `lacks` names what is missing."""

    indicator: Indicator
    facts: list[tuple[str, str]]
    targets: list[tuple[str, str]]
    slots: list[EvidenceSlot]
    past: list[Past]
    lacks: list[str]


def with_parts(rows: "QuerySet[Indicator]") -> "QuerySet[Indicator]":
    """With everything that a card shows, in a constant number of queries."""
    return rows.select_related(*_TOGETHER).prefetch_related(*_PARTS)


def manual_of(decree: Decree, code: str, user: Any) -> list[Card]:
    """The cards of a unit under a decree, in the order of the annex."""
    rows = Indicator.objects.visible_to(user).filter(decree=decree, unit__code=code)
    return cards_of(list(with_parts(rows).order_by("objective__no", "no", "pk")), user)


def cards_of(indicators: Sequence[Indicator], user: Any) -> list[Card]:
    """They come from `with_parts`."""
    past = past_of(indicators, user)
    return [_card(one, past[one.pk]) for one in indicators]


def cascading(indicator: Indicator) -> str:
    """How it is passed on to the units below; empty while that is open."""
    relations = {cascade.get_relation_display(): None for cascade in indicator.cascades_down.all()}
    return "; ".join(relations) or (NOT_CASCADED if indicator.is_not_cascaded else "")


def _card(indicator: Indicator, past: list[Past]) -> Card:
    facts = _facts(indicator)
    targets = [(f"Triwulan {ROMAN[n]}", _target(indicator, n)) for n in ROMAN]
    targets.append((f"Tahun {indicator.decree.year}", _year(indicator) or UNSET))
    slots = list(indicator.evidence_slots.all())
    missing = [label for label, text in facts if text in ("", UNSET)]
    missing += [] if slots else ["Data dukung yang disyaratkan"]
    missing += [f"target {_inside(label)}" for label, text in targets if text == UNSET]
    missing += [f"realisasi {one.year}" for one in past if not one.source]
    lacks = [_inside(one) for one in missing]
    return Card(indicator, facts, targets, slots, past, lacks)


def _facts(indicator: Indicator) -> list[tuple[str, str]]:
    polarity = indicator.get_polarity_display()
    facts = [
        ("Kode", indicator.code),
        ("Perspektif", indicator.get_perspective_display()),
        ("Sasaran", f"{indicator.objective.no}. {indicator.objective.name}"),
        ("Nama indikator", indicator.name),
        ("Definisi", indicator.definition),
        ("Rumus", results.in_words(indicator) or WITHOUT_FORMULA),
        ("Satuan", indicator.measure),
        ("Cara perhitungan", indicator.get_method_display()),
        ("Polarisasi", polarity if indicator.polarity_is_stated else f"{polarity} – tidak tertulis di naskah sumber"),
        ("Batas capaian", f"{format_figure(indicator.cap)}%"),
        ("Validitas", indicator.get_validity_display()),
        ("Unit penanggung jawab", "; ".join(sorted(unit.name for unit in indicator.responsible.all()))),
        ("Sumber data", indicator.source),
        ("Status data", indicator.get_data_status_display()),
        ("Konsolidasi periode", indicator.get_consolidation_display()),
        ("Cara penurunan", cascading(indicator) or UNSET),
        ("Periode pelaporan", _period(indicator)),
    ]
    if indicator.worst is not None:
        facts.insert(10, ("Nilai terburuk", format_figure(indicator.worst)))
    return facts


def _inside(label: str) -> str:
    """As it stands inside a sentence."""
    return f"{label[0].lower()}{label[1:]}"


def _period(indicator: Indicator) -> str:
    hint = f" – menurut sumber: {indicator.period_hint}" if indicator.period_hint else ""
    return f"{indicator.get_period_display()}{hint}"


def _target(indicator: Indicator, number: int) -> str:
    missing = UNSET if number in REPORTED_IN[indicator.period] else "tidak dilaporkan"
    return results.target_text(indicator, number) or missing


def _year(indicator: Indicator) -> str:
    """As stated, else as the quarters promise it."""
    kept, due = indicator.rule.targets, REPORTED_IN[indicator.period]
    text = target_rules.words(target_rules.of_the_year(kept, due=due, how=indicator.consolidation))
    return text if Target.YEAR in kept or not text else f"{text} (dari triwulan)"
