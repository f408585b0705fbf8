"""The catalogue: decrees with their objectives and indicators (domain guide 4)."""

from decimal import Decimal
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import WorkUnit
from indicators import formula
from indicators.quarters import REPORTED_IN, ends_on
from indicators.rule import Rule
from kinerjaku.fields import FigureField

from .decree import Decree


class Objective(models.Model):
    """A sasaran of one unit under one decree."""

    decree = models.ForeignKey(Decree, models.CASCADE, related_name="objectives", verbose_name="keputusan")
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="objectives", verbose_name="unit kerja")
    no = models.PositiveSmallIntegerField("nomor")
    name = models.CharField("sasaran", max_length=400)

    class Meta:
        verbose_name = "sasaran"
        verbose_name_plural = "sasaran"
        ordering = ["decree", "unit", "no"]
        constraints = [models.UniqueConstraint(fields=["decree", "unit", "no"], name="objective_number_once")]

    def __str__(self) -> str:
        return self.name


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def visible_to(self, user: object) -> "IndicatorQuerySet":
        """The catalogue is open to everyone who is signed in; drafts too, they say so."""
        return self if getattr(user, "is_authenticated", False) else self.none()

    def due_in(self, year: int, number: int) -> "IndicatorQuerySet":
        """Indicators in force on the quarter's last day that report in this quarter."""
        periods = [period for period, numbers in REPORTED_IN.items() if number in numbers]
        return self.filter(decree__in=Decree.objects.in_force(year, ends_on(year, number)), period__in=periods)


class Indicator(models.Model):
    """An IKU: what is measured, how, and how its achievement is scored."""

    class Polarity(models.TextChoices):
        MAXIMIZE = "maximize", "Maksimalkan (makin besar makin baik)"
        MINIMIZE = "minimize", "Minimalkan (makin kecil makin baik)"
        STABILIZE = "stabilize", "Stabilkan"

    class Method(models.TextChoices):
        RATIO = "ratio", "Rasio"
        WEIGHTED_SUM = "weighted_sum", "Jumlah berbobot"
        COMPOSITE = "composite", "Komposit"
        EXTERNAL_SCORE = "external_score", "Nilai dari penilai luar"
        SUM = "sum", "Penjumlahan"
        COUNT = "count", "Cacah"
        SURVEY = "survey", "Survei"
        SCALE = "scale", "Skala"
        MEAN = "mean", "Rata-rata"

    class Consolidation(models.TextChoices):
        SUM = "sum", "Akumulasi"
        AVERAGE = "average", "Rata-rata"
        LAST = "last", "Nilai posisi akhir"

    class Validity(models.TextChoices):
        LEAD_INPUT = "lead_input", "Lead input"
        LEAD_PROCESS = "lead_process", "Lead proses"
        LAG_OUTPUT = "lag_output", "Lag output"
        LAG_OUTCOME = "lag_outcome", "Lag outcome"

    class Perspective(models.TextChoices):
        STAKEHOLDER = "stakeholder", "Pemangku kepentingan"
        CUSTOMER = "customer", "Pengguna layanan"
        INTERNAL_PROCESS = "internal_process", "Proses internal"
        LEARNING_GROWTH = "learning_growth", "Pembelajaran dan pertumbuhan"

    class DataStatus(models.TextChoices):
        RAW = "raw", "Data mentah"
        COMPUTED = "computed", "Data olahan"

    class Period(models.TextChoices):
        QUARTERLY = "quarterly", "Triwulanan"
        HALF_YEARLY = "half_yearly", "Semesteran"
        YEARLY = "yearly", "Tahunan"

    decree = models.ForeignKey(Decree, models.CASCADE, related_name="indicators", verbose_name="keputusan")
    objective = models.ForeignKey(Objective, models.PROTECT, related_name="indicators", verbose_name="sasaran")
    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="indicators", verbose_name="unit kerja")
    replaces = models.ForeignKey(  # null: new in this decree
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replaced_by",
        verbose_name="menggantikan",
    )
    no = models.PositiveSmallIntegerField("nomor")
    name = models.CharField("nama", max_length=400)
    measure = models.CharField("satuan", max_length=40)
    definition = models.TextField("definisi", blank=True)
    method = models.CharField("cara perhitungan", max_length=20, choices=Method.choices)
    expression = models.TextField("rumus", blank=True, help_text="Kosong: nilai diisi langsung beserta sumbernya.")
    polarity = models.CharField("polarisasi", max_length=10, choices=Polarity.choices)
    polarity_is_stated = models.BooleanField("polarisasi tertulis di sumber", default=False)
    cap = FigureField("batas capaian (%)", default=Decimal(120))
    worst = FigureField("nilai terburuk", null=True, blank=True)
    consolidation = models.CharField(
        "konsolidasi periode", max_length=10, choices=Consolidation.choices, default=Consolidation.LAST
    )
    validity = models.CharField("validitas", max_length=15, choices=Validity.choices, default=Validity.LAG_OUTPUT)
    period = models.CharField("periode pelaporan", max_length=15, choices=Period.choices, default=Period.QUARTERLY)
    period_hint = models.CharField("periode menurut sumber", max_length=200, blank=True)
    source = models.CharField("sumber data", max_length=300, blank=True)
    perspective = models.CharField("perspektif", max_length=20, choices=Perspective.choices, blank=True)
    data_status = models.CharField("status data", max_length=10, choices=DataStatus.choices, blank=True)
    is_not_cascaded = models.BooleanField(
        "tidak diturunkan", default=False, help_text="Dengan sengaja tidak diturunkan kepada unit di bawahnya."
    )
    source_issues = models.JSONField("catatan atas naskah sumber", default=list, blank=True)
    kept_rule = models.JSONField(default=dict, editable=False)  # see rule.py
    responsible = models.ManyToManyField(
        WorkUnit, related_name="responsible_for", blank=True, verbose_name="unit penanggung jawab"
    )

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = "indikator"
        verbose_name_plural = "indikator"
        ordering = ["unit__path", "no"]
        constraints = [
            models.UniqueConstraint(
                fields=["decree", "unit", "no"],
                name="indicator_number_once",
                violation_error_message="Nomor ini sudah dipakai indikator lain dari unit dan keputusan yang sama.",
            ),
            models.UniqueConstraint(fields=["decree", "replaces"], name="indicator_replaced_once_a_decree"),
            models.CheckConstraint(
                name="indicator_does_not_replace_itself", condition=Q(replaces=None) | ~Q(replaces=F("pk"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit.code} {self.no}. {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("indicator", args=[self.pk])

    def clean(self) -> None:
        """A form's check: the objective is one of this unit's under this decree, and the formula can be read."""
        errors: dict[str, str] = {}
        if self.objective_id and (self.objective.unit_id, self.objective.decree_id) != (
            self.unit_id,
            self.decree_id,
        ):
            errors["objective"] = "Pilih sasaran dari unit dan keputusan yang sama."
        if self.expression:
            try:
                formula.variables(self.expression)
            except formula.FormulaError as error:
                errors["expression"] = str(error)
        if self.cap is not None and self.cap <= 0:
            errors["cap"] = "Batas capaian harus lebih besar dari nol."
        if self.worst is not None and self.worst <= 0:
            errors["worst"] = "Nilai terburuk harus lebih besar dari nol, atau kosong."
        if errors:
            raise ValidationError(errors)

    @property
    def code(self) -> str:
        return f"{self.unit.code} {self.no}"

    @property
    def set_of(self) -> tuple[WorkUnit, Decree]:
        """The unit's set of indicators under one decree, to which this one belongs."""
        return self.unit, self.decree

    @property
    def polarity_word(self) -> str:
        return self.get_polarity_display().partition(" (")[0]

    @property
    def is_computed(self) -> bool:
        return bool(self.expression)

    @cached_property
    def rule(self) -> Rule:
        return Rule.from_json(self.kept_rule)
