"""Reports on the performance of the services, one a month and one a quarter (memo 4.8)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from kinerjaku.models import Document


class ServiceReport(models.Model):
    """Drafted by the schedule when its period is over; its figures are those of that instant and stay so."""

    class Kind(models.TextChoices):
        MONTH = "month", "Bulanan"
        QUARTER = "quarter", "Triwulanan"

    kind = models.CharField("jenis", max_length=10, choices=Kind.choices)
    first = models.DateField("hari pertama")
    last = models.DateField("hari terakhir")
    title = models.CharField("periode", max_length=60)
    document = models.OneToOneField(Document, models.PROTECT, related_name="service_report", verbose_name="dokumen")
    made_at = models.DateTimeField("disusun")
    read_at = models.DateTimeField("dibaca Kepala Biro Perencanaan", null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dibaca oleh"
    )
    direction = models.TextField("arahan", blank=True)

    class Meta:
        verbose_name = "laporan kinerja pelayanan"
        verbose_name_plural = "laporan kinerja pelayanan"
        ordering = ["-last", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "first"], name="service_report_once_a_period"),
            models.CheckConstraint(name="service_report_period_in_order", condition=Q(first__lte=F("last"))),
            models.CheckConstraint(
                name="service_report_read_whole_or_not_at_all",
                condition=Q(read_at=None, read_by=None, direction="") | Q(read_at__isnull=False, read_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Laporan kinerja pelayanan {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("service_report", args=[self.pk])
