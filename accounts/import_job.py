"""A file of rows on its way in: checked, looked at, applied. `importing.py` is the only writer."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def visible_to(self, user: Any) -> "ImportJobQuerySet":
        """Who started it; an Admin sees all."""
        from . import policy

        return self if policy.can(user, policy.Verb.ADMINISTER) else self.filter(by=user)

    def to_do(self, *, stale_before: datetime) -> "ImportJobQuerySet":
        """What waits for a worker, and what a worker left that has not been heard of since `stale_before`."""
        State = ImportJob.State
        left = Q(state__in=(State.CHECKING, State.APPLYING), claimed_at__lt=stale_before)
        return self.filter(Q(state__in=(State.WAITING, State.CONFIRMED)) | left).order_by("pk")


class ImportJob(models.Model):
    class State(models.TextChoices):
        WAITING = "waiting", "Menunggu diperiksa"
        CHECKING = "checking", "Sedang diperiksa"
        FAULTY = "faulty", "Perlu diperbaiki"
        READY = "ready", "Siap disimpan"
        CONFIRMED = "confirmed", "Menunggu disimpan"
        APPLYING = "applying", "Sedang disimpan"
        DONE = "done", "Tersimpan"
        CANCELLED = "cancelled", "Dibatalkan"

    RUNNING = (State.WAITING, State.CHECKING, State.CONFIRMED, State.APPLYING)
    TONES = {
        State.FAULTY: "problem",
        State.READY: "warning",
        State.DONE: "good",
        State.CANCELLED: "neutral",
    }

    kind = models.CharField("jenis", max_length=30)
    options = models.JSONField("lingkup", default=dict, blank=True)
    name = models.CharField("berkas", max_length=200)
    storage_name = models.CharField(max_length=200, blank=True)  # empty: removed after its time
    details_name = models.CharField(max_length=200, blank=True)  # changes and faults, as JSON
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField("ukuran")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    created_at = models.DateTimeField("diunggah")
    state = models.CharField("status", max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveIntegerField("baris selesai", default=0)
    total = models.PositiveIntegerField("baris", default=0)
    claim = models.CharField(max_length=32, blank=True)  # of the worker that has it now
    claimed_at = models.DateTimeField("terakhir terdengar", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    changed = models.PositiveIntegerField("berubah", default=0)
    unchanged = models.PositiveIntegerField("tetap", default=0)
    faulty = models.PositiveIntegerField("masalah", default=0)
    digest = models.CharField(max_length=64, blank=True)  # of the changes that were shown
    note = models.CharField("catatan", max_length=300, blank=True)
    applied_at = models.DateTimeField("disimpan", null=True, blank=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = "impor"
        verbose_name_plural = "impor"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="import_done_with_its_instant",
                condition=Q(state="done", applied_at__isnull=False) | (~Q(state="done") & Q(applied_at=None)),
                violation_error_message="Waktu simpan hanya ada pada impor yang tersimpan.",
            )
        ]
        indexes = [
            models.Index(
                fields=["claimed_at"],
                name="import_to_do",
                condition=Q(state__in=("waiting", "checking", "confirmed", "applying")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"

    def get_absolute_url(self) -> str:
        return reverse("import_job", args=[self.pk])

    @property
    def is_running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def can_be_cancelled(self) -> bool:
        return self.state in (self.State.WAITING, self.State.CHECKING, self.State.READY, self.State.CONFIRMED)

    @property
    def tone(self) -> str:
        return self.TONES.get(self.State(self.state), "active")
