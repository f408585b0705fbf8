"""Telling people: written in the transaction of the act, at most once a cause; mailed by the worker as each has chosen.

What is due for one person at the same time goes out as one mail. A mail is claimed under the lock of its person, sent,
and marked; a claim that a dead worker has left is sent again as the same mail, under the same Message-ID.
"""

import logging
import secrets
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.text import Truncator

from kinerjaku import jobs

from .channels import CHOOSABLE, TERMS, Channel, Kind, kind_of
from .models import Notice, NoticeChoice, User

CLAIM_LASTS = timedelta(minutes=10)
HOUR = timedelta(hours=1)
MOST_AN_HOUR = 5  # mails of one kind to one person; what comes then is gathered [D]
MOST_A_SWEEP = 500  # people; the next sweep goes on
MOST_A_MAIL = 50  # notices told in full; the others are counted
log = logging.getLogger("kinerjaku.notices")


def tell(
    users: Iterable[User],
    *,
    cause: str,
    subject: str,
    body: str,
    path: str,
    at: datetime,
    send_after: datetime | None = None,
) -> int:
    """Leave a notice for each user, unless they had one for this cause. Returns how many are new."""
    kind, users = kind_of(cause), list(users)
    chosen = channels_of(users, kind)
    subject = Truncator(" ".join(subject.split())).chars(
        Notice._meta.get_field("subject").max_length or 0
    )  # unit names can be long
    notices = [
        Notice(
            user=user,
            cause=cause,
            kind=kind,
            subject=subject,
            body=body,
            path=path,
            created_at=at,
            channel=chosen[user.pk],
            send_after=send_after or at,
        )
        for user in users
    ]
    before = Notice.objects.filter(cause=cause).count()
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    fresh = Notice.objects.filter(cause=cause).count() - before
    if fresh and send_after is None:
        jobs.wake("accounts.send_notices")
    return fresh


def channels_of(users: list[User], kind: Kind) -> dict[int, Channel]:
    """How each of them is told of this kind."""
    default = {user.pk: TERMS[kind].default for user in users}
    if kind not in CHOOSABLE:
        return default
    chosen = NoticeChoice.objects.filter(user__in=users, kind=kind).values_list("user_id", "channel")
    return default | {pk: Channel(channel) for pk, channel in chosen}


def people_to_mail(*, at: datetime, opening: datetime | None = None) -> list[int]:
    """To whom something is due."""
    people = Notice.objects.people_to_mail(at, stale_before=at - CLAIM_LASTS, opening=opening)
    return list(people[:MOST_A_SWEEP])


def send(user_id: int, *, at: datetime, opening: datetime | None = None) -> int:
    """One mail with everything that is due for this person: claim, send, mark. Returns how many notices it carried.

    0: nothing is due, another worker has it, or the mail failed and is tried again after the claim lapses.
    """
    carried = _claim(user_id, at=at, opening=opening)
    if not carried:
        return 0
    person, mail = carried[0].user, carried[0].mail
    if person.is_active:
        try:
            _written(person, mail, carried).send()
        except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: an address that no mail can carry
            log.warning("mail %s not sent, will be tried again: %s", mail, type(error).__name__)
            return 0
    Notice.objects.filter(mail=mail, user=person).update(sent_at=at)
    return len(carried)


@transaction.atomic
def _claim(user_id: int, *, at: datetime, opening: datetime | None) -> list[Notice]:
    """The notices of the next mail to this person, which is now ours.

    The person is locked, so that two workers share nothing out between them.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=user_id)
    rows = person.notices.select_related("user").order_by("created_at", "pk")
    due = list(rows.to_send(at, stale_before=at - CLAIM_LASTS, opening=opening))
    if begun := next((notice.mail for notice in due if notice.mail), ""):
        carried = list(rows.filter(mail=begun))  # whole, also what would not be due by now: it may have arrived
    else:
        carried, begun = _due_now(person, due, at=at, opening=opening), secrets.token_hex(16)
    Notice.objects.filter(pk__in=[notice.pk for notice in carried]).update(claimed_at=at, mail=begun)
    for notice in carried:
        notice.mail = begun
    return carried


def _due_now(person: User, due: list[Notice], *, at: datetime, opening: datetime | None) -> list[Notice]:
    """What is due without what has to wait: one digest a working day, and not more than a few mails an hour."""
    if any(notice.channel == Channel.DIGEST for notice in due):
        if person.notices.filter(channel=Channel.DIGEST, claimed_at__gte=opening).exists():
            due = [notice for notice in due if notice.channel == Channel.NOW]
        else:
            return due
    if until := _crowded_until(person, {notice.kind for notice in due}, at=at):
        Notice.objects.filter(pk__in=[notice.pk for notice in due]).update(send_after=until)
        return []
    return due


def _crowded_until(person: User, kinds: set[str], *, at: datetime) -> datetime | None:
    """When the next mail may go out, if enough of each of these kinds went out within the hour.

    What waits until then goes out together. A kind that may still be mailed takes the others along.
    """
    if not kinds or Kind.PORTAL in kinds:
        return None
    recent = person.notices.filter(channel=Channel.NOW, kind__in=kinds, claimed_at__gt=at - HOUR)
    mails = set(recent.values_list("kind", "mail", "claimed_at"))
    until = []
    for kind in kinds:
        went = sorted(instant for of, _, instant in mails if of == kind)
        if len(went) < MOST_AN_HOUR:
            return None
        until.append(went[-MOST_AN_HOUR] + HOUR)
    return min(until)


def _written(person: User, mail: str, carried: list[Notice]) -> EmailMessage:
    if len(carried) == 1:
        subject, text = carried[0].subject, f"{carried[0].body}\n\n{_address(carried[0].path)}\n"
    else:
        subject = f"{len(carried)} pemberitahuan untuk Anda"
        told = [f"{notice.subject}\n{notice.body}\n{_address(notice.path)}" for notice in carried[:MOST_A_MAIL]]
        parts = [f"Ada {len(carried)} pemberitahuan untuk Anda.", *(f"{n}. {part}" for n, part in enumerate(told, 1))]
        if more := len(carried) - len(told):
            parts.append(f"Dan {more} lagi di portal: {_address(reverse('notices'))}")
        parts.append(f"Atur cara Anda diberi tahu: {_address(reverse('profile'))}")
        text = "\n\n".join(parts) + "\n"
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or urlsplit(settings.BASE_URL).hostname
    headers = {"Message-ID": f"<{mail}@{domain}>", "Auto-Submitted": "auto-generated"}  # RFC 3834: nobody answers it
    return EmailMessage(f"[Kinerjaku] {subject}", text, None, [person.email], headers=headers)


def _address(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def mark_all_read(user: User, *, at: datetime) -> None:
    user.notices.filter(read_at=None).update(read_at=at)


@transaction.atomic
def mark_read(notice: Notice, *, at: datetime) -> None:
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=at)
