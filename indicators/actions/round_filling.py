"""Step 4 of a round [S]: officials fill in their rows by the portal's own form and return it; faulty rows come back."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from accounts import notices
from accounts.models import User
from accounts.policy import Verb
from indicators import quarters
from indicators.checklist import missing_before_submit
from indicators.models import Achievement, Assignment, CollectionRound, Stage
from indicators.workflow import FILLED_IN
from kinerjaku import audit
from kinerjaku.clock import said_day
from kinerjaku.errors import DomainError
from services.actions import case as cases
from services.calendar import working_calendar
from services.worktime import CalendarNotLoaded

from . import round as rounds
from .achievement import Incomplete, locked_rows

EXAMINED = (Stage.CHECK, Stage.INITIAL, Stage.SIGN)


@transaction.atomic
def return_form(round_id: int, *, by: User, at: datetime) -> CollectionRound:
    """The official has filled in all their rows; with the last form step 4 is done.

    Raises Incomplete, DomainError `nothing_to_return`, `closed`.
    """
    found = rounds.locked(round_id, Stage.FILL, by=by, at=at, verb=Verb.ENTER)
    found.quarter.require_open(found.unit, at)
    own = list(found.assignments.filter(official=by, done_at=None).select_related("achievement__indicator"))
    if not own:
        raise DomainError("Tidak ada formulir yang perlu Anda kembalikan.", code="nothing_to_return", status=409)
    pks = [one.achievement_id for one in own]
    locked_rows(Achievement.objects.filter(pk__in=pks))
    missing = missing_before_submit(Achievement.objects.filter(pk__in=pks).for_pages().order_by("indicator__no"))
    if missing:
        raise Incomplete(missing)
    found.assignments.filter(pk__in=[one.pk for one in own]).update(done_at=at)
    numbers = ", ".join(str(one.achievement.indicator.no) for one in own)
    audit.record(by=by, at=at, verb="kembalikan formulir", target=found, after={"indikator": numbers})
    if not found.assignments.filter(done_at=None).exists():
        found = rounds.move_on(found, by=by, at=at)
        rounds.tell_turn(found, "Periksa isian", "Semua pejabat sudah mengembalikan formulirnya.", by=by, at=at)
    return found


@transaction.atomic
def take_back(round_id: int, *, by: User, at: datetime) -> CollectionRound:
    """The official has seen a slip after returning the form: while others still fill in, it is theirs again.

    Raises DomainError `nothing_to_take_back`, `closed`.
    """
    found = rounds.locked(round_id, Stage.FILL, by=by, at=at, verb=Verb.ENTER)
    found.quarter.require_open(found.unit, at)
    own = list(found.assignments.filter(official=by, done_at__isnull=False).select_related("achievement__indicator"))
    own = [one for one in own if one.checked_at is None]
    if not own:
        raise DomainError("Tidak ada formulir yang dapat Anda ambil kembali.", code="nothing_to_take_back", status=409)
    found.assignments.filter(pk__in=[one.pk for one in own]).update(done_at=None)
    numbers = ", ".join(str(one.achievement.indicator.no) for one in own)
    audit.record(by=by, at=at, verb="ambil kembali formulir", target=found, after={"indikator": numbers})
    return found


@transaction.atomic
def reassign(
    round_id: int, assignment_id: int, *, official: User, due_on: date, reason: str, by: User, at: datetime
) -> CollectionRound:
    """The Kasubag gives a row to another official, or again to the same one. What was typed stays.

    Raises DomainError `reason_missing`, `wrong_official`, `wrong_date`.
    """
    found = rounds.locked(round_id, Stage.FILL, by=by, at=at, verb=Verb.CHECK_UNIT)
    one = found.assignments.select_related("official", "achievement__indicator").get(pk=assignment_id)
    if not rounds.officials_of(found.unit).filter(pk=official.pk).exists():
        raise DomainError(f"{official} tidak mengisi untuk {found.unit.name}.", code="wrong_official")
    today, last = at.astimezone(quarters.WIB).date(), quarters.last_day(found.quarter.due_at(found.unit))
    if not today <= due_on <= last:
        raise DomainError(f"Pilih tanggal dari {said_day(today)} sampai {said_day(last)}.", code="wrong_date")
    if not reason.strip():
        raise DomainError("Tulis alasan pengalihan.", code="reason_missing")
    locked_rows(Achievement.objects.filter(pk=one.achievement_id))
    before = {"pejabat": str(one.official), "batas": said_day(one.due_on)}
    former = one.official
    one.official, one.due_on, one.done_at, one.checked_at, one.checked_by = official, due_on, None, None, None
    one.save(update_fields=["official", "due_on", "done_at", "checked_at", "checked_by"])
    number = one.achievement.indicator.no
    audit.record(
        by=by,
        at=at,
        verb=f"alihkan IKU {number}",
        target=found,
        before=before,
        after={"pejabat": str(official), "batas": said_day(due_on)},
        reason=reason.strip(),
    )
    body = f"IKU {number} kini diisi {official} sampai {said_day(due_on)}. Alasan: {reason.strip()}"
    rounds.tell(found, {former, official}, f"IKU {number} dialihkan", body, by=by, at=at)
    return found


@transaction.atomic
def give_back(round_id: int, reasons: Mapping[int, str], *, by: User, at: datetime) -> CollectionRound:
    """Who examines the rows (steps 5, 7, 8) finds faults: step 4 begins again for these assignments alone.

    While the Kasubag checks, the other rows are accepted with it. Raises DomainError `reason_missing`.
    """
    found = rounds.locked(round_id, *EXAMINED, by=by, at=at)
    wrong = {pk: reason.strip() for pk, reason in reasons.items() if reason.strip()}
    rows = locked_rows(Achievement.objects.filter(assignments__round=found))
    back = list(found.assignments.filter(pk__in=wrong).select_related("official", "achievement__indicator"))
    if not back:
        raise DomainError("Tulis yang perlu diperbaiki pada baris yang hendak dikembalikan.", code="reason_missing")
    if found.stage == Stage.CHECK and not entered(by, rows):
        found.assignments.filter(checked_at=None).update(checked_at=at, checked_by=by, correction="")
    for one in back:
        one.correction, one.due_on = wrong[one.pk], _again(one, found, at)
        one.done_at = one.checked_at = one.checked_by = None
        one.save(update_fields=["correction", "due_on", "done_at", "checked_at", "checked_by"])
    found.content_hash, found.initialled_at, found.initialled_by = "", None, None
    found.save(update_fields=["content_hash", "initialled_at", "initialled_by"])
    said = "; ".join(f"IKU {one.achievement.indicator.no}: {one.correction}" for one in back)
    audit.record(by=by, at=at, verb="kembalikan isian", target=found, reason=said)
    cases.carry_back(found.case_id, reason=said, by=by, at=at)
    for official in {one.official for one in back}:
        own = [one for one in back if one.official == official]
        words = "; ".join(f"IKU {one.achievement.indicator.no}: {one.correction}" for one in own)
        body = f"Perbaiki sampai {said_day(own[0].due_on)}, lalu kembalikan formulir Anda. {words}"
        rounds.tell(found, [official], f"Perbaiki {len(own)} isian", body, by=by, at=at)
    return CollectionRound.objects.for_pages().get(pk=round_id)


@transaction.atomic
def remind(round_id: int, official: User, due_on: date, *, at: datetime) -> int:
    """Once on the working day before the limit or on the day itself, once after it. Returns how many were told.

    Raises services.worktime.CalendarNotLoaded.
    """
    today, calendar = at.astimezone(quarters.WIB).date(), working_calendar()
    if not calendar.is_open(at) or today < calendar.working_days_before(due_on, 1):
        return 0
    found = CollectionRound.objects.for_pages().get(pk=round_id)
    count = found.assignments.filter(official=official, due_on=due_on, done_at=None).count()
    late = today > due_on
    return notices.tell(
        [official],
        cause=f"round/{round_id}/due/{due_on.isoformat()}/{'late' if late else 'soon'}",
        subject=f"{'Lewat batas' if late else 'Segera'}: isi {count} capaian {found.quarter}",
        body=f"Formulir Anda {'seharusnya' if late else ''} kembali paling lambat {said_day(due_on)}.".replace(
            "  ", " "
        ),
        path=found.get_absolute_url(),
        at=at,
    )


def entered(user: User, rows: list[Achievement]) -> bool:
    """Whether the user typed into one of these rows, or brought or took evidence."""
    return audit.acted_on(user, FILLED_IN, Achievement, [row.pk for row in rows])


def _again(one: Assignment, found: CollectionRound, at: datetime) -> date:
    """The limit of a row that comes back: its own, or the next working day where that has come; never after the unit's
    deadline."""
    day = at.astimezone(quarters.WIB).date()
    try:
        tomorrow = rounds.next_working_day(day)
    except CalendarNotLoaded:
        tomorrow = day
    assert one.due_on is not None, "it was handed out"
    return min(max(one.due_on, tomorrow), quarters.last_day(found.quarter.due_at(found.unit)))
