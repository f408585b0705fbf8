"""Oversight of the services: everything that went up the chain, who was told, and what is still owed."""

from datetime import datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.policy import Verb
from kinerjaku import clock
from kinerjaku.listing import Column, Listing
from services.forms import EscalationFilter
from services.models import Escalation, Obligation


@require_safe
def escalations(request: HttpRequest) -> HttpResponse:
    policy.require(request.user, Verb.OVERSEE_SERVICES)
    at = clock.now()
    rows = Escalation.objects.visible_to(request.user).select_related("case__standard", "case__unit")
    listing = Listing(
        request,
        rows.prefetch_related("case__obligations"),
        columns=_columns(at),
        default_sort="-diberitahukan",
        name="eskalasi",
        filter_form=partial(EscalationFilter, user=request.user),
    )
    return listing.response("services/escalations.html", {"now": at})


def _columns(at: datetime) -> list[Column]:
    return [
        Column("tanda", "Tanda", lambda row: row.get_mark_display(), ("mark", "-at")),
        Column("layanan", "Layanan", lambda row: row.case.standard.get_key_display(), ("case__standard__key", "-at")),
        Column("unit", "Unit kerja", lambda row: row.case.unit.name, ("case__unit__path", "-at")),
        Column("perihal", "Perihal", lambda row: row.case.subject, ("case__subject", "-at")),
        Column("sejak", "Lewat sejak", lambda row: row.since, ("since",)),
        Column("diberitahukan", "Diberitahukan", lambda row: row.at, ("at",)),
        Column("kepada", "Kepada", lambda row: row.told_words),
        Column("kewajiban", "Kewajiban", lambda row: _owed_words(row, at)),
    ]


def _owed_words(row: Escalation, at: datetime) -> str:
    return "; ".join(f"{owed.get_kind_display()}: {_standing(owed, at)}" for owed in row.owed)


def _standing(owed: Obligation, at: datetime) -> str:
    if owed.fulfilled_at:
        return "dipenuhi"
    if owed.waived_at:
        return "dibebaskan"
    return "terlambat" if owed.due_at < at else "terutang"
