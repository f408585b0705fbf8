"""Letters about the result of a verification."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from kinerjaku.models import Document
from verification.models import Worksheet


class NotaDinasQuerySet(models.QuerySet["NotaDinas"]):
    def visible_to(self, user: object) -> "NotaDinasQuerySet":
        return self.filter(worksheet__unit__in=policy.units_for(user))


class NotaDinas(models.Model):
    """The letter with the result of a verification [L 5], issued by Karoren from a signed worksheet."""

    worksheet = models.OneToOneField(Worksheet, models.PROTECT, related_name="nota_dinas", verbose_name="lembar kerja")
    document = models.OneToOneField(Document, models.PROTECT, related_name="nota_dinas", verbose_name="dokumen")
    number = models.CharField("nomor", max_length=100, unique=True)
    unit_code = models.CharField("kode surat", max_length=20)
    year = models.PositiveSmallIntegerField("tahun")
    serial = models.PositiveIntegerField("nomor urut")
    recipient = models.CharField("yth.", max_length=200)
    issued_at = models.DateTimeField("diterbitkan")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="diterbitkan oleh"
    )

    objects = NotaDinasQuerySet.as_manager()

    class Meta:
        verbose_name = "nota dinas"
        verbose_name_plural = "nota dinas"
        ordering = ["-year", "-serial"]
        constraints = [
            models.UniqueConstraint(fields=["unit_code", "year", "serial"], name="nota_dinas_serial_once"),
            models.CheckConstraint(name="nota_dinas_serial_from_1", condition=Q(serial__gte=1)),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("nota", args=[self.pk])
