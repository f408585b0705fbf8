"""Verification worksheets (lembar kerja verifikasi)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from indicators.models import Achievement, Quarter
from kinerjaku.fields import FigureField
from services.models import Case

from .sheet import Sheet, SheetQuerySet

CLAIMED = (Achievement.State.SUBMITTED, Achievement.State.VERIFIED)  # only what was sent can be conform


class WorksheetQuerySet(SheetQuerySet):
    def with_progress(self) -> "WorksheetQuerySet":
        """With `row_count` and `decided_count`, the query twin of `WorksheetRow.is_decided`."""
        decided = Q(
            Q(rows__achievement__submitted_at=None)
            | Q(rows__achievement__submitted_at__lte=models.F("rows__decided_at")),
            ~Q(rows__verdict=WorksheetRow.Verdict.CONFORM) | Q(rows__achievement__state__in=CLAIMED),
            rows__verdict__in=WorksheetRow.FINAL,
            rows__reviewed_version=models.F("rows__achievement__version"),
        )
        return self.annotate(row_count=models.Count("rows"), decided_count=models.Count("rows", filter=decided))


class Worksheet(Sheet):
    """The joint verification of a unit's quarter [M 3.2]."""

    route = "worksheet"
    noun = "lembar kerja verifikasi"
    named_by = ("unit", "quarter")

    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="worksheets", verbose_name="triwulan")
    case = models.OneToOneField(
        Case, models.PROTECT, null=True, blank=True, related_name="worksheet", verbose_name="berkas layanan"
    )

    objects = WorksheetQuerySet.as_manager()

    class Meta(Sheet.Meta):
        verbose_name = "lembar kerja verifikasi"
        verbose_name_plural = "lembar kerja verifikasi"
        ordering = ["-quarter__year", "-quarter__number", "unit__path"]
        constraints = [
            *Sheet.Meta.constraints,
            models.UniqueConstraint(fields=["unit", "quarter"], name="worksheet_once_a_quarter"),
        ]

    def __str__(self) -> str:
        return f"Lembar kerja {self.unit.code} {self.quarter}"

    @property
    def about(self) -> str:
        return str(self.quarter)

    @property
    def file_name(self) -> str:
        return f"lembar-kerja-{self.unit.code}-{self.quarter.year}-TW{self.quarter.number}"


class WorksheetRow(models.Model):
    """The verifier's finding on one achievement. The claim stays in the achievement until the freeze."""

    class Verdict(models.TextChoices):
        PENDING = "pending", "Belum ditinjau"
        CONFORM = "conform", "Sesuai"
        NONCONFORM = "nonconform", "Tidak sesuai"
        RETURNED = "returned", "Dikembalikan"

    FINAL = (Verdict.CONFORM, Verdict.NONCONFORM)

    worksheet = models.ForeignKey(Worksheet, models.CASCADE, related_name="rows", verbose_name="lembar kerja")
    achievement = models.OneToOneField(
        Achievement, models.PROTECT, related_name="worksheet_row", verbose_name="capaian"
    )
    verdict = models.CharField("hasil", max_length=10, choices=Verdict.choices, default=Verdict.PENDING)
    verified_actual = FigureField("realisasi terverifikasi", null=True, blank=True)
    verified_percent = FigureField("capaian terverifikasi (%)", null=True, blank=True)
    evidence_fits = models.BooleanField("data dukung sesuai", null=True, blank=True)
    note = models.TextField("catatan", blank=True)
    version = models.PositiveIntegerField("versi", default=0)
    reviewed_version = models.PositiveIntegerField("versi capaian yang ditinjau", null=True, blank=True)
    decided_at = models.DateTimeField("ditinjau", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="ditinjau oleh",
    )

    class Meta:
        verbose_name = "baris lembar kerja"
        verbose_name_plural = "baris lembar kerja"
        ordering = ["worksheet", "achievement__indicator__no"]
        constraints = [
            models.CheckConstraint(
                name="worksheet_row_decided_whole_or_not_at_all",
                condition=Q(verdict="pending", decided_at=None, decided_by=None)
                | (~Q(verdict="pending") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="worksheet_row_disagreement_has_note",
                condition=~Q(verdict__in=["nonconform", "returned"]) | ~Q(note=""),
                violation_error_message="Hasil “tidak sesuai” dan pengembalian memerlukan catatan.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worksheet} baris {self.achievement.indicator.no}"

    def get_absolute_url(self) -> str:
        return reverse("worksheet_row", args=[self.pk])

    @property
    def changed_since_review(self) -> bool:
        """The claim is another one than the one reviewed, was sent only afterwards, or is no longer one."""
        if self.decided_at is None:
            return False
        claim = self.achievement
        if self.verdict == self.Verdict.CONFORM and claim.state not in CLAIMED:
            return True
        later = claim.submitted_at is not None and claim.submitted_at > self.decided_at
        return later or self.reviewed_version != claim.version

    @property
    def was_mended(self) -> bool:
        """It was returned, and the unit has sent it again."""
        return self.verdict == self.Verdict.RETURNED and self.achievement.state == Achievement.State.SUBMITTED

    @property
    def is_decided(self) -> bool:
        """A verdict that still fits what the unit claims."""
        return self.verdict in self.FINAL and not self.changed_since_review
