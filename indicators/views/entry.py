"""The list of units and quarters, and the entry table of one."""

from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import WorkUnit
from accounts.policy import Verb
from indicators import workflow
from indicators.actions.round import UNSENT
from indicators.filters import EntryFilter
from indicators.models import Achievement, CollectionRound, Quarter
from indicators.quarters import last_day
from kinerjaku import clock, jinja
from kinerjaku.listing import Column, Listing

from .rows import Row, rows_of, state_badge, unit_and_quarter
from .submission import last_receipt

State = Achievement.State

COLUMNS = [
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "-quarter__year", "-quarter__number")),
    Column(
        "triwulan",
        "Triwulan",
        lambda row: str(row.quarter),
        ("quarter__year", "quarter__number", "unit__path"),
    ),
    *(
        Column(
            state.value,
            state.label,
            lambda row, name=f"count_{state.value}": getattr(row, name),
            (f"count_{state.value}",),
            True,
        )
        for state in State
    ),
    Column("jumlah", "Jumlah", lambda row: row.count_all, ("count_all",), True),
    Column(
        "tenggat",
        "Hari terakhir",
        lambda row: last_day(row.quarter.due_at(row.unit)),
        ("quarter__closes_at", "unit__path"),
    ),
]


@require_safe
def entry_index(request: HttpRequest) -> HttpResponse:
    """Every unit and quarter the user may see, with how far it is."""
    now = clock.now()
    listing = Listing(
        request,
        Achievement.objects.visible_to(request.user).by_unit_and_quarter(),
        columns=COLUMNS,
        default_sort="-triwulan",
        name="capaian",
        filter_form=partial(EntryFilter, user=request.user),
    )
    entries = ({**_entry(row), "is_open": row.quarter.is_open(row.unit, now)} for row in listing.rows)
    return listing.response("indicators/entry_index.html", {"entries": entries})


def _entry(row: Achievement) -> dict[str, Any]:
    due_at = row.quarter.due_at(row.unit)
    return {
        "unit": row.unit,
        "quarter": row.quarter,
        "path": row.quarter.entry_path(row.unit),
        "counts": [(state, getattr(row, f"count_{state.value}")) for state in State],
        "total": row.count_all,
        "last_day": last_day(due_at),
        "is_extended": due_at > row.quarter.closes_at,
    }


@require_safe
def entry(request: HttpRequest, year: int, number: int, code: str) -> HttpResponse:
    """The table in which a unit types its figures."""
    unit, quarter = unit_and_quarter(request.user, year, number, code)
    return entry_page(request, unit, quarter, at=clock.now())


def entry_page(
    request: HttpRequest,
    unit: WorkUnit,
    quarter: Quarter,
    *,
    at: datetime,
    refused: Row | None = None,
    status: int = 200,
) -> HttpResponse:
    """The table; with `refused`, as it comes back when a row was not saved."""
    achievements = list(Achievement.objects.of(quarter, unit).for_table().order_by("indicator__no"))
    for achievement in achievements:  # held already, with the extensions
        achievement.quarter, achievement.unit = quarter, unit
    collection = CollectionRound.objects.of(quarter, unit).open().select_related("case__step").first()
    is_collected = collection is not None
    rows = rows_of(achievements, user=request.user, unit=unit, at=at, refused=refused, is_collected=is_collected)
    locks = {row.lock for row in rows}
    common_lock = locks.pop() if len(locks) == 1 else ""  # said once above the table
    body = {
        "groups": [(objective, list(group)) for objective, group in groupby(rows, lambda row: row.indicator.objective)],
        "common_lock": common_lock,
        "csrf_token": get_token(request),
        "words": partial(_words, entry_path=quarter.entry_path(unit)),
    }
    context = {
        "unit": unit,
        "quarter": quarter,
        "body": jinja.render("indicators/partials/_entry_rows.jinja", body) if rows else "",
        "common_lock": common_lock,
        "due_at": quarter.due_at(unit),
        "is_open": quarter.is_open(unit, at),
        "now": at,
        "total": len(rows),
        "draft_badge": state_badge(State.DRAFT),
        "ready": sum(row.is_ready for row in rows),
        "is_example": any(achievement.is_example for achievement in achievements),
        "has_input": any(not row.lock for row in rows),
        "has_editable": any(row.achievement.state in workflow.EDITABLE for row in rows),
        "receipt": last_receipt(quarter, unit) if any(row.achievement.submitted_at for row in rows) else None,
        "has_submitted": any(row.achievement.state == State.SUBMITTED for row in rows),
        "may_submit": collection is None and policy.can(request.user, Verb.SUBMIT, unit),
        "round": collection,
        "mine": [row.held for row in rows if row.held and row.held.official_id == request.user.pk],
        "may_collect": collection is None
        and policy.can(request.user, Verb.ENTER, unit)
        and quarter.is_open(unit, at)
        and any(row.achievement.state in UNSENT for row in rows),
        "errors": [error for row in rows for error in row.errors],
    }
    return render(request, "indicators/entry.html", context, status=status)


def _words(row: Row, entry_path: str) -> SafeString:
    """Rare, and the same as on the row's own page."""
    return render_to_string("indicators/partials/_row_words.html", {"row": row, "entry_path": entry_path})
