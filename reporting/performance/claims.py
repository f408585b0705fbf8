"""Which figure of a quarter counts: the verified one, else what the unit has sent, else none, with the reason."""

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, JSONField, When

from accounts.models import WorkUnit
from indicators.models import Achievement
from verification.models import Worksheet, WorksheetRow

State = Achievement.State


class Standing(enum.Enum):
    VERIFIED = "Terverifikasi"
    CLAIMED = "Belum terverifikasi"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """`row` and `worksheet_row` tell where it stands."""

    actual: Decimal | None
    standing: Standing = Standing.NONE
    reason: str = ""
    row: int | None = None
    worksheet_row: int | None = None


NOT_OPENED = Figure(None, reason="Triwulan belum dibuka")
_FIELDS = (
    "pk",
    "state",
    "actual",
    "actual_problem",
    "no_result",
    "returned",
    "worksheet_row__pk",
    "worksheet_row__verdict",
    "worksheet_row__verified_actual",
    "worksheet_row__worksheet__state",
)


def figures(units: Iterable[WorkUnit], year: int) -> Mapping[int, Mapping[int, Figure]]:
    """By indicator and number of the quarter; one query."""
    returned = Case(When(state=State.RETURNED, then="sent"), output_field=JSONField())
    rows = Achievement.objects.filter(quarter__year=year, unit__in=units).annotate(returned=returned).order_by()
    found: dict[int, dict[int, Figure]] = defaultdict(dict)
    for indicator, number, *facts in rows.values_list("indicator_id", "quarter__number", *_FIELDS):
        found[indicator][number] = _figure(*facts)
    return found


def _figure(
    pk: int,
    state: str,
    actual: Decimal | None,
    problem: str,
    no_result: bool,
    returned: dict[str, Any] | None,
    worksheet_row: int | None,
    verdict: str | None,
    verified: Decimal | None,
    sheet: str | None,
) -> Figure:
    if sheet not in (None, Worksheet.State.OPEN) and verdict in WorksheetRow.FINAL:
        reason = "" if verified is not None else _why(state, problem, no_result) or "Tanpa realisasi terverifikasi"
        return Figure(verified, Standing.VERIFIED, reason, pk, worksheet_row)
    if state == State.SUBMITTED:
        return Figure(actual, Standing.CLAIMED, _why(state, problem, no_result), pk, worksheet_row)
    if state == State.RETURNED and returned is not None:  # what is typed since then is no claim before it is sent
        actual = None if returned["actual"] is None else Decimal(returned["actual"])
        reason = "" if actual is not None else "Dikembalikan, sedang diperbaiki"
        return Figure(actual, Standing.CLAIMED, reason, pk, worksheet_row)
    return Figure(None, Standing.NONE, _why(state, "", False), pk, worksheet_row)


_REASONS = {
    State.EMPTY: "Belum diisi",
    State.DRAFT: "Sedang diisi, belum dikirim",
    State.RETURNED: "Dikembalikan, sedang diperbaiki",
    State.NOT_ENTERED: "Tidak diinput",
}


def _why(state: str, problem: str, no_result: bool) -> str:
    """Why there is no figure; a figure that is there needs no reason."""
    if no_result:
        return "Belum ada hasil"
    return problem.rstrip(".") or _REASONS.get(State(state), "")
