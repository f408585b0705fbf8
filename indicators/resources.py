"""Import and export: the catalogue for editors, a unit's quarter for whoever fills it in. All or nothing."""

from datetime import datetime
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from import_export.fields import Field
from import_export.resources import ModelResource

from accounts.models import User, WorkUnit
from kinerjaku import files, tables
from kinerjaku.errors import DomainError
from kinerjaku.listing import cell

from .actions import achievement as achievements
from .actions import catalogue
from .cells import (
    ChoiceWidget,
    FigureWidget,
    LookupWidget,
    ObjectiveWidget,
    PartsField,
    TextWidget,
    UnitsWidget,
    WholeNumberWidget,
    YesNoWidget,
    as_cell_text,
    plain_figure,
    read_bands,
    read_targets,
    read_variables,
    waiting_parts,
    write_bands,
    write_targets,
    write_variables,
    yes_or_no,
)
from .forms import TEXTS, VALUE, label_of, read_row, stored_inputs
from .models import Achievement, Decree, Indicator, Quarter

LINE = "baris"  # the column that we add to a file that was read: where each row stood in it


class IndicatorResource(ModelResource):
    """One row an indicator, found by decree, unit and number. What is not in the file stays."""

    keputusan = Field("decree", "keputusan", LookupWidget(Decree, "key", "Keputusan"))
    unit = Field("unit", "unit", LookupWidget(WorkUnit, "code", "Unit"))
    no = Field("no", "no", WholeNumberWidget())
    sasaran = Field("objective", "sasaran", ObjectiveWidget())
    nama = Field("name", "nama", TextWidget())
    satuan = Field("measure", "satuan", TextWidget())
    definisi = Field("definition", "definisi", TextWidget())
    cara_perhitungan = Field("method", "cara_perhitungan", ChoiceWidget(Indicator.Method))
    rumus = Field("expression", "rumus", TextWidget())
    variabel = PartsField("variabel", write_variables, read_variables)
    polarisasi = Field("polarity", "polarisasi", ChoiceWidget(Indicator.Polarity))
    polarisasi_tertulis = Field("polarity_is_stated", "polarisasi_tertulis", YesNoWidget())
    batas_capaian = Field("cap", "batas_capaian", FigureWidget())
    nilai_terburuk = Field("worst", "nilai_terburuk", FigureWidget())
    rentang = PartsField("rentang", write_bands, read_bands)
    konsolidasi = Field("consolidation", "konsolidasi", ChoiceWidget(Indicator.Consolidation))
    validitas = Field("validity", "validitas", ChoiceWidget(Indicator.Validity))
    periode = Field("period", "periode", ChoiceWidget(Indicator.Period))
    periode_menurut_sumber = Field("period_hint", "periode_menurut_sumber", TextWidget())
    target = PartsField("target", write_targets, read_targets)
    sumber_data = Field("source", "sumber_data", TextWidget())
    penanggung_jawab = Field("responsible", "penanggung_jawab", UnitsWidget())
    catatan_naskah = Field("source_issues", "catatan_naskah", readonly=True)

    class Meta:
        model = Indicator
        name = "Indikator"
        fields = (
            *("keputusan", "unit", "no", "sasaran", "nama", "satuan", "definisi", "cara_perhitungan"),
            *("rumus", "variabel", "polarisasi", "polarisasi_tertulis", "batas_capaian", "nilai_terburuk"),
            *("rentang", "konsolidasi", "validitas", "periode", "periode_menurut_sumber", "target"),
            *("sumber_data", "penanggung_jawab", "catatan_naskah"),
        )
        import_id_fields = ("keputusan", "unit", "no")
        clean_model_instances = True
        use_transactions = True
        skip_unchanged = True

    def get_queryset(self) -> models.QuerySet[Indicator]:
        rows = Indicator.objects.select_related("decree", "unit", "objective")
        return rows.prefetch_related("variables", "bands", "targets", "responsible")

    def dehydrate_catatan_naskah(self, indicator: Indicator) -> str:
        return "\n".join(indicator.source_issues)

    def export_resource(self, instance: Any, selected_fields: Any = None, **kwargs: Any) -> list[Any]:
        return [cell(value) for value in super().export_resource(instance, selected_fields, **kwargs)]

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        missing = [
            name for name in self.fields if name not in (dataset.headers or ()) and not self.fields[name].readonly
        ]
        if missing:
            raise DomainError(
                f"Kolom tidak ada: {', '.join(missing)}. Gunakan berkas hasil ekspor sebagai contoh.",
                code="columns",
            )

    def after_init_instance(self, instance: Indicator, new: bool, row: Any, **kwargs: Any) -> None:
        instance.described = None if new else catalogue.describe(instance)  # type: ignore[attr-defined]

    def validate_instance(
        self, instance: Indicator, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        errors = dict(import_validation_errors or {})
        waiting = waiting_parts(instance)
        for name, parts in waiting.items():
            for part in parts:
                try:
                    part.full_clean(exclude=["indicator"], validate_unique=False, validate_constraints=False)
                except ValidationError as error:
                    errors[name] = [ValidationError(f"{part}: {' '.join(error.messages)}")]
        if not errors.keys() & {"rentang", "variabel", "expression"}:
            bands = [band.plain() for band in waiting["rentang"]]
            if found := catalogue.faults(instance.expression, [v.code for v in waiting["variabel"]], bands):
                errors["expression"] = [ValidationError(" ".join(found))]
        try:
            super().validate_instance(instance, errors, validate_unique)
        except ValidationError as error:
            columns = {field.attribute: field.column_name for field in self.fields.values()}
            named = {columns.get(name, name): found for name, found in error.error_dict.items()}
            raise ValidationError(named) from error

    def save_m2m(self, instance: Indicator, row: Any, **kwargs: Any) -> None:
        """The parts, then the history: everything of this row is in place now."""
        super().save_m2m(instance, row, **kwargs)
        for name, parts in waiting_parts(instance).items():
            field = self.fields[name]
            if field.stored(instance) == field.write(parts):
                continue
            field.related(instance).all().delete()
            for part in parts:
                part.indicator = instance
                part.save()
        fresh = Indicator.objects.get(pk=instance.pk)
        catalogue.note_change(fresh, before=instance.described, by=kwargs["user"], at=kwargs["at"])  # type: ignore[attr-defined]


class AchievementResource(ModelResource):
    """A unit's quarter, a column for each variable code. Every changed row goes through `achievement.save`."""

    FIXED = {
        "nilai": "score",
        "sumber_nilai": "score_source",
        "belum_ada_hasil": "no_result",
        "penjelasan": "progress",
        "kendala": "obstacles",
        "tindak_lanjut": "follow_up",
    }

    class Meta:
        model = Achievement
        fields: tuple[str, ...] = ()
        import_id_fields: tuple[str, ...] = ()
        use_transactions = True
        skip_diff = True

    def __init__(self, quarter: Quarter, unit: WorkUnit, *, by: User, at: datetime) -> None:
        super().__init__()
        self.by, self.at = by, at
        rows = Achievement.objects.of(quarter, unit).for_pages().order_by("indicator__no")
        self.rows = {row.indicator.no: row for row in rows}
        codes = {v.code: None for row in rows if row.indicator.is_computed for v in row.indicator.rule.inputs}
        self.inputs = {code: VALUE + code for code in codes} | self.FIXED
        self.changes: list[tuple[Achievement, list[tuple[str, str, str]]]] = []

    def export(self, queryset: Any = None, **kwargs: Any) -> tablib.Dataset:
        """What is stored; the same file imported again changes nothing."""
        data = tablib.Dataset(headers=["versi", "no", "indikator", "satuan", *self.inputs])
        for no, row in self.rows.items():
            stored = stored_inputs(row)
            data.append(
                [row.version, no, cell(row.indicator.name), row.indicator.measure]
                + [cell(_text(stored.get(name))) for name in self.inputs.values()]
            )
        return data

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        headers = dataset.headers or []
        if missing := [name for name in ("versi", "no") if name not in headers]:
            raise DomainError(
                f"Kolom tidak ada: {', '.join(missing)}. Unduh dahulu berkas isian, lalu ubah berkas itu.",
                code="columns",
            )
        known = {LINE, "versi", "no", "indikator", "satuan", *self.inputs}
        if unknown := [str(name) for name in headers if name and name not in known]:
            raise DomainError(
                f"Kolom tidak dikenal: {', '.join(unknown)[:200]}. Pakai judul kolom dari berkas isian.",
                code="columns",
            )
        numbers = [no for no in map(as_cell_text, dataset["no"]) if no]
        if repeated := sorted({no for no in numbers if numbers.count(no) > 1}):
            raise DomainError(f"Indikator nomor {', '.join(repeated)} ditulis lebih dari sekali.", code="repeated")

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Achievement, bool]:
        no = as_cell_text(row["no"])
        found = self.rows.get(int(no)) if no.isdecimal() and len(no) < 6 else None
        if found is None:
            raise ValidationError({"no": f"Indikator nomor “{no[:20]}” tidak ada pada unit dan triwulan ini."})
        return found, False

    def import_instance(self, instance: Achievement, row: Any, **kwargs: Any) -> None:
        """The same checks as the page's."""
        sent = {name: as_cell_text(row[column]) for column, name in self.inputs.items() if column in row}
        used = self._used_by(instance)
        column_of = {name: column for column, name in self.inputs.items()} | {"version": "versi"}
        errors = {
            column_of[name]: "Indikator ini tidak memakai kolom ini. Kosongkan."
            for name, text in sent.items()
            if text and name not in used
        }
        sent = {name: text for name, text in sent.items() if name in used}
        if "no_result" in sent:
            try:
                sent["no_result"] = str(yes_or_no(sent["no_result"]))
            except ValueError as error:
                errors["belum_ada_hasil"] = str(error)
        typed = read_row(sent | {"version": as_cell_text(row["versi"])})
        errors |= {column_of[name]: message for name, message in typed.errors.items()}
        if errors:
            raise ValidationError({column: ValidationError(message) for column, message in errors.items()})
        instance.typed = typed  # type: ignore[attr-defined]

    def skip_row(self, instance: Achievement, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        if import_validation_errors:
            return False
        changes = instance.typed.changes  # type: ignore[attr-defined]
        sent = {VALUE + code: value for code, value in changes.get("values", {}).items()}
        sent |= {name: value for name, value in changes.items() if name != "values"}
        stored = stored_inputs(instance)
        texts = {name: (_text(stored.get(name)), _text(value)) for name, value in sent.items()}
        changed = [(label_of(instance, name), old, new) for name, (old, new) in texts.items() if old != new]
        if changed:
            self.changes.append((instance, changed))
        return not changed

    def save_instance(self, instance: Achievement, is_create: bool, row: Any, **kwargs: Any) -> None:
        typed = instance.typed  # type: ignore[attr-defined]
        try:
            achievements.save(instance.pk, typed.changes, version=typed.version, by=self.by, at=self.at)
        except DomainError as error:
            raise ValidationError(error.message) from error

    @staticmethod
    def _used_by(row: Achievement) -> set[str]:
        """The inputs that the row's own page shows."""
        variables = {VALUE + one.code for one in row.indicator.rule.inputs}
        scored = set() if row.indicator.is_computed else {"score", "score_source"}
        return variables | scored | {"no_result"} | (TEXTS.keys() - {"score_source"})


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "ya" if value is True else value if isinstance(value, str) else plain_figure(value)


def read_table(upload: UploadedFile) -> tablib.Dataset:
    """The first sheet of an XLSX file, or a CSV file, as cells of text, with LINE. Raises DomainError."""
    facts = files.inspect(upload)
    if facts.size > tables.MOST_BYTES:
        raise DomainError(
            "Berkas tabel lebih besar dari 2 MB. Hapus lembar dan gambar yang tidak perlu.", code="too_big"
        )
    upload.seek(0)
    data = upload.read()
    if facts.name.endswith(".xlsx"):
        cells = tables.sheet(data)
    elif facts.kind == "CSV":
        cells = tables.lines(data)
    else:
        raise DomainError("Unggah berkas Excel (.xlsx) atau CSV.", code="wrong_type")
    rows = [[as_cell_text(value) for value in row] for row in cells]
    filled = [(line, row) for line, row in enumerate(rows[1:], 2) if any(row)]
    if not filled:
        raise DomainError("Berkas tidak berisi baris data. Isi baris di bawah judul kolom.", code="empty")
    headers, width = rows[0], len(rows[0])
    table = tablib.Dataset(headers=[LINE, *headers])
    for line, row in filled:
        table.append([str(line), *(row + [""] * width)[:width]])
    return table
