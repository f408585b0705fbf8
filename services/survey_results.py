"""What the answers say: the index as a whole and by group, never of so few that it would point at people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from accounts.models import WorkUnit
from kinerjaku.figures import format_figure
from services import ikm
from services.ikm import Tally
from services.questionnaire import ELEMENTS, KEYS, PROFILE

from .models import Standard, SurveyAnswer, SurveyPeriod, SurveyProfile

SERVICES = dict(Standard.Key.choices)


@dataclass(frozen=True)
class Result:
    """The figures of a group. `tally` is None where fewer than five answered or where a small rest would show."""

    respondents: int
    tally: Tally | None

    @property
    def score(self) -> Decimal | None:
        """IKM, 25,00 to 100,00."""
        return self.tally.index if self.tally else None

    @property
    def grade(self) -> ikm.Grade | None:
        return ikm.grade(self.tally.index) if self.tally else None

    @property
    def means(self) -> tuple[Decimal | None, ...]:
        """The element means, 1 to 4."""
        return self.tally.means if self.tally else (None,) * ikm.ELEMENTS

    def content(self) -> dict[str, Any]:
        """For pages and for frozen documents: figures as text."""
        grade = self.grade
        return {
            "respondents": self.respondents,
            "score_text": format_figure(self.score, 2),
            "grade": grade.letter if grade else "",
            "grade_words": grade.words if grade else "",
            "elements": [_element(no, mean) for no, mean in enumerate(self.tally.means, 1)] if self.tally else [],
        }


@dataclass(frozen=True)
class Row:
    """One line of the results: which group of groups, its name, its figures."""

    group: str
    name: str
    result: Result

    def content(self) -> dict[str, Any]:
        """As `Result.content`, named and without the elements."""
        figures = {key: value for key, value in self.result.content().items() if key != "elements"}
        return {"name": self.name, **figures}


def ikm_between(first: date, last: date, service: str | None = None) -> Result:
    """The index over the answers from `first` to `last`, both included, of one service (a Standard.Key) or of all."""
    answers = SurveyAnswer.objects.filter(answered_on__range=(first, last))
    return result_of(tally_of(answers.filter(service=service) if service else answers))


def answers_in(period: SurveyPeriod) -> QuerySet[SurveyAnswer]:
    """Everything answered about the period's services on its days, by whichever way in."""
    days = (period.first_day, period.last_day)
    return SurveyAnswer.objects.filter(answered_on__range=days, service__in=period.services)


def tally_of(answers: QuerySet[SurveyAnswer]) -> Tally:
    return sum((tally for _, tally in _tallies(answers, "service")), Tally())


def result_of(tally: Tally) -> Result:
    return Result(tally.count, tally if tally.count >= ikm.LEAST_ANSWERS else None)


def overview(answers: QuerySet[SurveyAnswer], *, service: str | None = None, unit: WorkUnit | None = None) -> list[Row]:
    """First the whole, then by service, unit, period and year.

    A chosen service or unit is shown only if it may be shown beside the others: what is left back in the table cannot
    be had by asking for it alone.
    """
    may_show = True
    for name, value in (("service", service), ("unit", unit.pk if unit else None)):
        if value is not None:
            counts = {key: tally.count for (key,), tally in _tallies(answers, name)}
            may_show = may_show and value in ikm.shown(counts)
            answers = answers.filter(**{name: value})
    total = tally_of(answers)
    whole = Row("Seluruhnya", "Seluruhnya", result_of(total) if may_show else Result(total.count, None))
    return [whole, *by_service(answers), *by_unit(answers), *by_time(answers)] if may_show else [whole]


def by_service(answers: QuerySet[SurveyAnswer]) -> list[Row]:
    found = _grouped((service, tally) for (service,), tally in _tallies(answers, "service"))
    return _rows("Layanan", found, SERVICES)


def by_unit(answers: QuerySet[SurveyAnswer]) -> list[Row]:
    """Those who named no unit are a group of their own."""
    found = _grouped((unit, tally) for (unit,), tally in _tallies(answers, "unit"))
    names = dict(WorkUnit.objects.filter(pk__in=[pk for pk in found if pk]).values_list("pk", "name"))
    return _rows("Unit kerja", found, {**names, None: "Tidak menyebut unit"})


def by_time(answers: QuerySet[SurveyAnswer]) -> list[Row]:
    """By period and by year, the latest first."""
    days = [(day, service, tally) for (day, service), tally in _tallies(answers, "answered_on", "service")]
    rows = []
    for period in SurveyPeriod.objects.all():
        mine = (t for day, s, t in days if period.first_day <= day <= period.last_day and s in period.services)
        if (tally := sum(mine, Tally())).count:
            rows.append(Row("Periode", period.name, result_of(tally)))
    years = _grouped((day.year, tally) for day, _, tally in days)
    return rows + _rows("Tahun", years, {year: str(year) for year in sorted(years, reverse=True)})


def profile_of(period: SurveyPeriod) -> list[dict[str, Any]]:
    """How many respondents of each class, trait by trait, and how many said nothing."""
    total = tally_of(answers_in(period)).count
    said = list(SurveyProfile.objects.filter(period=period).values_list(*(trait.key for trait in PROFILE)))
    found = []
    for place, trait in enumerate(PROFILE):
        counts = [(label, sum(row[place] == key for row in said)) for key, label in trait.classes]
        rest = max(0, total - sum(count for _, count in counts))
        classes = [{"label": label, "count": count} for label, count in [*counts, ("Tidak menjawab", rest)]]
        found.append({"label": trait.label, "classes": classes})
    return found


def _element(no: int, mean: Decimal) -> dict[str, Any]:
    score = ikm.rounded(mean * ikm.SCALE)
    return {
        "no": no,
        "key": KEYS[no - 1],
        "label": ELEMENTS[no - 1].label,
        "mean": str(ikm.rounded(mean)),
        "mean_text": format_figure(mean, 2),
        "score_text": format_figure(score, 2),
        "grade": ikm.grade(score).letter,
    }


def _tallies(answers: QuerySet[SurveyAnswer], *by: str) -> Iterable[tuple[tuple[Any, ...], Tally]]:
    """One query, however many answers: the sums of each group."""
    sums = {f"sum_{key}": Sum(key) for key in KEYS}
    for row in answers.order_by().values(*by).annotate(how_many=Count("pk"), **sums):
        yield tuple(row[name] for name in by), Tally(row["how_many"], tuple(row[f"sum_{key}"] for key in KEYS))


def _grouped(pairs: Iterable[tuple[Any, Tally]]) -> dict[Any, Tally]:
    found: dict[Any, Tally] = defaultdict(Tally)
    for key, tally in pairs:
        found[key] += tally
    return found


def _rows(group: str, found: Mapping[Any, Tally], names: Mapping[Any, str]) -> list[Row]:
    """In the order of their names as they are listed; a group that may not be shown has only its number of answers."""
    shown = ikm.shown({key: tally.count for key, tally in found.items()})
    order = [key for key in names if key in found]
    return [Row(group, names[key], Result(found[key].count, found[key] if key in shown else None)) for key in order]
