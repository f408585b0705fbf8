"""Decrees that wait for an initial or a signature of this person."""

from collections.abc import Iterator

from accounts.models import User
from indicators.actions.decree import INITIALS, parties_of
from indicators.models import Decree

from .task import Task


def tasks(user: User) -> Iterator[Task]:
    drafts = list(
        Decree.objects.filter(state=Decree.State.DRAFT, asked_at__isnull=False).prefetch_related("signatures")
    )
    mine = set(parties_of(user)) if drafts else set()
    for decree in drafts:
        has_part = any(
            one.person_id == user.pk and one.content_hash == decree.asked_hash for one in decree.signatures.all()
        )
        wanted = mine & set(decree.wanted())
        if wanted and not has_part:
            title = "Paraf rancangan keputusan" if wanted & set(INITIALS) else "Tanda tangani keputusan"
            yield Task(title, f"{decree.title}, tahun {decree.year}", decree.get_absolute_url(), "Menunggu Anda")
