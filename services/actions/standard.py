"""Loading and changing service standards."""

import json
import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit
from services.models import CalendarStamp, Standard, Step

STANDARDS = Path(__file__).parents[1] / "data" / "standards.json"
_FREE = "Tidak dikenakan biaya"


@transaction.atomic
def load(path: Path = STANDARDS, *, at: datetime) -> list[Standard]:
    """Load the standards of the file that are not there yet, as versions by their date; those that are new.

    What is there stays as it is, so that loading twice changes nothing and an editor's work is not undone.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    valid_from = date.fromisoformat(data["valid_from"])
    made = []
    for facts in data["standards"]:
        if Standard.objects.filter(key=facts["key"], valid_from=valid_from).exists():
            continue
        is_public = facts.get("is_public", True)
        own = {
            name: facts[name] for name in ("promise_minutes", "product", "source_issues", "checklist") if name in facts
        }
        standard = Standard.objects.create(
            key=facts["key"],
            valid_from=valid_from,
            decree=facts.get("decree", data["decree"]),
            name=facts["name"],
            is_public=is_public,
            requirements=facts["requirements"],
            fee=_FREE if is_public else "",
            legal_basis=data["legal_basis"] if is_public else [],
            compensation=data["compensation"] if is_public else [],
            complaint_channels=data["complaint_channels"] if is_public else [],
            **own,
        )
        Step.objects.bulk_create(
            Step(standard=standard, order=order, **step) for order, step in enumerate(facts["steps"], 1)
        )
        audit.record(by=None, at=at, verb="muat standar pelayanan", target=standard, after=describe(standard))
        made.append(standard)
    if made:
        _stamp()
    return made


def note_change(standard: Standard, *, before: dict[str, Any] | None, by: User, at: datetime) -> None:
    """After an editor changed a standard or its steps: history."""
    policy.require(by, Verb.ADMINISTER)
    after = describe(standard)
    if before != after:
        verb = "ubah standar pelayanan" if before else "buat standar pelayanan"
        audit.record(by=by, at=at, verb=verb, target=standard, before=before, after=after)
        _stamp()


def _stamp() -> None:
    fresh = {"standards": secrets.token_hex(16)}
    CalendarStamp.objects.update_or_create(pk=1, defaults=fresh, create_defaults={"token": "", **fresh})


def describe(standard: Standard) -> dict[str, Any]:
    """A standard with its steps, as it goes into the history."""
    fields = ("order", "name", "actor", "inputs", "minutes", "output", "back_to", "mover", "invites")
    return audit.snapshot(standard) | {"steps": [audit.snapshot(step, *fields) for step in standard.steps.all()]}
