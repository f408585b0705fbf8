"""One row: its page, and the one address to which the table and the page save."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.policy import Verb
from indicators import children, holds, results
from indicators.actions import achievement as actions
from indicators.actions.achievement import Stale
from indicators.comment_forms import CommentForm
from indicators.forms import Typed, read_row, stored_inputs
from indicators.models import Achievement
from indicators.results import in_words
from kinerjaku import audit, clock
from kinerjaku.errors import DomainError
from kinerjaku.middleware import wants_json

from .entry import entry_page
from .panel import conversation, earlier, reusable, slots_of
from .rows import Row, as_text, conflicts, lock_of, state_badge


@require_safe
def achievement(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one indicator in one quarter."""
    row = get_object_or_404(Achievement.objects.visible_to(request.user).for_pages(), pk=pk)
    return row_page(request, row, at=clock.now())


@require_http_methods(["GET", "POST"])
def achievement_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a row. Scripts get JSON; browsers go back to where they came from, or get the page with what they
    typed. GET is where the browser ends up when somebody had to sign in again.

    The usual case reads nothing here: the action looks the row up, locks it and asks the policy.
    """
    if request.method == "GET":
        return redirect(get_object_or_404(Achievement.objects.visible_to(request.user), pk=pk))
    at = clock.now()
    typed = read_row(request.POST)
    if typed.errors:
        return _refused(request, pk, typed, None, at=at)
    try:
        saved = actions.save(pk, typed.changes, version=typed.version, by=request.user, at=at)
    except Achievement.DoesNotExist as error:
        raise Http404 from error
    except Stale as error:
        if conflicts(typed, error.current):
            return _refused(request, pk, typed, error, at=at)
        saved = error.current  # the same was saved already: the answer to the first try got lost
    except DomainError as error:
        return _refused(request, pk, typed, error, at=at)
    if wants_json(request):
        return JsonResponse(_answer(saved))
    if "table" in request.POST:
        return redirect(f"{saved.quarter.entry_path(saved.unit)}#row-{pk}")
    return redirect(f"{saved.get_absolute_url()}#row-{pk}")


def row_page(
    request: HttpRequest,
    row: Achievement,
    *,
    at: datetime,
    typed: Typed | None = None,
    refusal: DomainError | None = None,
    upload_errors: Sequence[tuple[str, str]] = (),
    fill_refused: str = "",
    chosen: Mapping[str, Any] | None = None,
    comment: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; with `typed`, `upload_errors` (and what was `chosen`) or `comment`, as it comes back when something was
    refused."""
    may_enter = policy.can(request.user, Verb.ENTER, row.unit)
    held = holds.holds_of([row.pk]).get(row.pk)
    lock = lock_of(row, user=request.user, may_enter=may_enter, at=at, held=held)
    shown = Row(row, lock, typed, refusal, held)
    source = children.sources([row]).get(row.pk)
    siblings = list(
        Achievement.objects.of(row.quarter, row.unit).order_by("indicator__no").values_list("pk", flat=True)
    )
    place = siblings.index(row.pk)
    indicator = row.indicator
    context = {
        "row": shown,
        "achievement": row,
        "indicator": indicator,
        "unit": row.unit,
        "quarter": row.quarter,
        "due_at": row.due_at(),
        "now": at,
        "formula": in_words(indicator),
        "scale": _band(row),
        "entry_path": row.quarter.entry_path(row.unit),
        "may_upload": not shown.lock,
        "held": held,
        "round": held.round if held else None,
        "mine": [held] if held and held.official_id == request.user.pk else [],
        "most_bytes": settings.EVIDENCE_MAX_BYTES,
        "draft_badge": state_badge(Achievement.State.DRAFT),
        **earlier(row),
        "slots": slots_of(row),
        "reusable": reusable(row, request.user) if not lock else [],
        "chosen": chosen or {},
        **conversation(row, request.user, form=comment),
        "is_earlier_version": not row.indicator.decree.counts_in(row.quarter.year, row.quarter.number),
        "history": audit.history(row),
        "place": place + 1,
        "count": len(siblings),
        "previous": siblings[place - 1] if place else None,
        "next": siblings[place + 1] if place + 1 < len(siblings) else None,
        **_source_of(source, request.user),
        "fill_refused": fill_refused,
        "upload_errors": upload_errors,
        "errors": [*shown.errors, *upload_errors, *_comment_errors(comment)],
    }
    return render(request, "indicators/achievement.html", context, status=status)


def _source_of(source: children.Source | None, user: Any) -> dict[str, Any]:
    """The units below, for the section of a row that is computed from them."""
    if source is None:
        return {"source": None}
    may_see = set(policy.units_for(user).values_list("pk", flat=True))
    return {
        "source": source,
        "source_rows": [
            (
                child,
                [(one.label, child.value(one.code)) for one in source.variables],
                child.indicator.unit_id in may_see,
            )
            for child in source.children
        ],
        "source_results": [(one, source.values[one.code]) for one in source.variables],
    }


def _refused(request: HttpRequest, pk: int, typed: Typed, error: DomainError | None, *, at: datetime) -> HttpResponse:
    """What was typed stays on the page, with the reason beside it."""
    row = get_object_or_404(Achievement.objects.visible_to(request.user).for_pages(), pk=pk)
    policy.require(request.user, Verb.ENTER, row.unit)
    status = error.status if error else 422
    if wants_json(request):
        return JsonResponse(_refusal(typed, error), status=status)
    if "table" in request.POST:
        refused = Row(row, "", typed, error)
        return entry_page(request, row.unit, row.quarter, at=at, refused=refused, status=status)
    return row_page(request, row, at=at, typed=typed, refusal=error, status=status)


def _refusal(typed: Typed, error: DomainError | None) -> dict[str, Any]:
    if error is None:
        return {"code": "invalid", "message": "Perbaiki isian yang ditandai.", "errors": typed.errors}
    answer: dict[str, Any] = {"code": error.code, "message": error.message, "errors": {}}
    if isinstance(error, Stale):
        saved = _answer(error.current)
        answer["conflict"] = {
            "fields": {pair["name"]: pair for pair in conflicts(typed, error.current)},
            "by": error.who,
            "at": saved["saved_at"],
            "version": error.current.version,
            "saved": saved,
        }
    return answer


def _answer(row: Achievement) -> dict[str, Any]:
    """A saved row for the script, as texts to show."""
    shown = Row(row, "")
    below = row.percent is not None and row.percent < Decimal(100) and not row.obstacles
    return {
        "state": row.state,
        "label": row.get_state_display(),
        "version": row.version,
        "actual": shown.actual,
        "percent": shown.percent,
        "problem": shown.problem,
        "no_result": row.no_result,
        "saved_at": f"{localtime(row.saved_at):%H.%M} WIB" if row.saved_at else "",
        "by": str(row.saved_by or ""),
        "notice": "Perlu penjelasan."
        if shown.needs_explanation
        else "Perlu penjelasan: capaian di bawah 100%."
        if below
        else "",
        "unexplained": shown.needs_explanation,
        "missing": shown.missing,
        "lacks": shown.lacks,
        "doubt": shown.doubt,
        "values": {name: as_text(value) for name, value in stored_inputs(row).items()},
        "errors": {},
    }


def _comment_errors(form: CommentForm | None) -> list[tuple[str, str]]:
    if form is None:
        return []
    return [
        (form[name].id_for_label if name != NON_FIELD_ERRORS else form["text"].id_for_label, message)
        for name, found in form.errors.items()
        for message in found
    ]


def _band(row: Achievement) -> str:
    """The predikat of the actual, if the indicator has a scale."""
    try:
        band = None if row.actual is None else results.band_of(row.indicator, row.actual)
    except ValueError:
        return ""
    return " ".join(filter(None, [band.grade, band.label])) if band else ""
