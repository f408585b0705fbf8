"""Targets as a sheet: a row for each indicator, the year and its four quarters beside each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from kinerjaku.cells import plain_figure
from kinerjaku.errors import DomainError
from kinerjaku.figures import parse_figure
from kinerjaku.sheets import Change, Column, Fault, Plan, Refused, Row, SheetKind, Step, read_cell

from . import target_rules
from .actions import catalogue, targets
from .models import Decree, Indicator, Target
from .quarters import ROMAN
from .scoring import Target as Promised

KEY = ("keputusan", "unit", "no")
DECREE_FILTERS = (("keputusan", "decree", "Keputusan"), ("unit", "unit", "Unit kerja"))
NUMBERS = {Target.YEAR: "setahun", **{number: f"tw_{number}" for number in ROMAN}}  # head of the column


def decree_choices() -> dict[str, list[tuple[str, str]]]:
    decrees = [(one.key, f"{one} ({one.get_state_display().lower()})") for one in Decree.objects.all()]
    units = WorkUnit.objects.filter(indicators__isnull=False).distinct().order_by("path")
    return {"keputusan": decrees, "unit": list(units.values_list("code", "name"))}


class TargetKind(SheetKind):
    """`options`: decree and unit. An empty cell leaves the target as it is."""

    key = "target"
    label = "Target"
    help = "Target setahun dan setiap triwulan untuk indikator yang sudah ada. Sel kosong tidak mengubah target."
    sheet_name = "Target"
    filters = DECREE_FILTERS
    identity = KEY
    asks_reason = "Diperlukan bila berkas mengubah target keputusan yang sudah ditetapkan."

    def may(self, user: Any) -> bool:
        return policy.can(user, Verb.EDIT_CATALOGUE) or policy.can_somewhere(user, Verb.SET_TARGETS)

    def choices(self, by: Any) -> dict[str, list[tuple[str, str]]]:
        return decree_choices()

    def columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        figures = []
        for number, head in NUMBERS.items():
            figures.append(Column(head, f"Target {target_rules.label(number)}. Kosong: tetap seperti sekarang."))
            help = f"Batas atas, bila target {target_rules.label(number)} rentang."
            figures.append(Column(f"{head}_sampai", help))
        return [
            Column("keputusan", "Kunci keputusan.", is_required=True, width=24),
            Column("unit", "Kode unit.", is_required=True, width=14),
            Column("no", "Nomor indikator.", is_required=True, width=6),
            Column("indikator", "Nama indikator, untuk dibaca.", is_shown=True, width=50),
            Column("satuan", "Satuan, untuk dibaca.", is_shown=True, width=12),
            *figures,
        ]

    def plan(
        self, rows: Sequence[Row], *, by: User, at: datetime, options: Mapping[str, Any], lock: bool, step: Step
    ) -> Plan:
        plan = Plan()
        decrees = {row.cells["keputusan"] for row in rows}
        if lock:  # as every act that changes a set: its decree first
            for pk in Decree.objects.filter(key__in=decrees).order_by("pk").values_list("pk", flat=True):
                catalogue.locked_decree(pk)
        found = Indicator.objects.filter(decree__key__in=decrees).select_related("decree", "unit")
        if lock:
            found = found.select_for_update(no_key=True, of=("self",))
        by_key = {(one.decree.key, one.unit.code, str(one.no)): one for one in found.order_by("pk")}
        for done, row in enumerate(rows, 1):
            step(done)
            indicator = by_key.get(tuple(row.cells[name] for name in KEY))  # type: ignore[arg-type]
            if indicator is None:
                plan.faults.append(
                    row.fault("no", "Indikator ini tidak ditemukan. Periksa keputusan, unit, dan nomornya.")
                )
                continue
            if not targets.may_set(by, indicator):
                plan.faults.append(row.fault("no", _refusal(by, indicator)))
                continue
            before = len(plan.faults)
            wanted = _wanted(row, indicator, plan)
            if len(plan.faults) > before:
                continue
            if not wanted:
                plan.unchanged += 1
                continue
            if not indicator.decree.is_draft and not options.get("reason"):
                advice = "Keputusannya sudah ditetapkan: tulis alasan perubahan saat mengunggah berkas ini."
                plan.faults.append(row.fault("keputusan", advice))
                continue
            kept = indicator.rule.targets
            fields = [
                (
                    f"Target {target_rules.label(number)}",
                    target_rules.words(kept.get(number)),
                    target_rules.words(value),
                )
                for number, value in wanted.items()
            ]
            what = f"{indicator.code} {indicator.name}"
            payload = (indicator.pk, wanted, options.get("reason", ""))
            plan.changes.append(Change(row.number, what, False, fields, payload))
        return plan

    def write(self, plan: Plan, *, by: User, at: datetime, step: Step) -> None:
        wanted = {pk: changed for pk, changed, _ in (one.payload for one in plan.changes)}
        reason = next((one.payload[2] for one in plan.changes), "")
        try:
            targets.set_all(wanted, by=by, at=at, reason=reason, step=step)
        except DomainError as error:
            raise Refused([Fault(0, "", "", error.message)]) from error

    def table(self, by: Any, options: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        rows = Indicator.objects.select_related("decree", "unit").order_by("decree__key", "unit__path", "no")
        if not policy.can(by, Verb.EDIT_CATALOGUE):
            rows = rows.filter(unit__in=policy.units_for(by, Verb.SET_TARGETS))
        for name, field in (("decree", "decree__key"), ("unit", "unit__code")):
            if options.get(name):
                rows = rows.filter(**{field: options[name]})
        for one in rows:
            cells = [one.decree.key, one.unit.code, one.no, one.name, one.measure]
            for number in NUMBERS:
                value, high = _ends(one.rule.targets.get(number))
                cells += [plain_figure(value), plain_figure(high)]
            yield cells


def _wanted(row: Row, indicator: Indicator, plan: Plan) -> dict[int, Promised]:
    """By number, the targets of the row that differ from what is stored."""
    wanted: dict[int, Promised] = {}
    before = len(plan.faults)
    for number, head in NUMBERS.items():
        low = read_cell(row, head, parse_figure, plan.faults)
        high = read_cell(row, f"{head}_sampai", parse_figure, plan.faults)
        if low is None:
            if high is not None and len(plan.faults) == before:
                plan.faults.append(row.fault(head, "Isi juga batas bawahnya, atau kosongkan batas atasnya."))
            continue
        value = low if high is None else (low, high)
        if value != indicator.rule.targets.get(number):
            wanted[number] = value
    if wanted and len(plan.faults) == before:
        for number, advice in catalogue.faults_of_targets(indicator, {**indicator.rule.targets, **wanted}):
            plan.faults.append(row.fault(NUMBERS[number], advice))
    return wanted


def _refusal(by: User, indicator: Indicator) -> str:
    if policy.can(by, Verb.SET_TARGETS, indicator.unit):
        return "Keputusannya sudah ditetapkan. Minta Admin mengubah target ini dengan alasan."
    return "Indikator ini tidak ditemukan. Periksa keputusan, unit, dan nomornya."


def _ends(target: Promised | None) -> tuple[Decimal | None, Decimal | None]:
    return target if isinstance(target, tuple) else (target, None)
