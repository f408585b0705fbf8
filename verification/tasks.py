"""Background work of verification: worksheets appear when input closes, signers are told of their turn."""

from celery import shared_task

from accounts import notices, policy
from accounts.models import WorkUnit
from accounts.roles import Role
from indicators.models import Achievement, Quarter
from kinerjaku import clock

from .actions import worksheet as actions
from .models import Signature


@shared_task(name="verification.open_worksheets")
def open_worksheets() -> None:
    at = clock.now()
    for quarter in Quarter.objects.filter(closed_at__isnull=False).prefetch_related("extensions"):
        bare = Achievement.objects.filter(quarter=quarter, worksheet_row=None).values("unit")
        for unit in WorkUnit.objects.filter(pk__in=bare):
            if at >= quarter.due_at(unit):
                actions.open_worksheet(quarter, unit, by=None, at=at)


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
