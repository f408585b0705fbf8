"""Changing how an indicator is computed: its variables, its expression and its scale, together."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import formula_check, workflow
from indicators.formula_check import Draft, Fault
from indicators.models import Achievement, Band, Cascade, Indicator
from kinerjaku import audit
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure

from . import catalogue

PARTS = ("expression", "variables", "bands")


class Stale(DomainError):
    """Somebody else changed it since the page was opened."""

    def __init__(self, indicator: Indicator) -> None:
        last = audit.history(indicator).select_related("by").first()
        who = f" oleh {last.by or 'sistem'}, {said(last.at)}" if last else ""
        super().__init__(
            f"Rumus ini sudah diubah{who}, sejak Anda membuka halaman ini. Isian Anda tetap di sini dan belum "
            "disimpan. Bandingkan dengan yang tersimpan di bawah, lalu simpan sekali lagi untuk menggantikannya.",
            code="stale",
            status=409,
        )


class Held(DomainError):
    """A variable that is taken away has values in open rows; `accepted` says that the editor has seen it."""

    def __init__(self, held: dict[str, int]) -> None:
        words = f"{formula_check.held_words(held)} Centang persetujuannya, atau kembalikan variabelnya."
        super().__init__(words, code="values_held")
        self.held = held


@dataclass(frozen=True)
class Saved:
    indicator: Indicator
    changed: bool
    recomputed: int  # open rows with figures


def fingerprint(indicator: Indicator) -> str:
    """SHA-256 of what the editor shows: another one as soon as an expression, variable or band changes."""
    described = catalogue.describe(indicator)
    facts = json.dumps({name: described[name] for name in PARTS}, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()


def accepting(held: dict[str, int]) -> str:
    """What the tick of the page sends: this loss and no other."""
    return ",".join(f"{code}:{count}" for code, count in sorted(held.items()))


def held_values(indicator: Indicator, codes: Iterable[str]) -> dict[str, int]:
    """In how many rows that a unit still works on each of the variables has a value; those without are left out."""
    rows = list(_open_rows(indicator).values_list("values", flat=True))
    counts = {code: sum(code in values for values in rows) for code in codes}
    return {code: count for code, count in counts.items() if count}


def faults(indicator: Indicator, draft: Draft) -> list[Fault]:
    """All that keeps the draft from being saved; read by the page, and a guard below."""
    found = formula_check.faults(draft, format_figure)
    from_children = [line for line in draft.variables if line.from_children]
    if from_children and (loop := _loop(indicator)):
        path = " → ".join(one.code for one in loop)
        found += [
            Fault(
                "variables",
                f"Variabel baris {line.row}, dihitung dari turunan: perhitungannya berputar ({path}). Pilih “Diisi "
                "langsung”, atau hapus salah satu penurunannya.",
                line.row,
                "from_children",
            )
            for line in from_children
        ]
    return found


def notes(indicator: Indicator, draft: Draft) -> list[str]:
    """What is allowed and worth a look."""
    found = formula_check.notes(draft, format_figure)
    from_children = [line for line in draft.variables if line.from_children]
    if from_children and not indicator.cascades_down.filter(relation=Cascade.Relation.COMPONENT).exists():
        rows = ", ".join(str(line.row) for line in from_children)
        found.append(
            f"Variabel baris {rows} dihitung dari turunan, tetapi indikator ini belum mempunyai komponen pembentuk. "
            "Sampai ada, nilainya diisi langsung."
        )
    return found


@transaction.atomic
def save(
    indicator_id: int, draft: Draft, *, seen: str, reason: str = "", accepted: str = "", by: User, at: datetime
) -> Saved:
    """Replace variables, expression and scale, and compute anew the rows that units still work on.

    Rows that were sent, verified or closed keep every figure, and so do frozen sheets. Values typed for a variable that
    is taken away stay in their rows, unused, and come back with it.
    `seen` is the `fingerprint` of what was shown. Raises Stale, Held, DomainError `faulty` and `reason_missing`.
    """
    policy.require(by, Verb.EDIT_CATALOGUE)
    decree = catalogue.locked_decree(Indicator.objects.values_list("decree_id", flat=True).get(pk=indicator_id))
    locked = Indicator.objects.select_for_update(no_key=True, of=("self",))
    indicator = locked.select_related("decree", "unit").get(pk=indicator_id)
    if fingerprint(indicator) != seen:
        raise Stale(indicator)
    if found := faults(indicator, draft):
        raise DomainError(" ".join(one.message for one in found), code="faulty")
    catalogue.require_reason(decree, reason)
    gone = set(indicator.variables.values_list("code", flat=True)) - {line.code for line in draft.variables}
    held = held_values(indicator, gone)
    if held and accepted != accepting(held):
        raise Held(held)
    before = catalogue.describe(indicator)
    _write(indicator, draft)
    changed = fingerprint(indicator) != seen
    catalogue.note_change(indicator, before=before, by=by, at=at, reason=reason.strip())
    computed = sum(bool(values) for values in _open_rows(indicator).values_list("values", flat=True))
    return Saved(indicator, changed, computed if changed else 0)


def _write(indicator: Indicator, draft: Draft) -> None:
    indicator.expression = draft.expression
    indicator.save(update_fields=["expression"])
    indicator.variables.exclude(code__in=[line.code for line in draft.variables]).delete()
    for order, line in enumerate(draft.variables, 1):
        facts: dict[str, Any] = {
            "order": order,
            "label": line.label,
            "measure": line.measure,
            "weight": line.weight,
            "from_children": line.from_children,
        }
        indicator.variables.update_or_create(code=line.code, defaults=facts)
    indicator.bands.all().delete()
    Band.objects.bulk_create(_band(indicator, order, one.band) for order, one in enumerate(draft.bands, 1))


def _band(indicator: Indicator, order: int, plain: Any) -> Band:
    names = ("lower", "lower_inclusive", "upper", "upper_inclusive", "achievement")
    facts = {name: getattr(plain, name) for name in names}
    return Band(indicator=indicator, order=order, grade=plain.grade or "", label=plain.label or "", **facts)


def _open_rows(indicator: Indicator) -> Any:
    return Achievement.objects.filter(indicator=indicator, state__in=workflow.EDITABLE)


def _loop(indicator: Indicator) -> list[Indicator]:
    """The way down through components that leads back to the indicator; empty if there is none."""
    ways = {indicator.pk: [indicator]}
    edge = [indicator.pk]
    while edge:
        steps = Cascade.objects.filter(parent__in=edge, relation=Cascade.Relation.COMPONENT)
        edge = []
        for step in steps.select_related("child__unit").order_by("pk"):
            way = [*ways[step.parent_id], step.child]
            if step.child_id == indicator.pk:
                return way
            if step.child_id not in ways:
                ways[step.child_id] = way
                edge.append(step.child_id)
    return []
