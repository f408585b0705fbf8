"""Working time: how much of it lies between two instants, and when a given amount of it has passed.

Opening hours (memo on service standards), breaks and Ramadan hours (Perpres 21/2023) and closed days (the
yearly joint decree on holidays and cuti bersama) arrive as data; nothing here reads a database or a clock.

Wall-clock times become UTC once per date. All arithmetic is on whole microseconds of UTC, so a zone with
daylight saving time is counted by the time that really passes.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Intervals = Iterable[Sequence[str]]  # ("07:30", "12:00") pairs of local wall-clock times
Pauses = Iterable[tuple[datetime, datetime]]
Span = tuple[int, int]  # microseconds since EPOCH, or minutes of the local day; the end is excluded

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
HORIZON = timedelta(days=40 * 366)  # a calendar that does not open within it is taken never to open
CLOCK_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")


class CalendarNotLoaded(ValueError):
    """A local date lies in a year whose holidays are not loaded, which never means "no holidays"."""

    def __init__(self, year: int) -> None:
        super().__init__(f"Kalender kerja tahun {year} belum dimuat. Minta Admin memuatnya.")
        self.year = year


class _Day(NamedTuple):
    begin: int
    end: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WorkCalendar:
    """When work is done in one time zone; build it with `from_hours`. Dates are kept as ordinals.

    It never changes, apart from the cache of days already worked out; threads may share it.
    """

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...]
    shifts: Mapping[int, tuple[Span, ...]]
    breaks: Mapping[int, tuple[Span, ...]]
    closed: frozenset[int]
    loaded_years: frozenset[int] | None
    _days: dict[int, _Day] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def from_hours(
        cls,
        *,
        hours: Mapping[str, Intervals],
        shifts: Mapping[str, Intervals] | None = None,
        breaks: Mapping[str, Intervals] | None = None,
        closed: Iterable[str] = (),
        tz: str = "Asia/Jakarta",
        loaded_years: Collection[int] | None = None,
    ) -> Self:
        """A calendar from local times "HH:MM" (an end may be "24:00") and local dates "YYYY-MM-DD".

        `hours` maps "mon".."sun" to opening intervals, a missing weekday is closed; `shifts` replace the
        hours of their date; `breaks` are taken out of their date and may overlap; `closed` dates beat shifts.
        `loaded_years`, if given, are the only years whose local dates may be touched.

        Raises ValueError (Indonesian message) for an unknown weekday or zone, a malformed time or date, an
        interval that does not end after it starts, and hours or shifts that overlap.
        """
        if unknown := sorted(hours.keys() - set(WEEKDAYS)):
            raise ValueError(f"Hari tidak dikenal: {', '.join(unknown)}. Gunakan {', '.join(WEEKDAYS)}.")
        try:
            zone = ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"Zona waktu {tz!r} tidak dikenal.") from error
        return cls(
            zone=zone,
            week=tuple(_wall_spans(hours.get(weekday, ()), on=weekday) for weekday in WEEKDAYS),
            shifts={_ordinal(day): _wall_spans(spans, on=day) for day, spans in (shifts or {}).items()},
            breaks={
                _ordinal(day): _wall_spans(spans, on=day, may_overlap=True) for day, spans in (breaks or {}).items()
            },
            closed=frozenset(map(_ordinal, closed)),
            loaded_years=None if loaded_years is None else frozenset(loaded_years),
        )

    def is_open(self, at: datetime) -> bool:
        """Whether work is done at this aware instant; an interval includes its opening, not its closing."""
        begin = _microseconds(at)
        return any(self._open(begin, begin + 1))

    def add(self, start: datetime, amount: timedelta, pauses: Pauses = ()) -> datetime:
        """The earliest instant, in the calendar's zone, at which `amount` of working time has passed.

        An amount used up at closing time ends there, not at the next opening; an amount of zero ends at
        `start`. No time passes during `pauses`: (start, end) pairs of aware instants, which may overlap.
        Source: domain decisions on the SLA clock.

        Raises ValueError for a naive instant, a reversed pause, a negative amount, and when the amount has
        not passed within 40 years (a calendar without hours); CalendarNotLoaded on reaching such a year.
        """
        begin, remaining = _microseconds(start), amount // MICROSECOND
        if remaining < 0:
            raise ValueError("Lama waktu kerja tidak boleh negatif.")
        if not remaining:
            return start.astimezone(self.zone)
        for running in _running(begin, begin + HORIZON // MICROSECOND, pauses):
            for opens, closes in self._open(*running):
                if remaining <= closes - opens:
                    return self._local(opens + remaining)
                remaining -= closes - opens
        raise ValueError("Kalender kerja tidak memuat cukup jam kerja untuk lama waktu ini.")

    def between(self, start: datetime, end: datetime, pauses: Pauses = ()) -> timedelta:
        """Working time from `start` to `end` outside `pauses`; zero if `end` is not after `start`.

        Raises ValueError for a naive instant or a reversed pause; CalendarNotLoaded.
        """
        running = _running(_microseconds(start), _microseconds(end), pauses)
        worked = sum(closes - opens for segment in running for opens, closes in self._open(*segment))
        return timedelta(microseconds=worked)

    def is_working_day(self, day: date) -> bool:
        """Whether the local date `day` has any working time. Raises CalendarNotLoaded."""
        return bool(self._day(day.toordinal()).spans)

    def working_days_before(self, day: date, count: int) -> date:
        """The `count`-th working day strictly before the local date `day`, which need not be one itself.

        Raises ValueError if `count` is below 1 or 40 years hold too few working days; CalendarNotLoaded.
        """
        if count < 1:
            raise ValueError("Jumlah hari kerja harus paling sedikit satu.")
        for earlier in range(day.toordinal() - 1, day.toordinal() - HORIZON.days, -1):
            count -= bool(self._day(earlier).spans)
            if not count:
                return date.fromordinal(earlier)
        raise ValueError("Kalender kerja tidak memuat cukup hari kerja sebelum tanggal ini.")

    def _open(self, begin: int, end: int) -> Iterator[Span]:
        """The open spans of [begin, end), which is not empty, in order; no later date is touched."""
        ordinal = self._local(begin).toordinal()
        while True:
            day = self._day(ordinal)
            if begin <= day.begin and day.end <= end:
                yield from day.spans
            else:
                for opens, closes in day.spans:
                    if begin < closes and opens < end:
                        yield max(opens, begin), min(closes, end)
            if end <= day.end:
                return
            ordinal += 1

    def _day(self, ordinal: int) -> _Day:
        day = self._days.get(ordinal)
        if day is None:
            day = self._days[ordinal] = self._work_out(ordinal)
        return day

    def _work_out(self, ordinal: int) -> _Day:
        """The open spans of one local date, which lasts from its first midnight to the next date's."""
        year = date.fromordinal(ordinal).year
        if self.loaded_years is not None and year not in self.loaded_years:
            raise CalendarNotLoaded(year)
        begin, end = self._instant(ordinal, 0), self._instant(ordinal + 1, 0)
        wall = () if ordinal in self.closed else self.shifts.get(ordinal, self.week[(ordinal - 1) % 7])
        reached, spans = begin, []
        for opens, closes in self._instants(ordinal, wall):  # they can meet in a clock change: count once
            if (opens := max(opens, reached)) < (closes := min(closes, end)):
                spans.append((opens, closes))
                reached = closes
        for left, back in self._instants(ordinal, self.breaks.get(ordinal, ())):
            pieces = (piece for a, b in spans for piece in ((a, min(b, left)), (max(a, back), b)))
            spans = [(a, b) for a, b in pieces if a < b]
        return _Day(begin, end, tuple(spans))

    def _instants(self, ordinal: int, wall: tuple[Span, ...]) -> list[Span]:
        pairs = ((self._instant(ordinal, start), self._instant(ordinal, end)) for start, end in wall)
        return sorted((start, end) for start, end in pairs if start < end)

    def _instant(self, ordinal: int, minutes: int) -> int:
        """A wall-clock time in UTC; with fold 0 it moves forward by a gap, and the first of two is meant."""
        wall = datetime.fromordinal(ordinal) + timedelta(minutes=minutes)
        return _microseconds(wall.replace(tzinfo=self.zone))

    def _local(self, instant: int) -> datetime:
        return (EPOCH + timedelta(microseconds=instant)).astimezone(self.zone)


def _microseconds(at: datetime) -> int:
    if at.utcoffset() is None:
        raise ValueError("Waktu harus disertai zona waktu.")
    return (at - EPOCH) // MICROSECOND


def _running(begin: int, end: int, pauses: Pauses) -> Iterator[Span]:
    """The parts of [begin, end) outside the pauses, in order, none empty."""
    for paused, resumed in sorted((_microseconds(a), _microseconds(b)) for a, b in pauses):
        if resumed < paused:
            raise ValueError("Jeda berakhir sebelum dimulai.")
        if begin < min(paused, end):
            yield begin, min(paused, end)
        begin = max(begin, resumed)
    if begin < end:
        yield begin, end


def _wall_spans(intervals: Intervals, *, on: str, may_overlap: bool = False) -> tuple[Span, ...]:
    spans = sorted((_minutes(start), _minutes(end)) for start, end in intervals)
    if any(end <= start for start, end in spans):
        raise ValueError(f'Jam pada {on}: jam selesai harus sesudah jam mulai; tengah malam ditulis "24:00".')
    if not may_overlap and any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise ValueError(f"Jam kerja pada {on} tumpang tindih.")
    return tuple(spans)


def _minutes(clock_time: str) -> int:
    if not CLOCK_TIME.fullmatch(clock_time):
        raise ValueError(f'Jam {clock_time!r} tidak dikenal; tulis seperti "07:30", paling akhir "24:00".')
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def _ordinal(day: str) -> int:
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != day:
        raise ValueError(f'Tanggal {day!r} tidak dikenal; tulis seperti "2026-01-31".')
    return parsed.toordinal()
