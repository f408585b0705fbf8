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
    return CalendarStamp.objects.select_for_update().get(pk=1).token


def _stamp() -> None:
    CalendarStamp.objects.filter(pk=1).update(token=secrets.token_hex(16))
