"""The audit log: every act, chained by a keyed hash so that a change, a gap or an insertion shows.

The hash is HMAC-SHA256 under AUDIT_KEY: whoever can write to the database but does not hold the key cannot make a
chain that fits.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models.functions import Cast

from .models import AuditEntry, AuditHead


def record(
    *,
    by: Any,
    at: datetime,
    verb: str,
    target: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Append one act, inside the caller's transaction. `by` is None for the system itself."""
    act = Act(target, before, after, reason)
    return record_many([act], by=by, at=at, verb=verb)[0]


@dataclass(frozen=True)
class Act:
    """What one act of many did to one object."""

    target: models.Model
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    reason: str = ""


def record_many(acts: Iterable[Act], *, by: Any, at: datetime, verb: str) -> list[AuditEntry]:
    """Append an entry for each act, in their order, as `record` does: the end of the chain is locked and moved once."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit entry belongs to the transaction of its act.")
    seq, last_hash = _locked_head()
    entries = []
    for act in acts:
        seq += 1
        entry = AuditEntry(
            seq=seq,
            at=at,
            by=by,
            verb=verb,
            target_type=act.target._meta.label_lower,
            target_id=str(act.target.pk),
            before=_plain(act.before),
            after=_plain(act.after),
            reason=act.reason,
            previous_hash=last_hash,
        )
        entry.hash = last_hash = _hash(entry)
        entries.append(entry)
    if len(entries) == 1:
        entries[0].save(force_insert=True)
    elif entries:
        AuditEntry.objects.bulk_create(entries, batch_size=2000)
    if entries:
        _execute(_MOVE_HEAD, [seq, last_hash])
    return entries


def hold() -> None:
    """Take the end of the chain, as `record` will, before another lock that acts share (the numbers of letters): always
    in this order, so that no two acts wait for each other."""
    _locked_head()


def history(target: models.Model) -> models.QuerySet[AuditEntry]:
    """The acts on one object, newest first."""
    return AuditEntry.objects.filter(target_type=target._meta.label_lower, target_id=str(target.pk)).select_related(
        "by"
    )


def history_of(targets: Sequence[models.Model], verb: str) -> models.QuerySet[AuditEntry]:
    """One kind of act on several objects of one model, newest first."""
    kinds = {target._meta.label_lower for target in targets}
    pks = [str(target.pk) for target in targets]
    return AuditEntry.objects.filter(target_type__in=kinds, target_id__in=pks, verb=verb).select_related("by")


def acted_on(user: Any, verbs: Sequence[str], model: type[models.Model], pks: list[int]) -> bool:
    """Whether the user ever did one of `verbs` to one of these objects."""
    return AuditEntry.objects.filter(
        by=user, verb__in=verbs, target_type=model._meta.label_lower, target_id__in=[str(pk) for pk in pks]
    ).exists()


_veils: dict[type[models.Model], Callable[[Any], models.QuerySet]] = {}


def veil(model: type[models.Model], visible: Callable[[Any], models.QuerySet]) -> None:
    """Entries about this model are shown to those alone who may see the object: `visible` gives what a user sees."""
    _veils[model] = visible


def shown_to(user: Any) -> models.QuerySet[AuditEntry]:
    """The chain as this reader of the audit may see it."""
    entries = AuditEntry.objects.all()
    for model, visible in _veils.items():
        hidden = model._default_manager.exclude(pk__in=visible(user).values("pk"))
        keys = hidden.annotate(key=Cast("pk", models.CharField())).values("key")
        entries = entries.exclude(target_type=model._meta.label_lower, target_id__in=keys)
    return entries


def snapshot(instance: models.Model, *fields: str) -> dict[str, Any]:
    """The named fields (default: all concrete ones) as they would be stored in `before` or `after`."""
    names = fields or tuple(field.attname for field in instance._meta.concrete_fields if field.attname != "password")
    return {name: getattr(instance, name) for name in names}


def problems() -> Iterator[str]:
    """What is wrong with the chain, in Indonesian, one sentence a finding; nothing if it is whole."""
    previous, expected = "", 1
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=2000):
        if entry.seq != expected:
            yield f"Catatan {expected} sampai {entry.seq - 1} hilang."
        elif entry.previous_hash != previous:
            yield f"Catatan {entry.seq} tidak menyambung ke catatan sebelumnya."
        if not hmac.compare_digest(entry.hash, _hash(entry)):
            yield f"Catatan {entry.seq} telah diubah atau disisipkan."
        previous, expected = entry.hash, entry.seq + 1
    head = AuditHead.objects.filter(pk=1).first()
    seq, last = (head.seq, head.hash) if head else (0, "")
    if seq >= expected:
        yield f"Catatan {expected} sampai {seq} di akhir rantai hilang."
    elif (seq, last) != (expected - 1, previous):
        yield "Ujung rantai tidak cocok dengan catatan terakhir."


# In SQL, for every act of the portal moves the head; SQLite locks the whole file instead of the row.
_READ_HEAD = "SELECT seq, hash FROM kinerjaku_audithead WHERE id = 1"
_MOVE_HEAD = "UPDATE kinerjaku_audithead SET seq = %s, hash = %s WHERE id = 1"


def _locked_head() -> tuple[int, str]:
    """Number and hash of the last entry, locked until the act is over."""
    locks_rows = transaction.get_connection().features.has_select_for_update
    head = _execute(f"{_READ_HEAD} FOR UPDATE" if locks_rows else _READ_HEAD)
    if head is None:  # the very first act
        AuditHead.objects.get_or_create(pk=1)
        return _locked_head()
    return head


def _execute(sql: str, values: Sequence[Any] = ()) -> Any:
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() if cursor.description else None


def _hash(entry: AuditEntry) -> str:
    facts = [
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.by_id,
        entry.verb,
        entry.target_type,
        entry.target_id,
        entry.before,
        entry.after,
        entry.reason,
        entry.previous_hash,
    ]
    message = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hmac.new(settings.AUDIT_KEY.encode(), message, hashlib.sha256).hexdigest()


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return f"{o:f}" if isinstance(o, Decimal) else super().default(o)


def _plain(values: dict[str, Any] | None) -> Any:
    """As the database will give it back, so that the hash can be computed again later."""
    return None if values is None else json.loads(json.dumps(values, cls=_Encoder))
