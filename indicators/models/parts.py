"""The parts of an indicator: inputs of its formula, its scale, its targets, its required evidence, earlier years."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from indicators import scale, scoring
from kinerjaku.fields import FigureField
from kinerjaku.figures import format_figure

from .catalogue import Indicator


class Variable(models.Model):
    """An input of an indicator's formula."""

    class FromChildren(models.TextChoices):
        """How the values of the components (komponen pembentuk) become one value."""

        MEAN = "mean", "Rata-rata"
        SUM = "sum", "Jumlah"
        LOWEST = "lowest", "Terendah"
        HIGHEST = "highest", "Tertinggi"

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="variables", verbose_name="indikator")
    order = models.PositiveSmallIntegerField("urutan")
    code = models.CharField("kode", max_length=60, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")])
    label = models.CharField("label", max_length=300)
    measure = models.CharField("satuan", max_length=40, blank=True)
    weight = FigureField("bobot", null=True, blank=True)
    from_children = models.CharField(
        "dihitung dari turunan",
        max_length=10,
        choices=FromChildren.choices,
        blank=True,
        help_text="Cara menggabungkan nilai yang sama dari komponen pembentuk. Kosong: diisi langsung.",
    )

    class Meta:
        verbose_name = "variabel"
        verbose_name_plural = "variabel"
        ordering = ["indicator_id", "order"]  # by id: “indicator” would join in its own ordering
        constraints = [models.UniqueConstraint(fields=["indicator", "code"], name="variable_code_once")]

    def __str__(self) -> str:
        return self.label


class Band(models.Model):
    """One row of an indicator's scale; with `achievement` it is a step of a step table."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="bands", verbose_name="indikator")
    order = models.PositiveSmallIntegerField("urutan")
    lower = FigureField("batas bawah", null=True, blank=True)
    lower_inclusive = models.BooleanField("termasuk batas bawah")
    upper = FigureField("batas atas", null=True, blank=True)
    upper_inclusive = models.BooleanField("termasuk batas atas")
    grade = models.CharField("predikat", max_length=40, blank=True)
    label = models.CharField("keterangan", max_length=200, blank=True)
    achievement = FigureField("capaian (%)", null=True, blank=True)

    class Meta:
        verbose_name = "rentang"
        verbose_name_plural = "rentang"
        ordering = ["indicator_id", "order"]  # by id: “indicator” would join in its own ordering
        constraints = [models.UniqueConstraint(fields=["indicator", "order"], name="band_order_once")]

    def __str__(self) -> str:
        return self.label or self.grade

    @property
    def words(self) -> str:
        """The interval as people read it: lebih dari 90 sampai 100."""
        return scale.words(self, format_figure)

    def clean(self) -> None:
        try:
            self.plain()
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def plain(self) -> scoring.Band:
        return scoring.Band(
            lower=self.lower,
            upper=self.upper,
            lower_inclusive=self.lower_inclusive,
            upper_inclusive=self.upper_inclusive,
            grade=self.grade,
            label=self.label,
            achievement=self.achievement,
        )


class Target(models.Model):
    """What is promised for one quarter, or for the whole year (number 0): a value, or a range with `high`."""

    YEAR = 0

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="targets", verbose_name="indikator")
    number = models.PositiveSmallIntegerField("triwulan")
    value = FigureField("target")
    high = FigureField("target sampai", null=True, blank=True)

    class Meta:
        verbose_name = "target"
        verbose_name_plural = "target"
        ordering = ["indicator_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "number"], name="target_once_a_quarter"),
            models.CheckConstraint(name="target_quarter_or_year", condition=Q(number__gte=0, number__lte=4)),
        ]

    def __str__(self) -> str:
        return f"TW {self.number}: {self.value}"

    def clean(self) -> None:
        if self.high is not None and self.value is not None and self.high < self.value:
            raise ValidationError({"high": "Batas atas target harus tidak kurang dari batas bawahnya."})

    def plain(self) -> Decimal | tuple[Decimal, Decimal]:
        return self.value if self.high is None else (self.value, self.high)


class EvidenceSlot(models.Model):
    """A document that proves the figure (data dukung yang disyaratkan)."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="evidence_slots", verbose_name="indikator")
    order = models.PositiveSmallIntegerField("urutan")
    name = models.CharField("dokumen", max_length=200)
    is_required = models.BooleanField("wajib", default=True)

    class Meta:
        verbose_name = "data dukung yang disyaratkan"
        verbose_name_plural = "data dukung yang disyaratkan"
        ordering = ["indicator_id", "order"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "name"], name="evidence_slot_name_once"),
            models.CheckConstraint(name="evidence_slot_has_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        return f"{self.name} ({'wajib' if self.is_required else 'bila ada'})"


class PastActual(models.Model):
    """What was achieved in a year before (n-4 to n-1), where the portal does not have it itself."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="past_actuals", verbose_name="indikator")
    year = models.PositiveSmallIntegerField("tahun")
    value = FigureField("realisasi")

    class Meta:
        verbose_name = "realisasi tahun lalu"
        verbose_name_plural = "realisasi tahun lalu"
        ordering = ["indicator_id", "year"]
        constraints = [models.UniqueConstraint(fields=["indicator", "year"], name="past_actual_once_a_year")]

    def __str__(self) -> str:
        return f"{self.year}: {format_figure(self.value)}"
