"""The tree of indicators from the ministry downwards, with state and score of each; and the same as a flat list.

The catalogue is open to everyone who is signed in; states and scores are shown of the units whose performance a person
may see.
"""

from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.models import WorkUnit
from indicators import scoring
from indicators.cascading import in_force, links_among, stored_links, versions_in
from indicators.models import Achievement, Cascade, Indicator, ScoringYear
from indicators.quarters import ends_on
from indicators.scheme import COLOUR_WORDS, Scheme
from kinerjaku import clock, jinja
from kinerjaku.figures import format_figure
from kinerjaku.listing import FORMATS, Column, export
from reporting.filters import NUMBERS, years
from reporting.performance import tree as trees
from reporting.performance.assessment import Assessed, assess
from reporting.performance.claims import across_versions, figures
from reporting.performance.page import ICONS, TONES, rounded, target_words
from reporting.performance.period import Period, View
from reporting.performance.promises import promises
from reporting.performance.tree import Leaf, Node

HIDDEN = "Nilai hanya tampil bagi yang berhak melihat unit ini"
_FACTS = ("pk", "unit_id", "unit__code", "unit__name", "objective__no", "objective__name", "no", "name")
_FACTS += ("is_not_cascaded",)
_RELATIONS = dict(Cascade.Relation.choices)


@require_safe
def cascade_tree(request: HttpRequest) -> HttpResponse:
    period = Period.read(request.GET, clock.now())
    units = list(WorkUnit.objects.only("pk", "code", "name", "path"))
    chosen = next((unit for unit in units if unit.code == request.GET.get("unit")), None)
    sought = " ".join(request.GET.get("q", "").split())[:100]
    shown = in_force(period.year, ends_on(period.year, period.last))
    rows = Indicator.objects.filter(pk__in=shown).order_by("unit__path", "objective__no", "no")
    if chosen:
        rows = rows.filter(unit__path__startswith=chosen.path)
    leaves = [
        Leaf(pk, unit, code, name, (objective, said), no, title, alone)
        for pk, unit, code, name, objective, said, no, title, alone in rows.values_list(*_FACTS)
    ]
    links = links_among(shown, stored_links(period.year), versions_in(period.year))
    tree = trees.grow(leaves, links)
    found = trees.search(tree, sought)
    scores = Scores(request.user, period)
    if request.GET.get("format") in FORMATS:
        return export("pohon-kinerja", request.GET["format"], _columns(scores), _flat(tree, found, sought))
    opened = request.GET.get("buka") == "semua"
    draw = Drawing(scores, period, sought, opened=opened)
    with_indicators = set(Indicator.objects.filter(pk__in=shown).order_by().values_list("unit_id", flat=True))
    asked = {
        "tahun": period.year,
        "triwulan": period.number,
        "tampilan": period.view.value,
        "unit": chosen.code if chosen else "",
        "q": sought,
    }
    body = {
        "choice": {
            "years": years(period),
            "numbers": NUMBERS,
            "views": View.choices,
            "units": [(unit.code, unit.name) for unit in units if _has_some(unit, units, with_indicators)],
            "address": request.path,
            **asked,
        },
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "groups": trees.grouped(_kept(tree.roots, sought), draw),
        "unlinked": trees.grouped(_kept(tree.unlinked, sought), draw),
        "unlinked_count": len(tree.unlinked),
        "total": len(leaves),
        "at_top": sum(bool(node.children) for node in tree.roots),
        "found": found,
        "counts": trees.count_by_relation(tree, _RELATIONS),
        "alone": sum(leaf.is_not_cascaded for leaf in leaves),
        "dress": {colour: (TONES[colour], ICONS[colour], word) for colour, word in COLOUR_WORDS.items()},
        "colours": scores.scheme.colours.words,
        "opened": opened,
    }
    context = {"period": period, "body": jinja.render("reporting/cascade_tree.jinja", body)}
    return render(request, "reporting/cascade_tree.html", context)


class Scores:
    """States and scores of the indicators a person may see, read at once."""

    def __init__(self, user: Any, period: Period) -> None:
        self.period = period
        self.scheme: Scheme = ScoringYear.objects.scheme(period.year)
        seen = list(policy.units_for(user).only("pk", "path"))
        self.seen = {unit.pk for unit in seen}
        in_force = promises(seen, period.year, period.last)
        self._promises = {one.pk: one for members in in_force.values() for one in members}
        self._figures = across_versions(figures(seen, period.year), self._promises.values())
        rows = Achievement.objects.filter(
            quarter__year=period.year, quarter__number=period.number, unit__in=self.seen
        ).order_by()
        self._states = dict(rows.values_list("indicator_id", "state"))

    def of(self, leaf: Leaf) -> Assessed | None:
        """None: the person may not see it."""
        promise = self._promises.get(leaf.pk) if leaf.unit_id in self.seen else None
        return promise and assess(promise, self._figures.get(leaf.pk, {}), self.period, self.scheme)

    def state(self, leaf: Leaf) -> str:
        return self._states.get(leaf.pk, "") if leaf.unit_id in self.seen else ""


class Drawing:
    """A node as the template lays it out."""

    def __init__(self, scores: Scores, period: Period, sought: str, *, opened: bool) -> None:
        self.scores, self.period, self.sought, self.opened = scores, period, sought, opened

    def __call__(self, node: Node) -> dict[str, Any]:
        leaf, found = node.leaf, self.scores.of(node.leaf)
        state = self.scores.state(leaf)
        reason = found.reason if found else HIDDEN
        if state and reason == Achievement.State(state).label:  # said by the state already
            reason = ""
        return {
            "key": leaf.pk,
            "code": leaf.code,
            "title": trees.pieces(leaf.name, self.sought if node.is_match else ""),
            "unit": leaf.unit_name,
            "address": f"/iku/{leaf.pk}/",
            "method": _RELATIONS.get(node.relation, ""),
            "is_match": node.is_match,
            "is_not_cascaded": leaf.is_not_cascaded,
            "is_repeated": node.is_repeated,
            "is_open": self.opened or node.has_match,
            "state": _state(state) if state else "",
            "score": format_figure(found.percent, self.scores.scheme.places) if found else "",
            "colour": found.colour if found else "",
            "reason": reason,
            "calculation": f"/kinerja/{leaf.unit_code}/hitungan/{leaf.pk}/?{self.period.query}" if found else "",
            "children": [self(child) for child in node.children],
        }


@cache
def _state(state: str) -> SafeString:
    context = {"state": state, "label": Achievement.State(state).label}
    return render_to_string("components/state.html", context)


def _kept(roots: list[Node], sought: str) -> list[Node]:
    """While something is sought, the branches that have it."""
    return [root for root in roots if root.is_match or root.has_match] if sought else roots


def _has_some(unit: WorkUnit, units: list[WorkUnit], holders: set[int]) -> bool:
    """It or a unit below it has indicators."""
    return any(one.pk in holders and one.path.startswith(unit.path) for one in units)


def _flat(tree: trees.Tree, found: int, sought: str) -> list[Node]:
    """Line by line as the tree is read; while something is sought, only that."""
    return [node for node in tree.walk() if not sought or (found and node.is_match)]


def _columns(scores: Scores) -> list[Column]:
    def scored(node: Node) -> Any:
        found = scores.of(node.leaf)
        return None if found is None or found.percent is None else scoring.present(found.percent, scores.scheme.places)

    def figure(node: Node) -> Any:
        found = scores.of(node.leaf)
        return None if found is None else rounded(found.actual, 4)

    def target(node: Node) -> str:
        found = scores.of(node.leaf)
        return "" if found is None else target_words(found.target)

    def colour(node: Node) -> str:
        found = scores.of(node.leaf)
        return "" if found is None else COLOUR_WORDS[found.colour]

    def state(node: Node) -> str:
        kept = scores.state(node.leaf)
        return Achievement.State(kept).label if kept else ""

    return [
        Column("tingkat", "Tingkat", lambda node: node.depth + 1, numeric=True),
        Column("kode", "Kode", lambda node: node.leaf.code),
        Column("indikator", "Indikator", lambda node: node.leaf.name),
        Column("unit", "Unit kerja", lambda node: node.leaf.unit_name),
        Column("sasaran", "Sasaran", lambda node: node.leaf.objective[1]),
        Column("induk", "Induk", lambda node: node.parent.code if node.parent else ""),
        Column("cara", "Cara penurunan", _method),
        Column("status", "Status", state),
        Column("target", "Target", target),
        Column("realisasi", "Realisasi", figure, numeric=True),
        Column("capaian", "Capaian (%)", scored, numeric=True),
        Column("warna", "Warna", colour),
    ]


def _method(node: Node) -> str:
    """How it came from its parent; of a root, whether it goes further down."""
    if node.relation:
        return _RELATIONS[node.relation]
    if node.leaf.is_not_cascaded:
        return "Tidak diturunkan"
    return "" if node.children else "Belum ditautkan"
