"""Comments on a row: said once, kept, and told to whoever is mentioned. No part of the claim."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts import notices, policy
from accounts.models import User
from accounts.policy import Verb
from indicators.models import Achievement, Comment
from kinerjaku import audit
from kinerjaku.errors import DomainError

MOST_TEXT = 2000  # characters
MOST_AN_HOUR = 30  # of one person on one row [D]
MOST_IN_ALL = 60  # of one person on all rows [D]: each may tell people
HOUR = timedelta(hours=1)


@transaction.atomic
def say(achievement_id: int, text: str, *, mentions: Iterable[int] = (), by: User, at: datetime) -> Comment:
    """Keep a comment and tell those it mentions, who all may see the row.

    Raises DomainError `empty`, `too_long`, `too_many`, `unknown_person`.
    """
    achievement = (  # locked, so that two at once are counted one after the other
        Achievement.objects.select_for_update(no_key=True, of=("self",))
        .select_related("unit", "quarter", "indicator__unit")
        .get(pk=achievement_id)
    )
    policy.require(by, Verb.COMMENT, achievement.unit)
    text = text.strip()
    if not text:
        raise DomainError("Tulis komentar dahulu.", code="empty")
    if len(text) > MOST_TEXT:
        raise DomainError(f"Komentar paling panjang {MOST_TEXT} karakter. Persingkat teksnya.", code="too_long")
    lately = Comment.objects.filter(by=by, at__gt=at - HOUR)
    if lately.count() >= MOST_IN_ALL:
        said = f"Anda sudah menulis {MOST_IN_ALL} komentar dalam satu jam. Coba lagi nanti."
        raise DomainError(said, code="too_many", status=429)
    if lately.filter(achievement=achievement).count() >= MOST_AN_HOUR:
        raise DomainError(
            f"Anda sudah menulis {MOST_AN_HOUR} komentar pada baris ini dalam satu jam. Coba lagi nanti.",
            code="too_many",
            status=429,
        )
    wanted = set(mentions)
    people = list(listeners(achievement).filter(pk__in=wanted))
    if len(people) < len(wanted):
        raise DomainError(
            "Ada orang yang tidak lagi dapat melihat baris ini. Pilih lagi siapa yang diberi tahu.",
            code="unknown_person",
        )
    comment = Comment.objects.create(achievement=achievement, text=text, at=at, by=by)
    comment.mentions.set(people)
    after = {"achievement": achievement.pk, "text": text, "mentions": sorted(person.pk for person in people)}
    audit.record(by=by, at=at, verb="tulis komentar", target=comment, after=after)
    _tell(comment, [person for person in people if person != by], at=at)
    return comment


def listeners(achievement: Achievement) -> QuerySet[User]:
    """Who may be mentioned: everybody who sees the row."""
    return policy.able(Verb.VIEW, achievement.unit).order_by("name", "pk")


def _tell(comment: Comment, people: list[User], *, at: datetime) -> None:
    row = comment.achievement
    notices.tell(
        people,
        cause=f"comment/{comment.pk}",
        subject=f"{comment.by.name} menyebut Anda pada {row.indicator.code}, {row.quarter}",
        body=f"{row.indicator.name}: {comment.text}",
        path=comment.get_absolute_url(),
        at=at,
    )
