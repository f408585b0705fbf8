"""The letter of apology (memo 4.6): drafted from the facts of the case, seen by Karoren as it will be, issued once.

One letter a case serves the written apology and the handing over in person. Until it is issued everything that is owed
stays open and in sight, so a worker that dies on the way loses nothing; the PDF is drawn by the sweep of documents.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import letters, notices, policy
from accounts.models import User
from accounts.policy import Verb
from accounts.roles import UNIT_ROLES, Role
from kinerjaku import audit, documents
from kinerjaku.clock import said
from kinerjaku.errors import DomainError
from kinerjaku.models import Document
from kinerjaku.templatetags.kinerjaku import work_duration
from services import sla
from services.calendar import calendar_of
from services.models import Apology, Case, CaseEvent, Obligation
from services.worktime import CalendarNotLoaded

from .compensation import deliver

MINUTE = timedelta(minutes=1)


def may_draft(user: User, case: Case) -> bool:
    """Who verifies the unit, who owns something the case owes, and the signer."""
    if policy.can(user, Verb.VERIFY, case.unit) or policy.can(user, Verb.ISSUE_APOLOGY, case.unit):
        return True
    return policy.can(user, Verb.VIEW, case.unit) and case.obligations.filter(owner=user).exists()


@transaction.atomic
def draft(case_id: int, *, cause: str, prevention: str, version: int, by: User, at: datetime) -> Apology:
    """Write or rewrite the draft; it tells the time used as of now.

    Raises DomainError `already_issued`, `nothing_owed`, `reason_missing`, `stale`.
    """
    case = _locked(case_id)
    if not may_draft(by, case):
        policy.require(by, Verb.VERIFY, case.unit)
    letter = _open_draft(case) or Apology(case=case)
    _debts(case)
    if letter.version != version:
        raise DomainError("Rancangan ini baru saja diubah orang lain. Periksa isinya.", code="stale", status=409)
    if not cause.strip() or not prevention.strip():
        raise DomainError("Tulis sebab keterlambatan dan pencegahannya.", code="reason_missing")
    is_first, before = letter.pk is None, audit.snapshot(letter, "cause", "prevention")
    letter.cause, letter.prevention = cause.strip(), prevention.strip()
    letter.drafted_at, letter.drafted_by, letter.version = at, by, version + 1
    letter.save()
    after = audit.snapshot(letter, "cause", "prevention")
    audit.record(by=by, at=at, verb="susun surat permohonan maaf", target=letter, before=before, after=after)
    if is_first:
        notices.tell(
            policy.holders(Role.KAROREN),
            cause=f"apology/{letter.pk}/draft",
            subject=str(letter),
            body=f"Rancangan surat permohonan maaf untuk {case} siap diperiksa dan diterbitkan.",
            path=letter.get_absolute_url(),
            at=at,
        )
    return letter


@transaction.atomic
def issue(case_id: int, *, content_hash: str, by: User, at: datetime) -> Apology:
    """Karoren issues the letter as shown: number, seal, delivery to the unit in the portal, all at this instant. Twice:
    `already_issued`. Raises DomainError `not_drafted`, `nothing_owed`, `stale`."""
    case = _locked(case_id)
    policy.require(by, Verb.ISSUE_APOLOGY, case.unit)
    letter = _open_draft(case)
    if letter is None:
        raise DomainError("Rancangan suratnya belum disusun.", code="not_drafted", status=409)
    debts = _debts(case)
    content = content_of(letter)
    if documents.content_hash(content) != content_hash:
        raise DomainError("Isi surat berubah sejak Anda melihatnya. Periksa sekali lagi.", code="stale", status=409)
    title = f"Surat permohonan maaf atas keterlambatan {content['service']} {case.unit.name}, {case.subject}"
    written = letters.write(Document.Kind.APOLOGY, title[:300], content, signer=by, at=at)
    letter.document, letter.issued_at, letter.issued_by = written.document, at, by
    letter.save(update_fields=["document", "issued_at", "issued_by"])
    after = {"number": written.number, "content_hash": written.document.content_hash}
    audit.record(by=by, at=at, verb="terbitkan surat permohonan maaf", target=letter, after=after)
    for debt in debts:
        deliver(debt, letter, at=at)
        debt.save()
        if debt.is_settled:
            audit.record(by=by, at=at, verb="penuhi kompensasi", target=debt, after={"number": written.number})
    notices.tell(
        {user for role in UNIT_ROLES for user in policy.holders(role, case.unit)},
        cause=f"apology/{letter.pk}",
        subject=f"Permohonan maaf atas keterlambatan {content['service']}",
        body=f"Kepala Biro Perencanaan menyampaikan surat permohonan maaf {written.number} untuk {case}.",
        path=letter.get_absolute_url(),
        at=at,
    )
    return letter


def content_of(letter: Apology) -> dict[str, Any]:
    """What the letter says, as far as it is known before it has its number."""
    case = letter.case
    used, promise = used_by(case, letter.drafted_at), case.standard.promise or timedelta(0)
    has_ended = case.ended_at is not None and case.ended_at <= letter.drafted_at
    return {
        "to": case.unit.head_title or case.unit.name,
        "unit": {"code": case.unit.code, "name": case.unit.name},
        "nature": "Penting",
        "subject": "Permohonan maaf atas keterlambatan layanan",
        "service": case.standard.get_key_display(),
        "case": case.subject,
        "standard": case.standard.decree,
        "promise_text": _in_words(promise),
        "used_text": _in_words(used),
        "over_text": _in_words(used - promise),
        "started_text": said(case.started_at),
        "as_of_text": said(letter.drafted_at),
        "ended_text": said(case.ended_at) if has_ended and case.state == Case.State.DONE else "",
        "cause": letter.cause,
        "prevention": letter.prevention,
        "in_person": case.obligations.filter(kind=Obligation.Kind.IN_PERSON, waived_at=None).exists(),
        "copies": ["Sekretaris Jenderal", "Inspektur Jenderal"],
    }


def used_by(case: Case, at: datetime) -> timedelta:
    """The working time used up to an instant, as the events say; of a finished case by the calendar it was counted
    with. Raises DomainError `calendar`."""
    calendar = calendar_of(case.frozen_calendar)
    events = case.events.exclude(kind=CaseEvent.Kind.RECOUNT).filter(at__lte=at).order_by("seq")
    try:
        return sla.replay(events.values_list("runs", "at"), calendar).elapsed(at, calendar)
    except CalendarNotLoaded as error:
        raise DomainError(str(error), code="calendar", status=409) from error


def _in_words(time: timedelta) -> str:
    """Every minute that has begun counts: who is late tells no less."""
    return work_duration(-(-time // MINUTE)) or "0 menit"


def _locked(case_id: int) -> Case:
    """The lock of the clock: nothing accrues while the letter is written."""
    return Case.objects.select_for_update(no_key=True).get(pk=case_id)


def _open_draft(case: Case) -> Apology | None:
    letter = Apology.objects.filter(case=case).first()
    if letter is not None and letter.issued_at:
        raise DomainError("Surat permohonan maaf ini sudah terbit.", code="already_issued", status=409)
    return letter


def _debts(case: Case) -> list[Obligation]:
    """What the letter serves, locked before numbers and audit are."""
    owed = case.obligations.select_for_update(no_key=True).unsettled().filter(kind__in=Obligation.BY_LETTER)
    debts = list(owed.order_by("pk"))
    if not debts:
        raise DomainError("Tidak ada permohonan maaf tertulis yang terutang.", code="nothing_owed", status=409)
    return debts
