"""Changing the working calendar. Each change is one transaction with its audit entry and a new stamp."""

import json
import secrets
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit
from kinerjaku.errors import DomainError
from services import closure_plan
from services.closure_file import Line
from services.closure_plan import Plan, State
from services.models import CalendarStamp, CalendarYear, Closure

CALENDAR = Path(__file__).parents[1] / "data" / "working_calendar.json"


@transaction.atomic
def load(path: Path = CALENDAR, *, at: datetime) -> Counter[int]:
    """Load the years of the file that are not there yet; the number of closed days by loaded year.

    A year that is there stays as it is, so that loading twice changes nothing and an editor's work is not undone.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    _locked()
    loaded: Counter[int] = Counter()
    for text, facts in data["years"].items():
        if CalendarYear.objects.filter(year=int(text)).exists():
            continue
        year, closures = read_year(int(text), facts, data)
        year.save(force_insert=True)
        Closure.objects.bulk_create(closures)
        after = audit.snapshot(year) | {"closures": {str(one.day): one.name for one in closures}}
        audit.record(by=None, at=at, verb="muat kalender kerja", target=year, after=after)
        loaded[year.year] = len(closures)
    if loaded:
        _stamp()
    return loaded


def read_year(year: int, facts: dict[str, Any], data: dict[str, Any]) -> tuple[CalendarYear, list[Closure]]:
    """One year of the data file as rows that are not saved yet."""
    first, last = (date.fromisoformat(day) for day in facts["ramadan"])
    made = CalendarYear(
        year=year,
        basis=facts["basis"],
        is_verified=facts["verified"],
        week=data["week"],
        ramadan_from=first,
        ramadan_to=last,
        ramadan_week=data["ramadan_week"],
    )
    closures = [
        Closure(
            day=date.fromisoformat(day),
            kind=Closure.Kind.JOINT_LEAVE if name.startswith("Cuti Bersama") else Closure.Kind.HOLIDAY,
            name=name,
            basis=facts["basis"],
        )
        for day, name in facts["closed"].items()
    ]
    return made, closures


@transaction.atomic
def import_closures(
    lines: list[Line], *, basis: str, make_years: bool, seen: str, source: str, by: User | None, at: datetime
) -> Plan:
    """Record the days of a file, all of them or none. `seen` is the token of the calendar that the preview showed.

    Raises DomainError `stale`, `faulty`.
    """
    if by is not None:
        policy.require(by, Verb.ADMINISTER)
    if _locked() != seen:
        raise DomainError(
            "Kalender sudah diubah sejak pratinjau ini dibuat. Periksa pratinjau yang baru, lalu simpan.",
            code="stale",
            status=409,
        )
    plan = closure_plan.plan(lines, basis=basis, make_years=make_years)
    if plan.faulty:
        raise DomainError(f"{plan.faulty} baris perlu diperbaiki. Tidak ada yang disimpan.", code="faulty")
    changing = [row for row in plan.rows if row.state in (State.NEW, State.CHANGED)]
    for year in plan.new_years:
        first = next(row for row in plan.rows if row.line.day and row.line.day.year == year)
        _make_year(year, basis=first.basis, source=source, by=by, at=at)
    for row in changing:
        before = audit.snapshot(row.old) if row.old else None
        closure = row.old or Closure(day=row.line.day)
        closure.kind, closure.name, closure.basis = row.line.kind, row.line.name, row.basis
        closure.save()
        verb, after = f"{'ubah' if before else 'tambah'} hari libur", audit.snapshot(closure)
        audit.record(by=by, at=at, verb=verb, target=closure, before=before, after=after, reason=source)
    if changing:
        _stamp()
    return plan


def _make_year(year: int, *, basis: str, source: str, by: User | None, at: datetime) -> None:
    """With the hours of the last year before it (or the first after it); its Ramadan is not known yet."""
    years = CalendarYear.objects.order_by("year")
    like = years.filter(year__lt=year).last() or years.first()
    if like is None:
        raise DomainError("Belum ada tahun yang dimuat. Jalankan load_calendar.", code="no_hours")
    made = CalendarYear.objects.create(year=year, basis=basis, week=like.week, ramadan_week=like.ramadan_week)
    audit.record(by=by, at=at, verb="muat kalender kerja", target=made, after=audit.snapshot(made), reason=source)


@transaction.atomic
def save_year(year: CalendarYear, *, by: User, at: datetime) -> CalendarYear:
    policy.require(by, Verb.ADMINISTER)
    _locked()
    old = CalendarYear.objects.filter(pk=year.pk).first()
    before = audit.snapshot(old) if old else None
    year.version = old.version + 1 if old else 1
    year.save()
    _note("kalender kerja", year, before, by=by, at=at)
    return year


@transaction.atomic
def save_closure(closure: Closure, *, by: User, at: datetime) -> Closure:
    policy.require(by, Verb.ADMINISTER)
    _locked()
    if Closure.objects.filter(day=closure.day).exclude(pk=closure.pk).exists():
        raise DomainError("Tanggal ini sudah tercatat sebagai hari libur.", code="day_taken", status=409)
    old = Closure.objects.filter(pk=closure.pk).first() if closure.pk else None
    before = audit.snapshot(old) if old else None
    closure.save()
    _note("hari libur", closure, before, by=by, at=at)
    return closure


@transaction.atomic
def remove_closure(closure: Closure, *, by: User, at: datetime) -> None:
    """The day is worked again."""
    policy.require(by, Verb.ADMINISTER)
    _locked()
    audit.record(by=by, at=at, verb="hapus hari libur", target=closure, before=audit.snapshot(closure))
    closure.delete()
    _stamp()


def _note(what: str, changed: CalendarYear | Closure, before: dict[str, Any] | None, *, by: User, at: datetime) -> None:
    verb = f"{'ubah' if before else 'tambah'} {what}"
    audit.record(by=by, at=at, verb=verb, target=changed, before=before, after=audit.snapshot(changed))
    _stamp()


def _locked() -> str:
    """One change at a time; the token of the calendar that is about to change."""
    CalendarStamp.objects.get_or_create(pk=1, defaults={"token": ""})
    return CalendarStamp.objects.select_for_update(no_key=True).get(pk=1).token


def _stamp() -> None:
    CalendarStamp.objects.filter(pk=1).update(token=secrets.token_hex(16))
