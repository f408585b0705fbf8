"""A row of the entry table as the templates show it: plain values, so that 22 rows stay cheap to render."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from indicators import results, workflow
from indicators.actions.achievement import Stale, require_row_open
from indicators.checklist import Missing, missing_before_submit
from indicators.forms import VALUE, RowForm, initial_of
from indicators.models import Achievement, Quarter
from indicators.models.quarter import said
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure

State = Achievement.State


@dataclass
class Cell:
    """One input: `text` is what is stored, or what was typed and refused."""

    name: str
    id: str
    label: str
    text: str
    stored: str
    measure: str = ""
    error: str = ""
    help: str = ""


@dataclass
class Row:
    """`lock` says why the row cannot be changed and is empty if it can; `form` and `refusal` are of a failed save."""

    achievement: Achievement
    lock: str
    form: RowForm | None = None
    refusal: DomainError | None = None

    @property
    def indicator(self) -> Any:
        return self.achievement.indicator

    @cached_property
    def cells(self) -> list[Cell]:
        """What is typed in the table: the variables of the formula, or the score."""
        indicator = self.indicator
        if indicator.is_computed:
            return [self._cell(VALUE + v.code, v.label, measure=v.measure) for v in indicator.variables.all()]
        return [self._cell("score", "Nilai", measure=indicator.measure)]

    @cached_property
    def components(self) -> list[Cell]:
        """The parts of a score that somebody else gives: may be written down, are not computed with."""
        if self.indicator.is_computed:
            return []
        return [
            self._cell(VALUE + v.code, v.label, measure=v.measure) for v in self.indicator.variables.all()
        ]

    @cached_property
    def texts(self) -> list[Cell]:
        names = ("progress", "obstacles", "follow_up") if self.indicator.is_computed else NARRATIVES
        fields = RowForm.base_fields
        return [self._cell(name, str(fields[name].label), help=str(fields[name].help_text)) for name in names]

    @property
    def state_label(self) -> str:
        return State(self.achievement.state).label

    @property
    def target(self) -> str:
        return results.target_text(self.indicator, self.achievement.quarter.number)

    @property
    def actual(self) -> str:
        return format_figure(self.achievement.actual, 2)

    @property
    def percent(self) -> str:
        return format_figure(self.achievement.percent, 2)

    @property
    def problem(self) -> str:
        """Why there is no actual; quiet while nothing has been typed."""
        row = self.achievement
        return "" if row.state == State.EMPTY or row.actual is not None else row.actual_problem

    @cached_property
    def _missing(self) -> list[Missing]:
        return missing_before_submit([self.achievement])

    @property
    def missing(self) -> list[str]:
        return [lack.message for lack in self._missing]

    @property
    def is_ready(self) -> bool:
        """Nothing is missing, or it has been sent."""
        return self.achievement.state in (State.SUBMITTED, State.VERIFIED) or not self._missing

    @property
    def no_result(self) -> bool:
        if self.form and "no_result" in self.form.data:
            return self.form["no_result"].data is True
        return self.achievement.no_result

    @property
    def version(self) -> int:
        """The one the person saw: a refused form keeps its own."""
        typed = self.form.data.get("version", "") if self.form else ""
        return int(typed) if typed.isdigit() else self.achievement.version

    @property
    def conflict(self) -> list[dict[str, str]]:
        """Both values of each input that somebody else's save has made differ."""
        if self.form is None or not isinstance(self.refusal, Stale):
            return []
        return conflicts(self.form, self.refusal.current)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Anchor and message, for the error summary."""
        if self.form is None:
            return []
        found = [
            (f"isian-{self.achievement.pk}-{name}", f"{self.form.fields[name].label}: {' '.join(messages)}")
            for name, messages in self.form.errors.items()
        ]
        if self.refusal:
            found.append((f"row-{self.achievement.pk}", self.refusal.message))
        return [(anchor, f"Indikator {self.indicator.no}. {message}") for anchor, message in found]

    @cached_property
    def _stored(self) -> dict[str, Any]:
        return initial_of(self.achievement)

    def _cell(self, name: str, label: str, **more: str) -> Cell:
        stored = as_text(self._stored.get(name))
        typed, error = stored, ""
        if self.form and name in self.form.data:
            typed, error = self.form.data[name], " ".join(self.form.errors.get(name, []))
        return Cell(name, f"isian-{self.achievement.pk}-{name}", label, typed, stored, error=error, **more)


NARRATIVES = ("score_source", "progress", "obstacles", "follow_up")


def as_text(value: Any) -> str:
    """A stored value as it stands in its input."""
    if isinstance(value, Decimal):
        return format_figure(value)
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    return "" if value is None else str(value)


def conflicts(form: RowForm, current: Achievement) -> list[dict[str, str]]:
    """What differs between the refused form and what is stored."""
    saved = initial_of(current)
    return [
        {
            "name": name,
            "label": str(form.fields[name].label),
            "yours": as_text(form.cleaned_data[name]),
            "saved": as_text(saved.get(name)),
        }
        for name in form.fields
        if name != "version" and as_text(form.cleaned_data[name]) != as_text(saved.get(name))
    ]


def lock_of(achievement: Achievement, *, may_enter: bool, at: datetime) -> str:
    """Why the row cannot be changed now, since when, and who can help; the rules are those of `save`."""
    if achievement.state not in workflow.EDITABLE:
        return _settled(achievement, at)
    if not may_enter:
        return "Anda dapat melihat, tetapi tidak mengisi. Isian diubah oleh Operator, Kasubag, atau Pejabat unit ini."
    try:
        require_row_open(achievement, at)
    except DomainError as error:
        return error.message
    return ""


def _settled(achievement: Achievement, at: datetime) -> str:
    quarter, unit = achievement.quarter, achievement.unit
    if achievement.state == State.SUBMITTED:
        sent = f"Terkirim {said(achievement.submitted_at)} oleh {achievement.submitted_by}. "
        if quarter.is_open(unit, at):
            return f"{sent}Untuk mengubahnya, tarik dahulu pengiriman ini."
        return f"{sent}Hanya verifikator yang dapat mengembalikannya untuk diperbaiki."
    if achievement.state == State.VERIFIED:
        return "Sudah diverifikasi, tidak dapat diubah. Jika ada yang keliru, hubungi verifikator unit Anda."
    return (
        f"Tidak dikirim sampai tenggat {said(quarter.due_at(unit))}. "
        "Kepala Biro Perencanaan dapat memberi perpanjangan."
    )


def unit_and_quarter(
    user: User, year: int, number: int, code: str, verb: Verb = Verb.VIEW
) -> tuple[WorkUnit, Quarter]:
    """From the address. 404 for what the user may not see or what is not there, 403 without the right."""
    unit = get_object_or_404(policy.units_for(user), code=code)
    policy.require(user, verb, unit)
    quarter = Quarter.objects.prefetch_related("extensions").filter(year=year, number=number).first()
    if quarter is None:
        raise Http404
    return unit, quarter


def rows_of(
    achievements: Iterable[Achievement],
    *,
    user: User,
    unit: WorkUnit,
    at: datetime,
    refused: Row | None = None,
) -> list[Row]:
    """The rows of one unit; `refused` takes the place of its own."""
    may_enter = policy.can(user, Verb.ENTER, unit)
    made = []
    for achievement in achievements:
        lock = lock_of(achievement, may_enter=may_enter, at=at)
        if refused and refused.achievement.pk == achievement.pk:
            made.append(Row(achievement, lock, refused.form, refused.refusal))
        else:
            made.append(Row(achievement, lock))
    return made
