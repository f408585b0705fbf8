"""Complaints inside the bureau: received, assigned, answered, closed. The complainant's own acts are in
`complaint_dialogue`.

Every act locks the complaint, appends a message if it has one, and counts the limits anew (`settle`). What the audit
keeps names no complainant and carries no text of theirs.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.crypto import salted_hmac

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from accounts.roles import Role
from kinerjaku import audit, jobs
from kinerjaku.clock import WIB
from kinerjaku.errors import DomainError
from services import complaint_files, complaint_flow
from services.complaint_files import Checked
from services.complaint_flow import Act
from services.models import Complaint, ComplaintEvent, ComplaintMail

from .complaint_limits import first_answer, settle, tell

State, Channel = Complaint.State, Complaint.Channel
Kind, Author = ComplaintEvent.Kind, ComplaintEvent.Author
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that looks like something else
SECRET_LENGTH = 16

REPLIES = {Act.RESPOND: Kind.RESPONSE, Act.ASK: Kind.QUESTION, Act.ANSWER: Kind.ANSWER}


@dataclass(frozen=True)
class Report:
    """What somebody complains of. An anonymous one has no name, address or other contact."""

    kind: str
    subject: str
    text: str
    mode: str
    service: str = ""
    name: str = ""
    email: str = ""
    contact: str = ""


def receive(
    report: Report,
    *,
    key: str,
    at: datetime,
    uploads: Iterable[UploadedFile] = (),
    by: User | None = None,
    channel: str = Channel.PORTAL,
    received_at: datetime | None = None,
) -> tuple[Complaint, str]:
    """Take a complaint in and give its number and secret. `key` is that of the form: sent twice, it is one complaint
    with the same answer. `by` a handler: it came in person or by e-mail, on `received_at`.

    The secret follows from the key and the server's own; stored are only hashes of both.
    Raises DomainError `used` if the same form says something else now, `in_future`, or what the file check says.
    """
    if by is not None and not policy.can_somewhere(by, Verb.HANDLE_COMPLAINT):
        raise PermissionDenied
    received_at = received_at or at
    if received_at > at:
        raise DomainError("Tanggal diterima belum tiba.", code="in_future")
    checked = complaint_files.check(uploads)
    said = json.dumps([asdict(report), channel, [facts.sha256 for _, facts in checked]])
    digest, secret = hashed(said), _secret(key)
    facts = asdict(report)
    text = facts.pop("text")
    with transaction.atomic():
        complaint, created = Complaint.objects.get_or_create(
            form_key=hashed(key),
            defaults={
                **facts,
                "form_digest": digest,
                "number": _number(received_at),
                "secret_hash": hashed(secret),
                "channel": channel,
                "registered_by": by,
                "received_at": received_at,
                "counted_from": received_at,
            },
        )
        if created:
            append(complaint, Kind.REPORT, text, Author.COMPLAINANT, checked, by=None, at=received_at)
            settle(complaint, at=at)
            complaint.save()
            after = audit.snapshot(complaint, "number", "kind", "channel", "mode", "state")
            audit.record(by=by, at=at, verb="terima pengaduan", target=complaint, after=after)
            chiefs = [*policy.holders(Role.TEAM_LEAD), *policy.holders(Role.QUALITY_LEAD)]
            tell(complaint, chiefs, "new", "diterima dan menunggu disposisi", at=at)
        elif complaint.form_digest != digest:
            raise DomainError(
                f"Pengaduan dari formulir ini sudah diterima dengan nomor {complaint.number}. Bila isian ini pengaduan "
                "lain, kirim sekali lagi.",
                code="used",
                status=409,
            )
    return complaint, secret


@transaction.atomic
def assign(complaint_id: int, officer: User, *, note: str, by: User, at: datetime) -> Complaint:
    """Disposition to an officer of the bureau. Raises DomainError `not_a_candidate`, `wrong_state`."""
    complaint = locked(complaint_id)
    require_handler(complaint, by=by, of_all=True)
    if complaint.state == State.CLOSED:
        raise DomainError("Pengaduan ini sudah ditutup.", code="wrong_state", status=409)
    if not candidates(complaint).filter(pk=officer.pk).exists():
        raise DomainError("Pengaduan ini tidak dapat ditugaskan kepada orang itu.", code="not_a_candidate")
    before = audit.snapshot(complaint, "assigned_to_id")
    complaint.assigned_to, complaint.assignment_note = officer, note.strip()
    complaint.save()
    after = audit.snapshot(complaint, "assigned_to_id")
    audit.record(
        by=by, at=at, verb="disposisi pengaduan", target=complaint, before=before, after=after, reason=note.strip()
    )
    tell(complaint, [officer], f"assigned/{at.isoformat()}", "ditugaskan kepada Anda", at=at)
    return complaint


@transaction.atomic
def mark_concerned(complaint_id: int, people: Iterable[User], *, by: User, at: datetime) -> Complaint:
    """The officers whom the complaint is about: from now on they neither handle nor see it.

    Raises DomainError `nobody_left`: somebody has to be left who can assign it.
    """
    complaint = locked(complaint_id)
    require_handler(complaint, by=by, of_all=True)
    people = list(people)
    chiefs = (Role.KAROREN, Role.TEAM_LEAD, Role.QUALITY_LEAD)
    if not {user for role in chiefs for user in policy.holders(role)} - set(people):
        raise DomainError("Harus tersisa seorang yang dapat menangani pengaduan ini.", code="nobody_left")
    before = {"concerned": sorted(complaint.concerned.values_list("pk", flat=True))}
    complaint.concerned.set(people)
    if complaint.assigned_to in people:
        complaint.assigned_to, complaint.assignment_note = None, ""
        complaint.save()
    after = {"concerned": sorted(user.pk for user in people)}
    audit.record(by=by, at=at, verb="tandai petugas yang diadukan", target=complaint, before=before, after=after)
    return complaint


@transaction.atomic
def classify(complaint_id: int, kind: str, *, reason: str, by: User, at: datetime) -> Complaint:
    """The kind is another one than the complainant chose; the limit of the answer follows."""
    complaint = locked(complaint_id)
    require_handler(complaint, by=by)
    if kind not in Complaint.Kind.values:
        raise DomainError("Pilih jenis pengaduan.", code="unknown_kind")
    if not reason.strip():
        raise DomainError("Tulis alasan perubahan jenis.", code="reason_missing")
    if not complaint.is_waiting:
        raise DomainError("Jenis hanya dapat diubah sebelum dijawab.", code="wrong_state", status=409)
    before = audit.snapshot(complaint, "kind", "answer_due_at")
    complaint.kind = kind
    complaint.marks = [mark for mark in complaint.marks if not mark.startswith("answer")]
    settle(complaint, at=at)
    complaint.save()
    after = audit.snapshot(complaint, "kind", "answer_due_at")
    audit.record(
        by=by, at=at, verb="ubah jenis pengaduan", target=complaint, before=before, after=after, reason=reason.strip()
    )
    return complaint


def reply(
    complaint_id: int,
    act: Act,
    text: str,
    *,
    seen: int,
    by: User,
    at: datetime,
    uploads: Iterable[UploadedFile] = (),
) -> Complaint:
    """First response, question or answer (REPLIES). `seen` is how many messages the handler has read: what came
    meanwhile is read before it is answered. Sent twice, it is one.

    Raises DomainError `stale`, `text_missing`, `wrong_state`, or what the file check says.
    """
    kind, checked = REPLIES[act], complaint_files.check(uploads)
    with transaction.atomic():
        complaint = locked(complaint_id)
        require_handler(complaint, by=by)
        happen(complaint, act, kind, text, checked, author=Author.OFFICER, by=by, at=at, seen=seen)
    return complaint


@transaction.atomic
def close(complaint_id: int, *, text: str, by: User, at: datetime) -> Complaint:
    """By the bureau, once it has answered."""
    complaint = locked(complaint_id)
    require_handler(complaint, by=by)
    happen(complaint, Act.CLOSE, Kind.CLOSE, text, author=Author.OFFICER, by=by, at=at)
    return complaint


@transaction.atomic
def sound(complaint_id: int, *, at: datetime) -> None:
    """The sweep: limits that have passed, or that another calendar moves. May run twice."""
    complaint = locked(complaint_id)
    limits = ("response_due_at", "answer_due_at", "closes_at")
    before = audit.snapshot(complaint, *limits)
    if complaint.state == State.CLOSED:
        return
    settle(complaint, at=at)
    if before != (after := audit.snapshot(complaint, *limits)):
        audit.record(by=None, at=at, verb="hitung ulang batas", target=complaint, before=before, after=after)
    complaint.save()
    if complaint.closes_at is not None and complaint.closes_at <= at:
        text = f"Ditutup otomatis: {complaint_flow.UNANSWERED} hari kerja tanpa balasan."
        happen(complaint, Act.EXPIRE, Kind.CLOSE, text, author=Author.SYSTEM, by=None, at=at)


def officers() -> QuerySet[User]:
    """The people of the bureau who can be given a complaint."""
    return reduce(or_, (policy.holders(role) for role in policy.GRANTS[Verb.HANDLE_COMPLAINT])).order_by("name")


def candidates(complaint: Complaint) -> QuerySet[User]:
    """Those of them whom it is not about."""
    return officers().exclude(pk__in=complaint.concerned.values("pk"))


# What every act is made of; `complaint_dialogue` uses it too.


def locked(complaint_id: int) -> Complaint:
    """Without joins (docs/decisions/0011)."""
    return Complaint.objects.select_for_update(no_key=True).get(pk=complaint_id)


def require_handler(complaint: Complaint, *, by: User, of_all: bool = False) -> None:
    """Http404 for who does not see it, PermissionDenied for who only sees it. `of_all`: an assigned officer may not."""
    if not Complaint.objects.visible_to(by).filter(pk=complaint.pk).exists():
        raise Http404
    if not complaint.is_handled_by(by):
        raise PermissionDenied
    if of_all:
        policy.require(by, Verb.HANDLE_COMPLAINT)


def happen(
    complaint: Complaint,
    act: Act,
    kind: str,
    text: str,
    checked: Checked | None = None,
    *,
    author: str,
    by: User | None,
    at: datetime,
    seen: int | None = None,
) -> bool:
    """Change the state, append the message, count the limits anew, keep and record.

    False if the last message says the same: a form that was sent twice. `seen`: the number of messages it knew.
    """
    last = complaint.events.order_by("-seq").first()
    if last is not None and (last.kind, last.text, last.by) == (kind, text.strip(), by):
        files = sorted(facts.sha256 for _, facts in checked or [])
        if sorted(last.files.values_list("sha256", flat=True)) == files:
            return False
    if last is not None and seen is not None and last.seq != seen:
        raise DomainError(
            "Ada pesan baru sejak halaman ini dibuka. Baca dahulu, lalu kirim lagi.", code="stale", status=409
        )
    before, was_over = audit.snapshot(complaint, "state"), not complaint.is_waiting
    complaint.state = complaint_flow.next_state(complaint.state, act)
    append(complaint, kind, text, author, checked or [], by=by, at=at)
    if author == Author.OFFICER and complaint.responded_at is None:
        complaint.responded_at = at
    if act is Act.ANSWER and complaint.answered_at is None:
        first_answer(complaint, at=at)
    if was_over and complaint.is_waiting:  # the matter is open again: its limit counts from today [D]
        complaint.counted_from = at
        complaint.marks = [mark for mark in complaint.marks if not mark.startswith("answer")]
    complaint.closed_at = at if complaint.state == State.CLOSED else None
    settle(complaint, at=at)
    complaint.save()
    after = audit.snapshot(complaint, "state")
    audit.record(by=by, at=at, verb=f"pengaduan: {act.value}", target=complaint, before=before, after=after)
    return True


def append(
    complaint: Complaint, kind: str, text: str, author: str, checked: Checked, *, by: User | None, at: datetime
) -> None:
    if not text.strip() and kind != Kind.CLOSE:
        raise DomainError("Tulis pesannya dahulu.", code="text_missing")
    event = ComplaintEvent.objects.create(
        complaint=complaint,
        seq=complaint.events.count() + 1,
        kind=kind,
        text=text.strip(),
        author=author,
        by=by,
        at=at,
    )
    complaint_files.attach(event, checked)
    if complaint.email and (author != Author.COMPLAINANT or kind == Kind.REPORT):
        ComplaintMail.objects.create(event=event)
        jobs.wake("services.watch_complaints")


def hashed(text: str) -> str:
    """Of random texts long enough that nobody guesses them from it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _number(at: datetime) -> str:
    """Free and not to be counted up: ADU-2026-483920."""
    while True:
        number = f"ADU-{at.astimezone(WIB).year}-{secrets.randbelow(10**6):06}"
        if not Complaint.objects.filter(number=number).exists():
            return number


def _secret(key: str) -> str:
    digest = salted_hmac("services.complaint.secret", key, algorithm="sha256").digest()
    value = int.from_bytes(digest)
    return "".join(LETTERS[value // len(LETTERS) ** place % len(LETTERS)] for place in range(SECRET_LENGTH))
