"""Help while a row is filled in or examined: earlier quarters, required evidence, comments, history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import earlier_quarters
from indicators.actions import comments, evidence
from indicators.comment_forms import CommentForm
from indicators.models import Achievement, Evidence
from indicators.results import target_of
from kinerjaku import audit

MOST_REUSABLE = 50  # files offered, the newest


@dataclass(frozen=True)
class Slot:
    """A document that the indicator asks for, with the files that are it."""

    pk: int
    name: str
    is_required: bool
    files: Sequence[Evidence]

    @property
    def state(self) -> str:
        if self.files:
            return f"Terisi: {', '.join(file.name for file in self.files)}"
        return "Belum diunggah" if self.is_required else "Belum ada"


@require_safe
def achievement_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """For a script, to stand beside the entry table; the row's own page has the same."""
    row = get_object_or_404(Achievement.objects.visible_to(request.user).for_pages(), pk=pk)
    context = {
        "achievement": row,
        "indicator": row.indicator,
        "history": audit.history(row),
        **earlier(row),
        "slots": slots_of(row),
        **conversation(row, request.user, after=f"{row.quarter.entry_path(row.unit)}#row-{pk}"),
    }
    return render(request, "indicators/partials/_panel.html", context)


def earlier(row: Achievement) -> dict[str, Any]:
    """The eight quarters before, for chart and table; `past_rows` is empty if nothing is known of any."""
    known: dict[tuple[int, int], earlier_quarters.Past] = {}
    before = earlier_quarters.places_before(row.quarter.year, row.quarter.number)
    rows = Achievement.objects.earlier_than(row).select_related("indicator").filter(quarter__year__gte=before[0][0])
    for one in rows:
        year, number = one.quarter.year, one.quarter.number
        target = target_of(one.indicator, number)
        found = earlier_quarters.Past(year, number, one.actual, one.percent, target, one.get_absolute_url())
        known.setdefault((year, number), found)
    quarters = earlier_quarters.quarters_before(row.quarter.year, row.quarter.number, known)
    shown = [one for one in reversed(quarters) if one.path]
    return {"past_rows": shown, "past_chart": earlier_quarters.chart(quarters) if shown else None}


def slots_of(row: Achievement) -> list[Slot]:
    """What the indicator asks for, in order."""
    files = row.files
    return [
        Slot(slot.pk, slot.name, slot.is_required, [file for file in files if file.slot_id == slot.pk])
        for slot in row.indicator.evidence_slots.order_by("order")
    ]


def reusable(row: Achievement, user: User) -> list[Evidence]:
    """Files that can be used again for the row, each once."""
    present = {file.sha256 for file in row.files}
    found: dict[str, Evidence] = {}
    for file in evidence.linkable(row, by=user).select_related("achievement__quarter", "achievement__indicator")[:200]:
        if file.sha256 not in present:
            found.setdefault(file.sha256, file)
    return list(found.values())[:MOST_REUSABLE]


def conversation(row: Achievement, user: User, *, form: CommentForm | None = None, after: str = "") -> dict[str, Any]:
    """The comments of a row and, for who may write, the form; `after`: the address to go back to."""
    context: dict[str, Any] = {
        "comments": row.comments.select_related("by").prefetch_related("mentions"),
        "commented": row,
        "comment_form": None,
    }
    if policy.can(user, Verb.COMMENT, row.unit):
        context["comment_form"] = form or CommentForm(people=comments.listeners(row), initial={"next": after})
    return context
