"""The figures of one row: what was typed goes in, the actual figure and the achievement come out."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from indicators import results
from indicators.models import Achievement
from kinerjaku.errors import DomainError

FIELDS = ("score", "score_source", "no_result", "progress", "obstacles", "follow_up", "explanation")


def compute(achievement: Achievement) -> None:
    """Set `actual`, `actual_problem` and `percent` from what was typed."""
    indicator = achievement.indicator
    if achievement.no_result:
        achievement.actual, achievement.actual_problem, achievement.percent = (
            None,
            "Belum ada hasil pada triwulan ini.",
            None,
        )
        return
    values = {code: Decimal(value) for code, value in achievement.values.items()}
    actual, problem = results.actual_of(indicator, values, achievement.score)
    quarter = achievement.quarter
    try:
        percent = results.percent_of(indicator, quarter.number, actual, quarter.scheme)
    except ValueError as error:
        raise DomainError(f"{error} Periksa kembali nilai yang diisi.", code="outside_scale") from error
    achievement.actual, achievement.actual_problem, achievement.percent = actual, problem[:300], percent


def apply(achievement: Achievement, changes: Mapping[str, Any]) -> None:
    known = {one.code for one in achievement.indicator.rule.inputs}
    values = dict(achievement.values)
    for code, value in changes.get("values", {}).items():
        if code not in known:
            raise DomainError(f"Variabel “{code}” tidak ada pada indikator ini.", code="unknown_field")
        if value is None:
            values.pop(code, None)
        else:
            values[code] = f"{value:f}"
    achievement.values = values
    for name in changes.keys() - {"values"}:
        if name not in FIELDS:
            raise DomainError(f"Isian “{name}” tidak dikenal.", code="unknown_field")
        setattr(achievement, name, changes[name])
