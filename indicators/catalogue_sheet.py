"""The catalogue as a sheet: the rows and checks are the admin's (`resources.IndicatorResource`), the way in is ours.

The check writes and rolls back, as an indicator's parts can only be compared once they are stored; a
catalogue is small.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import tablib
from django.db import transaction
from import_export.results import Result, RowResult

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku.cells import as_cell_text
from kinerjaku.errors import DomainError
from kinerjaku.sheets import Change, Column, Fault, Plan, Refused, Row, SheetKind, Step

from . import workflow
from .actions import catalogue
from .actions.achievement import locked_rows
from .models import Achievement, Decree, Indicator
from .resources import IndicatorResource
from .target_sheet import DECREE_FILTERS, decree_choices

_HELP = {
    "keputusan": "Kunci keputusan.",
    "unit": "Kode unit.",
    "no": "Nomor indikator; bersama keputusan dan unit menentukan indikatornya.",
    "sasaran": "Nomor sasaran yang sudah ada pada unit dan keputusan itu.",
    "rumus": "Rumus dengan kode variabel; kosong bila nilai diisi langsung.",
    "variabel": "Satu sebaris: kode | label | satuan | bobot.",
    "rentang": "Satu sebaris, misalnya (90; 100] | AA | Istimewa.",
    "target": "Satu sebaris, misalnya TW I: 90 atau TW I: 80 s.d. 90.",
    "tidak_diturunkan": "ya atau tidak.",
    "data_dukung": "Satu dokumen sebaris; tanda * di akhir berarti wajib. Berganti nama berarti syarat baru.",
    "penanggung_jawab": "Kode unit, dipisah koma.",
}
_CHOICES = {
    "cara_perhitungan": Indicator.Method,
    "polarisasi": Indicator.Polarity,
    "konsolidasi": Indicator.Consolidation,
    "validitas": Indicator.Validity,
    "periode": Indicator.Period,
    "perspektif": Indicator.Perspective,
    "status_data": Indicator.DataStatus,
}


class ToldResource(IndicatorResource):
    """Says what each row changed, in the words of the file."""

    def after_init_instance(self, instance: Indicator, new: bool, row: Any, **kwargs: Any) -> None:
        super().after_init_instance(instance, new, row, **kwargs)
        names = [field.column_name for field in self.get_export_fields()]
        self.before = {} if new else dict(zip(names, self.export_resource(instance), strict=True))

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        super().after_import_row(row, row_result, **kwargs)
        told = [(name, as_cell_text(self.before.get(name, "")), text) for name, text in row.items()]
        row_result.told = [(name, old, new) for name, old, new in told if old != new and name not in self.read_only]

    @property
    def read_only(self) -> set[str]:
        return {field.column_name for field in self.fields.values() if field.readonly}


class CatalogueKind(SheetKind):
    """`options`: decree and unit."""

    key = "katalog"
    label = "Katalog indikator"
    help = "Indikator baru dan perubahan indikator beserta rumus, skala, dan targetnya."
    sheet_name = "Indikator"
    filters = DECREE_FILTERS
    identity = ("keputusan", "unit", "no")
    at_once = 100
    asks_reason = "Diperlukan bila berkas mengubah indikator keputusan yang sudah ditetapkan."

    def may(self, user: Any) -> bool:
        return policy.can(user, Verb.EDIT_CATALOGUE)

    def choices(self, by: Any) -> dict[str, list[tuple[str, str]]]:
        return decree_choices()

    def columns(self, by: Any, options: Mapping[str, Any]) -> Sequence[Column]:
        resource = IndicatorResource()
        columns = []
        for name in resource._meta.fields:
            choices = _CHOICES.get(name)
            shown = resource.fields[name].readonly
            help = (
                "Untuk dibaca."
                if shown
                else "Pilih dari daftar."
                if choices
                else _HELP.get(name, "Lihat baris contoh.")
            )
            labels = tuple(str(label) for label in choices.labels) if choices else ()
            columns.append(Column(name, help, is_required=not shown, is_shown=shown, choices=labels, width=24))
        return columns

    def plan(
        self, rows: Sequence[Row], *, by: User, at: datetime, options: Mapping[str, Any], lock: bool, step: Step
    ) -> Plan:
        plan = Plan()
        heads = [column.key for column in self.columns(by, options)]
        table = tablib.Dataset(headers=heads)
        for row in rows:
            table.append([row.cells.get(head, "") for head in heads])
        with transaction.atomic():
            if lock:  # what acts on rows holds them before it waits for the audit chain
                keys = {row.cells.get("keputusan", "") for row in rows}
                for decree in Decree.objects.filter(key__in=keys).order_by("pk"):
                    catalogue.locked_decree(decree.pk)
                open_rows = Achievement.objects.filter(indicator__decree__key__in=keys, state__in=workflow.EDITABLE)
                locked_rows(open_rows)
            try:
                result = ToldResource().import_data(
                    table,
                    dry_run=False,
                    use_transactions=False,
                    rollback_on_validation_errors=False,
                    user=by,
                    at=at,
                    reason=options.get("reason", ""),
                    is_check=not lock,
                )
            except DomainError as error:
                raise Refused([Fault(1, "", "", error.message)]) from error
            plan.faults = _faults(result, rows)
            if not lock or plan.faults:  # only looked at
                transaction.set_rollback(True)
        for row, found in zip(rows, result.rows, strict=False):
            if found.import_type in (RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE):
                is_new = found.import_type == RowResult.IMPORT_TYPE_NEW
                what = f"{row.cells['unit']} {row.cells['no']} {row.cells['nama']}"
                plan.changes.append(Change(row.number, what, is_new, found.told))
            elif found.import_type == RowResult.IMPORT_TYPE_SKIP:
                plan.unchanged += 1
        step(len(rows))
        return plan

    def write(self, plan: Plan, *, by: User, at: datetime, step: Step) -> None:
        """Planning inside the transaction has written already."""

    def table(self, by: Any, options: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
        resource = IndicatorResource()
        rows = resource.get_queryset().order_by("decree__key", "unit__path", "no")
        for name, field in (("decree", "decree__key"), ("unit", "unit__code")):
            if options.get(name):
                rows = rows.filter(**{field: options[name]})
        for one in rows:
            yield resource.export_resource(one)


def _faults(result: Result, rows: Sequence[Row]) -> list[Fault]:
    faults = [Fault(1, "", "", str(error.error)) for error in result.base_errors]
    for found in result.invalid_rows:
        row = rows[found.number - 1]
        faults += [row.fault(column, text) for column, texts in found.field_specific_errors.items() for text in texts]
        faults += [row.fault("", text) for text in found.non_field_specific_errors]
    for number, errors in result.row_errors():
        for error in errors:
            if not isinstance(error.error, DomainError | ValueError):
                raise error.error
            faults.append(rows[number - 1].fault("", str(error.error)))
    return faults
