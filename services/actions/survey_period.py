"""Periods of the survey: opened, closed, published as a signed report; and what is done about the findings."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts import letters, notices, policy
from accounts.models import User
from accounts.policy import Verb
from kinerjaku import audit
from kinerjaku.clock import WIB, said_day
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from services import ikm
from services import survey_results as results
from services.models import FollowUp, Standard, SurveyPeriod

from .survey import in_working_hours

FIELDS = ("name", "first_day", "last_day", "population", "closed_at")
PLANNED = ("element", "action", "owner_id", "due_on")


@transaction.atomic
def save_period(
    pk: int | None,
    *,
    name: str,
    first_day: date,
    last_day: date,
    services: list[str],
    population: int,
    by: User,
    at: datetime,
) -> SurveyPeriod:
    """Plan a period (pk None) or change one that is not published.

    Raises DomainError `upside_down`, `over`, `no_service`, `population`, `overlap`, `begun`, `published`.
    """
    policy.require(by, Verb.MANAGE_SURVEY)
    today = at.astimezone(WIB).date()
    period = _unpublished(pk) if pk else SurveyPeriod()
    before = _described(period) if pk else None
    if first_day > last_day:
        raise DomainError("Hari terakhir mendahului hari pertama.", code="upside_down")
    if last_day < today and last_day != period.last_day:
        raise DomainError("Hari terakhir sudah lewat.", code="over")
    if not services or not set(services) <= set(Standard.Key.values):
        raise DomainError("Pilih sedikitnya satu layanan.", code="no_service")
    if population < 1:
        raise DomainError("Jumlah pengguna layanan sedikitnya 1.", code="population")
    has_begun = pk is not None and period.first_day <= today
    if has_begun and (first_day != period.first_day or set(services) != set(period.services)):
        raise DomainError(
            "Periode yang sudah dimulai tidak dapat berganti hari pertama atau layanannya.", code="begun", status=409
        )
    if period.closed_at and last_day != period.last_day:
        raise DomainError("Periode ini sudah ditutup.", code="closed", status=409)
    period.name, period.first_day, period.last_day = name.strip(), first_day, last_day
    period.services, period.population = sorted(services), population
    period.save()
    verb = "ubah periode survei" if pk else "buat periode survei"
    # The entry locks the end of the chain, so of two acts at once the later one looks for overlaps after the first.
    audit.record(by=by, at=at, verb=verb, target=period, before=before, after=_described(period))
    _require_alone(period)
    return period


@transaction.atomic
def close(pk: int, *, by: User, at: datetime) -> SurveyPeriod:
    """End it today, before its last day. Raises DomainError `not_open`, `published`."""
    policy.require(by, Verb.MANAGE_SURVEY)
    period, today = _unpublished(pk), at.astimezone(WIB).date()
    if period.state(today) != SurveyPeriod.State.OPEN:
        raise DomainError("Periode ini tidak sedang berlangsung.", code="not_open", status=409)
    before = _described(period)
    period.closed_at, period.last_day = at, today
    period.save()
    after = _described(period)
    audit.record(by=by, at=at, verb="tutup periode survei", target=period, before=before, after=after)
    return period


@transaction.atomic
def publish(pk: int, *, by: User, at: datetime) -> SurveyPeriod:
    """Freeze the figures of a period that is over into a numbered report signed by Karoren; later answers change
    nothing in it. Raises DomainError `published`, `not_over`, `too_few`, `no_bureau`."""
    policy.require(by, Verb.PUBLISH_SURVEY)
    period = _unpublished(pk)
    if period.state(at.astimezone(WIB).date()) != SurveyPeriod.State.OVER:
        raise DomainError("Tutup dahulu periodenya, atau tunggu sampai berakhir.", code="not_over", status=409)
    content = _content(period)
    if not content["result"]["score_text"]:
        raise DomainError(
            f"Baru {content['result']['respondents']} jawaban; hasil terbit mulai {ikm.LEAST_ANSWERS} jawaban.",
            code="too_few",
            status=409,
        )
    title = f"Laporan survei kepuasan masyarakat, {period.name}"
    letter = letters.write(Document.Kind.SURVEY_REPORT, title, content, signer=by, at=at)
    period.document, period.published_at = letter.document, at
    period.save()
    after = {"number": letter.number, "content_hash": letter.document.content_hash}
    audit.record(by=by, at=at, verb="terbitkan hasil survei", target=period, after=after)
    return period


@transaction.atomic
def plan_follow_up(
    period_id: int, pk: int | None, *, element: str, action: str, owner: User, due_on: date, by: User, at: datetime
) -> FollowUp:
    """Add a line to the plan (pk None) or change one that is not done. Raises DomainError `in_the_past`, `done`."""
    policy.require(by, Verb.MANAGE_SURVEY)
    planned = _undone(pk) if pk else FollowUp(period_id=period_id)
    before = audit.snapshot(planned, *PLANNED) if pk else None
    if due_on < at.astimezone(WIB).date() and due_on != planned.due_on:
        raise DomainError("Tanggalnya sudah lewat.", code="in_the_past")
    has_new_owner = planned.owner_id != owner.pk
    planned.element, planned.action, planned.owner, planned.due_on = element, action.strip(), owner, due_on
    planned.reminded_on = None
    planned.save()
    verb = "ubah tindak lanjut survei" if pk else "rencanakan tindak lanjut survei"
    audit.record(by=by, at=at, verb=verb, target=planned, before=before, after=audit.snapshot(planned, *PLANNED))
    if has_new_owner:
        _tell(planned, "planned", "Tindak lanjut survei untuk Anda", at=at)
    return planned


@transaction.atomic
def finish_follow_up(pk: int, *, proof: str, by: User, at: datetime) -> FollowUp:
    """The owner, or who manages the survey, says that it is done and what proves it. Raises `proof_missing`, `done`."""
    planned = _undone(pk)
    if planned.owner_id != by.pk:
        policy.require(by, Verb.MANAGE_SURVEY)
    if not proof.strip():
        raise DomainError("Tulis bukti penyelesaiannya.", code="proof_missing")
    planned.done_at, planned.done_by, planned.proof = at, by, proof.strip()
    planned.save()
    after = audit.snapshot(planned, "done_at", "proof")
    audit.record(by=by, at=at, verb="selesaikan tindak lanjut survei", target=planned, after=after)
    return planned


@transaction.atomic
def remind(pk: int, *, last_before: date, at: datetime) -> bool:
    """Tell the owner that it is overdue; False if another worker did. Again a week later, as long as it is."""
    today = at.astimezone(WIB).date()
    due = FollowUp.objects.to_remind(today, last_before=last_before).filter(pk=pk)
    if not due.update(reminded_on=today):
        return False
    _tell(FollowUp.objects.get(pk=pk), f"overdue/{today}", "Tindak lanjut survei terlambat", at=at)
    return True


def _tell(planned: FollowUp, cause: str, subject: str, *, at: datetime) -> None:
    notices.tell(
        [planned.owner],
        cause=f"follow-up/{planned.pk}/{cause}",
        subject=f"{subject}: {planned.get_element_display()}",
        body=f"{planned.action}\n\nPaling lambat {said_day(planned.due_on)}.",
        path=planned.get_absolute_url(),
        at=at,
        send_after=in_working_hours(at),
    )


def _described(period: SurveyPeriod) -> dict[str, Any]:
    """For the history."""
    return audit.snapshot(period, *FIELDS) | {"services": period.service_labels}


def _unpublished(pk: int) -> SurveyPeriod:
    period = SurveyPeriod.objects.select_for_update(no_key=True).get(pk=pk)
    if period.published_at:
        raise DomainError("Hasil periode ini sudah diterbitkan.", code="published", status=409)
    return period


def _undone(pk: int) -> FollowUp:
    planned = FollowUp.objects.select_for_update(no_key=True).get(pk=pk)
    if planned.done_at:
        raise DomainError("Tindak lanjut ini sudah selesai.", code="done", status=409)
    return planned


def _require_alone(period: SurveyPeriod) -> None:
    """No two periods share a day of a service: else an answer would count twice."""
    others = SurveyPeriod.objects.filter(first_day__lte=period.last_day, last_day__gte=period.first_day)
    for other in others.exclude(pk=period.pk):
        if set(other.services) & set(period.services):
            raise DomainError(
                f"Beririsan dengan “{other.name}” ({said_day(other.first_day)} sampai {said_day(other.last_day)}) "
                "untuk layanan yang sama.",
                code="overlap",
                status=409,
            )


def _content(period: SurveyPeriod) -> dict[str, Any]:
    """What the report says, as it stays."""
    answers = results.answers_in(period)
    return {
        "period": {
            "name": period.name,
            "first_day": period.first_day.isoformat(),
            "last_day": period.last_day.isoformat(),
            "days_text": f"{said_day(period.first_day)} sampai {said_day(period.last_day)}",
        },
        "services": period.service_labels,
        "population": period.population,
        "advised_sample": period.advised_sample,
        "result": results.result_of(results.tally_of(answers)).content(),
        "by": [
            {"group": "Layanan", "rows": [row.content() for row in results.by_service(answers)]},
            {"group": "Unit kerja", "rows": [row.content() for row in results.by_unit(answers)]},
        ],
        "profile": results.profile_of(period),
        "plan": [
            {
                "element": planned.get_element_display(),
                "action": planned.action,
                "owner": planned.owner_title,
                "due_on_text": said_day(planned.due_on),
            }
            for planned in period.follow_ups.select_related("owner")
        ],
    }
