"""What a late service owes (memo 4.6): obligations, the letter of apology, and the record of a result handed over."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts import policy
from kinerjaku.models import Document
from services import sla

from .case import Case

PERSON: dict[str, Any] = {"on_delete": models.PROTECT, "null": True, "blank": True, "related_name": "+"}


class Apology(models.Model):
    """The letter of apology of a case, one for all that it owes: drafted by the owner, then issued by Karoren."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="apology", verbose_name="berkas")
    cause = models.TextField("sebab keterlambatan")
    prevention = models.TextField("pencegahan")
    drafted_at = models.DateTimeField("disusun")  # the time used is told as of this instant
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="penyusun")
    version = models.PositiveIntegerField("versi", default=0)
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="apology", verbose_name="dokumen"
    )
    issued_at = models.DateTimeField("terbit", null=True, blank=True)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="penerbit", **PERSON)

    class Meta:
        verbose_name = "surat permohonan maaf"
        verbose_name_plural = "surat permohonan maaf"
        ordering = ["-drafted_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="apology_says_why", condition=~Q(cause="") & ~Q(prevention="")),
            models.CheckConstraint(
                name="apology_issued_whole_or_not_at_all",
                condition=Q(document=None, issued_at=None, issued_by=None)
                | Q(document__isnull=False, issued_at__isnull=False, issued_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Surat permohonan maaf: {self.case}"

    def get_absolute_url(self) -> str:
        return reverse("apology", args=[self.case_id])


class Handover(models.Model):
    """The record (berita acara) of a result that was handed over in person; who, to whom and when stand in its
    obligation. Its signed copy, if there is one, is a file as hostile as any other."""

    place = models.CharField("tempat", max_length=200)
    what = models.TextField("yang diserahkan")
    scan_name = models.CharField("pindaian", max_length=200, blank=True)
    scan_type = models.CharField(max_length=120, blank=True)
    scan_size = models.PositiveBigIntegerField("ukuran", null=True, blank=True)
    scan_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    scan_storage_name = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "berita acara penyerahan"
        verbose_name_plural = "berita acara penyerahan"
        constraints = [
            models.CheckConstraint(name="handover_says_what_and_where", condition=~Q(place="") & ~Q(what="")),
            models.CheckConstraint(
                name="handover_scan_whole_or_not_at_all",
                condition=Q(scan_name="", scan_type="", scan_size=None, scan_sha256="", scan_storage_name="")
                | (
                    Q(scan_size__gt=0)
                    & ~Q(scan_name="")
                    & ~Q(scan_type="")
                    & ~Q(scan_sha256="")
                    & ~Q(scan_storage_name="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Berita acara penyerahan, {self.place}"


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, user: object) -> "ObligationQuerySet":
        return self.filter(case__unit__in=policy.units_for(user))

    def unsettled(self) -> "ObligationQuerySet":
        return self.filter(fulfilled_at=None, waived_at=None)

    def overdue(self, at: datetime) -> "ObligationQuerySet":
        """At exactly the due instant it is still in time."""
        return self.unsettled().filter(due_at__lt=at)

    def to_escalate(self, at: datetime) -> "ObligationQuerySet":
        """Overdue, and those above have not been told of it yet."""
        return self.overdue(at).filter(escalation=None)

    def as_of(self, at: datetime) -> "ObligationQuerySet":
        """With `state` at this instant, and `urgency` to sort by."""
        State = Obligation.State
        return self.annotate(
            urgency=models.Case(
                models.When(waived_at__isnull=False, then=State.WAIVED.urgency),
                models.When(fulfilled_at__isnull=False, then=State.FULFILLED.urgency),
                models.When(due_at__lt=at, then=State.OVERDUE.urgency),
                default=State.OWED.urgency,
            )
        )


class Obligation(models.Model):
    """A compensation that is owed. It accrues once a case and kind and never shrinks; a person owns it until it is
    fulfilled or waived."""

    class Kind(models.TextChoices):
        ORAL = sla.ORAL, "Permohonan maaf lisan"
        WRITTEN = sla.WRITTEN, "Permohonan maaf tertulis"
        IN_PERSON = sla.IN_PERSON, "Hasil layanan disampaikan langsung"

    class Manner(models.TextChoices):
        FACE_TO_FACE = "face_to_face", "Tatap muka"
        TELEPHONE = "telephone", "Telepon"
        MEETING = "meeting", "Rapat"

    class State(models.TextChoices):
        """In the order of urgency."""

        OVERDUE = "overdue", "Terlambat"
        OWED = "owed", "Terutang"
        FULFILLED = "fulfilled", "Dipenuhi"
        WAIVED = "waived", "Dibebaskan"

        @property
        def urgency(self) -> int:
            return list(type(self)).index(self)

    BY_LETTER = (Kind.WRITTEN, Kind.IN_PERSON)

    case = models.ForeignKey(Case, models.PROTECT, related_name="obligations", verbose_name="berkas")
    kind = models.CharField("kewajiban", max_length=10, choices=Kind.choices)
    accrued_at = models.DateTimeField("terutang sejak")
    due_at = models.DateTimeField("paling lambat")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="obligations",
        verbose_name="penanggung jawab",
    )
    letter = models.ForeignKey(
        Apology, models.PROTECT, null=True, blank=True, related_name="obligations", verbose_name="surat"
    )
    handover = models.OneToOneField(
        Handover, models.PROTECT, null=True, blank=True, related_name="obligation", verbose_name="berita acara"
    )
    manner = models.CharField("cara", max_length=12, choices=Manner.choices, blank=True)
    note = models.TextField("catatan", blank=True)
    fulfilled_at = models.DateTimeField("disampaikan", null=True, blank=True)  # when it was done, not when it was noted
    fulfilled_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="disampaikan oleh", **PERSON)
    handed_to = models.CharField("kepada", max_length=200, blank=True)
    handed_to_position = models.CharField("jabatan penerima", max_length=200, blank=True)
    recorded_at = models.DateTimeField("dicatat", null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="dicatat oleh", **PERSON)
    waived_at = models.DateTimeField("dibebaskan", null=True, blank=True)
    waived_by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name="dibebaskan oleh", **PERSON)
    waiver_reason = models.TextField("alasan pembebasan", blank=True)

    urgency: int  # of `as_of`

    objects = ObligationQuerySet.as_manager()

    class Meta:
        verbose_name = "kewajiban kompensasi"
        verbose_name_plural = "kewajiban kompensasi"
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind"], name="obligation_once_a_kind"),
            models.CheckConstraint(
                name="obligation_fulfilled_whole_or_not_at_all",
                condition=Q(
                    fulfilled_at=None,
                    fulfilled_by=None,
                    handed_to="",
                    handed_to_position="",
                    recorded_at=None,
                    recorded_by=None,
                )
                | (
                    Q(
                        fulfilled_at__isnull=False,
                        fulfilled_by__isnull=False,
                        recorded_at__isnull=False,
                        recorded_by__isnull=False,
                    )
                    & ~Q(handed_to="")
                    & ~Q(handed_to_position="")
                ),
                violation_error_message="Tulis siapa menyampaikan, kepada siapa, dan kapan.",
            ),
            models.CheckConstraint(
                name="obligation_fulfilled_after_it_accrued",
                condition=Q(fulfilled_at=None)
                | Q(fulfilled_at__gte=F("accrued_at"), fulfilled_at__lte=F("recorded_at")),
            ),
            models.CheckConstraint(
                name="obligation_has_the_proof_of_its_kind",
                condition=Q(fulfilled_at=None)
                | (Q(kind="oral") & ~Q(manner=""))
                | Q(kind="written", letter__isnull=False)
                | Q(kind="in_person", letter__isnull=False, handover__isnull=False),
            ),
            models.CheckConstraint(
                name="obligation_letter_not_for_the_oral_one", condition=Q(letter=None) | ~Q(kind="oral")
            ),
            models.CheckConstraint(
                name="obligation_handover_only_in_person",
                condition=Q(handover=None) | Q(kind="in_person", fulfilled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="obligation_waived_with_reason",
                condition=Q(waived_at=None, waived_by=None, waiver_reason="")
                | (Q(waived_at__isnull=False, waived_by__isnull=False) & ~Q(waiver_reason="")),
                violation_error_message="Pembebasan memerlukan alasan.",
            ),
            models.CheckConstraint(
                name="obligation_fulfilled_or_waived", condition=Q(fulfilled_at=None) | Q(waived_at=None)
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="obligation_unsettled", condition=Q(fulfilled_at=None, waived_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.case}"

    def get_absolute_url(self) -> str:
        return reverse("obligation", args=[self.pk])

    @property
    def state(self) -> "Obligation.State":
        """Of a row that was read `as_of` an instant."""
        return list(self.State)[self.urgency]

    @property
    def is_settled(self) -> bool:
        return bool(self.fulfilled_at or self.waived_at)
