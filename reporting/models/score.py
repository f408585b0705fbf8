"""Scores as lists and comparisons read them. Every row can be computed anew at any time; nothing is decided by them."""

from django.db import models
from django.db.models import Q

from accounts import policy
from accounts.models import WorkUnit
from kinerjaku.fields import FigureField


class UnitScoreQuerySet(models.QuerySet["UnitScore"]):
    def visible_to(self, user: object) -> "UnitScoreQuerySet":
        return self.filter(unit__in=policy.units_for(user))

    def of(self, year: int, view: str, number: int) -> "UnitScoreQuerySet":
        return self.filter(year=year, view=view, number=number)

    def sortable(self) -> "UnitScoreQuerySet":
        """With `score_order`: SQLite keeps exact figures as text. For the order alone, never shown."""
        return self.annotate(score_order=models.functions.Cast("score", models.FloatField()))


class UnitScore(models.Model):
    """The score of a unit in a part of a year. `percents` are those of its assessed indicators by number and name,
    under which the indicator is found again in another year."""

    unit = models.ForeignKey(WorkUnit, models.PROTECT, related_name="scores", verbose_name="unit kerja")
    year = models.PositiveSmallIntegerField("tahun")
    view = models.CharField("tampilan", max_length=10)
    number = models.PositiveSmallIntegerField("triwulan")
    score = FigureField("nilai", null=True)
    green = models.PositiveSmallIntegerField("hijau")
    amber = models.PositiveSmallIntegerField("kuning")
    red = models.PositiveSmallIntegerField("merah")
    grey = models.PositiveSmallIntegerField("abu-abu")
    verified = models.PositiveSmallIntegerField("terverifikasi")
    percents = models.JSONField("capaian indikator", default=dict)
    computed_at = models.DateTimeField("dihitung")

    objects = UnitScoreQuerySet.as_manager()

    class Meta:
        verbose_name = "nilai unit"
        verbose_name_plural = "nilai unit"
        ordering = ["-year", "-number", "unit__path"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "view", "number"], name="unit_score_once"),
            models.CheckConstraint(name="unit_score_quarter_1_to_4", condition=Q(number__gte=1, number__lte=4)),
        ]
        indexes = [models.Index(fields=["year", "view", "number"], name="unit_score_period")]

    def __str__(self) -> str:
        return f"{self.unit.code} {self.year}/{self.number} {self.view}"


class ScoreStamp(models.Model):
    """One row: up to which entry of the audit the scores have followed what happened. Its lock keeps two workers from
    computing at once."""

    seq = models.BigIntegerField("nomor catatan audit", default=0)

    class Meta:
        verbose_name = "tanda nilai"
        verbose_name_plural = "tanda nilai"
        constraints = [models.CheckConstraint(name="score_stamp_single", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(self.seq)
