"""Collection rounds: the list, and one round with everything its present step needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.forms import ProofForm
from accounts.models import User
from accounts.policy import Verb
from indicators import quarters
from indicators.actions import round as actions
from indicators.actions import round_approval as approval
from indicators.actions import round_filling as filling
from indicators.filters import RoundFilter
from indicators.models import Achievement, Assignment, CollectionRound, Stage
from indicators.round_forms import FormatForm, GiveBackForm, ReasonForm, ReassignForm
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.listing import Column, Listing
from services import requirements, turns
from services.bar import StepTime, steps_of
from services.worktime import CalendarNotLoaded

from .rows import Row

FORMAT = (Stage.DRAFT, Stage.CORRECT, Stage.HAND_OUT)
COLUMNS = [
    Column("unit", "Unit kerja", lambda row: row.unit.name, ("unit__path", "-opened_at")),
    Column("triwulan", "Triwulan", lambda row: str(row.quarter), ("quarter__year", "quarter__number", "unit__path")),
    Column("langkah", "Langkah", lambda row: f"{row.stage}. {row.stage.label}", ("case__step__order", "unit__path")),
    Column("dibuka", "Dibuka", lambda row: row.opened_at, ("opened_at",)),
    Column("berakhir", "Berakhir", lambda row: row.ended_at, ("ended_at",)),
    Column("terima", "Tanda terima", lambda row: row.submission.number if row.submission else ""),
    Column("status", "Status", lambda row: row.case.get_state_display(), ("case__state", "-opened_at")),
]


@dataclass(frozen=True)
class Entry:
    """A row of the round as the page shows it."""

    assignment: Assignment
    row: Row
    is_late: bool
    correction: forms.BoundField | None = None


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    listing = Listing(
        request,
        CollectionRound.objects.visible_to(request.user).for_pages().select_related("submission"),
        columns=COLUMNS,
        default_sort="-dibuka",
        name="pengumpulan-data",
        filter_form=partial(RoundFilter, user=request.user),
    )
    return listing.response("indicators/rounds.html", {"openable": openable(request.user, clock.now())})


@require_safe
def round(request: HttpRequest, pk: int) -> HttpResponse:
    return round_page(request, visible(request.user, pk), at=clock.now())


def visible(user: User, pk: int) -> CollectionRound:
    rows = CollectionRound.objects.visible_to(user).for_pages()
    return get_object_or_404(
        rows.select_related("drafted_by", "initialled_by", "submission__by", "submission__document"), pk=pk
    )


def openable(user: User, at: datetime) -> list[Achievement]:
    """The first row of each unit and quarter for which the person can open a round now."""
    rows = Achievement.objects.exclude(pk__in=Assignment.objects.holding().values("achievement")).filter(
        unit__in=policy.units_for(user, Verb.ENTER),
        state__in=actions.UNSENT,
        quarter__opens_at__lte=at,
    )
    found = rows.by_unit_and_quarter().order_by("quarter__opens_at", "unit__path")
    return [row for row in found if row.quarter.is_open(row.unit, at)]


def round_page(
    request: HttpRequest,
    found: CollectionRound,
    *,
    at: datetime,
    table: FormatForm | None = None,
    version: int | None = None,
    refused: forms.Form | None = None,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """The round; `table` and `refused` are forms as they come back when an act was not done, `said` is why."""
    user, stage, is_open = request.user, found.stage, found.is_open
    assignments = list(found.assignments.for_pages())
    for one in assignments:  # held already, with the extensions
        one.achievement.quarter = found.quarter
    has_turn = actions.has_turn(user, found)
    today = at.astimezone(quarters.WIB).date()
    context: dict[str, Any] = {
        "round": found,
        "case": found.case,
        "unit": found.unit,
        "quarter": found.quarter,
        "stage": stage,
        "is_open": is_open,
        "has_turn": has_turn,
        "due_at": found.quarter.due_at(found.unit),
        "now": at,
        "steps": _steps(found, at),
        "history": audit.history(found),
        "entry_path": found.quarter.entry_path(found.unit),
        "is_example": any(one.achievement.indicator.decree.is_example for one in assignments),
        "may_cancel": is_open and policy.can(user, turns.cancels(found.case), found.unit),
        "cancel": refused if isinstance(refused, CancelForm) else CancelForm(auto_id="batal-%s"),
        "refused": refused,
    }
    if is_open and stage in FORMAT:
        context |= _format(request, found, assignments, at, table, version, refused)
    elif is_open and stage == Stage.FILL:
        context |= _filling(user, found, assignments, today, refused)
    correcting = refused if isinstance(refused, GiveBackForm) else GiveBackForm(assignments)
    entries = _entries(assignments, today, correcting if has_turn and stage in filling.EXAMINED else None)
    context |= {
        "entries": entries,
        "people": _by_official(entries),
        "count": len(entries),
        "done": sum(one.done_at is not None for one in assignments),
    }
    if is_open and stage in filling.EXAMINED:
        rows = [one.achievement for one in assignments]
        context |= {
            "content_hash": approval.content_hash_of(rows),
            "is_own": has_turn and stage != Stage.SIGN and filling.entered(user, rows),
            "signs_own_initial": stage == Stage.SIGN and found.initialled_by_id == user.pk,
            "proof": refused
            if isinstance(refused, ProofForm)
            else ProofForm(request, content_hash=approval.content_hash_of(rows)),
        }
    context["errors"] = [
        *((table.errors) if table else []),
        *_form_errors(refused),
        *([("langkah", said)] if said else []),
    ]
    return render(request, "indicators/round.html", context, status=status)


class CancelForm(ReasonForm):
    """A class of its own, so that the page knows which form came back."""


def _format(
    request: HttpRequest,
    found: CollectionRound,
    assignments: list[Assignment],
    at: datetime,
    table: FormatForm | None,
    version: int | None,
    refused: forms.Form | None,
) -> dict[str, Any]:
    """Steps 1 to 3: the table of assignments."""
    dates_only = found.stage == Stage.HAND_OUT
    try:
        requirements.require_met(found.case, Stage.FILL, at)
        why_not = ""
    except DomainError as error:
        why_not = error.message
    own = found.stage == Stage.CORRECT and found.drafted_by_id == request.user.pk
    fresh = FormatForm(assignments, actions.officials_of(found.unit), dates_only=dates_only)
    return {
        "table": table or fresh,
        "version": found.version if version is None else version,
        "dates_only": dates_only,
        "why_not": why_not if dates_only else "",
        "over_at": quarters.ends_at(found.quarter.year, found.quarter.number),
        "is_own_draft": own,
        "back": refused if type(refused) is ReasonForm else ReasonForm(auto_id="kembali-%s"),
    }


def _filling(
    user: User,
    found: CollectionRound,
    assignments: list[Assignment],
    today: date,
    refused: forms.Form | None,
) -> dict[str, Any]:
    """Step 4: one's own format, and for the Kasubag the handing over to somebody else."""
    own = [one for one in assignments if one.official_id == user.pk and one.done_at is None]
    mine = _entries(own, today, None)
    officials = actions.officials_of(found.unit)
    return {
        "mine": mine,
        "lacking": sum(not entry.row.is_ready for entry in mine),
        "has_returned": not own and any(one.official_id == user.pk for one in assignments),
        "may_reassign": policy.can(user, Verb.CHECK_UNIT, found.unit),
        "reassign": refused
        if isinstance(refused, ReassignForm)
        else ReassignForm(assignments, officials, due_on=max(one.due_on for one in assignments)),
    }


def _entries(assignments: Iterable[Assignment], today: date, correcting: GiveBackForm | None) -> list[Entry]:
    return [
        Entry(one, Row(one.achievement, ""), one.is_late(today), correcting.of(one) if correcting else None)
        for one in assignments
    ]


def _by_official(entries: list[Entry]) -> list[dict[str, Any]]:
    """How far each official is."""
    given = sorted(
        (entry for entry in entries if entry.assignment.official),
        key=lambda entry: (entry.assignment.official.name, entry.assignment.official_id),
    )
    people = []
    for official, group in groupby(given, key=lambda entry: entry.assignment.official):
        own = list(group)
        waiting = [entry for entry in own if entry.assignment.done_at is None]
        people.append(
            {
                "official": official,
                "count": len(own),
                "ready": sum(entry.row.is_ready for entry in own),
                "waiting": len(waiting),
                "due_on": min((entry.assignment.due_on for entry in waiting or own), default=None),
                "is_late": any(entry.is_late for entry in waiting),
                "done_at": None if waiting else max(entry.assignment.done_at for entry in own),
            }
        )
    return people


def _steps(found: CollectionRound, at: datetime) -> list[StepTime]:
    try:
        return steps_of(found.case, at)
    except CalendarNotLoaded as error:
        raise DomainError(str(error), code="calendar", status=409) from error


def _form_errors(refused: forms.Form | None) -> list[tuple[str, str]]:
    """Anchor and message of a form that came back."""
    if refused is None:
        return []
    found = [(field.id_for_label, f"{field.label}: {message}") for field in refused for message in field.errors]
    return [*found, *(("langkah", str(message)) for message in refused.non_field_errors())]
