"""Decrees (keputusan): which set of indicators is in force when, and who stands for it [K]."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from indicators.quarters import ends_on
from kinerjaku.models import Document


class DecreeQuerySet(models.QuerySet["Decree"]):
    def visible_to(self, user: object) -> "DecreeQuerySet":
        """Open to everyone who is signed in, as the catalogue is; drafts too, they say so."""
        return self if getattr(user, "is_authenticated", False) else self.none()

    def in_force(self, year: int, on: date) -> "DecreeQuerySet":
        """Enacted, begun by that day, and not yet replaced by an amendment. See docs/decisions/0018."""
        begun = Q(state=Decree.State.ENACTED, in_force_from__lte=on)
        newer = Decree.objects.filter(begun, amends=OuterRef("pk"))
        return self.filter(begun, ~Exists(newer), year=year)


class Decree(models.Model):
    """The decision an indicator set belongs to. An amendment carries the whole set as it is afterwards."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draf"
        ENACTED = "enacted", "Ditetapkan"
        REVOKED = "revoked", "Dicabut"

    key = models.SlugField("kunci", max_length=60, unique=True)
    number = models.CharField("nomor", max_length=100, blank=True)
    title = models.CharField("judul", max_length=400)
    year = models.PositiveSmallIntegerField("tahun", db_index=True)
    state = models.CharField("status", max_length=10, choices=State.choices, default=State.DRAFT)
    decided_on = models.DateField("tanggal penetapan", null=True, blank=True)
    in_force_from = models.DateField(
        "berlaku sejak", blank=True, help_text="Kosong: sejak 1 Januari tahunnya. Dipakai mulai triwulan tanggal ini."
    )
    amends = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="amendments", verbose_name="mengubah keputusan"
    )
    amends_text = models.CharField("mengubah (menurut naskah)", max_length=200, blank=True)
    legal_basis = models.JSONField("dasar hukum", default=list, blank=True)
    is_example = models.BooleanField("contoh", default=False, help_text="Data contoh, bukan keputusan yang sebenarnya.")
    asked_at = models.DateTimeField("paraf diminta pada", null=True, blank=True, editable=False)
    asked_hash = models.CharField(  # of the content for which initials are asked
        max_length=64, blank=True, editable=False
    )
    enacted_at = models.DateTimeField("ditetapkan pada", null=True, blank=True, editable=False)
    enacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="ditetapkan oleh",
    )
    revoked_at = models.DateTimeField("dicabut pada", null=True, blank=True, editable=False)
    revoke_reason = models.TextField("alasan pencabutan", blank=True, editable=False)
    document = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, editable=False, related_name="decree", verbose_name="lampiran"
    )

    objects = DecreeQuerySet.as_manager()

    class Meta:
        verbose_name = "keputusan"
        verbose_name_plural = "keputusan"
        ordering = ["-year", "key"]
        constraints = [
            models.CheckConstraint(
                name="decree_does_not_amend_itself",
                condition=Q(amends=None) | ~Q(amends=F("pk")),
                violation_error_message="Keputusan tidak dapat mengubah dirinya sendiri.",
            ),
            models.UniqueConstraint(
                fields=["amends"],
                condition=Q(state="enacted"),
                name="decree_amended_once",
                violation_error_message="Keputusan itu sudah diubah keputusan lain yang berlaku.",
            ),
            models.CheckConstraint(
                name="decree_revoked_with_reason",
                condition=~Q(state="revoked") | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
                violation_error_message="Pencabutan memerlukan alasan.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.title}{' (contoh)' if self.is_example else ''}"

    def save(self, *args: Any, **options: Any) -> None:
        self.in_force_from = self.in_force_from or date(self.year, 1, 1)
        super().save(*args, **options)

    def clean(self) -> None:
        from indicators.decree_rules import require_sound_amendment  # it asks the models

        require_sound_amendment(self)

    def get_absolute_url(self) -> str:
        return reverse("decree", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_enacted(self) -> bool:
        return self.state == self.State.ENACTED

    def counts_in(self, year: int, number: int) -> bool:
        """Whether this is the version in force for the quarter."""
        return Decree.objects.in_force(year, ends_on(year, number)).filter(pk=self.pk).exists()

    @property
    def reference(self) -> str:
        """How reports name the version: number and title."""
        number = f"Nomor {self.number}" if self.number else "Tanpa nomor"
        return f"{number}, {self.title}{' (contoh)' if self.is_example else ''}"

    def wanted(self) -> "list[DecreeSignature.Party]":
        """Whose initial or signature is asked for now: both initials in any order, then the signature."""
        if not self.is_draft or not self.asked_hash:
            return []
        given = {one.party for one in self.signatures.all() if one.content_hash == self.asked_hash}
        party = DecreeSignature.Party
        return [one for one in (party.PLANNING, party.LEGAL) if one not in given] or [party.SECRETARY]


class DecreeSignature(models.Model):
    """An initial or the signature under a draft: for the content whose hash it bears, and no other."""

    class Party(models.IntegerChoices):
        PLANNING = 1, "Paraf Kepala Biro Perencanaan"
        LEGAL = 2, "Paraf Kepala Biro Hukum"
        SECRETARY = 3, "Tanda tangan Sekretaris Jenderal"

    decree = models.ForeignKey(Decree, models.CASCADE, related_name="signatures", verbose_name="keputusan")
    party = models.PositiveSmallIntegerField("pihak", choices=Party.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="oleh")
    position = models.CharField("jabatan", max_length=200, blank=True)
    signed_at = models.DateTimeField("waktu")
    content_hash = models.CharField("hash isi", max_length=64)

    class Meta:
        verbose_name = "paraf dan tanda tangan"
        verbose_name_plural = "paraf dan tanda tangan"
        ordering = ["decree_id", "party"]
        constraints = [
            models.UniqueConstraint(fields=["decree", "party"], name="decree_signed_once_a_party"),
            models.UniqueConstraint(fields=["decree", "person"], name="decree_signed_once_a_person"),
            models.CheckConstraint(name="decree_signature_has_hash", condition=~Q(content_hash="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()}: {self.person}"
