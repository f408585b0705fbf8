"""Background work of verification: worksheets appear when input closes, signers are told of their turn."""

import logging

from celery import shared_task

from accounts import notices, policy
from accounts.models import WorkUnit
from accounts.roles import Role
from indicators.models import Achievement, Quarter
from kinerjaku import clock
from kinerjaku.errors import DomainError
from services.models import Case

from .actions import service
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
    at = clock.now()
    for slot in Signature.objects.waiting().select_related("document__worksheet__quarter", "unit"):
        role = Role.VERIFIER if slot.party == Signature.Party.VERIFIER else Role.OFFICIAL
        notices.tell(
            policy.holders(role, slot.unit),
            cause=f"sign/{slot.pk}",
            subject="Lembar kerja menunggu tanda tangan Anda",
            body=f"{slot.document.title} menunggu tanda tangan {slot.get_party_display()}.",
            path=slot.document.worksheet.get_absolute_url(),
            at=at,
        )
