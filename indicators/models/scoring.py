"""The rules by which a year is scored (domain guide 4), as a row that an Admin can change."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from indicators import scheme
from indicators.scheme import DEFAULT, MOST_PLACES, Colours, Scheme
from kinerjaku.fields import FigureField


class ScoringYearQuerySet(models.QuerySet["ScoringYear"]):
    def scheme(self, year: int) -> Scheme:
        """A year without a row is scored by the defaults."""
        found = self.filter(year=year).first()
        return DEFAULT if found is None else found.scheme()

    def schemes(self, years: Iterable[int]) -> dict[int, Scheme]:
        """Of several years in one query."""
        years = list(years)
        return dict.fromkeys(years, DEFAULT) | {row.year: row.scheme() for row in self.filter(year__in=years)}


class ScoringYear(models.Model):
    """Weights count by their proportion alone. A colour is said by where it begins, so that no value is without one."""

    year = models.PositiveSmallIntegerField("tahun", primary_key=True)
    basis = models.CharField("dasar", max_length=300, help_text="Peraturan, manual, atau keputusan yang menetapkannya.")
    weight_lead_input = FigureField("bobot lead input", default=scheme.VALIDITY_WEIGHTS["lead_input"])
    weight_lead_process = FigureField("bobot lead proses", default=scheme.VALIDITY_WEIGHTS["lead_process"])
    weight_lag_output = FigureField("bobot lag output", default=scheme.VALIDITY_WEIGHTS["lag_output"])
    weight_lag_outcome = FigureField(
        "bobot lag outcome",
        default=scheme.VALIDITY_WEIGHTS["lag_outcome"],
        help_text="Jumlah keempat bobot tidak harus 1: yang berlaku perbandingannya.",
    )
    cap = FigureField(
        "batas capaian (%)",
        default=scheme.CAP,
        help_text="Untuk indikator yang tidak memiliki batas sendiri, yaitu yang batasnya 120.",
    )
    green_from = FigureField("hijau mulai (%)", default=Decimal(100))
    green_inclusive = models.BooleanField("batas hijau termasuk hijau", default=True)
    amber_from = FigureField("kuning mulai (%)", default=Decimal(80))
    amber_inclusive = models.BooleanField("batas kuning termasuk kuning", default=True)
    places = models.PositiveSmallIntegerField(
        "angka di belakang koma",
        default=2,
        validators=[MaxValueValidator(MOST_PLACES)],
        help_text="Hanya pembulatan tampilan; perhitungan memakai angka penuh.",
    )

    objects = ScoringYearQuerySet.as_manager()

    class Meta:
        verbose_name = "aturan penilaian tahun"
        verbose_name_plural = "aturan penilaian tahun"
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(name="scoring_year_few_places", condition=Q(places__lte=MOST_PLACES)),
            models.CheckConstraint(
                name="scoring_year_amber_not_empty",
                condition=~Q(green_from=F("amber_from")) | Q(green_inclusive=False, amber_inclusive=True),
                violation_error_message="Hijau dan kuning mulai pada nilai yang sama.",
            ),
        ]

    def __str__(self) -> str:
        return f"Aturan penilaian {self.year}"

    def clean(self) -> None:
        try:
            self.scheme()
        except ValueError as error:
            raise ValidationError(str(error)) from error
        except TypeError:
            return  # a field is empty, which its own error says

    def colours(self) -> Colours:
        return Colours(self.green_from, self.amber_from, self.green_inclusive, self.amber_inclusive)

    def scheme(self) -> Scheme:
        """Raises ValueError for rules that contradict themselves."""
        weights = {name: getattr(self, f"weight_{name}") for name in scheme.VALIDITY_WEIGHTS}
        return Scheme(weights, self.cap, self.colours(), self.places)
