"""Letters about the result of a verification or a validation."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts import policy
from accounts.models import WorkUnit
from indicators.quarters import ROMAN
from kinerjaku.models import Document
from verification.models import ValidationSheet, Worksheet


class NotaDinasQuerySet(models.QuerySet["NotaDinas"]):
    def visible_to(self, user: object) -> "NotaDinasQuerySet":
        return self.filter(unit__in=policy.units_for(user))


class NotaDinas(models.Model):
    """The letter with the result of a verification [L 5] or a validation [M 3.1 step 6], issued by Karoren from a
    signed worksheet. The fields for the two are named as their `route`."""

    worksheet = models.OneToOneField(
        Worksheet,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="nota_dinas",
        verbose_name="lembar kerja verifikasi",
    )
    validation = models.OneToOneField(
        ValidationSheet,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="nota_dinas",
        verbose_name="lembar kerja validasi",
    )
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="nota_dinas", verbose_name="unit kerja")
    about_year = models.PositiveSmallIntegerField("tentang tahun")
    about_quarter = models.PositiveSmallIntegerField("tentang triwulan", null=True, blank=True)
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
            models.CheckConstraint(
                name="nota_dinas_of_one_sheet",
                condition=Q(worksheet__isnull=False, validation=None, about_quarter__range=(1, 4))
                | Q(worksheet=None, validation__isnull=False, about_quarter=None),
            ),
            models.CheckConstraint(name="nota_dinas_serial_from_1", condition=Q(serial__gte=1)),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("nota", args=[self.pk])

    @property
    def sheet(self) -> Worksheet | ValidationSheet:
        return self.worksheet or self.validation

    @property
    def about(self) -> str:
        if self.about_quarter is None:
            return f"Usulan indikator {self.about_year}"
        return f"Triwulan {ROMAN[self.about_quarter]} {self.about_year}"
