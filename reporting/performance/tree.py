"""The tree of indicators (pohon kinerja): who comes from whom, in lines to draw. Pure: no ORM, no clock.

An indicator with two parents stands in full under the first and is only named under the others, so that the tree stays
as long as the catalogue whatever is linked.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indicators.cascading import Link


@dataclass(frozen=True, slots=True)
class Leaf:
    """One indicator in the order of the tree."""

    pk: int
    unit_id: int
    unit_code: str
    unit_name: str
    objective: tuple[int, str]
    no: int
    name: str
    is_not_cascaded: bool

    @property
    def code(self) -> str:
        return f"{self.unit_code} {self.no}"


@dataclass(slots=True)
class Node:
    """`relation` is how it came from `parent`; `is_repeated`: it stands in full somewhere else."""

    leaf: Leaf
    parent: Leaf | None = None
    relation: str = ""
    depth: int = 0
    children: list["Node"] = field(default_factory=list)
    is_repeated: bool = False
    is_match: bool = False
    has_match: bool = False  # below it

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Tree:
    """`roots` in the order of the leaves; `unlinked`: neither parent nor child, and not said to be on purpose."""

    roots: list[Node]
    unlinked: list[Node]

    def walk(self) -> Iterator[Node]:
        for root in [*self.roots, *self.unlinked]:
            yield from root.walk()


def grow(leaves: Sequence[Leaf], links: Iterable[Link]) -> Tree:
    """Each leaf stands in full exactly once. Links to indicators that are not among the leaves lead nowhere; a loop,
    which no action makes, is cut where it closes."""
    known = {leaf.pk: leaf for leaf in leaves}
    order = {leaf.pk: place for place, leaf in enumerate(leaves)}
    below: dict[int, list[Link]] = {}
    has_parent = set()
    for link in links:
        if link.parent in known and link.child in known:
            below.setdefault(link.parent, []).append(link)
            has_parent.add(link.child)
    for members in below.values():
        members.sort(key=lambda link: order[link.child])
    placed: set[int] = set()

    def plant(leaf: Leaf, parent: Leaf | None, relation: str, depth: int) -> Node:
        node = Node(leaf, parent, relation, depth, is_repeated=leaf.pk in placed)
        if not node.is_repeated:
            placed.add(leaf.pk)
            node.children = [plant(known[one.child], leaf, one.relation, depth + 1) for one in below.get(leaf.pk, ())]
        return node

    roots, unlinked = [], []
    for leaf in leaves:
        if leaf.pk in has_parent:
            continue
        is_alone = leaf.pk not in below and not leaf.is_not_cascaded
        (unlinked if is_alone else roots).append(plant(leaf, None, "", 0))
    roots += [plant(leaf, None, "", 0) for leaf in leaves if leaf.pk not in placed]
    return Tree(roots, unlinked)


def search(tree: Tree, text: str) -> int:
    """Mark what has all the words in its code, name or unit, or exactly this code; gives how many. What it stands
    under is marked as leading there."""
    words = text.casefold().split()
    if not words:
        return 0
    wanted = " ".join(words)
    codes = {node.leaf.code.casefold() for node in tree.walk()}
    found = set()

    def mark(node: Node) -> bool:
        leaf = node.leaf
        if wanted in codes:
            node.is_match = leaf.code.casefold() == wanted
        else:
            facts = f"{leaf.code} {leaf.name} {leaf.unit_name}".casefold()
            node.is_match = all(word in facts for word in words)
        if node.is_match:
            found.add(leaf.pk)
        below = [mark(child) for child in node.children]
        node.has_match = any(below)
        return node.is_match or node.has_match

    for root in [*tree.roots, *tree.unlinked]:
        mark(root)
    return len(found)


def pieces(text: str, sought: str) -> list[tuple[str, bool]]:
    """The text cut at the words that were sought: piece, and whether it is one of them."""
    words = sorted({re.escape(word) for word in sought.split()}, key=len, reverse=True)
    if not words:
        return [(text, False)]
    cut = re.split(f"({'|'.join(words)})", text, flags=re.IGNORECASE)
    return [(piece, place % 2 == 1) for place, piece in enumerate(cut) if piece]


def grouped(roots: Iterable[Node], draw: Callable[[Node], Any]) -> list[dict[str, Any]]:
    """Roots by unit and objective, in their order, drawn."""
    units: dict[int, dict[str, Any]] = {}
    for root in roots:
        leaf = root.leaf
        unit = units.setdefault(leaf.unit_id, {"code": leaf.unit_code, "name": leaf.unit_name, "by_objective": {}})
        unit["by_objective"].setdefault(leaf.objective, []).append(draw(root))
    return [
        {
            "code": unit["code"],
            "name": unit["name"],
            "objectives": [
                {"no": no, "name": name, "nodes": nodes} for (no, name), nodes in unit["by_objective"].items()
            ],
        }
        for unit in units.values()
    ]


def count_by_relation(tree: Tree, labels: Mapping[str, str]) -> list[tuple[str, int]]:
    """How many links of each kind the tree has."""
    counts = dict.fromkeys(labels, 0)
    for node in tree.walk():
        if node.relation:
            counts[node.relation] += 1
    return [(labels[relation], count) for relation, count in counts.items()]
