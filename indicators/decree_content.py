"""What a decree says, as texts: for the annex, for the hash that is signed, and for comparing two decrees."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import formats

from kinerjaku.figures import format_figure

from . import results, target_rules, versions
from .models import Band, Decree, Indicator

WITHOUT_FORMULA = "Tanpa rumus: nilai diberikan penilai luar."
NOT_CASCADED = "Tidak diturunkan"


def indicators_of(decree: Decree) -> list[Indicator]:
    """In the order of the annex, with everything it prints, in a constant number of queries."""
    rows = decree.indicators.select_related("unit", "objective").prefetch_related(
        "variables", "bands", "targets", "responsible", "evidence_slots", "cascades_down__child__unit"
    )
    return list(rows.order_by("unit__path", "objective__no", "no", "pk"))


def facts_of(indicator: Indicator) -> dict[str, str]:
    """Everything the decree lays down about one indicator; label and text, never empty for what is there."""
    facts = {
        "Unit kerja": indicator.unit.name,
        "Perspektif": indicator.get_perspective_display(),
        "Sasaran": f"{indicator.objective.no}. {indicator.objective.name}",
        "Nomor": str(indicator.no),
        "Indikator": indicator.name,
        "Satuan": indicator.measure,
        "Definisi": indicator.definition,
        "Cara perhitungan": indicator.get_method_display(),
        "Rumus": results.in_words(indicator) or WITHOUT_FORMULA,
        "Variabel": _lines(_variable(one) for one in indicator.variables.all()),
        "Skala": _lines(band_words(band) for band in indicator.bands.all()),
        "Polarisasi": indicator.polarity_word,
        "Batas capaian (%)": format_figure(indicator.cap),
        "Nilai terburuk": format_figure(indicator.worst),
        "Konsolidasi periode": indicator.get_consolidation_display(),
        "Validitas": indicator.get_validity_display(),
        "Periode pelaporan": indicator.get_period_display(),
        "Sumber data": indicator.source,
        "Status data": indicator.get_data_status_display(),
        "Penurunan": NOT_CASCADED if indicator.is_not_cascaded else "",
        "Data dukung": _lines(slot.words for slot in indicator.evidence_slots.all()),
        "Target": _lines(
            f"{target_rules.label(target.number)}: {results.target_text(indicator, target.number)}"
            for target in indicator.targets.all()
        ),
        "Penanggung jawab": _lines(sorted(unit.name for unit in indicator.responsible.all())),
    }
    return {label: text for label, text in facts.items() if text}


def content_of(decree: Decree) -> dict[str, Any]:
    """The decree with its annex as it is initialled, signed and frozen."""
    return {
        "number": decree.number,
        "title": decree.title,
        "year": decree.year,
        "in_force_from": decree.in_force_from.isoformat(),
        "in_force_from_text": formats.date_format(decree.in_force_from, "j F Y"),
        "amends": decree.amends.reference if decree.amends else decree.amends_text,
        "legal_basis": list(decree.legal_basis),
        "is_example": decree.is_example,
        "units": _by_unit(indicators_of(decree)),
    }


def comparison(before: Iterable[Indicator], after: Iterable[Indicator]) -> list[versions.RowChange[str]]:
    """Row by row: an indicator is compared with the one it replaces."""
    old = {f"lama-{one.pk}": facts_of(one) for one in before}
    return versions.diff(old, {row_key(one, old): facts_of(one) for one in after})


def row_key(indicator: Indicator, old: Mapping[str, Any]) -> str:
    """The key of the row it replaces, if that is one of the `old` ones; else one of its own."""
    key = f"lama-{indicator.replaces_id}"
    return key if key in old else f"baru-{indicator.pk}"


def band_words(band: Band) -> str:
    words = f"{band.words}: {' '.join(filter(None, [band.grade, band.label]))}".removesuffix(": ")
    return words if band.achievement is None else f"{words} (capaian {format_figure(band.achievement)}%)"


def _variable(variable: Any) -> str:
    measure = f" ({variable.measure})" if variable.measure else ""
    weight = f", bobot {format_figure(variable.weight)}" if variable.weight is not None else ""
    return f"{variable.label}{measure}{weight}"


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _exact(indicator: Indicator) -> dict[str, Any]:
    """What words leave open, for the hash: two variables may have one label."""
    return {
        "expression": indicator.expression,
        "variables": [[one.code, one.from_children] for one in indicator.variables.all()],
        "below": sorted([one.child.code, one.relation] for one in indicator.cascades_down.all()),
    }


def _by_unit(indicators: Iterable[Indicator]) -> list[dict[str, Any]]:
    units: dict[int, dict[str, Any]] = {}
    for one in indicators:
        unit = units.setdefault(one.unit_id, {"code": one.unit.code, "name": one.unit.name, "objectives": {}})
        objective = unit["objectives"].setdefault(
            one.objective.no, {"no": one.objective.no, "name": one.objective.name, "indicators": []}
        )
        objective["indicators"].append(
            {"no": one.no, "name": one.name, "measure": one.measure, "facts": facts_of(one), "exact": _exact(one)}
        )
    return [{**unit, "objectives": list(unit["objectives"].values())} for unit in units.values()]
