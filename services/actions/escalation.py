"""Telling the chain of oversight (memo 4.5): verifikator, ketua subtim, eselon III, Karoren, Sekjen; Itjen reads all.

One row a case and mark says who was told when; the notices are written with it.
"""

from datetime import datetime, timedelta

from django.db import transaction

from accounts import notices, policy
from accounts.roles import Role
from kinerjaku.clock import said
from services import office
from services.models import Case, Escalation, Obligation

Mark = Escalation.Mark
# An apology by word of mouth is due the instant it accrues. A working hour to make a telephone call, before the highest
# official of the ministry hears of it [D]; what has a time limit of its own gets no more.
GRACE = timedelta(hours=1)
_AT_RISK = (Role.VERIFIER, Role.QUALITY_LEAD)
_BROKEN = (Role.VERIFIER, Role.TEAM_LEAD, Role.KAROREN)
_AT_THE_TOP = (*_BROKEN, Role.SEKJEN)
TOLD = {
    Mark.RISK_75: _AT_RISK,
    Mark.RISK_90: _AT_RISK,
    Mark.BREACH: _BROKEN,
    Mark.TIER_THREE: _AT_THE_TOP,
    Mark.OVERDUE_ORAL: _AT_THE_TOP,
    Mark.OVERDUE_WRITTEN: _AT_THE_TOP,
    Mark.OVERDUE_IN_PERSON: _AT_THE_TOP,
}
WORDS = {
    Mark.RISK_75: "sudah memakai 75% janji waktunya",
    Mark.RISK_90: "sudah memakai 90% janji waktunya",
    Mark.BREACH: "melewati janji waktunya; permohonan maaf terutang",
    Mark.TIER_THREE: "melewati 72 jam kerja; hasilnya harus disampaikan langsung",
    Mark.OVERDUE_ORAL: "belum dimintakan maaf secara lisan",
    Mark.OVERDUE_WRITTEN: "belum dikirimi surat permohonan maaf",
    Mark.OVERDUE_IN_PERSON: "hasilnya belum disampaikan langsung",
}


@transaction.atomic
def escalate(
    case: Case, mark: str, *, since: datetime, at: datetime, obligation: Obligation | None = None
) -> Escalation | None:
    """Tell whom this mark concerns, in working hours. None if it was told before, or concerns nobody."""
    if mark not in TOLD:
        return None
    mark = Mark(mark)
    people = {role: list(policy.holders(role, case.unit if role == Role.VERIFIER else None)) for role in TOLD[mark]}
    told = {role.value: len(holders) for role, holders in people.items()}
    facts = {"since": since, "at": at, "told": told, "obligation": obligation}
    escalation, created = Escalation.objects.get_or_create(case=case, mark=mark, defaults=facts)
    if not created:
        return None
    notices.tell(
        {user for holders in people.values() for user in holders},
        cause=escalation.cause,
        subject=f"{case} {WORDS[mark]}",
        body=f"Layanan kepada {case.unit.name}, sejak {said(since)}.",
        path=case.get_absolute_url(),
        at=at,
        send_after=office.next_open(at),
    )
    return escalation


@transaction.atomic
def escalate_overdue(obligation_id: int, *, at: datetime) -> Escalation | None:
    """What is owed and neither done nor waived in time goes up to Sekjen, once. The sweep asks; may run twice."""
    case_id = Obligation.objects.values_list("case", flat=True).get(pk=obligation_id)
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case_id)
    owed = Obligation.objects.select_for_update(no_key=True).get(pk=obligation_id)
    if owed.fulfilled_at or owed.waived_at or not is_past_grace(owed, at):
        return None
    return escalate(owed.case, f"overdue_{owed.kind}", since=owed.due_at, at=at, obligation=owed)


def is_past_grace(owed: Obligation, at: datetime) -> bool:
    """Overdue by so much that Sekjen has to know."""
    at_once = owed.due_at <= owed.accrued_at
    return office.worked(owed.due_at, at) > GRACE if at_once else at > owed.due_at
