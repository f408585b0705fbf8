"""The collection of a quarter's figures inside a unit, the SOP of eight steps [S]: a round, and whom it asks."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from services.models import Case

from .achievement import Achievement, Submission
from .quarter import Quarter


class Stage(models.IntegerChoices):
    """The steps of the SOP by their order in the standard [S], in the words of the pages."""

    DRAFT = 1, "Menyusun format"
    CORRECT = 2, "Mengoreksi format"
    HAND_OUT = 3, "Membagikan format"
    FILL = 4, "Mengisi format"
    CHECK = 5, "Memeriksa isian"
    ENTER = 6, "Menginput data"  # done with step 4: the format that is filled in is the form of the portal
    INITIAL = 7, "Memaraf"
    SIGN = 8, "Menandatangani dan mengirim"


class CollectionRoundQuerySet(models.QuerySet["CollectionRound"]):
    def visible_to(self, user: object) -> "CollectionRoundQuerySet":
        return self.filter(unit__in=policy.units_for(user))

    def open(self) -> "CollectionRoundQuerySet":
        return self.filter(ended_at=None)

    def of(self, quarter: Quarter, unit: WorkUnit) -> "CollectionRoundQuerySet":
        return self.filter(quarter=quarter, unit=unit)

    def for_pages(self) -> "CollectionRoundQuerySet":
        """With its case, unit and quarter; the extensions make the deadline."""
        return self.select_related("case__step", "case__standard", "unit", "quarter").prefetch_related(
            "quarter__extensions"
        )


class CollectionRound(models.Model):
    """One collection, step by step: where it stands is the step of its case, and the lock of the case is its lock.

    `ended_at` is written with the end of the case, so that the database can refuse a second open round.
    """

    noun = "pengumpulan data"

    case = models.OneToOneField(Case, models.PROTECT, related_name="round", verbose_name="berkas")
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="rounds", verbose_name="unit kerja")
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="rounds", verbose_name="triwulan")
    opened_at = models.DateTimeField("dibuka")
    ended_at = models.DateTimeField("berakhir", null=True, blank=True)
    version = models.PositiveIntegerField("versi format", default=0)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="disusun oleh"
    )
    content_hash = models.CharField("hash isi yang diparaf", max_length=64, blank=True)
    initialled_at = models.DateTimeField("diparaf", null=True, blank=True)
    initialled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diparaf oleh"
    )
    submission = models.OneToOneField(
        Submission, models.PROTECT, null=True, blank=True, related_name="round", verbose_name="pengiriman"
    )

    objects = CollectionRoundQuerySet.as_manager()

    class Meta:
        verbose_name = "pengumpulan data"
        verbose_name_plural = "pengumpulan data"
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "quarter"], condition=Q(ended_at=None), name="round_open_once_a_quarter"
            ),
            models.CheckConstraint(
                name="round_initialled_whole_or_not_at_all",
                condition=Q(initialled_at=None, initialled_by=None, content_hash="")
                | (Q(initialled_at__isnull=False, initialled_by__isnull=False) & ~Q(content_hash="")),
                violation_error_message="Paraf memerlukan waktu, pemaraf, dan hash isi.",
            ),
            models.CheckConstraint(
                name="round_sent_is_initialled_and_ended",
                condition=Q(submission=None) | Q(initialled_at__isnull=False, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Pengumpulan data {self.quarter}, {self.unit.code}"

    def get_absolute_url(self) -> str:
        return reverse("round", args=[self.pk])

    @property
    def stage(self) -> Stage:
        return Stage(self.case.step.order)

    @property
    def waits_for(self) -> str:
        """Who does the present step, in words: the SOP's official signs for the unit in the last one."""
        return "Pejabat unit" if self.stage == Stage.SIGN else self.case.step.get_actor_display()

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def holding(self) -> "AssignmentQuerySet":
        """Of rounds that are open, with what tells who may write."""
        return self.filter(round__ended_at=None).select_related("round__case__step", "official")

    def with_officials(self) -> "AssignmentQuerySet":
        """What officials have to fill in now."""
        return self.filter(round__ended_at=None, round__case__step__order=Stage.FILL, done_at=None)

    def for_pages(self) -> "AssignmentQuerySet":
        """With the whole row, in the order of the catalogue."""
        rows = Achievement.objects.for_pages()
        return (
            self.select_related("official", "checked_by")
            .prefetch_related(models.Prefetch("achievement", rows))
            .order_by("achievement__indicator__no", "pk")
        )


class Assignment(models.Model):
    """One row of the round: which official fills it in by when, and how. The official's filled format is `done`."""

    round = models.ForeignKey(CollectionRound, models.CASCADE, related_name="assignments", verbose_name="pengumpulan")
    achievement = models.ForeignKey(Achievement, models.PROTECT, related_name="assignments", verbose_name="capaian")
    official = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name="pejabat",
    )
    due_on = models.DateField("batas pengisian", null=True, blank=True)
    instruction = models.CharField("petunjuk pengisian", max_length=500, blank=True)
    done_at = models.DateTimeField("formulir dikembalikan", null=True, blank=True)
    correction = models.TextField("yang perlu diperbaiki", blank=True)
    checked_at = models.DateTimeField("isian diterima", null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="diterima oleh"
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = "penugasan"
        verbose_name_plural = "penugasan"
        ordering = ["round", "achievement"]
        constraints = [
            models.UniqueConstraint(fields=["round", "achievement"], name="assignment_once_a_row"),
            models.CheckConstraint(
                name="assignment_done_by_somebody_with_a_limit",
                condition=Q(done_at=None) | Q(official__isnull=False, due_on__isnull=False),
                violation_error_message="Formulir dikembalikan oleh pejabat yang ditugaskan.",
            ),
            models.CheckConstraint(
                name="assignment_checked_whole_and_only_if_done",
                condition=Q(checked_at=None, checked_by=None)
                | Q(checked_at__isnull=False, checked_by__isnull=False, done_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["official", "due_on"], name="assignment_to_fill", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.achievement} → {self.official or '–'}"

    def get_absolute_url(self) -> str:
        return self.round.get_absolute_url()

    def is_late(self, today: date) -> bool:
        return self.done_at is None and self.due_on is not None and today > self.due_on

    def facts(self) -> dict[str, Any]:
        """As it stands in the history of its round."""
        return {"official_id": self.official_id, "due_on": self.due_on, "instruction": self.instruction}
