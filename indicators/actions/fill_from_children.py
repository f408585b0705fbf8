"""Taking a parent's values from its components, so that nobody types a figure again that a unit below has sent."""

from datetime import datetime

from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators.children import sources
from indicators.models import Achievement
from kinerjaku import audit
from kinerjaku.errors import DomainError

from .achievement import locked, save


@transaction.atomic
def fill_from_children(achievement_id: int, *, version: int, by: User, at: datetime) -> Achievement:
    """Save the values of the children into the row as if they were typed, and remember where they come from.

    All variables that come from children, or none. Raises as `achievement.save`, and DomainError `not_from_children`,
    `children_missing`.
    """
    row = locked(achievement_id)
    policy.require(by, Verb.ENTER, row.unit)
    source = sources([row]).get(row.pk)
    if source is None:
        raise DomainError("Indikator ini tidak dihitung dari turunannya.", code="not_from_children", status=409)
    if not source.is_complete:
        raise DomainError(" ".join(source.reasons), code="children_missing", status=409)
    values = {code: combined.value for code, combined in source.values.items()}
    changes = {"values": values, **({"no_result": False} if row.no_result else {})}
    saved = save(achievement_id, changes, version=version, by=by, at=at)
    before, taken = row.values_from, source.taken()
    if before == taken:
        return saved
    saved.values_from = taken
    saved.save(update_fields=["values_from"])
    audit.record(
        by=by,
        at=at,
        verb="ambil nilai dari turunan",
        target=saved,
        before={"values_from": before},
        after={"values_from": taken},
    )
    return saved
