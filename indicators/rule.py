"""What computing an indicator needs, as one value: the inputs of its formula, its scale, its targets; and the names of
the evidence it requires, which the same readers ask for.

An indicator keeps its rule beside itself as JSON (figures as strings, exact), so that a row is computed from one query.
The tables of variables, bands and targets stay the truth; `actions.catalogue.keep_rule` writes it after every change.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .scoring import Band, Target


@dataclass(frozen=True, slots=True)
class Input:
    """A variable of the formula, or a part of a score that somebody else gives."""

    code: str
    label: str
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """`bands` in the order of the scale; `targets` by number of the quarter, 1..4; `required` names of evidence."""

    inputs: tuple[Input, ...] = ()
    bands: tuple[Band, ...] = ()
    targets: Mapping[int, Target] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    steps: tuple[Band, ...] = field(init=False, repr=False, compare=False)  # of a step table; else empty

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(band for band in self.bands if band.achievement is not None))

    def as_json(self) -> dict[str, Any]:
        return {
            "inputs": [asdict(one) for one in self.inputs],
            "bands": [{name: _text(value) for name, value in asdict(band).items()} for band in self.bands],
            "targets": {str(number): _target_text(target) for number, target in self.targets.items()},
            "required": list(self.required),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Rule":
        """The inverse of `as_json`; an empty mapping is an indicator without parts."""
        return cls(
            tuple(Input(**one) for one in kept.get("inputs", ())),
            tuple(
                Band(**{name: _value(name, value) for name, value in band.items()}) for band in kept.get("bands", ())
            ),
            {int(number): _target(texts) for number, texts in kept.get("targets", {}).items()},
            tuple(kept.get("required", ())),
        )

    @classmethod
    @lru_cache(maxsize=4096)
    def from_text(cls, kept: str) -> "Rule":
        """The same from the JSON as it is stored. Rules do not change, so equal texts share one."""
        return cls.from_json(json.loads(kept))


_FIGURES = {"lower", "upper", "achievement"}


def _text(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _value(name: str, kept: Any) -> Any:
    return Decimal(kept) if name in _FIGURES and kept is not None else kept


def _target_text(target: Target) -> list[str]:
    ends: Iterable[Decimal] = target if isinstance(target, tuple) else (target,)
    return [f"{end:f}" for end in ends]


def _target(texts: list[str]) -> Target:
    low, *high = map(Decimal, texts)
    return (low, high[0]) if high else low
