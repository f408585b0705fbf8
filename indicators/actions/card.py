"""The card of an indicator (manual IKU): changing it, adding one to a draft, its required evidence and earlier years.

Locks: the decree, the indicator, its rows, and the audit chain last.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts import policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from indicators.models import Decree, EvidenceSlot, Indicator, Objective, PastActual
from kinerjaku import audit
from kinerjaku.errors import DomainError

from .catalogue import describe, locked_decree, note_change, require_reason

FIELDS = (
    *("no", "name", "measure", "definition", "method", "polarity", "polarity_is_stated", "cap", "worst"),
    *("consolidation", "validity", "period", "period_hint", "source", "perspective", "data_status"),
    "is_not_cascaded",
)
PARTS = ("objective", "new_objective", "responsible", "slots", "past")
REQUIRED_MARK = "*"  # behind the name of a slot in a spreadsheet
MOST_SLOTS = 30
_ELSEWHERE = {"expression", "variables", "bands", "targets", "source_issues"}  # changed on other pages


@dataclass(frozen=True)
class Slot:
    """A document that is to prove the figure; `pk` is that of the stored one it goes on from."""

    name: str
    is_required: bool = True
    pk: int | None = None


def fingerprint(indicator: Indicator) -> str:
    """Of the card as it stands: another one as soon as something changes that its form shows."""
    shown = {name: value for name, value in describe(indicator).items() if name not in _ELSEWHERE}
    text = json.dumps(shown, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def edit_card(
    indicator_id: int,
    changes: Mapping[str, Any],
    *,
    by: User,
    at: datetime,
    seen: str | None = None,
    reason: str = "",
) -> Indicator:
    """Change what is in `changes` (FIELDS and PARTS), the rest stays. `seen` is the `fingerprint` that was shown.

    Raises DomainError `gone`, `reason_missing`, `stale`, `number_taken`, `wrong_objective`, `is_cascaded`, `slot_*`.
    """
    policy.require(by, Verb.EDIT_CATALOGUE)
    place = Indicator.objects.filter(pk=indicator_id).values_list("decree_id", flat=True).first()
    decree = None if place is None else locked_decree(place)
    indicator = Indicator.objects.select_for_update(no_key=True).filter(pk=indicator_id).first()
    if decree is None or indicator is None:
        raise DomainError("Indikator ini sudah dihapus dari rancangan keputusannya.", code="gone", status=409)
    require_reason(decree, reason)
    if seen is not None and seen != fingerprint(indicator):
        raise DomainError(
            "Kartu ini diubah orang lain sejak Anda membukanya. Isian Anda belum disimpan.", code="stale", status=409
        )
    before = describe(indicator)
    _write(indicator, changes, by=by, at=at)
    note_change(_fresh(indicator), before=before, by=by, at=at, reason=reason.strip())
    return _fresh(indicator)


@transaction.atomic
def create_card(decree_id: int, changes: Mapping[str, Any], *, unit: WorkUnit, by: User, at: datetime) -> Indicator:
    """A new indicator of a draft; without `no` it gets the next number of its unit. Raises DomainError as above."""
    policy.require(by, Verb.EDIT_CATALOGUE)
    decree = Decree.objects.select_for_update(no_key=True).get(pk=decree_id)
    if not decree.is_draft:
        raise DomainError(
            "Keputusan ini sudah ditetapkan. Indikator baru hanya dapat ditambahkan lewat keputusan perubahan.",
            code="wrong_state",
            status=409,
        )
    numbers = Indicator.objects.filter(decree=decree, unit=unit).aggregate(last=Max("no"))
    no = changes.get("no") or (numbers["last"] or 0) + 1
    indicator = Indicator(decree=decree, unit=unit)
    _write(indicator, {**changes, "no": no}, by=by, at=at)
    note_change(_fresh(indicator), before=None, by=by, at=at)
    return _fresh(indicator)


def lay_slots(indicator: Indicator, wanted: Sequence[Slot]) -> None:
    """These slots in this order. One that goes on (by key, else by name) keeps its files; the files of one that goes
    stay where they are, without a slot. Raises DomainError `slot_name`, `slot_twice`, `slot_too_many`."""
    wanted = [replace(slot, name=" ".join(slot.name.split())) for slot in wanted]
    require_sound_slots([slot.name for slot in wanted])
    stored = {slot.pk: slot for slot in indicator.evidence_slots.all()}
    named = [slot.pk for slot in wanted if slot.pk in stored]
    if len(named) > len(set(named)):
        raise DomainError("Satu dokumen dikirim dua kali. Muat ulang halaman, lalu ubah lagi.", code="slot_twice")
    by_name = {slot.name.casefold(): pk for pk, slot in stored.items()}
    kept: list[int | None] = [slot.pk if slot.pk in stored else None for slot in wanted]
    for place, slot in enumerate(wanted):
        same = by_name.get(slot.name.casefold())
        if kept[place] is None and same not in kept:
            kept[place] = same
    EvidenceSlot.objects.filter(indicator=indicator).exclude(pk__in=[pk for pk in kept if pk]).delete()
    for slot, pk in zip(wanted, kept, strict=True):
        if pk is not None and stored[pk].name != slot.name:  # two that change names meet halfway
            EvidenceSlot.objects.filter(pk=pk).update(name=f"{pk} {REQUIRED_MARK}")
    for order, (slot, pk) in enumerate(zip(wanted, kept, strict=True), 1):
        facts = {"order": order, "name": slot.name, "is_required": slot.is_required}
        if pk is None:
            EvidenceSlot.objects.create(indicator=indicator, **facts)
        else:
            EvidenceSlot.objects.filter(pk=pk).update(**facts)


def require_sound_slots(names: Sequence[str]) -> None:
    """Raises DomainError."""
    if len(names) > MOST_SLOTS:
        raise DomainError(f"Paling banyak {MOST_SLOTS} data dukung untuk satu indikator.", code="slot_too_many")
    folded = set()
    for name in names:
        if fault := fault_of_slot(name):
            raise DomainError(fault, code="slot_name")
        if name.casefold() in folded:
            raise DomainError(f"Data dukung “{name}” tertulis dua kali.", code="slot_twice")
        folded.add(name.casefold())


def fault_of_slot(name: str) -> str:
    """What is wrong with the name of a slot; empty if nothing is."""
    if not name:
        return "Tulis nama dokumennya."
    if len(name) > 200:
        return "Nama dokumen paling panjang 200 huruf."
    return "Nama dokumen tidak boleh diakhiri tanda bintang." if name.endswith(REQUIRED_MARK) else ""


def _write(indicator: Indicator, changes: Mapping[str, Any], *, by: User, at: datetime) -> None:
    for name in changes.keys() - {*PARTS}:
        if name not in FIELDS:
            raise KeyError(name)
        setattr(indicator, name, changes[name])
    if objective := _objective(indicator, changes, by=by, at=at):
        indicator.objective = objective
    if indicator.is_not_cascaded and indicator.pk and (below := indicator.cascades_down.first()):
        raise DomainError(
            f"Indikator ini diturunkan ke {below.child}. Hapus dulu penurunannya, atau kosongkan pilihan ini.",
            code="is_cascaded",
        )
    try:
        with transaction.atomic():
            indicator.save()
    except IntegrityError as error:
        raise DomainError(
            "Nomor ini sudah dipakai indikator lain dari unit dan keputusan yang sama.", code="number_taken"
        ) from error
    if "responsible" in changes:
        indicator.responsible.set(changes["responsible"])
    if "slots" in changes:
        lay_slots(indicator, changes["slots"])
    for year, value in changes.get("past", {}).items():
        _lay_past(indicator, year, value)


def _objective(indicator: Indicator, changes: Mapping[str, Any], *, by: User, at: datetime) -> Objective | None:
    """The one that was chosen, or the newly written one with the next number. The decree is locked."""
    own = Objective.objects.filter(decree=indicator.decree, unit=indicator.unit)
    name = " ".join(changes.get("new_objective", "").split())
    if name:
        last = own.aggregate(last=Max("no"))["last"] or 0
        made, is_new = own.get_or_create(
            name=name, defaults={"decree": indicator.decree, "unit": indicator.unit, "no": last + 1}
        )
        if is_new:
            audit.record(by=by, at=at, verb="buat sasaran", target=made, after=audit.snapshot(made))
        return made
    chosen = changes.get("objective")
    if chosen is None and indicator.objective_id is None:
        raise DomainError("Pilih sasaran, atau tulis sasaran baru.", code="wrong_objective")
    if chosen is not None and not own.filter(pk=chosen.pk).exists():
        raise DomainError("Pilih sasaran dari unit dan keputusan yang sama.", code="wrong_objective")
    return chosen


def _lay_past(indicator: Indicator, year: int, value: Decimal | None) -> None:
    if value is None:
        PastActual.objects.filter(indicator=indicator, year=year).delete()
    else:
        PastActual.objects.update_or_create(indicator=indicator, year=year, defaults={"value": value})


def _fresh(indicator: Indicator) -> Indicator:
    """As the database has it, so that figures stand in the history as they will be read."""
    return Indicator.objects.get(pk=indicator.pk)
