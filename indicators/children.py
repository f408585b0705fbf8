"""What the components of an indicator say in a quarter, for parents that are computed from them (domain guide 4).

Of a child counts what was verified, else what its unit has sent, as it was sent. For many rows at once, in a constant
number of queries.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from kinerjaku.figures import format_figure

from . import verified
from .cascading import Link, Versions, in_force, links_among, stored_links, versions_in
from .from_children import Combined, Part, combine
from .models import Achievement, Cascade, Indicator, Quarter, Variable
from .quarters import ends_on

State = Achievement.State
CHANGED = "Nilai turunan berubah sejak diambil."


@dataclass(frozen=True)
class Child:
    """One component. `row` None: the quarter has none for it."""

    indicator: Indicator
    row: Achievement | None
    found: Mapping[int, Decimal | None]

    @property
    def counting(self) -> Achievement | None:
        """The row as it was sent, if it was."""
        row = self.row
        return row.as_sent() if row is not None and row.submitted_at is not None and row.state in _COUNTS else None

    @property
    def is_verified(self) -> bool:
        return self.row is not None and self.row.state == State.VERIFIED and self.row.submitted_at is not None

    @property
    def correction(self) -> Decimal | None:
        """The actual figure of the verifier, where it is another one than was sent."""
        claim = self.counting
        if claim is None or not self.is_verified or claim.pk not in self.found:
            return None
        found = self.found[claim.pk]
        return found if found != claim.actual else None

    @property
    def _is_refused(self) -> bool:
        """Verification found that there is no figure."""
        return self.is_verified and self.row is not None and self.found.get(self.row.pk, self) is None

    def value(self, code: str) -> Decimal | None:
        """Of the variable of that code; of a child without such a variable, its actual figure."""
        claim = self.counting
        if claim is None or claim.no_result or self._is_refused:
            return None
        if code in {one.code for one in self.indicator.rule.inputs}:
            kept = claim.values.get(code)
            return None if kept is None else Decimal(kept)
        return self.correction if self.correction is not None else claim.actual

    @property
    def standing(self) -> str:
        """Which row counts, in words."""
        if self.row is None:
            return "Belum ada baris pada triwulan ini"
        claim = self.counting
        if claim is None:
            return State(self.row.state).label
        if claim.no_result:
            return "Belum ada hasil"
        if self._is_refused:
            return "Tanpa realisasi terverifikasi"
        if self.correction is not None:
            return f"Terverifikasi; realisasinya dikoreksi menjadi {format_figure(self.correction)}"
        if self.is_verified:
            return "Terverifikasi"
        if self.row.state == State.RETURNED:
            return "Dikembalikan; dipakai yang terakhir dikirim"
        return "Terkirim, belum terverifikasi"


_COUNTS = {State.SUBMITTED, State.RETURNED, State.VERIFIED}


@dataclass(frozen=True)
class Source:
    """Where a row's values can come from."""

    row: Achievement
    variables: Sequence[Variable]
    children: Sequence[Child]

    @cached_property
    def values(self) -> dict[str, Combined]:
        """By code of the variable."""
        return {
            one.code: combine(
                one.from_children, [Part(child.indicator.code, child.value(one.code)) for child in self.children]
            )
            for one in self.variables
        }

    @property
    def is_complete(self) -> bool:
        return all(one.value is not None for one in self.values.values())

    @property
    def reasons(self) -> list[str]:
        """Why values are missing, by variable; once if it is the same for all."""
        found = {one.label: self.values[one.code].reason for one in self.variables if self.values[one.code].reason}
        if len(found) == len(self.variables) and len(set(found.values())) == 1:
            return list(set(found.values()))
        return [f"{label}: {reason}" for label, reason in found.items()]

    def taken(self) -> dict[str, Any]:
        """As it is kept beside the row when the values are taken: figures as strings, exact."""
        return {
            "quarter": str(self.row.quarter),
            "values": {code: _text(one.value) for code, one in self.values.items()},
            "rows": [
                {
                    "row": child.row.pk if child.row else None,
                    "code": child.indicator.code,
                    "version": child.row.version if child.row else None,
                    "standing": child.standing,
                    "values": {one.code: _text(child.value(one.code)) for one in self.variables},
                }
                for child in self.children
            ],
        }

    @property
    def problem(self) -> str:
        """What no longer agrees since the values were taken; empty if nothing was taken or nothing has changed."""
        kept = self.row.values_from
        if not kept:
            return ""
        now = self.taken()
        if kept["values"] != now["values"] or _figures(kept) != _figures(now):
            return CHANGED
        typed = [one.label for one in self.variables if self.row.values.get(one.code) != kept["values"][one.code]]
        return f"{typed[0]} tidak sama dengan nilai yang diambil dari turunan." if typed else ""


def sources(rows: Iterable[Achievement]) -> dict[int, Source]:
    """By primary key, of those rows whose indicators have variables that come from children."""
    rows = list(rows)
    by_indicator: dict[int, list[Variable]] = {}
    wanted = Variable.objects.filter(indicator__in={row.indicator_id for row in rows}).exclude(from_children="")
    for variable in wanted.order_by("indicator_id", "order"):
        by_indicator.setdefault(variable.indicator_id, []).append(variable)
    computed = [row for row in rows if row.indicator_id in by_indicator]
    found: dict[int, Source] = {}
    for quarter in {row.quarter_id: row.quarter for row in computed}.values():
        together = [row for row in computed if row.quarter_id == quarter.pk]
        children = _children({row.indicator_id for row in together}, quarter)
        for row in together:
            found[row.pk] = Source(row, by_indicator[row.indicator_id], children.get(row.indicator_id, []))
    return found


def problems(rows: Iterable[Achievement]) -> dict[int, str]:
    """By primary key, what no longer agrees with the children; only rows that took values from them are asked."""
    taken = [row for row in rows if row.values_from]
    if not taken:
        return {}
    found = sources(taken)
    lost = "Nilai diambil dari turunan, tetapi variabelnya tidak lagi dihitung dari turunan."
    return {row.pk: found[row.pk].problem if row.pk in found else lost for row in taken}


def note_problems(rows: Iterable[Achievement]) -> None:
    """For lists: what every row would otherwise ask by itself."""
    rows = list(rows)
    found = problems(rows)
    for row in rows:
        row.children_problem = found.get(row.pk, "")


def _children(parents: set[int], quarter: Quarter) -> dict[int, list[Child]]:
    """The components of each parent with their rows of the quarter, in the order of the units."""
    versions, links = _links(parents, quarter)
    components = [one for one in links if one.parent in parents and one.relation == Cascade.Relation.COMPONENT]
    indicators = Indicator.objects.select_related("unit").in_bulk({one.child for one in components})
    firsts = {versions.first[pk] for pk in indicators}
    every = [pk for pk, first in versions.first.items() if first in firsts]
    rows = Achievement.objects.filter(quarter=quarter, indicator__in=every).select_related("quarter").order_by("pk")
    by_first = {versions.first[row.indicator_id]: row for row in rows}
    pks = [row.pk for row in by_first.values()]
    found = verified.actuals(pks) if pks else {}
    made: dict[int, list[Child]] = {}
    for one in components:
        child = Child(indicators[one.child], by_first.get(versions.first[one.child]), found)
        made.setdefault(one.parent, []).append(child)
    for members in made.values():
        members.sort(key=lambda child: (child.indicator.unit.path, child.indicator.no))
    return made


def _links(parents: set[int], quarter: Quarter) -> tuple[Versions, list[Link]]:
    """A row keeps the version it was made under, and with it the links of that version's decree."""
    versions = versions_in(quarter.year)
    shown = in_force(quarter.year, ends_on(quarter.year, quarter.number))
    stored = stored_links(quarter.year)
    links = links_among(shown, stored, versions)
    for decree in {versions.decrees[pk] for pk in parents - shown if pk in versions.decrees}:
        own = {pk for pk, its in versions.decrees.items() if its == decree}
        links += [one for one in links_among(own, stored, versions) if one.parent in parents - shown]
    return versions, links


def _figures(taken: Mapping[str, Any]) -> list[tuple[str, dict[str, str | None]]]:
    return sorted(((one["code"], one["values"]) for one in taken["rows"]), key=lambda pair: pair[0])


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
