"""How one score came about, from the evidence to the unit: for the page that opens a score."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators import results
from indicators.explanation import Step, explain_colour, explain_indicator, explain_objective, explain_unit
from indicators.models import Achievement, Evidence, Indicator
from kinerjaku.figures import format_figure
from verification.models import WorksheetRow

from .assessment import Assessed, AssessedObjective
from .claims import Figure, Standing
from .page import Performance, rounded, target_words
from .promises import Promise


@dataclass(frozen=True)
class Input:
    """One quarter: what was entered, what became of it, and where the proof is."""

    quarter: str
    counts: bool
    standing: str
    reason: str
    target: str
    actual: str
    values: list[tuple[str, str]]
    recorded: str  # the achievement on the worksheet, where the rules of the year give another one now
    row: Achievement | None
    worksheet_row: WorksheetRow | None
    evidence: list[Evidence]


@dataclass(frozen=True)
class Calculation:
    indicator: Indicator
    found: Assessed
    objective: AssessedObjective
    formula: str
    inputs: list[Input]
    content: dict[str, Any]


def calculation(shown: Performance, indicator: Indicator) -> Calculation:
    """Of an indicator of the unit that is shown."""
    unit = next(one for one in shown.units if one.unit.pk == indicator.unit_id)
    objective = next(one for one in unit.objectives if one.pk == indicator.objective_id)
    found = next(one for one in objective.indicators if one.indicator.pk == indicator.pk)
    try:
        steps = explain_indicator(found.measured, shown.scheme)
    except ValueError as error:
        steps = [Step("Belum dinilai", str(error).replace("{", "(").replace("}", ")"))]
    if not found.figures:
        steps = [Step("Belum dinilai", f"{found.reason}, jadi tidak ikut dihitung.")]
    named = [(one.indicator.title, one.indicator.validity, one.percent) for one in objective.indicators]
    lines, objective_step = explain_objective(named, shown.scheme)
    unit_step = explain_unit([one.score for one in unit.objectives])
    write = format_figure
    return Calculation(
        indicator,
        found,
        objective,
        results.in_words(indicator),
        _inputs(shown, found),
        {
            "steps": [_said(step) for step in steps],
            "percent": _full(found.percent),
            "percent_rounded": "" if found.percent is None else write(found.percent, shown.scheme.places),
            "validity": indicator.get_validity_display(),
            "weight": write(shown.scheme.weights[indicator.validity]),
            "share": _share(lines, named, found),
            "lines": [
                {
                    "name": line.name,
                    "weight": write(line.weight),
                    "share": write(line.share * 100, 2),
                    "percent": write(line.percent, shown.scheme.places),
                }
                for line in lines
            ],
            "objective_step": _said(objective_step) if objective_step else None,
            "objectives": [
                {
                    "name": f"{one.no}. {one.name}",
                    "score": "" if one.score is None else write(one.score, shown.scheme.places),
                }
                for one in unit.objectives
            ],
            "unit_step": _said(unit_step) if unit_step else None,
            "colour": explain_colour(found.percent, shown.scheme).said(_full),
        },
    )


def _share(lines: list[Any], named: list[tuple[str, str, Decimal | None]], found: Assessed) -> str:
    if found.percent is None:
        return ""
    return format_figure(next(line.share for line in lines if line.name == found.indicator.title) * 100, 2)


def _said(step: Step) -> dict[str, str]:
    return {"name": step.name, "words": step.said(_full), "value": _full(step.value), "clause": step.clause}


def _full(value: Decimal | None) -> str:
    """Every digit there is."""
    return "" if value is None else format_figure(value)


def _inputs(shown: Performance, found: Assessed) -> list[Input]:
    rows = _rows(found.figures)
    sheet_rows = WorksheetRow.objects.select_related("worksheet__quarter", "worksheet__unit").in_bulk(
        [figure.worksheet_row for figure in found.figures if figure.worksheet_row]
    )
    places = found.measured.counting
    made = []
    for place, figure in enumerate(found.figures):
        row = rows.get(figure.row or 0)
        made.append(
            Input(
                found.measured.quarters[place],
                place in places,
                figure.standing.value,
                figure.reason,
                target_words(found.measured.targets[place]),
                format_figure(figure.actual),
                _values(found.indicator, row, figure),
                _recorded(shown, found, row, sheet_rows.get(figure.worksheet_row or 0), figure),
                row,
                sheet_rows.get(figure.worksheet_row or 0),
                row.files if row else [],
            )
        )
    return made


def _rows(counted: tuple[Figure, ...]) -> Mapping[int, Achievement]:
    pks = [figure.row for figure in counted if figure.row]
    found = Achievement.objects.filter(pk__in=pks).prefetch_related("evidence")
    return {row.pk: row for row in found}


def _values(indicator: Promise, row: Achievement | None, figure: Figure) -> list[tuple[str, str]]:
    """What was claimed; a draft is nobody's business but the unit's."""
    if row is None or figure.standing == Standing.NONE:
        return []
    values = row.as_sent().values
    labels = [(one.label, values.get(one.code), one.measure) for one in indicator.rule.inputs]
    return [
        (label, f"{format_figure(Decimal(value))} {measure}".strip())
        for label, value, measure in labels
        if value is not None
    ]


def _recorded(
    shown: Performance, found: Assessed, row: Achievement | None, sheet_row: WorksheetRow | None, figure: Figure
) -> str:
    """The achievement that was written down when it was sent or found, if today's rules give another one."""
    if row is None or found.percent is None or len(found.figures) > 1:
        return ""
    is_found = figure.standing == Standing.VERIFIED and sheet_row is not None
    kept = sheet_row.verified_percent if is_found and sheet_row else row.as_sent().percent
    if kept is None or rounded(kept, 6) == rounded(found.percent, 6):
        return ""
    return format_figure(kept, shown.scheme.places)
