"""Collections inside units: one whose format is handed out and half returned, one whose draft is to be corrected."""

from datetime import datetime, timedelta

from accounts import actions as account_actions
from accounts.models import Membership, User, WorkUnit
from accounts.roles import Role
from indicators import quarters
from indicators.actions import round_filling, round_format
from indicators.checklist import missing_before_submit
from indicators.models import Achievement, Assignment, CollectionRound, Quarter
from kinerjaku import clock
from services.actions import case as cases
from services.models import Standard

from . import people

SECOND = "penanggungjawab"  # with the unit's head, the officials who are asked


def tell(quarter: Quarter, unit: WorkUnit, now: datetime) -> None:
    """The round of a unit that was given more time, in the days since: nothing is handed out before its quarter is
    over. Twice changes nothing."""
    if CollectionRound.objects.of(quarter, unit).exists() or not quarter.is_open(unit, now):
        return
    code = unit.code.lower()
    operator, kasubag = people.person(f"operator.{code}"), people.person(f"kasubag.{code}")
    head, second = people.person(f"pejabat.{code}"), _second(unit, now)
    began = now - timedelta(days=2)
    found = _opened(quarter, unit, began)
    acts = (
        (round_format.send, operator, 20),
        (round_format.approve, kasubag, 21),
        (round_format.hand_out, operator, 23),
    )
    for act, by, hours in acts:
        with clock.fixed(began + timedelta(hours=hours)) as at:
            found = act(found.pk, _lines(found, head, second, now), version=found.version, by=by, at=at)
    with clock.fixed(now - timedelta(hours=1)) as at:
        round_filling.return_form(found.pk, by=head, at=at)


def tell_draft(quarter: Quarter, unit: WorkUnit, now: datetime) -> None:
    """The next quarter of another unit is being prepared. Twice changes nothing."""
    if CollectionRound.objects.of(quarter, unit).exists():
        return
    found = _opened(quarter, unit, now - timedelta(hours=2))
    head = people.person(f"pejabat.{unit.code.lower()}")
    with clock.fixed(now - timedelta(hours=1)) as at:
        lines = [round_format.Line(one.pk, head.pk, one.due_on, _WORDS) for one in found.assignments.all()]
        by = people.person(f"operator.{unit.code.lower()}")
        round_format.send(found.pk, lines, version=found.version, by=by, at=at)


def _opened(quarter: Quarter, unit: WorkUnit, at: datetime) -> CollectionRound:
    with clock.fixed(at):
        facts = {"year": quarter.year, "quarter": quarter.number, "at": at}
        by = people.person(f"kasubag.{unit.code.lower()}")
        case = cases.start(Standard.Key.COLLECTION, unit, str(quarter), by=by, **facts)
    return CollectionRound.objects.get(case=case)


def _lines(found: CollectionRound, head: User, second: User, now: datetime) -> list[round_format.Line]:
    """What is filled in already is the head's, the rest the other's."""
    last = quarters.last_day(found.quarter.due_at(found.unit))
    due_on = min(now.astimezone(clock.WIB).date() + timedelta(days=4), last)
    rows = Achievement.objects.filter(assignments__round=found).for_pages()
    lacking = {missing.achievement.pk for missing in missing_before_submit(rows)}
    return [
        round_format.Line(one.pk, (second if one.achievement_id in lacking else head).pk, due_on, _WORDS)
        for one in Assignment.objects.filter(round=found)
    ]


_WORDS = "Contoh: isi angka kumulatif sampai akhir triwulan dan lampirkan rekapitulasinya."


def _second(unit: WorkUnit, at: datetime) -> User:
    name = f"{SECOND}.{unit.code.lower()}"
    email = f"{name}@{people.DOMAIN}"
    found = User.objects.filter(email=email).first()
    if found is None:
        title = f"Penanggung jawab indikator {unit.name}"
        encoded = people.person(f"pejabat.{unit.code.lower()}").password
        found = User(email=email, name=f"{title} (contoh)"[:150], position=title[:200], password=encoded)
        account_actions.save_user(found, by=None, at=at)
        account_actions.save_membership(Membership(user=found, role=Role.OFFICIAL, unit=unit), by=None, at=at)
    return found
