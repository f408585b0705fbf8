"""Assistance with annual performance reports (lembar kerja pendampingan LKj) [M 3.3]."""

from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from services.models import Case
from verification.models import Sheet
from verification.models.sheet import CaseSheet, CaseSheetQuerySet

REQUEST, ASSISTANCE, HANDOVER = 3, 4, 5  # steps of the standard: asked for, given, handed over


class Point(NamedTuple):
    """One line of the checklist, as the standard of the case words it."""

    no: int
    group: str
    text: str


class AssistanceSheetQuerySet(CaseSheetQuerySet):
    def with_progress(self) -> "AssistanceSheetQuerySet":
        """With `row_count` and `answered_count`, the query twin of `AssistanceRow.is_answered`."""
        answered = ~Q(rows__answer=AssistanceRow.Answer.PENDING)
        return self.annotate(row_count=models.Count("rows"), answered_count=models.Count("rows", filter=answered))

    def at_stage(self, stage: str) -> "AssistanceSheetQuerySet":
        """The query twin of `AssistanceSheet.stage`."""
        Stage, cancelled = AssistanceSheet.Stage, Q(case__state=Case.State.CANCELLED)
        with_unit = Q(case__step__order__lte=REQUEST)
        found = {
            Stage.WITH_UNIT: ~cancelled & with_unit & Q(state=Sheet.State.OPEN),
            Stage.ASSISTED: ~cancelled & ~with_unit & Q(state=Sheet.State.OPEN),
            Stage.FROZEN: ~cancelled & Q(state=Sheet.State.FROZEN),
            Stage.SIGNED: ~cancelled & Q(state=Sheet.State.SIGNED),
            Stage.CANCELLED: cancelled,
        }
        return self.filter(found[Stage(stage)])


class AssistanceSheet(CaseSheet):
    """The bureau's findings about the draft of a unit's report on one year. Made with its case, and moves it."""

    class Stage(models.TextChoices):
        """Where it stands: its own state, whose turn its case says it is, and whether that was cancelled."""

        WITH_UNIT = "with_unit", "Disiapkan unit"
        ASSISTED = "assisted", "Sedang didampingi"
        FROZEN = "frozen", "Menunggu tanda tangan"
        SIGNED = "signed", "Ditandatangani"
        CANCELLED = "cancelled", "Dibatalkan"

    route = "assistance"
    noun = "lembar kerja pendampingan"
    named_by = ("unit", "case__step")

    case = models.OneToOneField(Case, models.PROTECT, related_name="assistance", verbose_name="berkas layanan")
    year = models.PositiveSmallIntegerField("tahun laporan")
    notes = models.TextField("catatan umum dan rekomendasi", blank=True)
    notes_version = models.PositiveIntegerField("versi catatan umum", default=0)

    objects = AssistanceSheetQuerySet.as_manager()

    class Meta(Sheet.Meta):
        verbose_name = "lembar kerja pendampingan"
        verbose_name_plural = "lembar kerja pendampingan"
        ordering = ["-year", "unit__path", "pk"]

    def __str__(self) -> str:
        return f"Lembar kerja pendampingan {self.unit.code} {self.year}"

    @property
    def about(self) -> str:
        return f"Tahun {self.year}"

    @property
    def file_name(self) -> str:
        return f"pendampingan-lkj-{self.unit.code}-{self.year}"

    @property
    def stage(self) -> Stage:
        if self.case.state == Case.State.CANCELLED:
            return self.Stage.CANCELLED
        if self.state != self.State.OPEN:
            return self.Stage(self.state)
        return self.Stage.WITH_UNIT if self.case.step.order <= REQUEST else self.Stage.ASSISTED

    @property
    def was_returned(self) -> bool:
        """It is with the unit for another time: a request completes all three steps of the unit at once."""
        return self.stage == self.Stage.WITH_UNIT and self.case.step.order == REQUEST

    @property
    def points(self) -> dict[int, Point]:
        """The checklist by number. A standard that a case follows is never changed."""
        lines = enumerate(self.case.standard.checklist, 1)
        return {no: Point(no, line["group"], line["text"]) for no, line in lines}


class AssistanceRow(models.Model):
    """What the bureau found on one point of the checklist."""

    class Answer(models.TextChoices):
        PENDING = "pending", "Belum dijawab"
        YES = "conform", "Sesuai"
        PARTLY = "partial", "Sebagian"
        NO = "nonconform", "Tidak sesuai"
        NOT_APPLICABLE = "not_applicable", "Tidak berlaku"

    EXPLAINED = (Answer.PARTLY, Answer.NO)  # the unit has to know what to mend

    sheet = models.ForeignKey(
        AssistanceSheet, models.CASCADE, related_name="rows", verbose_name="lembar kerja pendampingan"
    )
    no = models.PositiveSmallIntegerField("nomor butir")
    answer = models.CharField("jawaban", max_length=15, choices=Answer.choices, default=Answer.PENDING)
    note = models.TextField("catatan", blank=True)
    version = models.PositiveIntegerField("versi", default=0)
    decided_at = models.DateTimeField("dijawab", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="dijawab oleh",
    )

    class Meta:
        verbose_name = "butir pendampingan"
        verbose_name_plural = "butir pendampingan"
        ordering = ["sheet", "no"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "no"], name="assistance_row_once_a_point"),
            models.CheckConstraint(name="assistance_row_from_1", condition=Q(no__gte=1)),
            models.CheckConstraint(
                name="assistance_row_decided_whole_or_not_at_all",
                condition=Q(answer="pending", decided_at=None, decided_by=None)
                | (~Q(answer="pending") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="assistance_row_fault_has_note",
                condition=~Q(answer__in=["partial", "nonconform"]) | ~Q(note=""),
                violation_error_message="Jawaban “sebagian” dan “tidak sesuai” memerlukan catatan.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} butir {self.no}"

    def get_absolute_url(self) -> str:
        return reverse("assistance_point", args=[self.pk])

    @property
    def point(self) -> Point:
        return self.sheet.points[self.no]

    @property
    def is_answered(self) -> bool:
        return self.answer != self.Answer.PENDING

    @property
    def in_words(self) -> str:
        """Answer and note in one line, for the history and for whoever typed something else."""
        return f"{self.get_answer_display()}: {self.note}" if self.note else str(self.get_answer_display())


class ReportDraftQuerySet(models.QuerySet["ReportDraft"]):
    def visible_to(self, user: object) -> "ReportDraftQuerySet":
        return self.filter(sheet__unit__in=policy.units_for(user))

    def present(self) -> "ReportDraftQuerySet":
        """Those that were not taken away, the one that counts first."""
        return self.filter(removed_at=None).order_by("-uploaded_at", "-pk")


class ReportDraft(models.Model):
    """One version of the draft of a performance report; the newest counts. What was sent once stays."""

    sheet = models.ForeignKey(
        AssistanceSheet, models.CASCADE, related_name="drafts", verbose_name="lembar kerja pendampingan"
    )
    name = models.CharField("nama berkas", max_length=150)
    kind = models.CharField("jenis", max_length=20)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField("ukuran")
    sha256 = models.CharField(max_length=64)
    storage_name = models.CharField(max_length=200)
    note = models.CharField("keterangan", max_length=300, blank=True)
    uploaded_at = models.DateTimeField("diunggah")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="pengunggah"
    )
    sent_at = models.DateTimeField("dikirim", null=True, blank=True)
    removed_at = models.DateTimeField("dihapus", null=True, blank=True)

    objects = ReportDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "rancangan laporan kinerja"
        verbose_name_plural = "rancangan laporan kinerja"
        ordering = ["sheet", "-uploaded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "sha256"],
                condition=Q(removed_at=None),
                name="report_draft_once_a_content",
                violation_error_message="Berkas yang sama sudah diunggah.",
            ),
            models.CheckConstraint(name="report_draft_is_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="report_draft_sent_stays",
                condition=Q(sent_at=None) | Q(removed_at=None),
                violation_error_message="Rancangan yang sudah dikirim tidak dapat dihapus.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("assistance_draft", args=[self.pk])
