"""A decree's set taken over into another one: for a new year, as an amendment, and rows taken out of a draft."""

from datetime import date, datetime
from itertools import pairwise

from django.db import transaction
from django.utils.text import slugify

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators.decree_rules import amendment_faults
from indicators.models import Cascade, Decree, Indicator
from indicators.quarters import WIB, years_before
from kinerjaku import audit
from kinerjaku.errors import DomainError

from .catalogue import describe, keep_rule, locked_decree

FIRST_YEAR, LAST_YEAR = 2000, 2100


@transaction.atomic
def copy_decree(
    source: Decree, *, year: int, key: str, at: datetime, is_example: bool, by: User | None = None
) -> Decree:
    """The same objectives, indicators and cascades under a new decree of another year. Twice gives the same one."""
    existing = Decree.objects.filter(key=key).first()
    if existing:
        return existing
    copy = Decree.objects.create(
        key=key,
        number=source.number,
        title=source.title,
        year=year,
        amends_text=source.amends_text,
        legal_basis=source.legal_basis,
        is_example=is_example,
    )
    _take_over(source, copy)
    audit.record(by=by, at=at, verb="salin keputusan", target=copy, after=audit.snapshot(copy))
    return copy


@transaction.atomic
def copy_into_year(source_id: int, *, year: int, title: str, by: User, at: datetime) -> Decree:
    """A draft for another year; number and date are its own."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    source = locked_decree(source_id)
    if year == source.year:
        raise DomainError(
            f"Keputusan ini sudah untuk tahun {year}. Untuk tahun yang sama, buat perubahan.", code="same_year"
        )
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DomainError(f"Tahun harus antara {FIRST_YEAR} dan {LAST_YEAR}.", code="wrong_year")
    copy = Decree.objects.create(
        key=_free_key(f"{slugify(source.key)[:45]}-{year}"),
        title=title.strip() or source.title,
        year=year,
        legal_basis=source.legal_basis,
        is_example=source.is_example,
    )
    return _copied(source, copy, "salin keputusan", by=by, at=at)


def amended_title(title: str) -> str:
    """Perubahan atas …, Perubahan Kedua atas …, and so on for an amendment of an amendment."""
    for words, following in pairwise(_TIMES):
        if title.startswith(words):
            return (following + title.removeprefix(words))[:400]
    return (_TIMES[0] + title)[:400]


_TIMES = [f"Perubahan {word}atas " for word in ("", "Kedua ", "Ketiga ", "Keempat ", "Kelima ", "Keenam ")]


@transaction.atomic
def amend(source_id: int, *, by: User, at: datetime) -> Decree:
    """A draft that amends the decree: the whole set, each row pointing to the one it replaces."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    source = locked_decree(source_id)  # two clicks make two drafts, each with a key of its own
    if not source.is_enacted:
        raise DomainError("Hanya keputusan yang sudah ditetapkan yang dapat diubah.", code="not_enacted", status=409)
    if newer := source.amendments.filter(state=Decree.State.ENACTED).first():
        raise DomainError(
            f"Keputusan ini sudah diubah oleh “{newer.title}”. Buat perubahan atas keputusan tersebut.",
            code="amended",
            status=409,
        )
    copy = Decree.objects.create(
        key=_free_key(f"{slugify(source.key)[:45]}-perubahan"),
        title=amended_title(source.title),
        year=source.year,
        in_force_from=max(source.in_force_from, min(at.astimezone(WIB).date(), date(source.year, 12, 31))),
        amends=source,
        legal_basis=source.legal_basis,
        is_example=source.is_example,
    )
    return _copied(source, copy, "buat perubahan keputusan", by=by, at=at)


@transaction.atomic
def edit_facts(
    decree_id: int, *, number: str, title: str, in_force_from: date, legal_basis: list[str], by: User, at: datetime
) -> Decree:
    """What a draft says besides its indicators. Raises DomainError `wrong_state`, `unsound`."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    decree = locked_decree(decree_id)
    if not decree.is_draft:
        raise DomainError("Keputusan ini sudah ditetapkan.", code="wrong_state", status=409)
    names = ("number", "title", "in_force_from", "legal_basis")
    before = audit.snapshot(decree, *names)
    decree.number, decree.title = number.strip(), title.strip()
    decree.in_force_from, decree.legal_basis = in_force_from, legal_basis
    if found := amendment_faults(decree):
        raise DomainError(" ".join(sentence for _, sentence in found), code="unsound")
    decree.save(update_fields=list(names))
    after = audit.snapshot(decree, *names)
    if before != after:
        audit.record(by=by, at=at, verb="ubah keputusan", target=decree, before=before, after=after)
    return decree


@transaction.atomic
def drop(decree_id: int, indicator_id: int, *, by: User, at: datetime) -> None:
    """Take an indicator out of a draft; the history keeps what it was."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    decree = Decree.objects.select_for_update(no_key=True).get(pk=decree_id)
    if not decree.is_draft:
        raise DomainError(
            "Keputusan ini sudah ditetapkan. Indikatornya hanya dapat dihapus lewat keputusan perubahan.",
            code="wrong_state",
            status=409,
        )
    indicator = Indicator.objects.filter(decree=decree, pk=indicator_id).first()
    if indicator is None:
        raise DomainError("Indikator itu sudah tidak ada dalam rancangan ini.", code="gone", status=409)
    if indicator.replaced_by.exists() or indicator.achievements.exists():
        raise DomainError(
            "Indikator ini sudah dipakai capaian atau rancangan lain, jadi tidak dapat dihapus.",
            code="in_use",
            status=409,
        )
    verb = "hapus indikator dari rancangan"
    audit.record(by=by, at=at, verb=verb, target=indicator, before=describe(indicator))
    audit.record(by=by, at=at, verb=verb, target=decree, before={"indicator": str(indicator)})
    indicator.delete()


def _copied(source: Decree, copy: Decree, verb: str, *, by: User, at: datetime) -> Decree:
    _take_over(source, copy)
    audit.record(by=by, at=at, verb=verb, target=copy, after={"copied_from": source.reference, **audit.snapshot(copy)})
    return copy


def _take_over(source: Decree, copy: Decree) -> None:
    objectives = {}
    for objective in source.objectives.all():
        old = objective.pk
        objective.pk, objective._state.adding, objective.decree = None, True, copy
        objective.save()
        objectives[old] = objective
    indicators: dict[int, Indicator] = {}
    together = ("variables", "bands", "targets", "responsible", "evidence_slots", "past_actuals")
    for indicator in source.indicators.prefetch_related(*together):
        old = indicator.pk
        parts = [*indicator.variables.all(), *indicator.bands.all(), *indicator.targets.all()]
        parts += [*indicator.evidence_slots.all()]
        parts += [one for one in indicator.past_actuals.all() if one.year in years_before(copy.year)]
        responsible = list(indicator.responsible.all())
        indicator.pk, indicator._state.adding, indicator.replaces_id = None, True, old
        indicator.decree, indicator.objective = copy, objectives[indicator.objective_id]
        indicator._prefetched_objects_cache = {}
        indicator.save()
        indicator.responsible.set(responsible)
        for part in parts:
            part.pk, part._state.adding, part.indicator = None, True, indicator
            part.save()
        keep_rule(indicator)
        indicators[old] = indicator
    for cascade in Cascade.objects.filter(parent__decree=source, child__decree=source):
        Cascade.objects.create(
            parent=indicators[cascade.parent_id], child=indicators[cascade.child_id], relation=cascade.relation
        )


def _free_key(wanted: str) -> str:
    taken = set(Decree.objects.filter(key__startswith=wanted).values_list("key", flat=True))
    return next(key for n in range(1, len(taken) + 2) if (key := wanted if n == 1 else f"{wanted}-{n}") not in taken)
