"""How the services do (memo 4.8): volume, time used by step and officer, breaches, compensation, what is overdue.

A report is a list of sections, each a table of plain values; page, PDF and spreadsheet draw the same sections.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import BigIntegerField, Count, Prefetch, Q, QuerySet
from django.db.models.functions import Cast

from kinerjaku.clock import WIB, said
from kinerjaku.figures import format_figure
from kinerjaku.templatetags.kinerjaku import last_minute, work_duration

from . import sla
from .actions import clockwork
from .calendar import calendar_of
from .complaints import statistics
from .models import Case, Complaint, Obligation, Standard
from .survey_results import ikm_between

MINUTE = timedelta(minutes=1)
_MICROSECONDS = 60_000_000  # of a minute


@dataclass(frozen=True)
class Section:
    """`figures` are the columns (from 0) that hold numbers or times; `empty` is said where there are no rows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    figures: Sequence[int] = ()
    empty: str = "Tidak ada."

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class ServiceFigures:
    """One promised service in a period: cases that ended as done, and how many of them within the promise."""

    key: str
    label: str
    finished: int = 0
    in_time: int = 0
    owed: int = 0
    fulfilled: int = 0

    @property
    def share(self) -> str:
        """In percent with one decimal, half up; empty without a case."""
        return f"{format_figure(Decimal(self.in_time * 100) / self.finished, 1)}%" if self.finished else ""


@dataclass
class _Stretch:
    """Minutes that something took, case by case."""

    minutes: list[int] = field(default_factory=list)
    late: int = 0

    def row(self) -> list[Any]:
        return [len(self.minutes), _said(median(self.minutes)), _said(max(self.minutes)), self.late]


def by_service(first: date, last: date) -> list[ServiceFigures]:
    """Cases of the promised services that were finished from `first` to `last`, both included. Three queries."""
    ended = _ended(first, last).filter(state=Case.State.DONE, standard__is_public=True)
    within = Q(used_microseconds__lte=Cast("standard__promise_minutes", BigIntegerField()) * _MICROSECONDS)
    counted = {
        row["standard__key"]: row
        for row in ended.order_by()
        .values("standard__key")
        .annotate(finished=Count("pk"), in_time=Count("pk", filter=within))
    }
    owed = {
        row["case__standard__key"]: row
        for row in Obligation.objects.filter(accrued_at__gte=begin_of(first), accrued_at__lt=end_of(last))
        .order_by()
        .values("case__standard__key")
        .annotate(owed=Count("pk"), fulfilled=Count("pk", filter=Q(fulfilled_at__isnull=False)))
    }
    return [
        ServiceFigures(
            key,
            str(Standard.Key(key).label),
            counted.get(key, {}).get("finished", 0),
            counted.get(key, {}).get("in_time", 0),
            owed.get(key, {}).get("owed", 0),
            owed.get(key, {}).get("fulfilled", 0),
        )
        for key in _public_keys()
    ]


def sections(first: date, last: date, *, at: datetime) -> list[Section]:
    """The whole report of a period, as the figures are at `at`."""
    ended = list(
        _ended(first, last)
        .filter(state=Case.State.DONE)
        .select_related("standard", "unit", "officer")
        .prefetch_related("standard__steps", "events", Prefetch("obligations", Obligation.objects.as_of(at)))
        .order_by("ended_at")
    )
    return [
        _volume(first, last, ended),
        _steps(ended),
        _officers(ended),
        _breaches(ended),
        _compensation(first, last, at),
        _complaints(first, last),
        _satisfaction(first, last),
        _overdue(at),
    ]


def begin_of(first: date) -> datetime:
    return datetime.combine(first, time(0), WIB)


def end_of(last: date) -> datetime:
    """The first instant that is no longer in the period."""
    return datetime.combine(last + timedelta(days=1), time(0), WIB)


def _ended(first: date, last: date) -> QuerySet[Case]:
    return Case.objects.filter(ended_at__gte=begin_of(first), ended_at__lt=end_of(last))


def _volume(first: date, last: date, ended: Iterable[Case]) -> Section:
    took: dict[str, list[int]] = defaultdict(list)
    for case in ended:
        took[case.standard.key].append(case.clock.used // MINUTE)
    begun = {
        row["standard__key"]: row["n"]
        for row in Case.objects.filter(started_at__gte=begin_of(first), started_at__lt=end_of(last))
        .order_by()
        .values("standard__key")
        .annotate(n=Count("pk"))
    }
    rows = []
    for one in by_service(first, last):
        minutes = took[one.key]
        middle, longest = (_said(median(minutes)), _said(max(minutes))) if minutes else ("–", "–")
        rows.append([one.label, begun.get(one.key, 0), one.finished, one.in_time, one.share or "–", middle, longest])
    heads = ["Layanan", "Dimulai", "Selesai", "Tepat waktu", "Persentase", "Waktu tengah", "Waktu terlama"]
    return Section("Jumlah dan ketepatan waktu", heads, rows, range_list(1, 7))


def _steps(ended: Iterable[Case]) -> Section:
    found: dict[tuple[str, int, str, int | None], _Stretch] = defaultdict(_Stretch)
    for case in ended:
        calendar = calendar_of(case.frozen_calendar)
        events = sorted(case.events.all(), key=lambda event: event.seq)
        taken = sla.spent(clockwork.turns_of(events), case.ended_at, calendar)
        for step in case.standard.steps.all():
            if step.order in taken:
                stretch = found[str(case.standard.get_key_display()), step.order, step.name, step.minutes]
                minutes = taken[step.order] // MINUTE
                stretch.minutes.append(minutes)
                stretch.late += step.minutes is not None and minutes > step.minutes
    rows = [
        [label, f"{order}. {name}", work_duration(minutes) or "–", *stretch.row()[:3], stretch.late if minutes else "–"]
        for (label, order, name, minutes), stretch in sorted(found.items(), key=lambda item: item[0][:2])
    ]
    heads = ["Layanan", "Langkah", "Standar", "Jumlah", "Waktu tengah", "Waktu terlama", "Melewati standar"]
    return Section("Waktu menurut langkah", heads, rows, range_list(2, 7))


def _officers(ended: Iterable[Case]) -> Section:
    found: dict[str, _Stretch] = defaultdict(_Stretch)
    for case in ended:
        if case.standard.promise is not None:
            stretch = found[case.officer.name if case.officer else "Tanpa petugas"]
            stretch.minutes.append(case.clock.used // MINUTE)
            stretch.late += case.clock.used > case.standard.promise
    rows = [[name, *stretch.row()] for name, stretch in sorted(found.items())]
    heads = ["Petugas", "Selesai", "Waktu tengah", "Waktu terlama", "Melewati janji"]
    return Section("Waktu menurut petugas", heads, rows, range_list(1, 5))


def _breaches(ended: Iterable[Case]) -> Section:
    late = [case for case in ended if case.standard.promise and case.clock.used > case.standard.promise]
    rows = [
        [
            str(case.standard.get_key_display()),
            case.unit.name,
            case.subject,
            _said(case.clock.used // MINUTE),
            _said((case.clock.used - case.standard.promise) // MINUTE),
            "; ".join(f"{owed.get_kind_display()}: {owed.state.label.lower()}" for owed in case.obligations.all())
            or "–",
        ]
        for case in late
    ]
    heads = ["Layanan", "Unit kerja", "Perihal", "Waktu terpakai", "Lewat janji", "Kompensasi"]
    return Section("Layanan yang melewati janji", heads, rows, [3, 4], "Semua layanan yang selesai tepat waktu.")


def _compensation(first: date, last: date, at: datetime) -> Section:
    owed = list(Obligation.objects.filter(accrued_at__gte=begin_of(first), accrued_at__lt=end_of(last)).as_of(at))
    count: Callable[[Iterable[bool]], int] = sum
    rows = []
    for kind in Obligation.Kind:
        of_kind = [one for one in owed if one.kind == kind]
        rows.append(
            [
                str(kind.label),
                len(of_kind),
                count(one.fulfilled_at is not None for one in of_kind),
                count(one.waived_at is not None for one in of_kind),
                count(one.state == Obligation.State.OVERDUE for one in of_kind),
            ]
        )
    heads = ["Kewajiban", "Terutang", "Dipenuhi", "Dibebaskan", "Terlambat dipenuhi"]
    return Section("Kompensasi", heads, rows, range_list(1, 5))


def _complaints(first: date, last: date) -> Section:
    found = statistics(first, last)
    share = format_figure(found.percent_in_time, 1)
    rows = [
        ["Diterima", found.received],
        ["Dijawab", found.answered],
        ["Belum dijawab", found.waiting],
        ["Dijawab tepat waktu", f"{share}%" if share else "–"],
        ["Hari kerja sampai dijawab (nilai tengah)", format_figure(found.median_days) or "–"],
    ]
    return Section("Pengaduan", ["Uraian", "Nilai"], rows, [1])


def _satisfaction(first: date, last: date) -> Section:
    """As a whole and by service; nothing is said of fewer than five answers."""
    rows = []
    for key, label in [("", "Semua layanan"), *((key, str(Standard.Key(key).label)) for key in _public_keys())]:
        found = ikm_between(first, last, key or None)
        grade = found.grade
        words = f"{grade.letter}, {grade.words}" if grade else "–"
        rows.append([label, found.respondents, format_figure(found.score, 2) or "–", words])
    return Section("Kepuasan (IKM)", ["Layanan", "Responden", "IKM", "Mutu"], rows, [1, 2])


def _public_keys() -> list[str]:
    keys = Standard.objects.filter(is_public=True).order_by("key").values_list("key", flat=True).distinct()
    return sorted(keys, key=list(Standard.Key.values).index)


def _overdue(at: datetime) -> Section:
    running = Case.objects.filter(state=Case.State.OPEN, due_at__lt=at).select_related("standard", "unit")
    waiting = Complaint.objects.overdue(at).order_by("answer_due_at")
    owed = Obligation.objects.overdue(at).select_related("case__standard", "case__unit")
    rows = [["Berkas", str(case), said(case.due_at)] for case in running.order_by("due_at")]
    rows += [[one.get_kind_display(), str(one.case), said(one.due_at)] for one in owed.order_by("due_at")]
    rows += [["Pengaduan", one.number, last_minute(one.answer_due_at)] for one in waiting if one.answer_due_at]
    return Section(
        "Masih terlambat ketika laporan disusun",
        ["Jenis", "Perihal", "Seharusnya selesai"],
        rows,
        (),
        "Tidak ada yang terlambat.",
    )


def range_list(first: int, after: int) -> list[int]:
    return list(range(first, after))


def _said(minutes: float) -> str:
    return work_duration(int(minutes)) or "0 menit"
