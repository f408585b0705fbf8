"""One use of a service: a case walks the steps of its standard while its clock counts working time."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from services import sla

from .standard import Standard, Step

MADE = ("worksheet", "validation", "assistance", "round")  # how apps to the right call what belongs to a case
MICROSECOND = timedelta(microseconds=1)


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: object) -> "CaseQuerySet":
        return self.filter(unit__in=policy.units_for(user))

    def alarmed(self, at: datetime) -> "CaseQuerySet":
        """Open cases whose clock has passed a mark that nobody has acted on yet."""
        return self.filter(state=Case.State.OPEN, alarm_at__lt=at)

    def to_resume(self, at: datetime) -> "CaseQuerySet":
        """Cases whose pause is over, though nothing has written it down yet."""
        return self.filter(state=Case.State.OPEN, resumes_at__lte=at)

    def invitable(self, kind: str) -> "CaseQuerySet":
        """Open cases that have come to the step which sends such a letter, and whose meeting is still to be held."""
        steps = Step.objects.filter(standard=models.OuterRef("standard"))
        come = steps.filter(invites=kind, order__lte=models.OuterRef("step__order"))
        held = steps.filter(actor__in=Step.TOGETHER, order__lt=models.OuterRef("step__order"))
        return self.filter(models.Exists(come), ~models.Exists(held), state=Case.State.OPEN)

    def counted_otherwise(self, calendar_token: str) -> "CaseQuerySet":
        """Open cases whose clock was counted with another calendar than the one of this token."""
        return self.filter(state=Case.State.OPEN).exclude(calendar_token=calendar_token)


class Case(models.Model):
    """A service for one unit (and quarter), under the version of the standard with which it began."""

    class State(models.TextChoices):
        OPEN = "open", "Berjalan"
        DONE = "done", "Selesai"
        CANCELLED = "cancelled", "Dibatalkan"

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="cases", verbose_name="standar")
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="cases", verbose_name="unit kerja")
    subject = models.CharField("perihal", max_length=200)  # what sets two cases of a unit apart: “Triwulan I 2026”
    year = models.PositiveSmallIntegerField("tahun", null=True, blank=True)
    quarter = models.PositiveSmallIntegerField("triwulan", null=True, blank=True)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name="petugas"
    )
    state = models.CharField("status", max_length=10, choices=State.choices, default=State.OPEN)
    step = models.ForeignKey(Step, models.PROTECT, related_name="+", verbose_name="langkah sekarang")
    started_at = models.DateTimeField("dimulai")
    ended_at = models.DateTimeField("berakhir", null=True, blank=True)
    end_reason = models.TextField("alasan pembatalan", blank=True)
    used_microseconds = models.BigIntegerField("waktu kerja terpakai (mikrodetik)", default=0)
    running_since = models.DateTimeField("berjalan sejak", null=True, blank=True)
    resumes_at = models.DateTimeField("dijeda sampai", null=True, blank=True)  # None: until somebody resumes it
    due_at = models.DateTimeField("janji habis", null=True, blank=True)
    alarm_at = models.DateTimeField("tanda berikutnya", null=True, blank=True)
    marks = models.JSONField("tanda yang sudah lewat", default=list, blank=True)
    calendar_token = models.CharField(max_length=32, blank=True)
    frozen_calendar = models.JSONField("jam kerja yang dipakai", null=True, blank=True)  # of a finished clock

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "berkas layanan"
        verbose_name_plural = "berkas layanan"
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "unit", "subject"], condition=Q(state="open"), name="case_open_once_a_subject"
            ),
            models.CheckConstraint(
                name="case_ended_has_instant",
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="case_cancelled_has_reason", condition=~Q(state="cancelled") | ~Q(end_reason="")
            ),
            models.CheckConstraint(
                name="case_ended_does_not_run", condition=Q(state="open") | Q(running_since=None, alarm_at=None)
            ),
            models.CheckConstraint(
                name="case_resumes_only_if_held", condition=Q(resumes_at=None) | Q(state="open", running_since=None)
            ),
            models.CheckConstraint(name="case_used_is_not_negative", condition=Q(used_microseconds__gte=0)),
            models.CheckConstraint(
                name="case_quarter_of_a_year",
                condition=Q(quarter=None) | Q(quarter__range=(1, 4), year__isnull=False),
                violation_error_message="Triwulan 1 sampai 4, dengan tahunnya.",
            ),
        ]
        indexes = [
            models.Index(fields=["alarm_at"], name="case_alarm", condition=Q(state="open")),
            models.Index(fields=["resumes_at"], name="case_to_resume", condition=Q(resumes_at__isnull=False)),
            models.Index(fields=["ended_at"], name="case_done", condition=Q(state="done")),  # whom to ask how it was
        ]

    def __str__(self) -> str:
        return f"{self.standard.get_key_display()} {self.unit.code}, {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.pk])

    @property
    def made(self) -> Any:
        """What is made with it and moves it, by an app to the right: its sheet, its round; None if it has nothing."""
        return next((getattr(self, name) for name in MADE if hasattr(self, name)), None)

    @property
    def clock(self) -> sla.Clock:
        return sla.Clock(self.used_microseconds * MICROSECOND, self.running_since)

    @clock.setter
    def clock(self, clock: sla.Clock) -> None:
        self.used_microseconds, self.running_since = clock.used // MICROSECOND, clock.running_since

    @property
    def is_paused(self) -> bool:
        """Held although it is the provider's turn."""
        return self.state == self.State.OPEN and self.step.uses_the_promise and self.running_since is None

    def seen_at(self, at: datetime, calendar: sla.Calendar) -> "Case":
        """The case as people are to see it at `at`, not to be saved: a pause that has ended is over, also while nothing
        has written it down yet."""
        if self.resumes_at is not None and self.resumes_at <= at:
            if self.step.uses_the_promise:
                self.clock = self.clock.run(self.resumes_at)
                self.due_at = self.clock.reaches(self.standard.promise, calendar) if self.standard.promise else None
            self.resumes_at = None
        return self


class CaseEvent(models.Model):
    """What happened to a case, in order; the clock is what these events say (`sla.replay`)."""

    class Kind(models.TextChoices):
        START = "start", "Dimulai"
        STEP = "step", "Pindah langkah"
        PAUSE = "pause", "Dijeda"
        RESUME = "resume", "Dilanjutkan"
        RECOUNT = "recount", "Dihitung ulang"
        END = "end", "Berakhir"

    class PauseKind(models.TextChoices):
        WAITING_FOR_UNIT = "waiting_for_unit", "Menunggu unit"
        WAITING_FOR_MEETING = "waiting_for_meeting", "Menunggu jadwal rapat"
        FORCE_MAJEURE = "force_majeure", "Keadaan kahar"
        MENDING = "mending", "Menunggu unit memperbaiki capaian"  # by a worksheet alone

    BY_HAND = (PauseKind.WAITING_FOR_UNIT, PauseKind.WAITING_FOR_MEETING, PauseKind.FORCE_MAJEURE)

    case = models.ForeignKey(Case, models.CASCADE, related_name="events", verbose_name="berkas")
    seq = models.PositiveIntegerField("urutan")
    kind = models.CharField("kejadian", max_length=10, choices=Kind.choices)
    at = models.DateTimeField("waktu")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="pelaku"
    )
    step = models.PositiveSmallIntegerField("langkah")
    runs = models.BooleanField("jam berjalan sesudahnya")
    pause_kind = models.CharField("jenis jeda", max_length=20, choices=PauseKind.choices, blank=True)
    reason = models.TextField("alasan", blank=True)
    facts = models.JSONField("rincian", default=dict, blank=True)

    class Meta:
        verbose_name = "kejadian berkas"
        verbose_name_plural = "kejadian berkas"
        ordering = ["case_id", "seq"]
        indexes = [models.Index(fields=["at"], name="case_event_recount", condition=Q(kind="recount"))]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="case_event_seq_once"),
            models.CheckConstraint(
                name="case_pause_has_kind_and_reason",
                condition=~Q(kind="pause") | (~Q(pause_kind="") & ~Q(reason="")),
                violation_error_message="Jeda memerlukan jenis dan alasan.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.get_kind_display()}"

    @property
    def until(self) -> datetime | None:
        """When a pause ends by itself."""
        told = self.facts.get("until")
        return datetime.fromisoformat(told) if told else None

    @property
    def is_recount(self) -> bool:
        return self.kind == self.Kind.RECOUNT

    @property
    def before(self) -> "Counted":
        """Of a recount: what the former calendar said."""
        return Counted.of(self.facts["before"])

    @property
    def after(self) -> "Counted":
        return Counted.of(self.facts["after"])


class Counted(NamedTuple):
    """One side of a recount: when the promise ends, and the working minutes of the stretches that were over by then."""

    due_at: datetime | None
    minutes: int

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "Counted":
        due = facts.get("due_at")
        return cls(datetime.fromisoformat(due) if due else None, facts["used"] // 60_000_000)


def facts_of(clock: sla.Clock) -> dict[str, Any]:
    """A clock as it stands in an event."""
    since = clock.running_since
    return {"used": clock.used // MICROSECOND, "running_since": since.isoformat() if since else None}


def counted_of(clock: sla.Clock, due_at: datetime | None) -> dict[str, Any]:
    """A clock and when its promise ends, as they stand in a recount."""
    return facts_of(clock) | {"due_at": due_at.isoformat() if due_at else None}
