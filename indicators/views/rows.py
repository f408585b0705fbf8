"""A row of the entry table as the templates show it: plain values, so that 22 rows stay cheap to render."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from indicators import children, holds, results, workflow
from indicators.actions.achievement import Stale, require_row_open
from indicators.checklist import Missing, missing_before_submit, slips, unusual
from indicators.forms import TEXTS, VALUE, Typed, label_of, stored_inputs
from indicators.models import Achievement, Assignment, Quarter
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from kinerjaku.figures import format_figure

State = Achievement.State


WORDS = {
    "mending": "perbaikan",
    "figures": "nilai",
    "score_source": "sumber nilai",
    "progress": "penjelasan",
    "evidence": "data dukung",
    "obstacles": "kendala",
    "follow_up": "tindak lanjut",
    "explanation": "penjelasan nilai yang tidak biasa",
}
NEEDED = {  # the words beside the label, as `checklist` has it
    "score_source": "wajib",
    "progress": "wajib",
    "obstacles": "wajib bila capaian di bawah 100%",
    "follow_up": "wajib bila capaian di bawah 100%",
    "explanation": "wajib bila nilainya ditandai tidak biasa",
}
INVALID = SafeString(' aria-invalid="true"')


@dataclass
class Cell:
    """One input: `text` is what is stored, or what was typed and refused."""

    name: str
    id: str
    label: str
    text: str
    stored: str
    error: str = ""
    help: str = ""
    row: str = ""  # the row's key
    need: str = ""  # when it has to be filled in

    @property
    def attributes(self) -> SafeString:
        """Of the input: what makes it belong to its row, and what is stored."""
        described, invalid = f"nama-{self.row}", ""
        if self.error:
            described, invalid = f"{described} galat-{self.id}", INVALID
        return format_html(
            'id="{0}" name="{1}" form="row-{2}" value="{3}" data-stored="{4}" aria-describedby="{5}"{6}',
            *(self.id, self.name, self.row, self.text, self.stored, described, invalid),
        )

    @property
    def text_attributes(self) -> SafeString:
        """Of a textarea."""
        described = " ".join([f"bantuan-{self.id}"] * bool(self.help) + [f"galat-{self.id}"] * bool(self.error))
        return format_html(
            'id="{}" name="{}" data-stored="{}"{}{}',
            self.id,
            self.name,
            self.stored,
            format_html(' aria-describedby="{}"', described) if described else "",
            INVALID if self.error else "",
        )


@dataclass
class Row:
    """`lock` says why the row cannot be changed (empty if it can); `typed` and `refusal` are of a failed save; `held`
    is the assignment by which an open round has it."""

    achievement: Achievement
    lock: str
    typed: Typed | None = None
    refusal: DomainError | None = None
    held: Assignment | None = None

    @property
    def indicator(self) -> Any:
        return self.achievement.indicator

    @property
    def no(self) -> str:
        return str(self.indicator.no)

    @property
    def name(self) -> str:
        return self.indicator.name

    @property
    def measure(self) -> str:
        return self.indicator.measure

    @cached_property
    def key(self) -> str:
        """The primary key as it stands in ids."""
        return str(self.achievement.pk)

    @cached_property
    def cells(self) -> list[Cell]:
        """What is typed in the table: the variables of the formula, or the score."""
        indicator = self.indicator
        if indicator.is_computed:
            return [self._cell(VALUE + v.code, v.label, v.measure) for v in indicator.rule.inputs]
        return [self._cell("score", "Nilai", indicator.measure)]

    @cached_property
    def components(self) -> list[Cell]:
        """The parts of a score that somebody else gives: may be written down, are not computed with."""
        if self.indicator.is_computed:
            return []
        return [self._cell(VALUE + v.code, v.label, measure=v.measure) for v in self.indicator.rule.inputs]

    @property
    def has_components(self) -> bool:
        return any(cell.text for cell in self.components)

    @cached_property
    def texts(self) -> list[Cell]:
        names = [name for name in TEXTS if name != "score_source" or not self.indicator.is_computed]
        cells = [self._cell(name, str(TEXTS[name].label), help=str(TEXTS[name].help_text)) for name in names]
        for cell in cells:
            cell.need = NEEDED[cell.name]
        return cells

    @property
    def badge(self) -> SafeString:
        return state_badge(self.achievement.state)

    @cached_property
    def path(self) -> str:
        return self.achievement.get_absolute_url()

    @cached_property
    def files(self) -> str:
        return str(self.achievement.file_count)

    @property
    def save_path(self) -> str:
        return f"{self.path}simpan/"  # 22 on a page: `reverse` is not for free

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
    def doubt(self) -> str:
        """What is likely a slip or unusual; quiet about what is settled."""
        if self.achievement.state not in (*workflow.EDITABLE, Achievement.State.SUBMITTED):
            return ""
        head = "Perlu penjelasan" if self.needs_explanation else "Tidak biasa, sudah dijelaskan"
        found = [("Periksa", slips(self.achievement)), (head, self._unusual)]
        return " ".join(f"{head}: {' '.join(lines)}" for head, lines in found if lines)

    @cached_property
    def _unusual(self) -> list[str]:
        return unusual(self.achievement)

    @property
    def needs_explanation(self) -> bool:
        """Saved, but unusual."""
        row = self.achievement
        return row.state in workflow.EDITABLE and not row.explanation and bool(self._unusual)

    @property
    def lacks(self) -> str:
        """What has to be done before the row can be sent; quiet while nothing has been typed."""
        if self.is_ready:
            return "Siap dikirim."
        if self.achievement.state == State.EMPTY:
            return ""
        words = [
            lack.word or WORDS[lack.field] for lack in self._missing if lack.message != self.problem
        ]  # stands above
        return f"Kurang: {', '.join(words)}." if words else ""

    @property
    def is_ready(self) -> bool:
        """Nothing is missing, or it has been sent."""
        return self.achievement.state in (State.SUBMITTED, State.VERIFIED) or not self._missing

    @property
    def no_result(self) -> bool:
        changes = self.typed.changes if self.typed else {}
        return changes.get("no_result", self.achievement.no_result)

    @property
    def version(self) -> int:
        """The one the person saw: a refused save keeps its own."""
        return self.typed.version if self.typed and self.typed.version >= 0 else self.achievement.version

    @property
    def is_returned(self) -> bool:
        return self.achievement.state == State.RETURNED

    @property
    def needs_words(self) -> bool:
        """It was returned, or the save was refused: then there is more to read than figures."""
        return self.refusal is not None or self.is_returned

    @property
    def conflict(self) -> list[dict[str, str]]:
        """Both values of each input that somebody else's save has made differ."""
        if self.typed is None or not isinstance(self.refusal, Stale):
            return []
        return conflicts(self.typed, self.refusal.current)

    @property
    def unsaved(self) -> list[dict[str, str]]:
        """What was typed into a row that is locked by now: it stays to be read and copied."""
        return conflicts(self.typed, self.achievement) if self.typed and self.lock else []

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Anchor and message, for the error summary."""
        if self.typed is None:
            return []
        no, pk = self.indicator.no, self.achievement.pk
        found = [
            (f"isian-{pk}-{name}", f"Indikator {no}. {label_of(self.achievement, name)}: {message}")
            for name, message in self.typed.errors.items()
        ]
        return found + ([(f"row-{pk}", f"Indikator {no}. {self.refusal.message}")] if self.refusal else [])

    @cached_property
    def _stored(self) -> dict[str, Any]:
        return stored_inputs(self.achievement)

    def _cell(self, name: str, label: str, measure: str = "", help: str = "") -> Cell:
        stored = as_text(self._stored.get(name))
        if measure and measure != self.indicator.measure:  # that one has its own column
            label = f"{label} ({measure})"
        text, error = stored, ""
        if self.typed:
            text, error = self.typed.data.get(name, stored), self.typed.errors.get(name, "")
        return Cell(name, f"isian-{self.key}-{name}", label, text, stored, error, help, self.key)


@cache
def state_badge(state: str) -> SafeString:
    """A state in words with icon and colour, rendered once and not once a row."""
    return render_to_string("components/state.html", {"state": state, "label": State(state).label})


def as_text(value: Any) -> str:
    """A stored value as it stands in its input."""
    if isinstance(value, Decimal):
        return format_figure(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


YES = {"true": "ya", "false": "tidak"}


def conflicts(typed: Typed, current: Achievement) -> list[dict[str, str]]:
    """What differs between what was sent and what is stored."""
    stored = stored_inputs(current)
    sent = {name: value for name, value in typed.changes.items() if name != "values"}
    sent |= {VALUE + code: value for code, value in typed.changes.get("values", {}).items()}
    pairs = {name: (as_text(value), as_text(stored.get(name))) for name, value in sent.items()}
    return [
        {
            "name": name,
            "label": label_of(current, name),
            "yours": YES.get(yours, yours),
            "saved": YES.get(saved, saved),
        }
        for name, (yours, saved) in pairs.items()
        if yours != saved
    ]


def lock_of(achievement: Achievement, *, user: User, may_enter: bool, at: datetime, held: Assignment | None) -> str:
    """Why the row cannot be changed now, since when, and who can help; the rules are those of `save`."""
    if achievement.state not in workflow.EDITABLE:
        return _settled(achievement, may_enter=may_enter, at=at)
    if not may_enter:
        return "Anda dapat melihat, tetapi tidak mengisi. Isian diubah oleh Operator, Kasubag, atau Pejabat unit ini."
    try:
        require_row_open(achievement, at)
    except DomainError as error:
        return error.message
    return holds.lock_of(held, user)


def _settled(achievement: Achievement, *, may_enter: bool, at: datetime) -> str:
    quarter, unit = achievement.quarter, achievement.unit
    if achievement.state == State.SUBMITTED:
        sent = f"Terkirim {said(achievement.submitted_at)} oleh {achievement.submitted_by}. "
        if quarter.is_open(unit, at):
            return f"{sent}Untuk mengubahnya, tarik dahulu pengiriman ini." if may_enter else sent.strip()
        return f"{sent}Hanya verifikator yang dapat mengembalikannya untuk diperbaiki."
    if achievement.state == State.VERIFIED:
        return "Sudah diverifikasi, tidak dapat diubah. Jika ada yang keliru, hubungi verifikator unit Anda."
    return (
        f"Tidak dikirim sampai tenggat {said(quarter.due_at(unit))}. "
        "Kepala Biro Perencanaan dapat memberi perpanjangan."
    )


def unit_and_quarter(user: User, year: int, number: int, code: str, verb: Verb = Verb.VIEW) -> tuple[WorkUnit, Quarter]:
    """From the address. 404 for what the user may not see or what is not there, 403 without the right."""
    unit = get_object_or_404(WorkUnit, code=code)
    policy.require(user, verb, unit)
    return unit, get_object_or_404(Quarter, year=year, number=number)


def rows_of(
    achievements: Iterable[Achievement],
    *,
    user: User,
    unit: WorkUnit,
    at: datetime,
    refused: Row | None = None,
    is_collected: bool = True,
) -> list[Row]:
    """The rows of one unit; `refused` takes the place of its own. `is_collected` False: no round is open for them."""
    may_enter = policy.can(user, Verb.ENTER, unit)
    achievements = list(achievements)
    children.note_problems(achievements)
    held = holds.holds_of(achievement.pk for achievement in achievements) if is_collected else {}
    made = []
    for achievement in achievements:
        lock = lock_of(achievement, user=user, may_enter=may_enter, at=at, held=held.get(achievement.pk))
        if refused and refused.achievement.pk == achievement.pk:
            made.append(Row(achievement, lock, refused.typed, refused.refusal, held=held.get(achievement.pk)))
        else:
            made.append(Row(achievement, lock, held=held.get(achievement.pk)))
    return made
