"""Two services that took too long: one is at risk, one broke its promise, and one of its apologies came late."""

from datetime import date, datetime, timedelta

from accounts import actions
from accounts.models import WorkUnit
from kinerjaku import clock
from services import tasks
from services.actions import compensation
from services.calendar import working_calendar
from services.models import Case, Obligation

from . import assistance, people

SUBJECT = "Laporan kinerja triwulanan (contoh)"
BEGAN = {"ROKUM": 8, "PUSDATIN": 3}  # working days ago


def tell(units: dict[str, WorkUnit], now: datetime) -> None:
    if Case.objects.filter(subject=SUBJECT).exists():
        return
    today = now.astimezone(clock.WIB).date()
    days = [working_calendar().working_days_before(today, count) for count in range(max(BEGAN.values()), 0, -1)]
    begins = {code: days[-count] for code, count in BEGAN.items()}
    with clock.fixed(_on(days[0], 8)) as at:
        actions.choose_channels(people.person("sekjen"), {"escalation": "digest"}, at=at)
    for day in days:
        for hour in range(8, 17):
            with clock.fixed(_on(day, hour)) as at:
                for code in (code for code, first in begins.items() if hour == 8 and first == day):
                    assistance.begin(units[code], SUBJECT, at)
                tasks.sound_clocks()
                tasks.escalate_overdue()
    owed = Case.objects.get(subject=SUBJECT, unit__code="ROKUM").obligations.get(kind="oral")
    with clock.fixed(owed.accrued_at + timedelta(days=1)) as at:
        verifier, to = people.verifier_of("ROKUM"), people.person("pejabat.rokum")
        facts = {
            "to": to.name,
            "position": units["ROKUM"].head_title or to.position,
            "manner": Obligation.Manner.TELEPHONE,
        }
        compensation.fulfil(owed.pk, given_by=verifier, **facts, when=at, by=verifier, at=at)


def _on(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=clock.WIB)
