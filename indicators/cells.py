"""How figures, words and parts of an indicator stand in the cells of a spreadsheet, and how they are read back.

Plain values are the kernel's (`kinerjaku.cells`); here is what belongs to the catalogue.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from import_export.fields import Field
from import_export.widgets import ManyToManyWidget, Widget

from accounts.models import WorkUnit
from kinerjaku.cells import as_cell_text, plain_figure, yes_or_no
from kinerjaku.errors import DomainError
from kinerjaku.figures import parse_figure

from .actions.card import REQUIRED_MARK, require_sound_slots
from .models import Band, EvidenceSlot, Objective, Target, Variable
from .quarters import ROMAN


class TextWidget(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return as_cell_text(value)


class FigureWidget(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        return parse_figure(as_cell_text(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return plain_figure(value)


class WholeNumberWidget(FigureWidget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        figure = super().clean(value)
        if figure is None or figure != int(figure) or not 0 < figure < 32768:
            raise ValueError("Isi dengan bilangan bulat mulai dari 1.")
        return int(figure)


class YesNoWidget(Widget):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        return yes_or_no(as_cell_text(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "ya" if value else "tidak"


class ChoiceWidget(Widget):
    def __init__(self, choices: type[models.TextChoices], *, blank: bool = False) -> None:
        super().__init__()
        self.choices, self.blank = choices, blank

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        wanted = as_cell_text(value).casefold()
        if self.blank and not wanted:
            return ""
        for choice in self.choices:
            if wanted in (choice.value, str(choice.label).casefold()):
                return choice.value
        raise ValueError(f"Tulis salah satu: {'; '.join(str(choice.label) for choice in self.choices)}.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(self.choices(value).label) if value else ""


class LookupWidget(Widget):
    """A related object by its short name."""

    def __init__(self, model: type[models.Model], field: str, what: str) -> None:
        super().__init__()
        self.model, self.field, self.what = model, field, what

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> models.Model:
        wanted = as_cell_text(value)
        found = self.model._default_manager.filter(**{self.field: wanted}).first()
        if found is None:
            raise ValueError(f"{self.what} “{wanted[:60]}” tidak ada.")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return getattr(value, self.field, "")


class ObjectiveWidget(Widget):
    """An objective by its number; it belongs to the row's unit and decree."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Objective:
        no = as_cell_text(value)
        place = {"decree__key": as_cell_text(row["keputusan"]), "unit__code": as_cell_text(row["unit"])}
        found = Objective.objects.filter(no=int(no), **place).first() if no.isdecimal() else None
        if found is None:
            raise ValueError(
                f"Sasaran nomor “{no[:20]}” tidak ada pada unit dan keputusan ini. Buat dahulu di halaman Sasaran."
            )
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value.no) if value else ""


class UnitsWidget(ManyToManyWidget):
    def __init__(self) -> None:
        super().__init__(WorkUnit, field="code", separator=", ")

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[WorkUnit]:
        codes = [code.strip() for code in as_cell_text(value).split(",") if code.strip()]
        units = list(WorkUnit.objects.filter(code__in=codes))
        if unknown := sorted(set(codes) - {unit.code for unit in units}):
            raise ValidationError({"penanggung_jawab": f"Unit tidak ada: {', '.join(unknown)}."})
        return units

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return ", ".join(sorted(unit.code for unit in value.all())) if value else ""


class PartsField(Field):
    """Rows of another table in one cell. What was read waits on the instance until that is saved."""

    def __init__(self, name: str, write: Callable[[Any], str], read: Callable[[str], list[Any]], **kwargs: Any) -> None:
        super().__init__(attribute=name, column_name=name, **kwargs)
        self.write, self.read = write, read

    def get_value(self, instance: Any) -> str:
        waiting = waiting_parts(instance)
        return self.write(waiting[self.attribute]) if self.attribute in waiting else self.stored(instance)

    def stored(self, instance: Any) -> str:
        return self.write(sorted(self.related(instance).all(), key=_place)) if instance.pk else ""

    def related(self, instance: Any) -> Any:
        return getattr(instance, RELATED[self.attribute])

    def export(self, instance: Any, **kwargs: Any) -> str:
        return self.get_value(instance)

    def save(self, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        parts = self.read(as_cell_text(row[self.column_name]))
        instance.waiting_parts = {**waiting_parts(instance), self.attribute: parts}


def waiting_parts(instance: Any) -> dict[str, list[Any]]:
    """By column name, what was read from the file and is not saved yet."""
    return vars(instance).get("waiting_parts", {})


RELATED = {"variabel": "variables", "rentang": "bands", "target": "targets", "data_dukung": "evidence_slots"}


def _place(part: Any) -> int:
    return part.number if isinstance(part, Target) else part.order


def write_variables(variables: list[Variable]) -> str:
    return "\n".join(" | ".join([v.code, v.label, v.measure, plain_figure(v.weight)]).rstrip(" |") for v in variables)


def read_variables(text: str) -> list[Variable]:
    """One a line: code | label | unit of measure | weight; the last two may be left out."""
    variables = []
    for order, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        code, label, measure, weight = [part.strip() for part in f"{line}|||".split("|")[:4]]
        if not code or not label:
            raise ValueError(f"Variabel “{line[:60]}”: tulis kode | label | satuan | bobot, satu variabel sebaris.")
        variables.append(Variable(order=order, code=code, label=label, measure=measure, weight=parse_figure(weight)))
    return variables


_BAND = re.compile(r"(?P<open>[\[(])(?P<lower>[^;]*);(?P<upper>[^\])]*)(?P<close>[\])])(?P<rest>(\|.*)?)")


def write_bands(bands: list[Band]) -> str:
    return "\n".join(
        f"{'[' if b.lower_inclusive else '('}{plain_figure(b.lower)}; {plain_figure(b.upper)}"
        f"{']' if b.upper_inclusive else ')'}"
        f" | {b.grade} | {b.label} | {plain_figure(b.achievement)}".rstrip(" |")
        for b in bands
    )


def read_bands(text: str) -> list[Band]:
    """One a line, as an interval: (90; 100] | predikat | label | achievement in percent."""
    bands = []
    for order, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        found = _BAND.fullmatch(re.sub(r"\s*\|\s*", "|", line))
        if not found:
            raise ValueError(f"Rentang “{line[:60]}”: tulis misalnya (90; 100] | AA | Istimewa, satu rentang sebaris.")
        _, grade, label, achievement, *_ = f"{found['rest']}|||".split("|") if found["rest"] else ("",) * 4
        bands.append(
            Band(
                order=order,
                lower=parse_figure(found["lower"]),
                lower_inclusive=found["open"] == "[",
                upper=parse_figure(found["upper"]),
                upper_inclusive=found["close"] == "]",
                grade=grade,
                label=label,
                achievement=parse_figure(achievement),
            )
        )
    return bands


def write_targets(targets: list[Target]) -> str:
    return "\n".join(
        f"{_target_name(t.number)}: {plain_figure(t.value)}"
        + (f" s.d. {plain_figure(t.high)}" if t.high is not None else "")
        for t in targets
    )


def _target_name(number: int) -> str:
    return "Setahun" if number == Target.YEAR else f"TW {ROMAN[number]}"


def read_targets(text: str) -> list[Target]:
    """One a line: Setahun: 90 or TW I: 90, or a range as TW I: 80 s.d. 90."""
    numbers = {_target_name(number): number for number in (Target.YEAR, *ROMAN)}
    targets = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, figures = line.partition(":")
        number = numbers.get(" ".join(name.split()))
        low, _, high = figures.partition("s.d.")
        value = parse_figure(low)
        if number is None or value is None or number in {t.number for t in targets}:
            raise ValueError(f"Target “{line[:60]}”: tulis misalnya TW I: 90 atau Setahun: 90, satu sebaris.")
        targets.append(Target(number=number, value=value, high=parse_figure(high)))
    return targets


def write_slots(slots: list[EvidenceSlot]) -> str:
    return "\n".join(f"{slot.name} {REQUIRED_MARK}" if slot.is_required else slot.name for slot in slots)


def read_slots(text: str) -> list[EvidenceSlot]:
    """One document a line; the mark at its end says that it is required."""
    slots = []
    for order, line in enumerate(filter(None, map(str.strip, text.splitlines())), 1):
        name = " ".join(line.removesuffix(REQUIRED_MARK).split())
        slots.append(EvidenceSlot(order=order, name=name, is_required=line.endswith(REQUIRED_MARK)))
    try:
        require_sound_slots([slot.name for slot in slots])
    except DomainError as error:
        raise ValueError(error.message) from error
    return slots
