"""Signatures on the frozen documents of sheets."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import WorkUnit
from kinerjaku.models import Document


class Signature(models.Model):
    """A place for a signature on a frozen document, filled by whoever signs for the party."""

    class Party(models.TextChoices):
        VERIFIER = "verifier", "Tim Verifikator Biro Perencanaan"
        VALIDATOR = "validator", "Tim Validator Biro Perencanaan"
        ITJEN = "itjen", "Tim Validator Inspektorat Jenderal"
        ADVISER = "adviser", "Pendamping Biro Perencanaan"
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
        """For whom is signed, in words; the bureau and Itjen do not stand for the unit that the sheet is about."""
        return side(self.Party(self.party), self.unit)

    @property
    def is_of_unit(self) -> bool:
        return self.party in OF_THE_UNIT


OF_THE_UNIT = (Signature.Party.LEVEL_TWO, Signature.Party.LEVEL_ONE)


def side(party: Signature.Party, unit: WorkUnit) -> str:
    return f"{party.label}, {unit.name}" if party in OF_THE_UNIT else str(party.label)
