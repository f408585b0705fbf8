"""Import and export of the catalogue, for editors. All or nothing."""

from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import models
from import_export.fields import Field
from import_export.resources import ModelResource

from accounts.models import WorkUnit
from kinerjaku.cells import cell
from kinerjaku.errors import DomainError

from .actions import card, catalogue
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
    read_bands,
    read_slots,
    read_targets,
    read_variables,
    waiting_parts,
    write_bands,
    write_slots,
    write_targets,
    write_variables,
)
from .models import Decree, Indicator

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
    perspektif = Field("perspective", "perspektif", ChoiceWidget(Indicator.Perspective, blank=True))
    status_data = Field("data_status", "status_data", ChoiceWidget(Indicator.DataStatus, blank=True))
    tidak_diturunkan = Field("is_not_cascaded", "tidak_diturunkan", YesNoWidget())
    data_dukung = PartsField("data_dukung", write_slots, read_slots)
    penanggung_jawab = Field("responsible", "penanggung_jawab", UnitsWidget())
    catatan_naskah = Field("source_issues", "catatan_naskah", readonly=True)

    class Meta:
        model = Indicator
        name = "Indikator"
        fields = (
            *("keputusan", "unit", "no", "sasaran", "nama", "satuan", "definisi", "cara_perhitungan"),
            *("rumus", "variabel", "polarisasi", "polarisasi_tertulis", "batas_capaian", "nilai_terburuk"),
            *("rentang", "konsolidasi", "validitas", "periode", "periode_menurut_sumber", "target"),
            *("sumber_data", "perspektif", "status_data", "tidak_diturunkan", "data_dukung", "penanggung_jawab"),
            "catatan_naskah",
        )
        import_id_fields = ("keputusan", "unit", "no")
        clean_model_instances = True
        use_transactions = True
        skip_unchanged = True

    def get_queryset(self) -> models.QuerySet[Indicator]:
        rows = Indicator.objects.select_related("decree", "unit", "objective")
        return rows.prefetch_related("variables", "bands", "targets", "responsible", "evidence_slots")

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
            if name == "data_dukung":  # their files go on by name
                card.lay_slots(instance, [card.Slot(part.name, part.is_required) for part in parts])
                continue
            field.related(instance).all().delete()
            for part in parts:
                part.indicator = instance
                part.save()
        fresh = Indicator.objects.get(pk=instance.pk)
        names = (("by", "user"), ("at", "at"), ("reason", "reason"), ("is_check", "is_check"))
        told = {name: kwargs[given] for name, given in names}
        catalogue.note_change(fresh, before=instance.described, **told)  # type: ignore[attr-defined]
