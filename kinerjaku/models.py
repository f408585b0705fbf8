"""Facts of the kernel: the audit chain, frozen documents, and the numbers of letters."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse


class AuditHead(models.Model):
    """The end of the chain, one row. Whoever appends locks it; it also shows when the last entries were cut off."""

    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [models.CheckConstraint(name="audit_head_is_one_row", condition=Q(pk=1))]


class AuditEntry(models.Model):
    """One act: who did what to which object when, before and after, chained by hash. Written by `audit.record` only."""

    seq = models.BigIntegerField("nomor", primary_key=True)
    at = models.DateTimeField("waktu", db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="pelaku",
    )
    verb = models.CharField("tindakan", max_length=60)
    target_type = models.CharField("jenis objek", max_length=60)
    target_id = models.CharField("id objek", max_length=40)
    before = models.JSONField("sebelum", null=True)
    after = models.JSONField("sesudah", null=True)
    reason = models.TextField("alasan", blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = "catatan audit"
        verbose_name_plural = "catatan audit"
        ordering = ["-seq"]
        indexes = [models.Index(fields=["target_type", "target_id", "seq"], name="audit_target")]

    def __str__(self) -> str:
        return f"#{self.seq} {self.verb} {self.target_type} {self.target_id}"


class Document(models.Model):
    """Frozen content that becomes a PDF once. See `documents.py`, which is the only writer."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "Tanda terima pengiriman capaian"
        WORKSHEET = "worksheet", "Lembar kerja verifikasi capaian kinerja"
        VALIDATION = "validation", "Lembar kerja validasi indikator kinerja"
        ASSISTANCE = "assistance", "Lembar kerja pendampingan laporan kinerja"
        DECREE = "decree", "Lampiran keputusan indikator kinerja"
        NOTA_DINAS = "nota_dinas", "Nota dinas"
        APOLOGY = "apology", "Surat permohonan maaf"
        INVITATION = "invitation", "Surat undangan"
        SERVICE_REPORT = "service_report", "Laporan kinerja pelayanan"
        SURVEY_REPORT = "survey_report", "Laporan survei kepuasan masyarakat"

    SIGNED_BY_PARTIES = (
        Kind.WORKSHEET,
        Kind.VALIDATION,
        Kind.ASSISTANCE,
        Kind.DECREE,
    )  # the others are issued by one person

    kind = models.CharField("jenis", max_length=20, choices=Kind.choices)
    code = models.CharField("kode pemeriksaan", max_length=20, unique=True)
    title = models.CharField("judul", max_length=300)
    number = models.CharField("nomor", max_length=100, blank=True)
    content = models.JSONField("isi")
    content_hash = models.CharField("hash isi (SHA-256)", max_length=64)
    created_at = models.DateTimeField("dibekukan")
    attestations = models.JSONField("penanda tangan", default=list, blank=True)
    sealed_at = models.DateTimeField("lengkap ditandatangani", null=True, blank=True)
    storage_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField("hash PDF (SHA-256)", max_length=64, blank=True)
    size = models.PositiveBigIntegerField("ukuran", null=True, blank=True)
    rendered_at = models.DateTimeField("PDF dibuat", null=True, blank=True)
    voided_at = models.DateTimeField("dibatalkan", null=True, blank=True)
    void_reason = models.TextField("alasan pembatalan", blank=True)

    class Meta:
        verbose_name = "dokumen"
        verbose_name_plural = "dokumen"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="document_rendered_whole_or_not_at_all",
                condition=Q(rendered_at=None, sha256="", storage_name="", size=None)
                | (
                    Q(rendered_at__isnull=False, sealed_at__isnull=False, size__gt=0)
                    & ~Q(sha256="")
                    & ~Q(storage_name="")
                ),
                violation_error_message="PDF, hash, dan waktunya disimpan bersamaan, setelah dokumen lengkap.",
            ),
            models.CheckConstraint(
                name="document_voided_with_reason",
                condition=Q(voided_at=None, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                violation_error_message="Pembatalan memerlukan alasan.",
            ),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="document_number_once"),
        ]
        indexes = [
            models.Index(
                fields=["sealed_at"],
                name="document_to_render",
                condition=Q(rendered_at=None, sealed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("document_check", args=[self.code])

    @property
    def is_signed_by_parties(self) -> bool:
        return self.kind in self.SIGNED_BY_PARTIES

    @property
    def state_label(self) -> str:
        """For people, on the public page and in lists."""
        if self.voided_at:
            return "Dibatalkan"
        if not self.sealed_at:
            return "Menunggu tanda tangan"
        return "Sah" if self.rendered_at else "Sah, PDF sedang dibuat"


class NumberSeries(models.Model):
    """The last serial given out in one series of a year. Whoever takes the next one locks the row."""

    unit_code = models.CharField("kode surat", max_length=20)
    year = models.PositiveSmallIntegerField("tahun")
    last = models.PositiveIntegerField("nomor terakhir", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "seri nomor surat"
        constraints = [models.UniqueConstraint(fields=["unit_code", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.unit_code} {self.year}: {self.last}"
