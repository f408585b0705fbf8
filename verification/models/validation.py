"""Validation worksheets (lembar kerja validasi): the indicators that a unit proposes, and what the validators find."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse

from indicators.models import Indicator
from indicators.quarters import REPORTED_IN
from kinerjaku.fields import FigureField
from services.models import Case

from .sheet import CaseSheet, CaseSheetQuerySet, Sheet


class ValidationSheetQuerySet(CaseSheetQuerySet):
    def with_progress(self) -> "ValidationSheetQuerySet":
        """With `row_count` and `decided_count`."""
        decided = Count("rows", filter=~Q(rows__verdict=Proposal.Verdict.PENDING))
        return self.annotate(row_count=Count("rows"), decided_count=decided)


class ValidationSheet(CaseSheet):
    """The matrix of proposed indicators (matriks usulan) of a unit for a year, and its validation [M 3.1]."""

    route = "validation"
    noun = "lembar kerja validasi"
    named_by = ("unit", "case__step")

    case = models.OneToOneField(Case, models.PROTECT, related_name="validation", verbose_name="berkas layanan")
    year = models.PositiveSmallIntegerField("tahun")
    sent_at = models.DateTimeField("matriks dikirim", null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dikirim oleh"
    )
    return_reason = models.TextField("alasan pengembalian", blank=True)
    removed = models.JSONField(default=list, editable=False)  # ids of proposals taken out: who typed them took part

    objects = ValidationSheetQuerySet.as_manager()

    class Meta(Sheet.Meta):
        verbose_name = "lembar kerja validasi"
        verbose_name_plural = "lembar kerja validasi"
        ordering = ["-year", "unit__path", "-pk"]
        constraints = [
            *Sheet.Meta.constraints,
            models.CheckConstraint(
                name="validation_sent_at_and_by_together",
                condition=Q(sent_at=None, sent_by=None) | Q(sent_at__isnull=False, sent_by__isnull=False),
                violation_error_message="Waktu dan pengirim harus diisi bersamaan.",
            ),
        ]

    def __str__(self) -> str:
        return f"Lembar kerja validasi {self.unit.code} {self.year}"

    @property
    def about(self) -> str:
        return f"usulan indikator {self.year}"

    @property
    def file_name(self) -> str:
        return f"lembar-kerja-validasi-{self.unit.code}-{self.year}"


class Proposal(models.Model):
    """One proposed indicator with its targets; a change by the unit makes it undecided again."""

    class Verdict(models.TextChoices):
        PENDING = "pending", "Belum divalidasi"
        VALID = "valid", "Valid"
        INVALID = "invalid", "Tidak valid"

    FINAL = (Verdict.VALID, Verdict.INVALID)
    TARGETS = ("target_1", "target_2", "target_3", "target_4")

    sheet = models.ForeignKey(ValidationSheet, models.CASCADE, related_name="rows", verbose_name="lembar kerja")
    no = models.PositiveSmallIntegerField("nomor")
    objective = models.CharField("sasaran", max_length=400, blank=True)
    name = models.CharField("indikator", max_length=400)
    measure = models.CharField("satuan", max_length=40, blank=True)
    polarity = models.CharField("polarisasi", max_length=10, choices=Indicator.Polarity.choices, blank=True)
    validity = models.CharField("validitas", max_length=15, choices=Indicator.Validity.choices, blank=True)
    period = models.CharField(
        "periode pelaporan", max_length=15, choices=Indicator.Period.choices, default=Indicator.Period.QUARTERLY
    )
    calculation = models.TextField("cara perhitungan", blank=True)
    source = models.CharField("sumber data", max_length=300, blank=True)
    target_1 = FigureField("target triwulan I", null=True, blank=True)
    target_2 = FigureField("target triwulan II", null=True, blank=True)
    target_3 = FigureField("target triwulan III", null=True, blank=True)
    target_4 = FigureField("target triwulan IV", null=True, blank=True)
    justification = models.TextField("alasan usulan", blank=True)
    follows = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="melanjutkan indikator"
    )
    version = models.PositiveIntegerField("versi", default=0)
    verdict = models.CharField("hasil", max_length=10, choices=Verdict.choices, default=Verdict.PENDING)
    note = models.TextField("catatan validator", blank=True)
    decided_at = models.DateTimeField("divalidasi", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="oleh"
    )

    class Meta:
        verbose_name = "usulan indikator"
        verbose_name_plural = "usulan indikator"
        ordering = ["sheet_id", "no"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "no"], name="proposal_number_once"),
            models.UniqueConstraint(
                fields=["sheet", "follows"],
                name="proposal_follows_once",
                violation_error_message="Indikator itu sudah ada dalam matriks ini.",
            ),
            models.CheckConstraint(
                name="proposal_decided_whole_or_not_at_all",
                condition=Q(verdict="pending", decided_at=None, decided_by=None)
                | (~Q(verdict="pending") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="proposal_invalid_has_note",
                condition=~Q(verdict="invalid") | ~Q(note=""),
                violation_error_message="Hasil “tidak valid” memerlukan catatan.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} usulan {self.no}"

    def get_absolute_url(self) -> str:
        return reverse("proposal", args=[self.pk])

    @property
    def polarity_word(self) -> str:
        return self.get_polarity_display().partition(" (")[0]

    @property
    def targets(self) -> list[Decimal | None]:
        """By quarter."""
        return [getattr(self, name) for name in self.TARGETS]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The quarters in which it would report, and for which it needs a target."""
        return REPORTED_IN[self.period]

    @property
    def is_decided(self) -> bool:
        return self.verdict in self.FINAL

    @property
    def lacks(self) -> list[str]:
        """What is missing before the matrix can be sent, in words: one rule for the guard and the page."""
        named = ("objective", "measure", "polarity", "calculation", "source")
        words = [str(self._meta.get_field(name).verbose_name) for name in named if not getattr(self, name).strip()]
        return words + [
            str(self._meta.get_field(f"target_{number}").verbose_name)
            for number in self.numbers
            if getattr(self, f"target_{number}") is None
        ]
