"""Targets as a sheet: a row for each indicator, its four quarters beside each other."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku.cells import plain_figure
from kinerjaku.errors import DomainError
from kinerjaku.figures import parse_figure
from kinerjaku.sheets import Change, Column, Plan, Refused, Row, SheetKind, Step, faults_of, read_cell

from .actions import catalogue
from .models import Indicator, Target
from .quarters import ROMAN

KEY = ("keputusan", "unit", "no")
DECREE_FILTERS = (("keputusan", "decree", "Kunci keputusan"), ("unit", "unit", "Kode unit"))
Value = tuple[Any, Any]  # target, and its upper end if it is a range


class TargetKind(SheetKind):
    """`options`: decree and unit. An empty cell leaves the target as it is."""

    key = "target"
    label = "Target"
    help = "Target setiap triwulan untuk indikator yang sudah ada. Sel kosong tidak mengubah target."
    sheet_name = "Target"
    filters = DECREE_FILTERS
    identity = KEY

    def may(self, user: Any) -> bool:
        return policy.can(user, Verb.EDIT_CATALOGUE)

    def columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        quarters = []
        for number, roman in ROMAN.items():
            quarters.append(Column(f"tw_{number}", f"Target Triwulan {roman}. Kosong: tetap seperti sekarang."))
            quarters.append(Column(f"tw_{number}_sampai", f"Batas atas, bila target Triwulan {roman} rentang."))
        return [
            Column("keputusan", "Kunci keputusan.", is_required=True, width=24),
            Column("unit", "Kode unit.", is_required=True, width=14),
            Column("no", "Nomor indikator.", is_required=True, width=6),
            Column("indikator", "Nama indikator, untuk dibaca.", is_shown=True, width=50),
            Column("satuan", "Satuan, untuk dibaca.", is_shown=True, width=12),
            *quarters,
        ]

    def plan(
        self, rows: Sequence[Row], *, by: User, at: datetime, options: Mapping[str, Any], lock: bool, step: Step
    ) -> Plan:
        plan = Plan()
        decrees = {row.cells["keputusan"] for row in rows}
        found = Indicator.objects.filter(decree__key__in=decrees).select_related("decree", "unit", "objective")
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
            before = len(plan.faults)
            wanted = _wanted(row, indicator, plan)
            if len(plan.faults) > before:
                continue
            if not wanted:
                plan.unchanged += 1
                continue
            fields = [
                (f"Target TW {ROMAN[number]}", _words(_stored(indicator, number)), _words(value))
                for number, value in wanted.items()
            ]
            what = f"{indicator.code} {indicator.name}"
            plan.changes.append(Change(row.number, what, False, fields, (indicator, wanted)))
        return plan

    def write(self, plan: Plan, *, by: User, at: datetime, step: Step) -> None:
        faults = []
        for done, change in enumerate(plan.changes, 1):
            step(done)
            indicator, wanted = change.payload
            try:
                for number, (value, high) in wanted.items():
                    catalogue.set_target(indicator, number, value=value, high=high, by=by, at=at)
            except DomainError as error:
                faults.append(Row(change.row, {}).fault("", error.message))
        if faults:
            raise Refused(faults)

    def table(self, by: Any, options: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        rows = Indicator.objects.select_related("decree", "unit").order_by("decree__key", "unit__path", "no")
        for name, field in (("decree", "decree__key"), ("unit", "unit__code")):
            if options.get(name):
                rows = rows.filter(**{field: options[name]})
        for one in rows:
            cells = [one.decree.key, one.unit.code, one.no, one.name, one.measure]
            for number in ROMAN:
                value, high = _stored(one, number)
                cells += [plain_figure(value), plain_figure(high)]
            yield cells


def _wanted(row: Row, indicator: Indicator, plan: Plan) -> dict[int, Value]:
    """By quarter, the targets of the row that differ from what is stored."""
    wanted: dict[int, Value] = {}
    for number in ROMAN:
        low, high = f"tw_{number}", f"tw_{number}_sampai"
        value: Value = (
            read_cell(row, low, parse_figure, plan.faults),
            read_cell(row, high, parse_figure, plan.faults),
        )
        if value[0] is None:
            if value[1] is not None and not any(fault.row == row.number for fault in plan.faults):
                plan.faults.append(row.fault(low, "Isi juga batas bawahnya, atau kosongkan batas atasnya."))
            continue
        if value == _stored(indicator, number):
            continue
        target = Target(indicator=indicator, number=number, value=value[0], high=value[1])
        try:
            target.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            plan.faults += faults_of(row, error, {"value": low, "high": high})
            continue
        wanted[number] = value
    return wanted


def _stored(indicator: Indicator, number: int) -> Value:
    found = indicator.rule.targets.get(number)
    return found if isinstance(found, tuple) else (found, None)


def _words(value: Value) -> str:
    return plain_figure(value[0]) + (f" sampai {plain_figure(value[1])}" if value[1] is not None else "")
