"""How indicators come down to lower units (domain guide 4): adopted, narrowed, as a component, or not at all.

Whoever writes links locks the decrees of their year first, so that no two changes at once make a loop together.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators.cascading import Link, chain, in_force, links_among, stored_links, versions_in
from indicators.models import Cascade, Decree, Indicator, Variable
from kinerjaku import audit
from kinerjaku.audit import Act
from kinerjaku.errors import DomainError

from .catalogue import require_reason

Relation = Cascade.Relation


@transaction.atomic
def link(parent_id: int, child_id: int, relation: str, *, by: User, at: datetime, reason: str = "") -> Cascade:
    """The child comes from the parent by one of the three methods.

    Raises DomainError `other_decree`, `revoked`, `unit_not_below`, `not_cascaded`, `already_linked`,
    `already_adopted`, `loop`, `reason_missing`.
    """
    policy.require(by, Verb.EDIT_CATALOGUE)
    parent, child = _locked(parent_id, child_id)
    _require_reason(parent, child, reason=reason)
    _require_one_set(parent, child)
    if parent.is_not_cascaded:
        raise DomainError(
            f"{parent.code} dinyatakan tidak diturunkan. Cabut pernyataan itu dulu.", code="not_cascaded", status=409
        )
    if child.unit_id == parent.unit_id or not child.unit.path.startswith(parent.unit.path):
        raise DomainError(
            f"{child.unit.name} tidak berada di bawah {parent.unit.name}. Turunan adalah milik unit di bawahnya.",
            code="unit_not_below",
        )
    _require_new(parent, child, relation, _links_about(parent, child))
    made = Cascade.objects.create(parent=parent, child=child, relation=relation)
    _record("tautkan penurunan", made, None, {"relation": relation}, by=by, at=at, reason=reason)
    return made


@transaction.atomic
def unlink(parent_id: int, child_id: int, *, by: User, at: datetime, reason: str = "") -> None:
    """The child no longer comes from the parent. Raises DomainError `gone`, `reason_missing`."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    parent, child = _locked(parent_id, child_id)
    _require_reason(parent, child, reason=reason)
    found = _stored_between(parent, child)
    if not found:
        raise DomainError("Tautan itu sudah tidak ada.", code="gone", status=409)
    for cascade in found:
        before = {"relation": cascade.relation}
        _record("lepas penurunan", Cascade(parent=parent, child=child), before, None, by=by, at=at, reason=reason)
        cascade.delete()


@transaction.atomic
def declare_not_cascaded(
    indicator_id: int, is_not_cascaded: bool, *, by: User, at: datetime, reason: str = ""
) -> Indicator:
    """State that an indicator is deliberately not brought down, or take the statement back.

    Raises DomainError `has_children`, `reason_missing`.
    """
    policy.require(by, Verb.EDIT_CATALOGUE)
    indicator = _locked(indicator_id)[0]
    _require_reason(indicator, reason=reason)
    if is_not_cascaded and children_of(indicator):
        raise DomainError(
            "Indikator ini masih mempunyai turunan. Lepaskan dulu semua turunannya.", code="has_children", status=409
        )
    if indicator.is_not_cascaded == is_not_cascaded:
        return indicator
    before = audit.snapshot(indicator, "is_not_cascaded")
    indicator.is_not_cascaded = is_not_cascaded
    indicator.save(update_fields=["is_not_cascaded"])
    verb = "nyatakan tidak diturunkan" if is_not_cascaded else "cabut pernyataan tidak diturunkan"
    after = audit.snapshot(indicator, "is_not_cascaded")
    audit.record(by=by, at=at, verb=verb, target=indicator, before=before, after=after, reason=reason.strip())
    return indicator


@transaction.atomic
def set_from_children(
    indicator_id: int, how: Mapping[str, str], *, by: User, at: datetime, reason: str = ""
) -> Indicator:
    """How the named variables (code -> mean, sum, lowest, highest; empty: typed) come from the components.

    Raises DomainError `unknown_field`, `reason_missing`.
    """
    policy.require(by, Verb.EDIT_CATALOGUE)
    indicator = _locked(indicator_id)[0]
    _require_reason(indicator, reason=reason)
    variables = {one.code: one for one in indicator.variables.all()}
    if unknown := [*(how.keys() - variables.keys()), *(set(how.values()) - {"", *Variable.FromChildren.values})]:
        raise DomainError(f"Isian “{unknown[0]}” tidak dikenal.", code="unknown_field")
    before = {code: one.from_children for code, one in variables.items()}
    for code, wanted in how.items():
        variables[code].from_children = wanted
    after = {code: one.from_children for code, one in variables.items()}
    if before == after:
        return indicator
    Variable.objects.bulk_update(variables.values(), ["from_children"])
    audit.record(
        by=by,
        at=at,
        verb="atur nilai dari turunan",
        target=indicator,
        before={"from_children": before},
        after={"from_children": after},
        reason=reason.strip(),
    )
    return indicator


def children_of(indicator: Indicator) -> list[Link]:
    """The links that lead down from an indicator, as they count."""
    links = _links_about(indicator)
    return [one for one in links if one.parent == indicator.pk]


def _locked(*pks: int) -> list[Indicator]:
    years = Indicator.objects.filter(pk__in=pks).values("decree__year")
    list(Decree.objects.filter(year__in=years).select_for_update(no_key=True).order_by("pk"))
    rows = Indicator.objects.filter(pk__in=pks).select_related("unit", "decree").order_by("pk")
    found = {row.pk: row for row in rows.select_for_update(no_key=True, of=("self",))}
    if missing := [pk for pk in pks if pk not in found]:
        raise DomainError(f"Indikator {missing[0]} sudah tidak ada.", code="gone", status=409)
    return [found[pk] for pk in pks]


def _require_reason(*indicators: Indicator, reason: str) -> None:
    for one in indicators:
        require_reason(one.decree, reason)


def _require_one_set(parent: Indicator, child: Indicator) -> None:
    decrees = {parent.decree, child.decree}
    if any(one.state == Decree.State.REVOKED for one in decrees):
        raise DomainError(
            "Keputusan itu sudah dicabut, jadi penurunannya tidak diubah lagi.", code="revoked", status=409
        )
    if len(decrees) == 1:
        return
    year = parent.decree.year
    standing = Decree.objects.in_force(year, date(year, 12, 31)).filter(pk__in=[one.pk for one in decrees])
    if child.decree.year != year or standing.count() != len(decrees):
        raise DomainError(
            "Induk dan turunan harus dari satu keputusan, atau dari dua keputusan yang sama-sama berlaku pada tahun "
            "itu.",
            code="other_decree",
        )


def _links_about(*indicators: Indicator) -> list[Link]:
    """The links that count together with these: those in force in their year, and those of their own decrees."""
    year = indicators[0].decree.year
    versions = versions_in(year)
    own = {pk for pk, decree in versions.decrees.items() if decree in {one.decree_id for one in indicators}}
    taken = {versions.first[pk] for pk in own}
    others = {pk for pk in in_force(year, date(year, 12, 31)) if versions.first[pk] not in taken}
    return links_among(own | others, stored_links(year), versions)


def _require_new(parent: Indicator, child: Indicator, relation: str, links: list[Link]) -> None:
    for one in links:
        if one.child != child.pk:
            continue
        if one.parent == parent.pk:
            raise DomainError(
                f"{child.code} sudah turunan {parent.code} ({Relation(one.relation).label.lower()}).",
                code="already_linked",
                status=409,
            )
        if relation == one.relation == Relation.SAME:
            other = Indicator.objects.select_related("unit").get(pk=one.parent)
            raise DomainError(
                f"{child.code} sudah diadopsi langsung dari {other.code}. Satu indikator diadopsi dari satu induk.",
                code="already_adopted",
                status=409,
            )
    if back := chain(links, child.pk, parent.pk):
        codes = {row.pk: row.code for row in Indicator.objects.filter(pk__in=back).select_related("unit")}
        said = " → ".join(codes[pk] for pk in [parent.pk, *back])
        raise DomainError(f"Penurunan ini berputar: {said}.", code="loop", status=409)


def _stored_between(parent: Indicator, child: Indicator) -> list[Cascade]:
    """The row that joins the two; between decrees, that of whichever versions it was made between."""
    rows = Cascade.objects.select_related("parent", "child")
    if exact := list(rows.filter(parent=parent, child=child)):
        return exact
    versions = versions_in(parent.decree.year)
    older = rows.filter(parent__in=versions.of(parent.pk), child__in=versions.of(child.pk))
    return [one for one in older if one.parent.decree_id != one.child.decree_id]


def _record(
    verb: str,
    cascade: Cascade,
    before: dict[str, str] | None,
    after: dict[str, str] | None,
    *,
    by: User,
    at: datetime,
    reason: str,
) -> None:
    """In the history of both."""
    facts = {"parent": cascade.parent.code, "child": cascade.child.code}
    acts = [
        Act(one, before and {**facts, **before}, after and {**facts, **after}, reason.strip())
        for one in (cascade.parent, cascade.child)
    ]
    audit.record_many(acts, by=by, at=at, verb=verb)
