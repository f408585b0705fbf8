"""Asking people how a service was, and keeping what they say apart from who they are (decision 12).

An answer writes no history and names nobody: that an act leaves a trace is here exactly what must not be.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts import notices, policy
from accounts.models import User, WorkUnit
from accounts.roles import Role
from kinerjaku import audit
from kinerjaku.clock import WIB, said_day
from kinerjaku.errors import DomainError
from services import ikm
from services.calendar import working_calendar
from services.models import Case, SurveyAnswer, SurveyInvitation, SurveyPeriod, SurveyProfile, SurveyRemark
from services.questionnaire import KEYS
from services.worktime import CalendarNotLoaded

ASKED = (Role.OPERATOR, Role.KASUBAG, Role.OFFICIAL)  # of the unit: they used the service
LINK_LASTS = timedelta(days=30)
NO_TIME = timedelta(microseconds=1)
URN = (SurveyAnswer, SurveyProfile, SurveyRemark)
MOST_SHAKEN = 5000  # of each kind a run
_shuffle = random.SystemRandom().shuffle


@dataclass(frozen=True)
class Reply:
    """What somebody filled in: a value 1..4 for each of the nine elements; the rest may be left out."""

    scores: Mapping[str, int]
    profile: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""


def token_for(user: User, case_id: int) -> str:
    """The secret of this person's link for this case: 256 bits that nobody can guess without the server's key, and the
    same each time, so that it need not be kept anywhere."""
    return salted_hmac("services.survey", f"{case_id}/{user.pk}", algorithm="sha256").hexdigest()


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(case_id: int, *, at: datetime) -> int:
    """Ask the people of the unit about a finished case; how many. Twice asks nobody again."""
    case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
    if case.state != Case.State.DONE or not case.standard.is_public or case.survey_invitations.exists():
        return 0
    people = {user for role in ASKED for user in policy.holders(role, case.unit)}
    last_day = at.astimezone(WIB).date() + LINK_LASTS
    hashes = sorted(hash_of(token_for(user, case.pk)) for user in people)  # in an order that says nothing
    SurveyInvitation.objects.bulk_create(
        SurveyInvitation(token_hash=one, case=case, last_day=last_day) for one in hashes
    )
    if people:
        notices.tell(
            people,
            cause=f"survey/{case.pk}",
            subject=f"Bagaimana layanan kami? {case.standard.get_key_display()}, {case.subject}",
            body=(
                f"Layanan untuk {case.unit.name} telah selesai. Mohon isi survei kepuasan, sekitar dua menit. "
                "Jawaban Anda tidak dapat dihubungkan dengan Anda. "
                f"Tautan hanya dapat dipakai sekali, sampai {said_day(last_day)}."
            ),
            path=reverse("survey_mine", args=[case.pk]),
            at=at,
            send_after=in_working_hours(at),
        )
        audit.record(by=None, at=at, verb="undang mengisi survei", target=case, after={"count": len(people)})
    return len(people)


def find_invitation(token: str, *, at: datetime) -> SurveyInvitation:
    """The invitation of a link that can still be used. Raises DomainError `unknown`, `used`, `expired`."""
    found = SurveyInvitation.objects.filter(token_hash=hash_of(token)).select_related("case__standard").first()
    if found is None:
        raise DomainError("Tautan ini tidak dikenal.", code="unknown", status=404)
    if found.is_used:
        raise _used()
    if at.astimezone(WIB).date() > found.last_day:
        raise DomainError(
            f"Tautan ini sudah tidak berlaku sejak {said_day(found.last_day + timedelta(days=1))}.",
            code="expired",
            status=410,
        )
    return found


@transaction.atomic
def answer_invitation(token: str, reply: Reply, *, at: datetime) -> None:
    """Mark the link used and drop the answer into the urn, both or neither; nothing joins the two.

    Of two at once one is refused. Raises what `find_invitation` says, or `scores`.
    """
    found = find_invitation(token, at=at)
    if not SurveyInvitation.objects.filter(pk=found.pk, is_used=False).update(is_used=True):
        raise _used()
    _drop(found.case.standard.key, found.case.unit, reply, day=at.astimezone(WIB).date())


@transaction.atomic
def answer_openly(period_id: int, service: str, unit: WorkUnit | None, reply: Reply, *, at: datetime) -> None:
    """An answer by the public link of an open period. Raises `not_yet_open`, `closed`, `no_service`, `scores`."""
    period = SurveyPeriod.objects.get(pk=period_id)
    day = at.astimezone(WIB).date()
    period.require_open(day)
    if service not in period.services:
        raise DomainError("Pilih layanan yang Anda nilai.", code="no_service")
    _drop(service, unit, reply, day=day)


@transaction.atomic
def shake(*, before: date) -> int:
    """Write the slips of earlier days anew in random order under new keys; how many.

    Afterwards neither their place in the table nor what the database notes about a row (its transaction) leads to the
    invitation that was used at the same moment, and profiles and remarks have lost their day. Twice changes nothing.
    """
    count = 0
    for model in URN:
        slips = list(model.objects.select_for_update(no_key=True).filter(fresh_on__lt=before)[:MOST_SHAKEN])
        if not slips:
            continue
        model.objects.filter(pk__in=[slip.pk for slip in slips]).delete()
        _shuffle(slips)
        for slip in slips:
            slip.pk, slip.fresh_on = uuid4(), None
        model.objects.bulk_create(slips)
        count += len(slips)
    return count


def in_working_hours(at: datetime) -> datetime:
    """This instant, or when work begins again; at once in a year without a calendar."""
    try:
        return working_calendar().add(at, NO_TIME)
    except CalendarNotLoaded:
        return at


def _drop(service: str, unit: WorkUnit | None, reply: Reply, *, day: date) -> None:
    """Scores, profile and remark on separate slips. No person, session, address or time of day goes in."""
    scores = {key: reply.scores.get(key) for key in KEYS}
    if not all(isinstance(one, int) and ikm.LOWEST <= one <= ikm.HIGHEST for one in scores.values()):
        raise DomainError("Jawab kesembilan pertanyaan dengan nilai 1 sampai 4.", code="scores")
    running = SurveyPeriod.objects.filter(first_day__lte=day, last_day__gte=day)
    period = next((one for one in running if service in one.services), None)
    SurveyAnswer.objects.create(service=service, unit=unit, answered_on=day, fresh_on=day, **scores)
    if any(reply.profile.values()):
        SurveyProfile.objects.create(service=service, period=period, fresh_on=day, **reply.profile)
    if reply.remark.strip():
        text = reply.remark.strip()
        SurveyRemark.objects.create(service=service, period=period, year=day.year, text=text, fresh_on=day)


def _used() -> DomainError:
    return DomainError("Tautan ini sudah dipakai. Terima kasih, jawabannya sudah kami terima.", code="used", status=410)
