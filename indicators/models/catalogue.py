"""The catalogue: decrees with their objectives and indicators (domain guide 4)."""

from decimal import Decimal
from functools import cached_property

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import WorkUnit
from indicators import formula, scoring
from indicators.quarters import REPORTED_IN, ends_on
from indicators.rule import Rule
from kinerjaku.fields import FigureField
from kinerjaku.figures import format_figure

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


class Variable(models.Model):
    """An input of an indicator's formula."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="variables", verbose_name="indikator")
    order = models.PositiveSmallIntegerField("urutan")
    code = models.CharField("kode", max_length=60, validators=[RegexValidator(r"^[a-z][a-z0-9_]*$")])
    label = models.CharField("label", max_length=300)
    measure = models.CharField("satuan", max_length=40, blank=True)
    weight = FigureField("bobot", null=True, blank=True)

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
        if self.lower is not None and self.lower == self.upper:
            return format_figure(self.lower)
        low = "mulai" if self.lower_inclusive else "lebih dari"
        high = "sampai" if self.upper_inclusive else "kurang dari"
        ends = [(low, self.lower), (high, self.upper)]
        return " ".join(f"{word} {format_figure(end)}" for word, end in ends if end is not None)

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
    """What is promised for one quarter: a value, or a range with `high`."""

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
            models.CheckConstraint(name="target_quarter_1_to_4", condition=Q(number__gte=1, number__lte=4)),
        ]

    def __str__(self) -> str:
        return f"TW {self.number}: {self.value}"

    def clean(self) -> None:
        if self.high is not None and self.value is not None and self.high < self.value:
            raise ValidationError({"high": "Batas atas target harus tidak kurang dari batas bawahnya."})

    def plain(self) -> Decimal | tuple[Decimal, Decimal]:
        return self.value if self.high is None else (self.value, self.high)


class Cascade(models.Model):
    """How an indicator of a lower unit relates to one above it."""

    class Relation(models.TextChoices):
        SAME = "same", "Adopsi langsung"
        COMPONENT = "component", "Komponen pembentuk"

    parent = models.ForeignKey(Indicator, models.CASCADE, related_name="cascades_down", verbose_name="induk")
    child = models.ForeignKey(Indicator, models.CASCADE, related_name="cascades_up", verbose_name="turunan")
    relation = models.CharField("hubungan", max_length=10, choices=Relation.choices)

    class Meta:
        verbose_name = "penurunan"
        verbose_name_plural = "penurunan"
        ordering = ["parent", "child"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "child"], name="cascade_once"),
            models.CheckConstraint(name="cascade_not_to_itself", condition=~Q(parent=F("child"))),
        ]

    def __str__(self) -> str:
        return f"{self.parent.code} → {self.child.code}"
