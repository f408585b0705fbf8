"""What parties sign about one unit: worked on, frozen, signed. Each kind of worksheet is one of these."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from kinerjaku.models import Document
from services.models import Case


class SheetQuerySet(models.QuerySet["Sheet"]):
    def visible_to(self, user: object) -> "SheetQuerySet":
        return self.filter(unit__in=policy.units_for(user))

    def to_sign(self) -> "SheetQuerySet":
        """Those that wait for signatures."""
        return self.filter(state=Sheet.State.FROZEN)


class Sheet(models.Model):
    """Each freezing makes a new revision with a document of its own.

    A kind of sheet adds `route`, with which the names of its pages begin; `noun`, what it is; `about`, what sets two
    sheets of a unit apart (“Triwulan I 2026”); `named_by`, what is read with it to say so; and `file_name` of its PDF.
    """

    class State(models.TextChoices):
        OPEN = "open", "Sedang dikerjakan"
        FROZEN = "frozen", "Menunggu tanda tangan"
        SIGNED = "signed", "Ditandatangani"
        REPORTED = "reported", "Selesai"

    route: str
    noun: str
    about: str
    file_name: str
    named_by: tuple[str, ...] = ("unit",)
    why_locked = ""  # why nothing may be done with it any more, in a sentence; a kind of sheet may have reasons

    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="%(class)ss", verbose_name="unit kerja")
    state = models.CharField("status", max_length=10, choices=State.choices, default=State.OPEN)
    revision = models.PositiveSmallIntegerField("revisi", default=0)
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="%(class)s", verbose_name="dokumen"
    )
    created_at = models.DateTimeField("dibuat")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_has_document_unless_open",
                condition=Q(state="open", document=None) | (~Q(state="open") & Q(document__isnull=False)),
            )
        ]

    def get_absolute_url(self) -> str:
        return reverse(self.route, args=[self.pk])

    @property
    def sign_path(self) -> str:
        """Where its frozen text is read and signed."""
        return reverse(f"{self.route}_sign", args=[self.pk])

    @property
    def refuse_path(self) -> str:
        return reverse(f"{self.route}_refuse", args=[self.pk])

    @property
    def reopen_path(self) -> str:
        return reverse(f"{self.route}_reopen", args=[self.pk])


class CaseSheetQuerySet(SheetQuerySet):
    def to_sign(self) -> "SheetQuerySet":
        return super().to_sign().exclude(case__state=Case.State.CANCELLED)


class CaseSheet(Sheet):
    """A sheet that is made with its case and is locked when that is cancelled; adds `case`."""

    case: Case

    class Meta(Sheet.Meta):
        abstract = True

    @property
    def why_locked(self) -> str:
        if self.case.state != Case.State.CANCELLED:
            return ""
        return f"Berkas layanannya dibatalkan, jadi lembar kerja ini terkunci. Alasan: {self.case.end_reason}"
