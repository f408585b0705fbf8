"""What somebody has to do about compensations: apologies they own, letters to issue, obligations that nobody owns."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from django.urls import reverse

from accounts import policy
from accounts.models import User
from accounts.policy import Verb
from services.actions import compensation
from services.models import Obligation

from .task import Task

Kind = Obligation.Kind


def tasks(user: User, at: datetime) -> Iterator[Task]:
    yield from _own(user, at)
    if policy.can(user, Verb.ISSUE_APOLOGY):
        yield from _to_issue(at)
    if policy.can(user, Verb.REASSIGN):
        yield from _nobodys(at)


def _own(user: User, at: datetime) -> Iterator[Task]:
    """Permohonan maaf yang harus disampaikan: what waits for the letter, and the letter itself, once a case."""
    rows = Obligation.objects.filter(owner=user).visible_to(user).unsettled().as_of(at)
    with_letter = set()
    for debt in rows.select_related("case__unit", "case__apology"):
        if debt.kind in Obligation.BY_LETTER and debt.letter_id is None and debt.case_id not in with_letter:
            with_letter.add(debt.case_id)
            drafted = "Menunggu Kepala Biro Perencanaan." if hasattr(debt.case, "apology") else ""
            yield _task("Susun surat permohonan maaf", debt, reverse("apology", args=[debt.case_id]), drafted)
        if debt.kind == Kind.ORAL:
            yield _task("Sampaikan permohonan maaf lisan", debt, debt.get_absolute_url())
        elif debt.kind == Kind.IN_PERSON:
            why_not = compensation.why_not_yet(debt)
            yield _task("Serahkan hasil layanan langsung", debt, debt.get_absolute_url(), why_not)


def _to_issue(at: datetime) -> Iterator[Task]:
    """Drafts that wait for the signer."""
    owed = Obligation.objects.unsettled().filter(case__apology__issued_at=None, case__apology__isnull=False)
    rows = owed.filter(kind__in=Obligation.BY_LETTER).as_of(at).select_related("case__unit").order_by("case", "due_at")
    for case_id, debts in groupby(rows, lambda debt: debt.case_id):
        yield _task("Terbitkan surat permohonan maaf", next(debts), reverse("apology", args=[case_id]))


def _nobodys(at: datetime) -> Iterator[Task]:
    owed = Obligation.objects.unsettled().filter(owner=None).as_of(at)
    for debt in owed.select_related("case__unit"):
        yield _task("Tetapkan penanggung jawab kompensasi", debt, debt.get_absolute_url())


def _task(title: str, debt: Obligation, url: str, why_not: str = "") -> Task:
    late = debt.state == Obligation.State.OVERDUE
    return Task(
        title,
        f"{debt.case.unit.name}, {debt.case.subject}",
        url,
        "" if late else debt.state.label,
        "warning",
        debt.due_at,
        is_overdue=late,
        due_is_in_time=True,
        why_not=why_not,
    )
