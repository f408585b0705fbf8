"""The complainant's own acts, by number and secret: find it, write, close, open it again.

There is nobody signed in: the audit has no person, the verb says who it was.
"""

from collections.abc import Iterable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts import policy
from accounts.roles import Role
from kinerjaku.errors import DomainError
from services import complaint_files, complaint_flow
from services.complaint_files import Checked
from services.complaint_flow import Act
from services.models import Complaint

from .complaint import Author, Kind, happen, hashed, locked
from .complaint_limits import tell

MOST_MESSAGES = 200  # of a complaint, both sides


def find(number: str, secret: str) -> Complaint | None:
    """The complaint, if the secret is its own; the same answer for a wrong number and for a wrong secret."""
    typed = "".join(secret.upper().split()).replace("-", "")
    complaint = Complaint.objects.filter(number="".join(number.upper().split())).first()
    fits = constant_time_compare(hashed(typed), complaint.secret_hash if complaint else "")
    return complaint if fits else None


def write(complaint_id: int, text: str, *, at: datetime, uploads: Iterable[UploadedFile] = ()) -> Complaint:
    """More about it, or a reply to the bureau. Raises DomainError `text_missing`, `wrong_state`, `too_long`."""
    checked = complaint_files.check(uploads)
    with transaction.atomic():
        complaint = locked(complaint_id)
        if complaint.events.count() >= MOST_MESSAGES:
            raise DomainError(f"Paling banyak {MOST_MESSAGES} pesan untuk satu pengaduan.", code="too_long")
        is_reply = complaint_flow.may(complaint.state, Act.REPLY)
        _do(complaint, Act.REPLY if is_reply else Act.ADD, Kind.MORE, text, "dibalas pengadu", checked, at=at)
    return complaint


@transaction.atomic
def withdraw(complaint_id: int, *, text: str, at: datetime) -> Complaint:
    """Settled, as the complainant sees it."""
    complaint = locked(complaint_id)
    _do(complaint, Act.WITHDRAW, Kind.CLOSE, text, "ditutup pengadu", at=at)
    return complaint


@transaction.atomic
def reopen(complaint_id: int, *, text: str, at: datetime) -> Complaint:
    """Not settled after all, with the reason. Its limit counts from today."""
    complaint = locked(complaint_id)
    _do(complaint, Act.REOPEN, Kind.REOPEN, text, "dibuka kembali oleh pengadu", at=at)
    return complaint


def _do(
    complaint: Complaint, act: Act, kind: str, text: str, words: str, checked: Checked | None = None, *, at: datetime
) -> None:
    if happen(complaint, act, kind, text, checked, author=Author.COMPLAINANT, by=None, at=at):
        people = [complaint.assigned_to] if complaint.assigned_to else policy.holders(Role.TEAM_LEAD)
        tell(complaint, people, f"dialogue/{complaint.events.count()}", words, at=at)
