"""Changing the rules by which a year is scored."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators.models import ScoringYear
from kinerjaku import audit
from kinerjaku.errors import DomainError


@transaction.atomic
def save_year(row: ScoringYear, *, by: User | None, at: datetime) -> ScoringYear:
    """Record the rules of a year. What was sent or signed keeps the percentages that stand in it; the scores of the
    performance pages follow the rules as they are now. Raises DomainError `faulty`."""
    if by is not None:
        policy.require(by, Verb.EDIT_CATALOGUE)
    old = ScoringYear.objects.select_for_update().filter(pk=row.year).first()
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        raise DomainError(" ".join(error.messages), code="faulty") from error
    before = audit.snapshot(old) if old else None
    row.save()
    verb = f"{'ubah' if old else 'tetapkan'} aturan penilaian"
    audit.record(by=by, at=at, verb=verb, target=row, before=before, after=audit.snapshot(row))
    return row
