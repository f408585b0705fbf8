"""Verification worksheets (lembar kerja) and the signatures on frozen documents."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from indicators.models import Achievement, Quarter
from kinerjaku.fields import FigureField
from kinerjaku.models import Document
from services.models import Case

CLAIMED = (Achievement.State.SUBMITTED, Achievement.State.VERIFIED)  # only what was sent can be conform


class WorksheetQuerySet(models.QuerySet["Worksheet"]):
    def visible_to(self, user: object) -> "WorksheetQuerySet":
        return self.filter(unit__in=policy.units_for(user))

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


class Worksheet(models.Model):
    """The joint verification of a unit's quarter [M 3.2]. Each freezing makes a new revision and document."""

    class State(models.TextChoices):
        OPEN = "open", "Sedang diverifikasi"
        FROZEN = "frozen", "Menunggu tanda tangan"
        SIGNED = "signed", "Ditandatangani"
        REPORTED = "reported", "Selesai"

    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="worksheets", verbose_name="unit kerja")
    quarter = models.ForeignKey(Quarter, models.PROTECT, related_name="worksheets", verbose_name="triwulan")
    state = models.CharField("status", max_length=10, choices=State.choices, default=State.OPEN)
    revision = models.PositiveSmallIntegerField("revisi", default=0)
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="worksheet", verbose_name="dokumen"
    )
    case = models.OneToOneField(
        Case, models.PROTECT, null=True, blank=True, related_name="worksheet", verbose_name="berkas layanan"
    )
    created_at = models.DateTimeField("dibuat")

    objects = WorksheetQuerySet.as_manager()

    class Meta:
        verbose_name = "lembar kerja verifikasi"
        verbose_name_plural = "lembar kerja verifikasi"
        ordering = ["-quarter__year", "-quarter__number", "unit__path"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "quarter"], name="worksheet_once_a_quarter"),
            models.CheckConstraint(
                name="worksheet_has_document_unless_open",
                condition=Q(state="open", document=None) | (~Q(state="open") & Q(document__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Lembar kerja {self.unit.code} {self.quarter}"

    def get_absolute_url(self) -> str:
        return reverse("worksheet", args=[self.pk])


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


class SignatureQuerySet(models.QuerySet["Signature"]):
    def waiting(self) -> "SignatureQuerySet":
        """Slots whose turn it is: not signed, document alive, nobody before them open."""
        earlier = Signature.objects.filter(
            document=models.OuterRef("document"), order__lt=models.OuterRef("order"), signed_at=None
        )
        return self.filter(~models.Exists(earlier), signed_at=None, document__voided_at=None)


class Signature(models.Model):
    """A place for a signature on a frozen document, filled by whoever signs for the party."""

    class Party(models.TextChoices):
        VERIFIER = "verifier", "Tim Verifikator Biro Perencanaan"
        LEVEL_TWO = "level_two", "Unit kerja Eselon II"
        LEVEL_ONE = "level_one", "Unit kerja Eselon I"

    document = models.ForeignKey(Document, models.PROTECT, related_name="signatures", verbose_name="dokumen")
    order = models.PositiveSmallIntegerField("urutan")
    party = models.CharField("pihak", max_length=10, choices=Party.choices)
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="+", verbose_name="unit kerja")
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="signatures",
        verbose_name="penanda tangan",
    )
    signed_at = models.DateTimeField("ditandatangani", null=True, blank=True)
    content_hash = models.CharField("hash yang ditandatangani", max_length=64, blank=True)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = "tanda tangan"
        verbose_name_plural = "tanda tangan"
        ordering = ["document", "order"]
        constraints = [
            models.UniqueConstraint(fields=["document", "party"], name="signature_once_a_party"),
            models.UniqueConstraint(
                fields=["document", "signer"],
                name="signature_once_a_person",
                violation_error_message="Satu orang menandatangani satu dokumen hanya sekali.",
            ),
            models.CheckConstraint(
                name="signature_whole_or_not_at_all",
                condition=Q(signer=None, signed_at=None, content_hash="")
                | (Q(signer__isnull=False, signed_at__isnull=False) & ~Q(content_hash="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()}, {self.unit.code}"

    @property
    def side(self) -> str:
        """For whom is signed, in words; the verifier stands for the bureau, not for the unit that is verified."""
        return side(self.Party(self.party), self.unit)


def side(party: Signature.Party, unit: WorkUnit) -> str:
    return str(party.label) if party == Signature.Party.VERIFIER else f"{party.label}, {unit.name}"
