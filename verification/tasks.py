"""Background work of verification: worksheets appear when input closes, signers are told of their turn."""

import logging

from celery import shared_task
from django.db.models import QuerySet

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.roles import Role
from indicators.models import Achievement, Quarter
from kinerjaku import clock
from kinerjaku.errors import DomainError
from services.models import Case

from .actions import service, signing
from .actions import worksheet as actions
from .models import Signature, Worksheet, WorksheetRow

log = logging.getLogger("kinerjaku.verification")


@shared_task(name="verification.open_worksheets")
def open_worksheets() -> None:
    at = clock.now()
    for quarter in Quarter.objects.filter(closed_at__isnull=False).prefetch_related("extensions"):
        bare = Achievement.objects.filter(quarter=quarter, worksheet_row=None).values("unit")
        for unit in WorkUnit.objects.filter(pk__in=bare):
            if at >= quarter.due_at(unit):
                try:
                    actions.open_worksheet(quarter, unit, by=None, at=at)
                except DomainError as error:  # one unit that is in the way holds up no other
                    log.error("worksheet of unit %s is not made: %s", unit.pk, error.code)


@shared_task(name="verification.settle_clocks")
def settle_clocks() -> None:
    """Clocks that were held while a unit mends rows go on when it is done."""
    at = clock.now()
    waiting = Worksheet.objects.filter(case__state=Case.State.OPEN, rows__verdict=WorksheetRow.Verdict.RETURNED)
    for worksheet_id in waiting.values_list("pk", flat=True).distinct():
        service.settle_one(worksheet_id, at=at)


@shared_task(name="verification.call_signers")
def call_signers() -> None:
    """Of every sheet, whoever's turn it is."""
    at = clock.now()
    for sheet, (slot, *_) in signing.open_slots():
        notices.tell(
            _signers(slot),
            cause=f"sign/{slot.pk}",
            subject="Lembar kerja menunggu tanda tangan Anda",
            body=f"{sheet.noun.capitalize()} {sheet.unit.name}, {sheet.about}, menunggu tanda tangan "
            f"{slot.get_party_display()}.",
            path=sheet.get_absolute_url(),
            at=at,
        )


def _signers(slot: Signature) -> QuerySet[User]:
    if slot.party == Signature.Party.ITJEN:
        return policy.holders(Role.ITJEN_VALIDATOR)
    return policy.holders(Role.OFFICIAL if slot.is_of_unit else Role.VERIFIER, slot.unit)
