"""The worksheet and its case of the service “verifikasi capaian” [M 3.2, L]: each act on the one moves the other.

Step 1 ends when input closes, step 2 (the invitation) at the latest when the first row is found, steps 3 and 4 with
the freeze, step 5 with the last signature. While the unit mends a row that was returned, the clock is held. Where no
standard was in force (before 26 October 2023), there is no case.
"""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from indicators.models import Achievement
from kinerjaku.clock import WIB
from services.actions import case as cases
from services.models import Case, CaseEvent, Standard
from verification.models import Worksheet, WorksheetRow

ENTRY, INVITATION, WORKSHEET, SIGNATURES = 1, 2, 4, 5
PauseKind, Verdict = CaseEvent.PauseKind, WorksheetRow.Verdict


def begin(worksheet: Worksheet, *, by: User | None, at: datetime) -> None:
    """Input has closed: the service begins with the bureau's turn."""
    key = Standard.Key.VERIFICATION
    if not Standard.objects.filter(key=key).in_force(at.astimezone(WIB).date()).exists():
        return
    quarter = worksheet.quarter
    case = cases.start(key, worksheet.unit, str(quarter), by=None, at=at, year=quarter.year, quarter=quarter.number)
    worksheet.case = cases.carry(case.pk, through=ENTRY, by=by, at=at)
    worksheet.save(update_fields=["case"])


def settle(worksheet: Worksheet, *, at: datetime) -> None:
    """Hold the clock while the unit mends a row, and let it go on at the very instant at which the last one was sent
    again or its time was over. Locks the case: every act on the worksheet begins with it."""
    if worksheet.case_id is None:
        return
    case = cases.lock(worksheet.case_id, at=at)
    if case.state != Case.State.OPEN:
        return
    back = [_back_at(row) for row in worksheet.rows.filter(verdict=Verdict.RETURNED).select_related("achievement")]
    happened = list(case.events.order_by("-seq"))
    held = next(event for event in happened if event.kind != CaseEvent.Kind.RECOUNT)
    if case.is_paused and held.pause_kind == PauseKind.MENDING:
        if all(instant <= at for instant in back):
            cases.resume(case.pk, by=None, at=max([happened[0].at, *back]) if back else at)
    elif case.running_since is not None and any(instant > at for instant in back):
        cases.pause(case.pk, kind=PauseKind.MENDING, reason="Baris lembar kerja dikembalikan.", by=None, at=at)


@transaction.atomic
def settle_one(worksheet_id: int, *, at: datetime) -> None:
    """`settle` for the sweep."""
    settle(Worksheet.objects.select_for_update(no_key=True, of=("self",)).get(pk=worksheet_id), at=at)


def found(worksheet: Worksheet, *, by: User, at: datetime) -> None:
    """The first finding: the verification has begun, with or without an invitation by the portal."""
    _carry(worksheet, INVITATION, "Peninjauan dimulai.", by=by, at=at)


def frozen(worksheet: Worksheet, *, by: User, at: datetime) -> None:
    _carry(worksheet, WORKSHEET, "", by=by, at=at)


def signed(worksheet: Worksheet, *, by: User, at: datetime) -> None:
    _carry(worksheet, SIGNATURES, "", by=by, at=at)


def opened_again(worksheet: Worksheet, reason: str, *, by: User, at: datetime) -> None:
    """Back to the verification; a service that was finished begins anew, its finished clock stays as it was."""
    if worksheet.case_id is None:
        return
    if cases.lock(worksheet.case_id, at=at).state == Case.State.OPEN:
        cases.carry_back(worksheet.case_id, reason=reason, by=by, at=at)
    else:
        begin(worksheet, by=by, at=at)
        _carry(worksheet, INVITATION, reason, by=by, at=at)


def _carry(worksheet: Worksheet, through: int, note: str, *, by: User, at: datetime) -> None:
    if worksheet.case_id is not None:
        cases.carry(worksheet.case_id, through=through, by=by, at=at, note=note)


def _back_at(row: WorksheetRow) -> datetime:
    """When a returned row is the bureau's again."""
    claim = row.achievement
    if claim.state == Achievement.State.RETURNED and claim.return_due_at is not None:
        return claim.return_due_at
    return max(row.decided_at, claim.submitted_at or row.decided_at)
