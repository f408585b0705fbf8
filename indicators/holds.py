"""Who may write a row while a collection round of its unit is open: one rule for every way in and for the pages.

Until the format is handed out everybody of the unit writes as ever. From then on the official to whom the row was given
writes it, and nobody else, until they return the format; what was returned is examined and stays as it is [S 4–8].
"""

from collections.abc import Iterable, Sequence

from accounts.models import User
from kinerjaku.clock import said_day
from kinerjaku.errors import DomainError

from .models import Achievement, Assignment, Stage


def holds_of(rows: Iterable[int]) -> dict[int, Assignment]:
    """Of these rows those in an open round, by primary key."""
    return {held.achievement_id: held for held in Assignment.objects.holding().filter(achievement__in=list(rows))}


def lock_of(held: Assignment | None, user: User) -> str:
    """Why this person cannot write the row now, and who can help; empty if the round does not keep them."""
    if held is None or (stage := held.round.stage) < Stage.FILL:
        return ""
    if stage > Stage.FILL:
        return f"Sedang dalam pengumpulan data unit, langkah {stage}: {stage.label.lower()}."
    if held.done_at is not None:
        return f"Sudah dikembalikan {held.official}; menunggu pemeriksaan Kasubag."
    if held.official_id != user.pk:
        return f"Ditugaskan kepada {held.official} sampai {said_day(held.due_on)}. Kasubag dapat mengalihkannya."
    return ""


def require_free(achievement: Achievement, *, by: User) -> None:
    """For an act that writes the row and holds its lock, without which a round could be handed out meanwhile.

    Raises DomainError `in_round`.
    """
    require_not_held(holds_of([achievement.pk]).get(achievement.pk), by=by)


def require_not_held(held: Assignment | None, *, by: User) -> None:
    """The same for whoever has asked for the assignment already."""
    if why := lock_of(held, by):
        raise DomainError(why, code="in_round", status=409)


def not_collected(rows: Sequence[Achievement]) -> list[Achievement]:
    """The rows that the unit sends itself. Raises DomainError `in_round` if a round sends them all."""
    held = holds_of(row.pk for row in rows)
    free = [row for row in rows if row.pk not in held]
    if rows and not free:
        stage = next(iter(held.values())).round.stage
        raise DomainError(
            f"Capaian ini dikirim oleh pengumpulan data unit yang sedang berjalan (langkah {stage}: "
            f"{stage.label.lower()}). Selesaikan pengumpulan data itu, atau minta Kasubag membatalkannya.",
            code="in_round",
            status=409,
        )
    return free
