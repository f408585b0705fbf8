"""The life of a collection round [S]: it begins and ends with its case, which nothing else moves.

Every act locks the case, then the rows it is about, and the audit chain last; cancelling on the page of the case begins
with the same lock. The acts stand in `round_format` (steps 1 to 3), `round_filling` (4) and `round_approval` (5 to 8).
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.policy import Verb
from indicators import quarters
from indicators.models import Achievement, Assignment, CollectionRound, Quarter, Stage
from kinerjaku import audit
from kinerjaku.errors import DomainError
from services import turns
from services.actions import case as cases
from services.calendar import working_calendar
from services.models import Case, Standard, Step
from services.worktime import CalendarNotLoaded

from .achievement import locked_rows

UNSENT = (Achievement.State.EMPTY, Achievement.State.DRAFT)
DAYS_TO_FILL = 3  # working days, the standard time of step 4 [S]
CLOSED = "Pengisian ditutup sebelum pengumpulan selesai."


@turns.begins_with_case(Standard.Key.COLLECTION)
def open_round(case: Case, *, by: User | None, at: datetime) -> None:
    """The round of a new case, with an assignment for each row of the quarter that is not sent yet.

    Where the standard lets people move the case by hand, there is no round. Raises DomainError `no_quarter`,
    `round_open`, `nothing_to_collect`, and what `Quarter.require_open` says.
    """
    if case.step.mover != Step.Mover.ROUND:
        return
    quarter = _quarter_of(case)
    quarter.require_open(case.unit, at)
    rows = [row for row in locked_rows(Achievement.objects.of(quarter, case.unit)) if row.state in UNSENT]
    if CollectionRound.objects.of(quarter, case.unit).open().exists():
        raise DomainError(
            f"Pengumpulan data {quarter} untuk {case.unit.name} sedang berjalan.", code="round_open", status=409
        )
    if not rows:
        raise DomainError(
            f"Tidak ada capaian {quarter} yang belum dikirim, jadi tidak ada yang dikumpulkan.",
            code="nothing_to_collect",
            status=409,
        )
    made = CollectionRound.objects.create(case=case, unit=case.unit, quarter=quarter, opened_at=at)
    give_out(made, rows, at=at)
    audit.record(by=by, at=at, verb="buka pengumpulan data", target=made, after={"baris": len(rows)})
    tell(made, _turn(made), "Susun format", "Pengumpulan data dibuka. Tetapkan pejabat tiap indikator.", by=by, at=at)


@turns.ends_with_case(Standard.Key.COLLECTION)
def end_round(case: Case, *, by: User | None, at: datetime) -> None:
    """Done or cancelled: the rows are free. Whoever took part in a cancelled round is told."""
    ended = CollectionRound.objects.filter(case=case, ended_at=None).select_related("unit", "quarter").first()
    if ended is None:
        return
    ended.ended_at = at
    ended.save(update_fields=["ended_at"])
    if case.state == Case.State.CANCELLED:
        officials = User.objects.filter(assignments__round=ended)
        people = {*officials, *policy.able(Verb.CHECK_UNIT, case.unit)}
        body = f"{case.end_reason} Yang sudah diisi tetap tersimpan."
        tell(ended, people, "Pengumpulan data dibatalkan", body, by=by, at=at)


@transaction.atomic
def end_closed(round_id: int, *, at: datetime) -> bool:
    """The deadline of the unit has passed: nothing can be sent, so the round ends. False: it goes on, or has ended."""
    case_id = CollectionRound.objects.values_list("case_id", flat=True).get(pk=round_id)
    cases.lock(case_id, at=at)
    found = CollectionRound.objects.for_pages().get(pk=round_id)
    if not found.is_open or not found.quarter.is_over(found.unit, at):
        return False
    cases.cancel(case_id, reason=CLOSED, by=None, at=at)
    return True


def locked(round_id: int, *stages: Stage, by: User, at: datetime, verb: Verb | None = None) -> CollectionRound:
    """The round under the lock of its case, at one of these steps, for whose turn it is (or who has `verb`).

    Raises DomainError `ended`, `wrong_step`.
    """
    case_id = CollectionRound.objects.values_list("case_id", flat=True).get(pk=round_id)
    cases.lock(case_id, at=at)
    found = CollectionRound.objects.for_pages().get(pk=round_id)
    policy.require(by, Verb.VIEW, found.unit)
    if found.is_open and found.stage in stages:
        policy.require(by, verb or _verb(found), found.unit)
    require_at(found, *stages)
    return found


def require_at(found: CollectionRound, *stages: Stage) -> None:
    """It is open and at one of these steps (none named: at any). Raises DomainError `ended`, `wrong_step`."""
    if not found.is_open:
        raise DomainError(
            f"Pengumpulan data ini sudah {found.case.get_state_display().lower()}.", code="ended", status=409
        )
    if stages and found.stage not in stages:
        raise DomainError(
            f"Pengumpulan data ini berada pada langkah {found.stage}: {found.stage.label.lower()}. Muat ulang halaman.",
            code="wrong_step",
            status=409,
        )


def has_turn(user: User, found: CollectionRound) -> bool:
    """Whether the user does the present step, as far as it is not that of the officials."""
    return found.is_open and found.stage != Stage.FILL and policy.can(user, _verb(found), found.unit)


def officials_of(unit: WorkUnit) -> QuerySet[User]:
    """To whom a row can be given: whoever enters for the unit and does not check there, for nobody verifies their own
    (domain guide 1)."""
    checkers = policy.able(Verb.CHECK_UNIT, unit)
    return policy.able(Verb.ENTER, unit).exclude(pk__in=checkers.values("pk")).order_by("name", "pk")


def give_out(made: CollectionRound, rows: Iterable[Achievement], *, at: datetime) -> None:
    """Assignments as far as they can be foreseen: as in the last round of the unit, else to its one official."""
    known = {person.pk for person in officials_of(made.unit)}
    signers = [person.pk for person in policy.able(Verb.SIGN_UNIT, made.unit) if person.pk in known]
    before = Assignment.objects.filter(round__unit=made.unit).exclude(round=made).order_by("round__opened_at", "pk")
    names = ("achievement__indicator__no", "achievement__indicator__name", "official_id", "instruction")
    last = {(no, name): (official, words) for no, name, official, words in before.values_list(*names)}
    rows = Achievement.objects.filter(pk__in=[row.pk for row in rows]).select_related("indicator")
    due_on, made_rows = usual_due_on(made.quarter, made.unit, at), []
    for row in rows.order_by("indicator__no"):
        official, words = last.get((row.indicator.no, row.indicator.name), (None, ""))
        if official not in known:
            official = signers[0] if len(signers) == 1 else None
        made_rows.append(
            Assignment(round=made, achievement=row, official_id=official, due_on=due_on, instruction=words)
        )
    Assignment.objects.bulk_create(made_rows)


def usual_due_on(quarter: Quarter, unit: WorkUnit, at: datetime) -> date | None:
    """The standard time of step 4 after today, or after the quarter has ended; not after the unit's own deadline. None
    where the calendar is not loaded."""
    last = quarters.last_day(quarter.due_at(unit))
    day = max(at.astimezone(quarters.WIB).date(), quarters.ends_on(quarter.year, quarter.number))
    try:
        for _ in range(DAYS_TO_FILL):
            day = next_working_day(day)
    except CalendarNotLoaded:
        return None
    return min(day, last)


def next_working_day(day: date) -> date:
    """Raises CalendarNotLoaded."""
    calendar = working_calendar()
    day += timedelta(days=1)
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


def move_on(found: CollectionRound, *, by: User, at: datetime, note: str = "") -> CollectionRound:
    """The present step is done; the round as it stands then. Rows are locked before."""
    cases.carry(found.case_id, through=found.stage, by=by, at=at, note=note)
    return CollectionRound.objects.for_pages().get(pk=found.pk)


def tell(
    found: CollectionRound, people: Iterable[User], subject: str, body: str, *, by: User | None, at: datetime
) -> None:
    """What was done, to everybody but who did it."""
    notices.tell(
        {person for person in people if person != by},
        cause=f"round/{found.pk}/{subject[:40]}/{at.isoformat()}",
        subject=f"{subject}: {found.quarter}, {found.unit.name}",
        body=body,
        path=found.get_absolute_url(),
        at=at,
    )


def tell_turn(found: CollectionRound, subject: str, body: str, *, by: User, at: datetime) -> None:
    """To whoever does the present step."""
    tell(found, _turn(found), subject, body, by=by, at=at)


def _turn(found: CollectionRound) -> set[User]:
    roles = turns.TURNS[Step.Actor(found.case.step.actor)]
    return {person for role in roles for person in policy.holders(role, found.unit)}


def _verb(found: CollectionRound) -> Verb:
    return turns.ACTS[Step.Actor(found.case.step.actor)]


def _quarter_of(case: Case) -> Quarter:
    if case.quarter is None:
        raise DomainError("Pilih triwulannya: data dikumpulkan untuk satu triwulan.", code="no_quarter")
    found = Quarter.objects.filter(year=case.year, number=case.quarter).prefetch_related("extensions").first()
    if found is None:
        raise DomainError(
            f"Triwulan {quarters.ROMAN[case.quarter]} {case.year} belum dibuka untuk pengisian.", code="no_quarter"
        )
    return found
