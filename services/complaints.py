"""Figures about complaints, for the public page and the report on the services. They name nobody."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from statistics import median

from django.db import models

from kinerjaku.clock import WIB

from .models import Complaint


@dataclass(frozen=True)
class Month:
    first: date
    received: int
    answered: int


@dataclass(frozen=True)
class Statistics:
    """Of the complaints received from `first` to `last`, both included.

    Measured by the first answer: `in_time` and `late` are those whose limit is decided, a late one also while it still
    waits; `median_days` are working days until the answer. Both are None where there is nothing to measure.
    """

    first: date
    last: date
    received: int
    answered: int
    waiting: int
    in_time: int
    late: int
    median_days: Decimal | None
    by_month: list[Month]
    by_kind: list[tuple[str, int]]
    by_channel: list[tuple[str, int]]

    @property
    def percent_in_time(self) -> Decimal | None:
        decided = self.in_time + self.late
        return Decimal(self.in_time * 100) / decided if decided else None


def statistics(first: date, last: date) -> Statistics:
    """Raises ValueError if the period ends before it begins."""
    if last < first:
        raise ValueError("Periode berakhir sebelum dimulai.")
    fields = ("received_at", "kind", "channel", "state", "answered_at", "is_in_time", "answer_days")
    rows = Complaint.objects.filter(received_at__gte=_starts(first), received_at__lt=_starts(last + timedelta(days=1)))
    found = list(rows.order_by().values_list(*fields, named=True))
    months = Counter(_month(row.received_at) for row in found)
    answered = Counter(_month(row.received_at) for row in found if row.answered_at)
    days = [row.answer_days for row in found if row.answer_days is not None]
    return Statistics(
        first=first,
        last=last,
        received=len(found),
        answered=answered.total(),
        waiting=sum(row.state in Complaint.WAITING for row in found),
        in_time=sum(row.is_in_time is True for row in found),
        late=sum(row.is_in_time is False for row in found),
        median_days=Decimal(str(median(days))) if days else None,
        by_month=[Month(month, months[month], answered[month]) for month in _months(first, last)],
        by_kind=_counted(Complaint.Kind, [row.kind for row in found]),
        by_channel=_counted(Complaint.Channel, [row.channel for row in found]),
    )


def _counted(choices: type[models.TextChoices], values: list[str]) -> list[tuple[str, int]]:
    counts = Counter(values)
    return [(choice.label, counts[choice.value]) for choice in choices]


def _months(first: date, last: date) -> list[date]:
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def _month(at: datetime) -> date:
    return at.astimezone(WIB).date().replace(day=1)


def _starts(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=WIB)
