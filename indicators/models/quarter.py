"""Quarters and their deadline. `Quarter.require_open` is the one rule for every way in."""

from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from indicators import quarters
from indicators.scheme import Scheme
from kinerjaku.clock import said
from kinerjaku.errors import DomainError

from .scoring import ScoringYear


class Quarter(models.Model):
    """A triwulan of a year. `closes_at` is the first instant that is too late."""

    year = models.PositiveSmallIntegerField("tahun")
    number = models.PositiveSmallIntegerField("triwulan")
    opens_at = models.DateTimeField("dibuka")
    closes_at = models.DateTimeField("ditutup", db_index=True)
    closed_at = models.DateTimeField("penutupan dijalankan", null=True, blank=True)

    class Meta:
        verbose_name = "triwulan"
        verbose_name_plural = "triwulan"
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="quarter_once"),
            models.CheckConstraint(name="quarter_number_1_to_4", condition=Q(number__gte=1, number__lte=4)),
            models.CheckConstraint(name="quarter_opens_before_it_closes", condition=Q(opens_at__lt=F("closes_at"))),
        ]

    def __str__(self) -> str:
        return f"Triwulan {self.roman} {self.year}"

    @property
    def roman(self) -> str:
        return quarters.ROMAN[self.number]

    @cached_property
    def scheme(self) -> Scheme:
        """The rules of scoring of its year; read once for all rows that share it."""
        return ScoringYear.objects.scheme(self.year)

    @cached_property
    def _extended_until(self) -> dict[int, datetime]:
        latest: dict[int, datetime] = {}
        for extension in self.extensions.all():
            latest[extension.unit_id] = max(extension.until, latest.get(extension.unit_id, extension.until))
        return latest

    def due_at(self, unit: WorkUnit) -> datetime:
        """The deadline that is enforced for this unit, extension included."""
        return max(self.closes_at, self._extended_until.get(unit.pk, self.closes_at))

    def entry_path(self, unit: WorkUnit) -> str:
        return reverse("entry", args=[self.year, self.number, unit.code])

    def is_open(self, unit: WorkUnit, at: datetime) -> bool:
        return self.opens_at <= at and not self.is_over(unit, at)

    def is_over(self, unit: WorkUnit, at: datetime) -> bool:
        """Before the common deadline nobody needs to know of extensions."""
        return at >= self.closes_at and at >= self.due_at(unit)

    def require_open(self, unit: WorkUnit, at: datetime) -> None:
        """Raises DomainError `not_yet_open` or `closed`, saying since when and who can help."""
        if at < self.opens_at:
            raise DomainError(f"Pengisian {self} dibuka {said(self.opens_at)}.", code="not_yet_open", status=409)
        if self.is_over(unit, at):
            raise DomainError(
                f"Pengisian {self} untuk {unit.name} sudah ditutup sejak {said(self.due_at(unit))}. "
                "Perpanjangan hanya dapat diberikan Kepala Biro Perencanaan.",
                code="closed",
                status=409,
            )


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, user: object) -> "ExtensionQuerySet":
        return self.filter(unit__in=policy.units_for(user))


class Extension(models.Model):
    """A later deadline for one unit and quarter, granted by Karoren (domain guide 3)."""

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="extensions", verbose_name="triwulan")
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="extensions", verbose_name="unit kerja")
    until = models.DateTimeField("diperpanjang sampai", help_text="Saat pertama yang sudah terlambat.")
    reason = models.TextField("alasan")
    reference_number = models.CharField("nomor surat rujukan", max_length=100)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="diberikan oleh"
    )
    granted_at = models.DateTimeField("diberikan pada")

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = "perpanjangan"
        verbose_name_plural = "perpanjangan"
        ordering = ["-granted_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="extension_ends_after_it_is_granted", condition=Q(until__gt=F("granted_at"))),
            models.CheckConstraint(name="extension_has_reason", condition=~Q(reason="") & ~Q(reference_number="")),
        ]

    def __str__(self) -> str:
        return f"{self.quarter}, {self.unit.code}"
