"""Meetings: a verification that was held, and the validation of next year's proposals, announced and half prepared."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User, WorkUnit
from indicators.models import Quarter
from kinerjaku import clock
from services import invitees
from services.actions import attendance
from services.actions import case as cases
from services.actions import invitation as invitations
from services.models import Case, Invitation, Standard

from . import people

_HOUR = timedelta(hours=1)
Kind = Invitation.Kind


def tell(quarter: Quarter, units: dict[str, WorkUnit], now: datetime) -> None:
    """Twice changes nothing."""
    if Invitation.objects.exists():
        return
    verifier = people.verifier_of("SETJEN")
    sent = min(quarter.closes_at + timedelta(hours=34), now - timedelta(days=9))
    served = [units[code] for code in people.VERIFIED_BY[1]]
    subject = f"Pengukuran dan verifikasi capaian kinerja {quarter} (contoh)"
    _hold(_drafted(Kind.VERIFICATION, subject, served, [], verifier, begins_at=sent + 72 * _HOUR, at=sent))
    later = (now + timedelta(days=5)).replace(hour=9, minute=0, second=0, microsecond=0)
    with clock.fixed(now - 3 * _HOUR) as at:
        year, setjen = now.year + 1, units["SETJEN"]
        subject = f"Usulan IKU {year} (contoh)"
        case = cases.start(Standard.Key.VALIDATION, setjen, subject, by=verifier, at=at, year=year)
    subject = f"Validasi usulan indikator kinerja {year} (contoh)"
    given: dict[str, Any] = {"begins_at": later, "at": now - 2 * _HOUR}
    _issue(_drafted(Kind.VALIDATION, subject, [setjen], [case], verifier, **given), at=now - _HOUR)
    with clock.fixed(now):
        itjen, subject = WorkUnit.objects.get(code="ITJEN"), f"Tim validator indikator {year} (contoh)"
        _drafted(Kind.VALIDATORS, subject, [itjen], [case], verifier, later, roles=["itjen_validator"], at=now)


def _drafted(
    kind: str,
    subject: str,
    units: list[WorkUnit],
    served: list[Case],
    by: User,
    begins_at: datetime,
    *,
    at: datetime,
    roles: Sequence[str] = ("official", "operator"),
) -> Invitation:
    with clock.fixed(at):
        return invitations.draft(
            kind=kind,
            units=units,
            cases=served,
            roles=list(roles),
            guests=[{"name": "Narasumber Contoh", "email": "narasumber@contoh.test", "position": "Dinas contoh"}],
            subject=subject,
            nature=Invitation.Nature.NORMAL,
            agenda="1. Pembukaan\n2. Pembahasan bersama\n3. Penyusunan lembar kerja",
            begins_at=begins_at,
            ends_at=begins_at + 3 * _HOUR,
            place="Ruang Rapat Biro Perencanaan, Gedung Mina Bahari I lantai 3A",
            link="https://rapat.contoh.test/biro-perencanaan",
            by=by,
            at=at,
        )


def _issue(draft: Invitation, *, at: datetime) -> None:
    with clock.fixed(at):
        seen = invitations.digest(invitees.content(draft, invitees.people(draft)))
        invitations.issue(draft.pk, seen=seen, by=people.person("karoren"), at=at)


def _hold(invitation: Invitation) -> None:
    """Everybody but one came."""
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
