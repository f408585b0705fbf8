"""The home page as data: what each role has to do now, what it waits for, and the units at a glance.

Reads in a constant number of queries, however many units and rows there are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from indicators import workflow
from indicators.actions.achievement import still_open
from indicators.checklist import missing_before_submit
from indicators.models import Achievement, Assignment, Evidence, Quarter
from kinerjaku.templatetags.kinerjaku import last_minute
from verification.actions import signing
from verification.actions import worksheet as worksheets
from verification.models import ValidationSheet, Worksheet, WorksheetRow

from . import assistance, compensation, complaints, decree, rounds, services, validation
from .task import Task

State = Achievement.State
NEAR = timedelta(days=14)  # before a deadline, Karoren sees who has not sent


@dataclass(frozen=True)
class Deadline:
    due_at: datetime
    quarter: Quarter
    unit: WorkUnit | None = None


@dataclass(frozen=True)
class Overview:
    """One unit in one quarter."""

    unit: WorkUnit
    quarter: Quarter
    counts: list[tuple[State, int]]
    total: int
    worksheet: Worksheet | None

    @property
    def sent(self) -> int:
        return sum(count for state, count in self.counts if state in (State.SUBMITTED, State.VERIFIED))


@dataclass
class Home:
    tasks: list[Task] = field(default_factory=list)
    waiting: list[Task] = field(default_factory=list)
    deadline: Deadline | None = None
    overview: list[tuple[Quarter, list[Overview]]] = field(default_factory=list)
    has_role: bool = True


def build(user: User, at: datetime) -> Home:
    quarters = list(Quarter.objects.filter(opens_at__lte=at).prefetch_related("extensions").order_by("-opens_at")[:2])
    overview = _overview(user, quarters)
    found = [
        *_entry(user, at),
        *rounds.tasks(user, at),
        *_progress(user),
        *_review(user, at),
        *_signatures(user),
        *validation.tasks(user),
        *_letters(user),
        *decree.tasks(user),
        *_late_units(user, overview, at),
        *_coming(user, overview, at),
        *assistance.tasks(user, at),
        *services.tasks(user, at),
        *compensation.tasks(user, at),
        *complaints.tasks(user, at),
    ]
    return Home(
        tasks=sorted((task for task in found if not task.why_not), key=_urgency),
        waiting=[task for task in found if task.why_not],
        deadline=_deadline(user, quarters, at),
        overview=_by_quarter(overview) if len({row.unit for row in overview}) > 1 else [],
        has_role=any(policy.can_somewhere(user, verb) for verb in Verb),
    )


def _urgency(task: Task) -> tuple[bool, float]:
    """What is overdue first, then by deadline; what has none comes last."""
    return not task.is_overdue, task.due_at.timestamp() if task.due_at else float("inf")


def _entry(user: User, at: datetime) -> Iterator[Task]:
    """A unit's own rows: fill in, send, mend; without those that a round collects."""
    if not policy.can_somewhere(user, Verb.ENTER):
        return
    states = [*workflow.EDITABLE, State.SUBMITTED]
    rows = (
        Achievement.objects.filter(unit__in=policy.units_for(user, Verb.ENTER), state__in=states)
        .filter(quarter__opens_at__lte=at)
        .exclude(pk__in=Assignment.objects.holding().values("achievement"))
        .for_pages()
        .order_by("quarter__opens_at", "unit__path", "indicator__no")
    )
    for _, group in groupby(rows, lambda row: (row.quarter_id, row.unit_id)):
        yield from _entry_of(list(group), at)


def _entry_of(rows: list[Achievement], at: datetime) -> Iterator[Task]:
    quarter, unit = rows[0].quarter, rows[0].unit
    about, due_at = f"{unit.name}, {quarter}", quarter.due_at(unit)
    address = [quarter.year, quarter.number, unit.code]
    fresh = [row for row in rows if row.state in (State.EMPTY, State.DRAFT)]
    sendable = still_open([row for row in rows if row.state in workflow.EDITABLE], at)
    lacking = {missing.achievement.pk for missing in missing_before_submit(sendable)}
    if quarter.is_open(unit, at):
        complete = len(rows) - len(lacking)
        if fresh:
            started = any(row.state == State.DRAFT for row in rows)
            yield Task(
                "Isi capaian",
                about,
                reverse("entry", args=address),
                f"{complete} dari {len(rows)} lengkap",
                "active" if started else "neutral",
                due_at,
            )
        else:
            yield Task(
                "Capaian terkirim",
                about,
                reverse("entry", args=address),
                f"{len(rows)} indikator",
                why_not=f"Verifikasi dimulai setelah pengisian ditutup {last_minute(due_at)}.",
            )
    for row in rows:
        if row.state == State.RETURNED:
            yield _mend(row, at)
    if sendable:
        returned = not fresh
        yield Task(
            "Kirim perbaikan" if returned else "Periksa dan kirim",
            about,
            reverse("submit_check", args=address),
            "" if lacking else f"{len(sendable)} indikator siap dikirim",
            "active",
            min(row.due_at() for row in sendable),
            why_not=f"{len(lacking)} indikator belum lengkap." if lacking else "",
        )


def _mend(row: Achievement, at: datetime) -> Task:
    over = at >= row.return_due_at
    return Task(
        "Perbaiki capaian",
        f"{row.unit.name}, {row.quarter}, IKU {row.indicator.no}. {row.indicator.name}",
        row.get_absolute_url(),
        "Hubungi verifikator" if over else "Dikembalikan",
        "problem",
        row.return_due_at,
        is_overdue=over,
    )


_PROGRESS = {  # title and what it waits for, by the state of the worksheet
    Worksheet.State.OPEN: ("Verifikasi berjalan", "Menunggu verifikator."),
    Worksheet.State.FROZEN: ("Lembar kerja ditandatangani", "Menunggu semua pihak menandatangani."),
    Worksheet.State.SIGNED: ("Nota dinas disiapkan", "Menunggu Kepala Biro Perencanaan."),
}


def _progress(user: User) -> Iterator[Task]:
    """What others are doing with the unit's figures; who signs has that as a task of their own."""
    if not policy.can_somewhere(user, Verb.ENTER):
        return
    sheets = Worksheet.objects.filter(unit__in=policy.units_for(user, Verb.ENTER), state__in=_PROGRESS)
    for sheet in sheets.with_progress().select_related("unit", "quarter").order_by("quarter", "unit__path"):
        state = Worksheet.State(sheet.state)
        if state == Worksheet.State.FROZEN and policy.can(user, Verb.SIGN_UNIT, sheet.unit):
            continue
        title, why_not = _PROGRESS[state]
        done = f"{sheet.decided_count} dari {sheet.row_count} ditinjau"
        yield Task(
            title,
            f"{sheet.unit.name}, {sheet.quarter}",
            sheet.get_absolute_url(),
            done if state == Worksheet.State.OPEN else "",
            why_not=why_not,
        )


def _review(user: User, at: datetime) -> Iterator[Task]:
    """A verifier's worksheets: make, review, settle what came back, freeze."""
    if not policy.can_somewhere(user, Verb.VERIFY):
        return
    for row in worksheets.without_worksheet(user, at):
        yield Task(
            "Buat lembar kerja",
            f"{row.unit.name}, {row.quarter}",
            reverse("worksheet_open"),
            "Pengisian ditutup",
        )
    present = Prefetch("achievement__evidence", Evidence.objects.filter(removed_at=None))
    rows = (
        WorksheetRow.objects.filter(
            worksheet__unit__in=policy.units_for(user, Verb.VERIFY), worksheet__state=Worksheet.State.OPEN
        )
        .select_related("worksheet__unit", "worksheet__quarter", "achievement__indicator")
        .prefetch_related(present)
        .order_by("worksheet__quarter__opens_at", "worksheet__unit__path", "achievement__indicator__no")
    )
    for _, group in groupby(rows, lambda row: row.worksheet_id):
        yield from _review_of(list(group), at)


def _review_of(rows: list[WorksheetRow], at: datetime) -> Iterator[Task]:
    sheet = rows[0].worksheet
    about, url = f"{sheet.unit.name}, {sheet.quarter}", sheet.get_absolute_url()
    lacking = [undecided.row for undecided in worksheets.missing_before_freeze(rows, at)]
    with_unit = [row for row in lacking if _is_with_unit(row, at)]
    to_do = [row for row in lacking if row not in with_unit]
    done = f"{len(rows) - len(lacking)} dari {len(rows)} selesai ditinjau"
    for row in to_do:
        if row.verdict == WorksheetRow.Verdict.RETURNED:
            yield Task(
                "Tinjau perbaikan" if row.was_mended else "Tetapkan hasil",
                f"{about}, IKU {row.achievement.indicator.no}. {row.achievement.indicator.name}",
                row.get_absolute_url(),
                "Dikirim ulang" if row.was_mended else "Batas perbaikan lewat",
                "active" if row.was_mended else "problem",
                is_overdue=not row.was_mended,
            )
    if any(row.verdict != WorksheetRow.Verdict.RETURNED for row in to_do):
        yield Task("Tinjau capaian", about, url, done)
    elif not lacking:
        yield Task("Bekukan lembar kerja", about, f"{url}#bekukan", done, "settled")
    elif with_unit and not to_do:
        yield Task("Bekukan lembar kerja", about, url, done, why_not=f"{len(with_unit)} baris masih di unit.")


def _is_with_unit(row: WorksheetRow, at: datetime) -> bool:
    """Only the unit can move it now."""
    claim = row.achievement
    if claim.state == State.RETURNED:
        return at < claim.return_due_at
    return claim.state in (State.EMPTY, State.DRAFT)


def _signatures(user: User) -> Iterator[Task]:
    """Frozen sheets on which the user signs, now or after others."""
    if not any(policy.can_somewhere(user, verb) for verb in set(signing.SIGN_VERB.values())):
        return
    for sheet, (first, *later) in signing.open_slots(user):
        title, about = f"Tanda tangani {sheet.noun}", f"{sheet.unit.name}, {sheet.about}"
        if signing.may_fill(user, first):
            yield Task(title, about, sheet.sign_path, f"Revisi {sheet.revision}, menunggu Anda")
        elif any(signing.may_fill(user, slot) for slot in later):
            yield Task(title, about, sheet.sign_path, why_not=f"Menunggu tanda tangan {first.get_party_display()}.")


def _letters(user: User) -> Iterator[Task]:
    """Karoren: letters that can be issued, and those that come next."""
    if not policy.can(user, Verb.ISSUE_NOTA):
        return
    for model, route in ((Worksheet, "nota_issue"), (ValidationSheet, "validation_nota_issue")):
        sheets = model.objects.filter(state__in=[model.State.FROZEN, model.State.SIGNED])
        for sheet in sheets.select_related(*model.named_by).order_by("created_at", "unit__path"):
            is_signed = sheet.state == model.State.SIGNED
            yield Task(
                "Terbitkan nota dinas",
                f"{sheet.unit.name}, {sheet.about}",
                reverse(route, args=[sheet.pk]) if is_signed else sheet.get_absolute_url(),
                "Lembar kerja ditandatangani" if is_signed else "",
                "settled",
                why_not="" if is_signed else "Tanda tangan lembar kerja belum lengkap.",
            )


def _late_units(user: User, overview: Iterable[Overview], at: datetime) -> Iterator[Task]:
    """Karoren: units that have not sent everything though their deadline is near."""
    if not policy.can(user, Verb.EXTEND):
        return
    for row in overview:
        due_at = row.quarter.due_at(row.unit)
        if row.sent < row.total and row.quarter.is_open(row.unit, at) and due_at - at <= NEAR:
            yield Task(
                "Belum semua capaian dikirim",
                f"{row.unit.name}, {row.quarter}",
                row.quarter.entry_path(row.unit),
                f"{row.sent} dari {row.total} terkirim",
                "warning",
                due_at,
            )


def _coming(user: User, overview: Iterable[Overview], at: datetime) -> Iterator[Task]:
    """A verifier's units that can still type: what is to come, and when."""
    if not policy.can_somewhere(user, Verb.VERIFY):
        return
    still_typing = [
        row for row in overview if row.quarter.is_open(row.unit, at) and policy.can(user, Verb.VERIFY, row.unit)
    ]
    for quarter, rows in _by_quarter(still_typing):
        due_at = max(quarter.due_at(row.unit) for row in rows)
        yield Task(
            "Tinjau capaian",
            f"{len(rows)} unit, {quarter}",
            f"{reverse('entry_index')}?tahun={quarter.year}&triwulan={quarter.number}",
            f"{sum(row.sent == row.total for row in rows)} unit sudah mengirim",
            why_not=f"Dibuka setelah pengisian ditutup {last_minute(due_at)}.",
        )


def _overview(user: User, quarters: list[Quarter]) -> list[Overview]:
    """Each visible unit in the present and the last quarter."""
    by_pk = {quarter.pk: quarter for quarter in quarters}
    rows = Achievement.objects.visible_to(user).filter(quarter__in=quarters).by_unit_and_quarter()
    visible = Worksheet.objects.visible_to(user).filter(quarter__in=quarters)
    sheets = {(sheet.unit_id, sheet.quarter_id): sheet for sheet in visible}
    return [
        Overview(
            row.unit,
            by_pk[row.quarter_id],
            [(state, getattr(row, f"count_{state.value}")) for state in State],
            row.count_all,
            sheets.get((row.unit_id, row.quarter_id)),
        )
        for row in rows.order_by("-quarter__opens_at", "unit__path")
    ]


def _by_quarter(rows: list[Overview]) -> list[tuple[Quarter, list[Overview]]]:
    return [(quarter, list(group)) for quarter, group in groupby(rows, lambda row: row.quarter)]


def _deadline(user: User, quarters: list[Quarter], at: datetime) -> Deadline | None:
    """The nearest deadline: the one enforced for the user's own unit; without one, the quarter's."""
    own: list[Any] = [None]
    if policy.can_somewhere(user, Verb.ENTER):
        own = list(policy.units_for(user, Verb.ENTER))
    found = [
        Deadline(quarter.due_at(unit) if unit else quarter.closes_at, quarter, unit)
        for quarter in quarters
        for unit in own
    ]
    coming = [deadline for deadline in found if deadline.due_at > at]
    return min(coming, key=lambda deadline: deadline.due_at, default=None)
