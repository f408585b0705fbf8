"""Work that one worker takes at a time: claimed, done, marked (docs/decisions/0013)."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q


class ClaimedQuerySet(models.QuerySet[Any]):
    """Rows with `claimed_at` and `sent_at`."""

    def unclaimed(self, *, stale_before: datetime) -> "ClaimedQuerySet":
        """Not sent, and nobody is sending it; a claim older than `stale_before` belongs to a worker that died.

        A conditional update over this asks the row itself only: PostgreSQL, having waited for another claim, looks
        again at the row but not at what a subquery, which is what Django makes of a join, has found.
        """
        return self.filter(Q(claimed_at=None) | Q(claimed_at__lt=stale_before), sent_at=None)
