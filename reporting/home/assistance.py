"""What the assistance with performance reports asks of people; signing has tasks of its own."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from reporting.models import AssistanceSheet, ReportDraft

from .task import Task

Stage = AssistanceSheet.Stage


def tasks(user: User, at: datetime) -> Iterator[Task]:
    if policy.can_somewhere(user, Verb.ENTER):
        yield from _of_the_unit(user)
    if policy.can_somewhere(user, Verb.VERIFY):
        yield from _of_the_bureau(user, at)


def _of_the_unit(user: User) -> Iterator[Task]:
    """To ask for assistance; afterwards, what it waits for."""
    rows = AssistanceSheet.objects.filter(unit__in=policy.units_for(user, Verb.ENTER)).with_progress()
    rows = rows.select_related("unit", "case__step").order_by("year", "unit__path")
    given = ReportDraft.objects.filter(sheet=OuterRef("pk"), removed_at=None)
    for sheet in rows.at_stage(Stage.WITH_UNIT).annotate(has_draft=Exists(given)):
        state, tone = "Rancangan belum diunggah", "neutral"
        if sheet.has_draft:
            state, tone = "Rancangan sudah diunggah", "active"
        if sheet.was_returned:
            state, tone = "Dikembalikan", "problem"
        title = "Lengkapi dan kirim permintaan pendampingan"
        yield Task(title, _about(sheet), sheet.get_absolute_url(), state, tone)
    for sheet in rows.at_stage(Stage.ASSISTED):
        url, why_not = sheet.get_absolute_url(), "Menunggu verifikator."
        yield Task("Pendampingan LKj berjalan", _about(sheet), url, _progress(sheet), why_not=why_not)


def _of_the_bureau(user: User, at: datetime) -> Iterator[Task]:
    rows = AssistanceSheet.objects.filter(unit__in=policy.units_for(user, Verb.VERIFY)).with_progress()
    for sheet in rows.at_stage(Stage.ASSISTED).select_related("unit", "case").order_by("case__due_at", "pk"):
        is_complete = sheet.answered_count == sheet.row_count
        due_at = sheet.case.due_at
        yield Task(
            "Bekukan lembar kerja pendampingan" if is_complete else "Dampingi penyusunan LKj",
            _about(sheet),
            f"{sheet.get_absolute_url()}{'#bekukan' if is_complete else ''}",
            _progress(sheet),
            "settled" if is_complete else "active",
            due_at,
            is_overdue=due_at is not None and due_at < at,
            due_is_in_time=True,
        )


def _about(sheet: AssistanceSheet) -> str:
    return f"{sheet.unit.name}, LKj {sheet.year}"


def _progress(sheet: AssistanceSheet) -> str:
    return f"{sheet.answered_count} dari {sheet.row_count} butir dijawab"
