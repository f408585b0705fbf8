"""Meetings of the quarter that closed last: one that was held, one that is announced, one that waits to be issued."""

from datetime import datetime, timedelta

from accounts.models import User, WorkUnit
from indicators.models import Quarter
from kinerjaku import clock
from services import invitees
from services.actions import attendance
from services.actions import case as cases
from services.actions import invitation as invitations
from services.models import Case, Invitation

from . import people

_HOUR = timedelta(hours=1)


def tell(quarter: Quarter, units: dict[str, WorkUnit], now: datetime) -> None:
    """Twice changes nothing."""
    if Invitation.objects.exists():
        return
    first, second, third = ([units[code] for code in codes] for codes in people.VERIFIED_BY.values())
    sent = min(quarter.closes_at + timedelta(hours=34), now - timedelta(days=9))
    _hold(_drafted(quarter, first, people.verifier_of(first[0].code), begins_at=sent + 3 * 24 * _HOUR, at=sent))
    later = (now + timedelta(days=5)).replace(hour=9, minute=0, second=0, microsecond=0)
    for served, is_issued in ((second, False), (third, True)):
        by = people.verifier_of(served[0].code)
        draft = _drafted(quarter, served, by, begins_at=later, at=now - 2 * _HOUR)
        if is_issued:
            _issue(draft, at=now - _HOUR)


def _drafted(quarter: Quarter, units: list[WorkUnit], by: User, *, begins_at: datetime, at: datetime) -> Invitation:
    with clock.fixed(at):
        served = [case for unit in units if (case := _waiting(quarter, unit, at=at))]
        return invitations.draft(
            kind=Invitation.Kind.VERIFICATION,
            units=units,
            cases=served,
            roles=["official", "operator"],
            guests=[{"name": "Narasumber Contoh", "email": "narasumber@contoh.test", "position": "Dinas contoh"}],
            subject=f"Pengukuran dan verifikasi capaian kinerja {quarter} (contoh)",
            nature=Invitation.Nature.NORMAL,
            agenda="1. Pembukaan\n2. Pemeriksaan kesesuaian data dukung\n3. Penyusunan lembar kerja verifikasi",
            begins_at=begins_at,
            ends_at=begins_at + 3 * _HOUR,
            place="Ruang Rapat Biro Perencanaan, Gedung Mina Bahari I lantai 3A",
            link="https://rapat.contoh.test/verifikasi",
            by=by,
            at=at,
        )


def _waiting(quarter: Quarter, unit: WorkUnit, *, at: datetime) -> Case | None:
    """The unit's case, if it is its invitation that comes next."""
    case = cases.start("verification", unit, str(quarter), by=None, at=at)
    if case.step.order == 1:
        case = cases.complete_step(case.pk, 1, by=None, at=at)
    return case if case.step.invites else None


def _issue(draft: Invitation, *, at: datetime) -> None:
    with clock.fixed(at):
        seen = invitations.digest(invitees.content(draft, invitees.people(draft)))
        invitations.issue(draft.pk, seen=seen, by=people.person("karoren"), at=at)


def _hold(invitation: Invitation) -> None:
    """Everybody but one came, and the cases went on to their end."""
    _issue(invitation, at=invitation.drafted_at + _HOUR)
    by, at = invitation.drafted_by, invitation.begins_at + _HOUR
    invited = list(invitation.recipients.order_by("pk"))
    for place, one in enumerate(invited[:-1]):
        given = {"answer": "substitute", "substitute": "Wakil (contoh)"} if place == 1 else {"answer": "attends"}
        facts = {"substitute": "", "note": "", **given}
        attendance.answer(one.pk, **facts, by=one.user, at=invitation.begins_at - 12 * _HOUR)
    with clock.fixed(at):
        here = [one.pk for one in invited]
        attendance.record(invitation.pk, shown=here, came=here[:-1], by=by, at=at)
        attendance.add_walk_in(invitation.pk, name="Tamu (contoh)", position="Dinas contoh", by=by, at=at)
        attendance.close(invitation.pk, by=by, at=at)
        for case in invitation.cases.order_by("pk"):
            for order in (3, 4, 5):
                cases.complete_step(case.pk, order, by=None, at=at + order * _HOUR)
