"""The life of a quarter: it opens, units are reminded, it closes; and Karoren extends it."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from accounts.roles import UNIT_ROLES
from indicators import quarters, workflow
from indicators.models import Achievement, Extension, Quarter
from indicators.workflow import Action
from kinerjaku import audit
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from services.calendar import working_calendar

from .achievement import locked_rows
from .decree_rows import settle

REMINDER_DAYS = (0, 1, 3, 7)  # working days before the deadline


@transaction.atomic
def open_quarter(year: int, number: int, *, at: datetime) -> Quarter:
    """Make the quarter and a row for every indicator in force that reports in it. Twice changes nothing."""
    quarter, created = Quarter.objects.get_or_create(
        year=year,
        number=number,
        defaults={"opens_at": quarters.opens_at(year, number), "closes_at": quarters.closes_at(year, number)},
    )
    if created:
        audit.record(by=None, at=at, verb="buka triwulan", target=quarter)
    settle([_locked(quarter.pk)], by=None, at=at)
    return quarter


@transaction.atomic
def close_quarter(quarter_id: int, *, at: datetime) -> int:
    """Mark what was not sent in time as “tidak diinput”, unit by unit as their deadlines pass. Returns how many rows.

    The deadline itself does not depend on this: `Quarter.require_open` refuses late writes with or without it.
    """
    quarter = _locked(quarter_id)
    if at < quarter.closes_at:
        return 0
    unsent = [Achievement.State.EMPTY, Achievement.State.DRAFT]
    rows = locked_rows(Achievement.objects.filter(quarter=quarter, state__in=unsent))
    if quarter.closed_at is None:
        quarter.closed_at = at
        quarter.save(update_fields=["closed_at"])
        audit.record(by=None, at=at, verb="tutup triwulan", target=quarter)
    closed = 0
    for row in rows:
        if quarter.is_open(row.unit, at):
            continue
        before = audit.snapshot(row, "state")
        row.state = workflow.next_state(row.state, Action.CLOSE)
        row.save(update_fields=["state"])
        audit.record(
            by=None, at=at, verb="tandai tidak diinput", target=row, before=before, after=audit.snapshot(row, "state")
        )
        closed += 1
    return closed


@transaction.atomic
def extend(
    quarter: Quarter, unit: WorkUnit, *, until: datetime, reason: str, reference_number: str, by: User, at: datetime
) -> Extension:
    """Give one unit a later deadline. Rows already marked “tidak diinput” open again, with what was typed."""
    policy.require(by, Verb.EXTEND, unit)
    quarter = _locked(quarter.pk)
    if not reason.strip() or not reference_number.strip():
        raise DomainError("Alasan dan nomor surat rujukan wajib diisi.", code="reason_missing")
    if until <= at:
        raise DomainError("Tenggat baru harus sesudah saat ini.", code="due_in_the_past")
    if until <= quarter.due_at(unit):
        raise DomainError(
            f"Tenggat baru harus sesudah tenggat yang berlaku, {said(quarter.due_at(unit) - timedelta(minutes=1))}.",
            code="not_later",
        )
    latest = latest_extension(quarter, at)
    if until > latest:
        raise DomainError(
            f"Tenggat baru paling lama {said(latest - timedelta(minutes=1))}. Periksa tanggalnya.", code="too_far"
        )
    if not Achievement.objects.of(quarter, unit).exclude(state=Achievement.State.VERIFIED).exists():
        raise DomainError(
            f"Semua capaian {unit.name} pada {quarter} sudah diverifikasi, jadi tidak ada yang dapat diisi lagi. "
            "Jika ada yang keliru, minta verifikator membuka kembali lembar kerjanya.",
            code="nothing_to_enter",
            status=409,
        )
    not_entered = Achievement.State.NOT_ENTERED
    rows = locked_rows(Achievement.objects.of(quarter, unit).filter(state=not_entered))
    extension = Extension.objects.create(
        quarter=quarter,
        unit=unit,
        until=until,
        reason=reason.strip(),
        reference_number=reference_number.strip(),
        granted_by=by,
        granted_at=at,
    )
    after = audit.snapshot(extension)
    audit.record(by=by, at=at, verb="perpanjang tenggat", target=extension, after=after, reason=extension.reason)
    for row in rows:
        before = audit.snapshot(row, "state")
        row.state = workflow.next_state(row.state, Action.REOPEN)
        row.save(update_fields=["state"])
        audit.record(
            by=by, at=at, verb="buka kembali capaian", target=row, before=before, after=audit.snapshot(row, "state")
        )
    notices.tell(
        _people_of(unit),
        cause=f"extension/{extension.pk}",
        subject=f"Tenggat {quarter} diperpanjang",
        body=f"Pengisian capaian {quarter} untuk {unit.name} diperpanjang sampai {said(until - timedelta(minutes=1))}.",
        path=quarter.entry_path(unit),
        at=at,
    )
    return extension


def latest_extension(quarter: Quarter, at: datetime) -> datetime:
    """The first instant to which a deadline cannot be moved: when the next quarter closes, or a month from now [D]."""
    year, number = (quarter.year, quarter.number + 1) if quarter.number < 4 else (quarter.year + 1, 1)
    return max(quarters.closes_at(year, number), at + timedelta(days=31))


@transaction.atomic
def remind(quarter: Quarter, unit: WorkUnit, *, at: datetime) -> int:
    """Tell the unit's people that the deadline comes, at the last reminder day that has been reached.

    Once a stage: the cause is unique a person. After a pause of the schedule only the nearest stage is sent.
    Returns how many people were told. Raises services.worktime.CalendarNotLoaded.
    """
    due_at = quarter.due_at(unit)
    stage = reminder_stage(due_at, at)
    if stage is None:
        return 0
    when = "hari ini" if stage == 0 else f"{stage} hari kerja lagi"
    return notices.tell(
        _people_of(unit),
        cause=f"deadline/{quarter.pk}/{unit.pk}/{due_at.isoformat()}/{stage}",
        subject=f"Capaian {quarter} ditutup {when}",
        body=f"{unit.name} belum mengirim capaian {quarter}. Pengisian ditutup {said(due_at - timedelta(minutes=1))}.",
        path=quarter.entry_path(unit),
        at=at,
    )


def reminder_stage(due_at: datetime, at: datetime) -> int | None:
    """The smallest of 7, 3, 1, 0 working days whose day has come; None before the first, after the deadline and
    outside working hours."""
    calendar = working_calendar()
    today = at.astimezone(quarters.WIB).date()
    last = quarters.last_day(due_at)
    if at >= due_at or last - today > timedelta(days=60) or not calendar.is_open(at):
        return None
    days = {stage: calendar.working_days_before(last, stage) if stage else last for stage in REMINDER_DAYS}
    return next((stage for stage in REMINDER_DAYS if days[stage] <= today), None)


def _locked(quarter_id: int) -> Quarter:
    """Against another closing or extension. `no_key`, because whoever sends rows refers to the quarter meanwhile."""
    return Quarter.objects.select_for_update(no_key=True).get(pk=quarter_id)


def _people_of(unit: WorkUnit) -> set[User]:
    return {user for role in UNIT_ROLES for user in policy.holders(role, unit)}
