"""Two services that took too long: one for which everything was made good, and one that still owes."""

from datetime import datetime, timedelta
from itertools import count

from accounts.models import WorkUnit
from kinerjaku import clock, documents
from services.actions import apology, case, compensation
from services.calendar import working_calendar
from services.models import CalendarYear, Case, Obligation

from . import assistance, people

SUBJECT = "Laporan kinerja (contoh)"
HOUR = timedelta(hours=1)
TEXTS = {
    "cause": "Contoh: rancangan laporan diperiksa bersamaan dengan verifikasi capaian seluruh unit.",
    "prevention": "Contoh: jadwal pendampingan dipisahkan dari jadwal verifikasi.",
}


def tell(units: dict[str, WorkUnit], now: datetime) -> None:
    years = {now.year, (now + timedelta(days=60)).year}
    if Case.objects.filter(subject=SUBJECT).exists() or CalendarYear.objects.filter(year__in=years).count() < len(
        years
    ):
        return
    calendar = working_calendar()
    morning = now.replace(hour=8, minute=0, second=0, microsecond=0)
    _made_good(units["ROHUMAS"], morning - timedelta(days=45))
    begin = next(at for days in count(1) if calendar.between(at := morning - timedelta(days=days), now) >= 30 * HOUR)
    late = assistance.begin(units["ROUM"], SUBJECT, begin)
    with clock.fixed(now):
        case.sound(late.pk, at=now)
        apology.draft(late.pk, **TEXTS, version=0, by=people.verifier_of("ROUM"), at=now)


def _made_good(unit: WorkUnit, begin: datetime) -> None:
    """An oral apology, a letter, and after 72 hours the result in person."""
    verifier, karoren = people.verifier_of(unit.code), people.person("karoren")
    late = assistance.begin(unit, SUBJECT, begin)
    official = people.person(f"pejabat.{unit.code.lower()}")
    to = {"given_by": verifier, "to": official.name, "position": unit.head_title or official.position, "by": verifier}
    hours = {used: working_calendar().add(begin, used * HOUR) for used in (24, 26, 28, 30, 73, 74, 75)}
    with clock.fixed(hours[24]) as at:
        case.sound(late.pk, at=at)
    with clock.fixed(hours[26]) as at:
        oral = late.obligations.get(kind=Obligation.Kind.ORAL)
        compensation.fulfil(oral.pk, when=at, manner=Obligation.Manner.TELEPHONE, at=at, **to)
    with clock.fixed(hours[28]) as at:
        letter = apology.draft(late.pk, **TEXTS, version=0, by=verifier, at=at)
        seen = documents.content_hash(apology.content_of(letter))
    with clock.fixed(hours[30]) as at:
        apology.issue(late.pk, content_hash=seen, by=karoren, at=at)
    assistance.find(late, hours[73])
    assistance.hand_over(late, hours[74])
    with clock.fixed(hours[75]) as at:
        owed = late.obligations.get(kind=Obligation.Kind.IN_PERSON)
        what = "Contoh: lembar kerja pendampingan dan surat permohonan maaf."
        compensation.hand_over(owed.pk, place=f"Ruang rapat {unit.name}", what=what, when=at, at=at, **to)
