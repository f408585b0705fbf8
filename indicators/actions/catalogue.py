"""Loading and changing the catalogue. Nothing is corrected silently: the source's defects stay with their rows."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts import notices, policy
from accounts.actions import save_unit
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import Role
from indicators import formula, formula_check, scale, scoring, target_rules, workflow
from indicators.models import Achievement, Band, Cascade, Decree, Evidence, Indicator, Objective, Variable
from indicators.quarters import REPORTED_IN
from indicators.rule import Input, Rule
from kinerjaku import audit
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure

from .figures import compute

Status = Indicator.DataStatus
ONLY_BY_AMENDMENT = "Keputusan sudah ditetapkan. Indikator baru hanya lewat keputusan perubahan."
CATALOGUE = Path(__file__).parents[1] / "data" / "iku_setjen_2021.json"


@transaction.atomic
def load(path: Path = CATALOGUE, *, at: datetime) -> Counter[str]:
    """Load decree, units, objectives and indicators; returns the number of indicators by unit code.

    What is already there stays as it is, so that loading twice changes nothing and an editor's work is not undone.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    units = _load_units(data["units"], at=at)
    facts = {name: data["decree"][name] for name in ("number", "title", "year", "state", "legal_basis")}
    facts["amends_text"] = data["decree"]["amends"]
    decree, created = Decree.objects.get_or_create(key=data["decree"]["key"], defaults=facts)
    if created:
        audit.record(by=None, at=at, verb="muat keputusan", target=decree, after=audit.snapshot(decree))
    objectives = {
        (row["unit"], row["no"]): Objective.objects.get_or_create(
            decree=decree, unit=units[row["unit"]], no=row["no"], defaults={"name": row["name"]}
        )[0]
        for row in data["objectives"]
    }
    indicators = {}
    for row in data["indicators"]:
        objective = objectives[row["unit"], row["objective"]]
        indicators[row["unit"], row["no"]] = _load_indicator(row, decree, objective, units, at=at)
    for row in data["cascades"]:
        parent, child = indicators[tuple(row["parent"])], indicators[tuple(row["child"])]
        Cascade.objects.get_or_create(parent=parent, child=child, defaults={"relation": row["relation"]})
    return Counter(unit for unit, _ in indicators)


def note_change(
    indicator: Indicator,
    *,
    before: dict[str, Any] | None,
    by: User,
    at: datetime,
    reason: str = "",
    is_check: bool = False,
) -> None:
    """After an editor changed an indicator: history, and rows that are not yet sent computed anew. `is_check`: the
    caller takes everything back, so that neither is done.

    Raises DomainError `faulty` if its parts do not fit together, `reason_missing`.
    """
    policy.require(by, Verb.EDIT_CATALOGUE)
    decree = locked_decree(indicator.decree_id)
    if before is None and not decree.is_draft:
        raise DomainError(ONLY_BY_AMENDMENT, code="enacted")
    rule = keep_rule(indicator)
    found = faults(indicator.expression, [one.code for one in rule.inputs], rule.bands)
    if indicator.is_not_cascaded and (below := indicator.cascades_down.select_related("child__unit").first()):
        found.append(f"Indikator ini diturunkan ke {below.child}. Hapus dulu penurunannya.")
    if found := found + [sentence for _, sentence in faults_of_targets(indicator, rule.targets)]:
        raise DomainError(" ".join(found), code="faulty")
    after = describe(indicator)
    if before == after:
        return
    require_reason(decree, reason)
    if is_check:
        return
    recompute(indicator)
    verb = "ubah indikator" if before else "buat indikator"
    entry = audit.record(by=by, at=at, verb=verb, target=indicator, before=before, after=after, reason=reason)
    if not decree.is_draft:
        people = policy.memberships([Role.OPERATOR, Role.KASUBAG]).filter(unit=indicator.unit_id)
        notices.tell(
            User.objects.filter(pk__in=people.values("user")),
            cause=f"indicator/{indicator.pk}/{entry.seq}",
            subject=f"{indicator.code} diubah",
            body=f"{by} mengubah “{indicator.name}”. Alasan: {reason.strip()} Periksa isian yang masih terbuka.",
            path=indicator.get_absolute_url(),
            at=at,
        )


def faults_of_targets(indicator: Indicator, targets: Mapping[int, scoring.Target]) -> list[tuple[int, str]]:
    return target_rules.faults(targets, due=REPORTED_IN[indicator.period], how=indicator.consolidation)


def locked_decree(pk: int) -> Decree:
    """Whoever changes a part of a set holds its decree, so that nobody signs it at the same instant."""
    return Decree.objects.select_for_update(no_key=True).get(pk=pk)


def require_reason(decree: Decree, reason: str) -> None:
    """What was decided changes by another decree, or for a reason that stays in the history."""
    if not decree.is_draft and not reason.strip():
        raise DomainError("Keputusan sudah ditetapkan: tulis alasan perubahan.", code="reason_missing")


def faults(expression: str, codes: Iterable[str], bands: Sequence[scoring.Band]) -> list[str]:
    """What does not fit together in an indicator, in Indonesian; read by forms and imports, and a guard above."""
    named = list(codes)
    found = [f"Kode variabel “{code}” dipakai lebih dari sekali." for code, n in Counter(named).items() if n > 1]
    try:
        unknown = formula.variables(expression) - set(named) if expression else set()
    except formula.FormulaError:
        unknown = set()  # `Indicator.clean` says what is wrong with it
    if unknown:
        found.append(f"Rumus memakai variabel yang tidak ada dalam daftar: {', '.join(sorted(unknown))}.")
    if len({band.achievement is None for band in bands}) > 1:
        found.append("Isi capaian (%) pada semua rentang, atau kosongkan pada semua rentang.")
    for first, second in scale.overlaps(bands):
        words = formula_check.overlap_words(first + 1, bands[first], second + 1, bands[second], format_figure)
        found.append(words)
    return found


@transaction.atomic
def keep_rule(indicator: Indicator) -> Rule:
    """Lay the indicator's parts beside it, as computing reads them. Whoever writes parts calls this afterwards.

    Locks the indicator before it reads them, so that of two changes at once the later one knows the earlier one.
    """
    Indicator.objects.select_for_update(no_key=True).only("pk").get(pk=indicator.pk)
    rule = Rule(
        tuple(Input(v.code, v.label, v.measure) for v in indicator.variables.order_by("order")),
        tuple(band.plain() for band in indicator.bands.order_by("order")),
        {target.number: target.plain() for target in indicator.targets.order_by("number")},
        tuple(indicator.evidence_slots.filter(is_required=True).order_by("order").values_list("name", flat=True)),
    )
    indicator.kept_rule, indicator.rule = rule.as_json(), rule
    indicator.save(update_fields=["kept_rule"])
    return rule


def describe(indicator: Indicator) -> dict[str, Any]:
    """An indicator with its parts, as it goes into the history."""
    parts = {
        "variables": [
            audit.snapshot(v, "code", "label", "measure", "weight", "from_children")
            for v in indicator.variables.order_by("order")
        ],
        "bands": [
            audit.snapshot(b, "lower", "lower_inclusive", "upper", "upper_inclusive", "grade", "label", "achievement")
            for b in indicator.bands.order_by("order")
        ],
        "targets": [audit.snapshot(t, "number", "value", "high") for t in indicator.targets.order_by("number")],
        "responsible": sorted(indicator.responsible.values_list("code", flat=True)),
        "evidence_slots": [slot.words for slot in indicator.evidence_slots.order_by("order", "pk")],
        "past_actuals": {str(past.year): past.value for past in indicator.past_actuals.order_by("year")},
    }
    return {name: value for name, value in audit.snapshot(indicator).items() if name != "kept_rule"} | parts


def recompute(indicator: Indicator, *, only: int | None = None) -> None:
    """Figures of rows the unit still works on (of one row, which the caller holds); what was sent keeps the rule it was
    sent under.

    Locks the rows, so that a save at the same time is computed by the new rule too; the audit entry comes after.
    """
    rows = Achievement.objects.filter(indicator=indicator, state__in=workflow.EDITABLE).for_writing()
    rows = rows if only is None else rows.filter(pk=only)
    locked = list(rows.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    filled: dict[int, set[str]] = {row.pk: set() for row in locked}
    present = Evidence.objects.filter(achievement__in=locked, removed_at=None, slot__isnull=False)
    for pk, name in present.values_list("achievement", "slot__name"):  # a document may have got another name
        filled[pk].add(name)
    for row in locked:
        try:
            compute(row)
        except DomainError as error:  # the new scale has no place for what was typed: its unit has to look again
            row.actual, row.actual_problem, row.percent = None, error.message[:300], None
        row.filled_slots = sorted(filled[row.pk])
        row.save(update_fields=["actual", "actual_problem", "percent", "filled_slots"])


def _load_units(rows: list[dict[str, Any]], *, at: datetime) -> dict[str, WorkUnit]:
    units: dict[str, WorkUnit] = {}
    for row in rows:
        unit = WorkUnit.objects.filter(code=row["code"]).first()
        if unit is None:
            parent = units[row["parent"]] if row["parent"] else None
            unit = save_unit(WorkUnit(**{**row, "parent": parent}), by=None, at=at)
        units[row["code"]] = unit
    return units


def _load_indicator(
    row: dict[str, Any], decree: Decree, objective: Objective, units: dict[str, WorkUnit], *, at: datetime
) -> Indicator:
    unit = units[row["unit"]]
    present = Indicator.objects.filter(decree=decree, unit=unit, no=row["no"]).first()
    if present:
        return present
    plain = {
        name: value
        for name, value in row.items()
        if name not in ("unit", "objective", "responsible", "variables", "bands")
    }
    plain.setdefault("data_status", Status.COMPUTED if plain.get("expression") else Status.RAW)
    indicator = Indicator.objects.create(decree=decree, objective=objective, unit=unit, **plain)
    indicator.responsible.set([units[code] for code in row["responsible"]])
    Variable.objects.bulk_create(Variable(indicator=indicator, order=n, **v) for n, v in enumerate(row["variables"], 1))
    Band.objects.bulk_create(
        Band(indicator=indicator, order=n, **{**b, "grade": b["grade"] or "", "label": b["label"] or ""})
        for n, b in enumerate(row["bands"], 1)
    )
    keep_rule(indicator)
    audit.record(by=None, at=at, verb="muat indikator", target=indicator, after=describe(indicator))
    return indicator
