"""What a unit reports for an indicator in a quarter, with evidence, and what it sent in."""

from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from kinerjaku.fields import FigureField
from kinerjaku.models import Document

from .catalogue import Indicator
from .quarter import Quarter

_UNREAD = [f"indicator__{name}" for name in ("definition", "source", "source_issues", "period_hint")]
_WRITTEN = [
    *("state", "version", "values", "values_from", "score", "score_source", "no_result", "actual"),
    *("actual_problem", "percent", "progress", "obstacles", "follow_up", "explanation", "usual"),
    *("file_count", "filled_slots"),
    *("saved_at", "saved_by", "return_due_at", "is_mended"),
    *(f"indicator__{name}" for name in ("no", "measure", "expression", "polarity", "cap", "worst", "kept_rule")),
    *(f"quarter__{name}" for name in ("year", "number", "opens_at", "closes_at")),
    *(f"unit__{name}" for name in ("code", "name", "path")),
]


class AchievementQuerySet(models.QuerySet["Achievement"]):
    def visible_to(self, user: object) -> "AchievementQuerySet":
        return self.filter(unit__in=policy.units_for(user))

    def of(self, quarter: Quarter, unit: WorkUnit) -> "AchievementQuerySet":
        return self.filter(quarter=quarter, unit=unit)

    def earlier_than(self, row: "Achievement") -> "AchievementQuerySet":
        """Quarters before of the same indicator, newest first: of the versions it replaces, and, before the oldest of
        them, of an indicator with its number and name."""
        from indicators import lineage  # it asks the models

        versions = lineage.versions_up_to(row.indicator)
        namesake = Q(unit=row.unit, indicator__no=versions[-1].no, indicator__name=versions[-1].name)
        same = self.filter(namesake | Q(indicator__in=versions), unit=row.unit)  # another unit's are not shown
        before = same.filter(quarter__opens_at__lt=row.quarter.opens_at)
        return before.select_related("quarter").order_by("-quarter__opens_at")

    def for_pages(self) -> "AchievementQuerySet":
        """With everything a row on a page shows, in a constant number of queries."""
        return self.select_related(
            "indicator__objective", "indicator__decree", "indicator__unit", "unit", "saved_by", "submitted_by"
        ).prefetch_related(
            models.Prefetch("evidence", Evidence.objects.filter(removed_at=None).select_related("slot")),
            "quarter__extensions",
        )

    def for_table(self) -> "AchievementQuerySet":
        """For the entry table of one unit and quarter, which the page already holds."""
        rows = self.annotate(is_example=models.F("indicator__decree__is_example"))
        return rows.select_related("indicator__objective", "submitted_by").defer(*_UNREAD, "sent")

    def by_unit_and_quarter(self) -> "AchievementQuerySet":
        """The first row of each unit and quarter, with `count_<state>` and `count_all` of all its rows."""
        together = [models.F("unit"), models.F("quarter")]
        counts = {
            f"count_{state.value}": Window(Count("pk", filter=Q(state=state)), partition_by=together)
            for state in Achievement.State
        }
        return (
            self.annotate(
                count_all=Window(Count("pk"), partition_by=together),
                place=Window(RowNumber(), partition_by=together, order_by="pk"),
                **counts,
            )
            .filter(place=1)
            .select_related("unit", "quarter")
            .prefetch_related("quarter__extensions")
        )

    def with_rules(self) -> "AchievementQuerySet":
        """With whether an open round holds the row, and whether its year has rules of scoring of its own: what a save
        would otherwise ask for in queries that find nothing."""
        from .round import Assignment  # it names this model
        from .scoring import ScoringYear

        held = Assignment.objects.filter(round__ended_at=None, achievement=models.OuterRef("pk"))
        year = ScoringYear.objects.filter(year=models.OuterRef("quarter__year"))
        return self.annotate(is_held=models.Exists(held), has_scheme=models.Exists(year))

    def for_writing(self) -> "AchievementQuerySet":
        """With what computing and the deadline need, and no more: autosave reads this all the time."""
        return self.select_related("indicator", "unit", "quarter").only(*_WRITTEN)


class Achievement(models.Model):
    """A row: indicator x quarter. `actual` and `percent` are always computed from the rest by `actions.figures`."""

    class State(models.TextChoices):
        EMPTY = "empty", "Belum diisi"
        DRAFT = "draft", "Sedang diisi"
        SUBMITTED = "submitted", "Terkirim"
        RETURNED = "returned", "Dikembalikan"
        VERIFIED = "verified", "Terverifikasi"
        NOT_ENTERED = "not_entered", "Tidak diinput"

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="achievements", verbose_name="indikator")
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="achievements", verbose_name="triwulan")
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="achievements", verbose_name="unit kerja")
    state = models.CharField("status", max_length=15, choices=State.choices, default=State.EMPTY)
    version = models.PositiveIntegerField("versi", default=0)
    values = models.JSONField("nilai variabel", default=dict, blank=True)
    values_from = models.JSONField(  # what was taken from the children, see actions.fill_from_children
        "asal nilai dari turunan", default=dict, blank=True, editable=False
    )
    score = FigureField("nilai langsung", null=True, blank=True)
    score_source = models.CharField("sumber nilai", max_length=300, blank=True)
    no_result = models.BooleanField("belum ada hasil pada triwulan ini", default=False)
    actual = FigureField("realisasi", null=True, blank=True)
    actual_problem = models.CharField("sebab belum dapat dihitung", max_length=300, blank=True)
    percent = FigureField("capaian (%)", null=True, blank=True)
    progress = models.TextField("penjelasan kemajuan", blank=True)
    obstacles = models.TextField("kendala", blank=True)
    follow_up = models.TextField("tindak lanjut", blank=True)
    explanation = models.TextField(  # of what is unusual, see checklist.unusual
        "penjelasan nilai yang tidak biasa", blank=True
    )
    usual = models.JSONField(  # kept by indicators.habits: null before the first save, [] if too little is known
        "rentang yang biasa", null=True, blank=True, editable=False
    )
    filled_slots = models.JSONField(  # names, kept by actions.evidence
        "data dukung yang terpenuhi", default=list, blank=True, editable=False
    )
    file_count = models.PositiveSmallIntegerField(  # kept by actions.evidence
        "jumlah data dukung", default=0, editable=False
    )
    saved_at = models.DateTimeField("terakhir disimpan", null=True, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="disimpan oleh",
    )
    submitted_at = models.DateTimeField("dikirim", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="dikirim oleh",
    )
    submitted_version = models.PositiveIntegerField("versi yang dikirim", null=True, blank=True, editable=False)
    sent = models.JSONField("isi yang dikirim", null=True, blank=True, editable=False)  # as in the receipt
    return_reason = models.TextField("alasan pengembalian", blank=True)
    return_due_at = models.DateTimeField("batas perbaikan", null=True, blank=True)
    is_mended = models.BooleanField("diubah sejak dikembalikan", default=False, editable=False)

    objects = AchievementQuerySet.as_manager()

    class Meta:
        verbose_name = "capaian"
        verbose_name_plural = "capaian"
        ordering = ["quarter", "unit", "indicator__no"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "quarter"], name="achievement_once_a_quarter"),
            models.CheckConstraint(
                name="achievement_submitted_at_and_by_together",
                condition=Q(submitted_at=None, submitted_by=None)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                violation_error_message="Waktu dan pengirim harus diisi bersamaan.",
            ),
            models.CheckConstraint(
                name="achievement_sent_has_sender",
                condition=~Q(state="submitted") | Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="achievement_returned_with_reason_and_due",
                condition=~Q(state="returned") | (Q(return_due_at__isnull=False) & ~Q(return_reason="")),
                violation_error_message="Pengembalian memerlukan alasan dan batas waktu.",
            ),
        ]
        indexes = [models.Index(fields=["unit", "quarter"], name="achievement_unit_quarter")]

    def __str__(self) -> str:
        return f"{self.indicator.code} {self.quarter}"

    def get_absolute_url(self) -> str:
        return reverse("achievement", args=[self.pk])

    @property
    def files(self) -> "list[Evidence]":
        """The evidence that counts."""
        return [file for file in self.evidence.all() if file.removed_at is None]

    @cached_property
    def children_problem(self) -> str:
        """What no longer agrees with the children its values were taken from; lists set it for all rows at once."""
        from indicators import children  # it asks the models

        return children.problems([self]).get(self.pk, "") if self.values_from else ""

    def as_sent(self) -> "Achievement":
        """The row as a receipt has it: what the unit types into a returned row is no claim before it is sent again."""
        if self.sent is None or self.version == self.submitted_version:
            return self
        shown = copy(self)
        for name in ("values", "no_result", "progress", "obstacles", "follow_up", "score_source"):
            setattr(shown, name, self.sent[name])
        shown.explanation = self.sent.get("explanation", "")  # receipts of before have none
        for name in ("score", "actual", "percent"):
            setattr(shown, name, None if self.sent[name] is None else Decimal(self.sent[name]))
        return shown

    def due_at(self) -> datetime:
        """The instant at which this row closes: a returned row has its own."""
        return self.return_due_at if self.state == self.State.RETURNED else self.quarter.due_at(self.unit)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: object) -> "EvidenceQuerySet":
        return self.filter(achievement__unit__in=policy.units_for(user), removed_at=None)


class Evidence(models.Model):
    """A file (data dukung) of one row. Removed ones stay for the audit, out of sight."""

    achievement = models.ForeignKey(Achievement, models.PROTECT, related_name="evidence", verbose_name="capaian")
    slot = models.ForeignKey(
        "indicators.EvidenceSlot",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="files",
        verbose_name="memenuhi syarat",
    )
    linked_from = models.ForeignKey(  # the same bytes, uploaded in an earlier quarter
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="linked_to",
        verbose_name="ditautkan dari",
    )
    name = models.CharField("nama berkas", max_length=200)
    kind = models.CharField("jenis", max_length=30)
    content_type = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField("ukuran")
    sha256 = models.CharField("SHA-256", max_length=64)
    storage_name = models.CharField(max_length=200)
    uploaded_at = models.DateTimeField("diunggah")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="diunggah oleh"
    )
    removed_at = models.DateTimeField("dihapus", null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "data dukung"
        verbose_name_plural = "data dukung"
        ordering = ["uploaded_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["achievement", "sha256"],
                condition=Q(removed_at=None),
                name="evidence_same_file_once_a_row",
            ),
            models.CheckConstraint(name="evidence_is_not_empty", condition=Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("evidence", args=[self.pk])


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, user: object) -> "SubmissionQuerySet":
        return self.filter(unit__in=policy.units_for(user))


class Submission(models.Model):
    """The receipt of one sending: what was sent is frozen in `document`."""

    number = models.CharField("nomor tanda terima", max_length=40, unique=True)
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="submissions", verbose_name="triwulan")
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="submissions", verbose_name="unit kerja")
    sequence = models.PositiveSmallIntegerField("pengiriman ke-")
    at = models.DateTimeField("waktu server")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="dikirim oleh")
    document = models.OneToOneField(Document, models.PROTECT, related_name="submission")

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "pengiriman"
        verbose_name_plural = "pengiriman"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["quarter", "unit", "sequence"], name="submission_sequence_once"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("receipt", args=[self.number])
