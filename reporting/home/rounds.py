"""What a collection round inside the unit asks of people, step by step [S]."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from indicators import quarters
from indicators.actions import round as rounds
from indicators.models import CollectionRound, Stage
from kinerjaku.clock import WIB, said_day

from .task import Task

TITLES = {
    Stage.DRAFT: "Susun format",
    Stage.CORRECT: "Koreksi format",
    Stage.HAND_OUT: "Bagikan format",
    Stage.CHECK: "Periksa isian",
    Stage.ENTER: "Input data",
    Stage.INITIAL: "Paraf capaian",
    Stage.SIGN: "Tanda tangani dan kirim capaian",
}
STAFF = (Stage.DRAFT, Stage.HAND_OUT)


def tasks(user: User, at: datetime) -> Iterator[Task]:
    """Of the open rounds in the person's units: what is theirs now, and for the others what is waited for."""
    if not policy.can_somewhere(user, Verb.ENTER):
        return
    found = CollectionRound.objects.open().filter(unit__in=policy.units_for(user, Verb.ENTER)).for_pages()
    found = found.prefetch_related("assignments__official").order_by("quarter__opens_at", "unit__path")
    for one in found:
        yield from _filling(user, one, at) if one.stage == Stage.FILL else _turn(user, one, at)


def _turn(user: User, one: CollectionRound, at: datetime) -> Iterator[Task]:
    about, url, title = f"{one.unit.name}, {one.quarter}", one.get_absolute_url(), TITLES[one.stage]
    why_not = "" if rounds.has_turn(user, one) else f"Menunggu {one.waits_for}."
    if one.stage in STAFF and _has_another_part(user, one):
        why_not = "Menunggu staf unit."  # who corrects and who signs may do it too, but it is not their task
    elif one.stage == Stage.CORRECT and one.drafted_by_id == user.pk:
        why_not = "Anda yang menyusun, jadi dikoreksi Kasubag lain."
    elif one.stage == Stage.HAND_OUT and at < (over := quarters.ends_at(one.quarter.year, one.quarter.number)):
        why_not = why_not or f"Dapat dibagikan mulai {said_day(over.date())}, setelah triwulan berakhir."
    due_at = one.quarter.due_at(one.unit)
    yield Task(title, about, url, "" if why_not else f"Langkah {one.stage} dari 8", "active", due_at, why_not=why_not)


def _filling(user: User, one: CollectionRound, at: datetime) -> Iterator[Task]:
    about, url = f"{one.unit.name}, {one.quarter}", one.get_absolute_url()
    waiting = [given for given in one.assignments.all() if given.done_at is None]
    own = [given for given in waiting if given.official_id == user.pk]
    if own:
        due_on = min(given.due_on for given in own if given.due_on)
        late = at.astimezone(quarters.WIB).date() > due_on
        corrected = any(given.correction for given in own)
        state, tone = ("Dikembalikan untuk diperbaiki", "problem") if corrected else (f"{len(own)} indikator", "active")
        yield Task("Isi capaian yang ditugaskan", about, url, state, tone, _end_of(due_on), is_overdue=late)
    else:
        officials = {given.official_id for given in waiting}
        why_not = f"Menunggu formulir {len(officials)} pejabat, {len(waiting)} indikator."
        yield Task("Pengisian oleh pejabat", about, url, why_not=why_not)


def _has_another_part(user: User, one: CollectionRound) -> bool:
    return any(policy.can(user, verb, one.unit) for verb in (Verb.CHECK_UNIT, Verb.SIGN_UNIT))


def _end_of(day: date) -> datetime:
    """The first instant that is too late."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=WIB)
