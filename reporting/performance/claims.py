"""Which figure of a quarter counts: the verified one, else what the unit has sent, else none, with the reason."""

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from django.db.models import BooleanField, Case, Q, QuerySet, When

from accounts.models import WorkUnit
from indicators import lineage
from indicators.models import Achievement
from kinerjaku.fields import FigureField
from verification.models import Worksheet, WorksheetRow

from .promises import Promise

State = Achievement.State


class Standing(enum.Enum):
    VERIFIED = "Terverifikasi"
    CLAIMED = "Belum terverifikasi"
    NONE = ""


class Figure(NamedTuple):
    """`row` and `worksheet_row` tell where it stands. A tuple, because a page has hundreds of them."""

    actual: Decimal | None
    standing: Standing = Standing.NONE
    reason: str = ""
    row: int | None = None
    worksheet_row: int | None = None


NOT_OPENED = Figure(None, reason="Triwulan belum dibuka")
_FOUND = Q(worksheet_row__verdict__in=WorksheetRow.FINAL) & ~Q(worksheet_row__worksheet__state=Worksheet.State.OPEN)
_COUNTING = Case(When(_FOUND, then="worksheet_row__verified_actual"), default="actual", output_field=FigureField())


@cache
def _facts() -> QuerySet[Achievement]:
    """Built once: building it takes longer than reading the figures of a unit."""
    is_found = Case(When(_FOUND, then=True), default=False, output_field=BooleanField())
    rows = Achievement.objects.annotate(counting=_COUNTING, is_found=is_found)
    return rows.order_by().values_list("indicator_id", "quarter__number", *_FIELDS)


def figures(units: Iterable[WorkUnit], year: int) -> Mapping[int, Mapping[int, Figure]]:
    """By indicator and number of the quarter; one query, and one more where something was given back."""
    facts = _facts().filter(quarter__year=year, unit__in=units)
    found: dict[int, dict[int, Figure]] = defaultdict(dict)
    returned = []
    for indicator, number, pk, state, actual, is_found, problem, no_result, worksheet_row in facts:
        if is_found:
            reason = "" if actual is not None else _why(state, problem, no_result) or "Tanpa realisasi terverifikasi"
            figure = Figure(actual, Standing.VERIFIED, reason, pk, worksheet_row)
        elif state == State.SUBMITTED:
            reason = "" if actual is not None else _why(state, problem, no_result)
            figure = Figure(actual, Standing.CLAIMED, reason, pk, worksheet_row)
        else:
            figure = Figure(None, Standing.NONE, _why(state, "", False), pk, worksheet_row)
            if state == State.RETURNED:
                returned.append((indicator, number, figure))
        found[indicator][number] = figure
    for indicator, number, figure in _as_sent(returned):
        found[indicator][number] = figure
    return found


def across_versions(
    found: Mapping[int, Mapping[int, Figure]], indicators: Iterable[Promise]
) -> Mapping[int, Mapping[int, Figure]]:
    """What was reported under another version of the same year goes with the version in force. No query where no
    decree of the year was amended."""
    chosen = list(indicators)
    if not any(one.replaces in found for one in chosen):
        return found
    first = lineage.origins({*found, *(one.pk for one in chosen)})
    together: dict[int, dict[int, Figure]] = defaultdict(dict)
    for pk in sorted(found):
        together[first[pk]] |= found[pk]
    return {**found, **{one.pk: together[first[one.pk]] for one in chosen}}


_FIELDS = ("pk", "state", "counting", "is_found", "actual_problem", "no_result", "worksheet_row__pk")


def _as_sent(returned: list[tuple[int, int, Figure]]) -> Iterator[tuple[int, int, Figure]]:
    """What was given back counts as it was sent: what is typed since then is no claim before it is sent again."""
    if not returned:
        return
    pks = [figure.row for _, _, figure in returned]
    sent = dict(Achievement.objects.filter(pk__in=pks, sent__isnull=False).values_list("pk", "sent"))
    for indicator, number, figure in returned:
        if (content := sent.get(figure.row)) is not None:
            actual = None if content["actual"] is None else Decimal(content["actual"])
            reason = figure.reason if actual is None else ""
            yield indicator, number, figure._replace(actual=actual, standing=Standing.CLAIMED, reason=reason)


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
