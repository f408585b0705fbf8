"""Evidence and comments of two people at once. SQLite has no row locks, so these run in the PostgreSQL pass."""

import builders
import pytest
from builders import IN_TIME

from indicators.actions import catalogue, comments, evidence
from indicators.models import Achievement, Comment, Evidence, EvidenceSlot
from kinerjaku import clock
from kinerjaku.errors import DomainError

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def doing(act, *args, **options):
    def run():
        with clock.fixed(IN_TIME):
            return act(*args, at=IN_TIME, **options)

    return run


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_same_file_linked_twice_at_once_is_there_once(cast, rows, in_threads, turn):
    with builders.moment(IN_TIME):
        source = evidence.attach(rows[1].pk, builders.pdf(), by=cast.operator, at=IN_TIME)
    results = in_threads(
        [doing(evidence.link, rows[0].pk, [source.pk], by=person) for person in (cast.operator, cast.kasubag)]
    )
    assert [one.code for one in results if isinstance(one, DomainError)] == ["duplicate"]
    row = Achievement.objects.get(pk=rows[0].pk)
    assert row.file_count == Evidence.objects.filter(achievement=row).count() == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_file_moved_and_removed_at_once_leaves_what_is_filled_true(cast, row, in_threads, turn):
    slot = EvidenceSlot.objects.create(indicator=row.indicator, order=1, name="Laporan")
    catalogue.keep_rule(row.indicator)
    with builders.moment(IN_TIME):
        file = evidence.attach(row.pk, builders.pdf(), by=cast.operator, at=IN_TIME)
    in_threads(
        [
            doing(evidence.assign, file.pk, slot.pk, by=cast.operator),
            doing(evidence.remove, file.pk, by=cast.kasubag),
        ]
    )
    stored = Achievement.objects.get(pk=row.pk)
    assert (stored.file_count, stored.filled_slots) == (0, [])


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_the_thirtieth_comment_is_written_once(cast, row, in_threads, turn):
    for _ in range(29):
        with clock.fixed(IN_TIME):
            comments.say(row.pk, "Contoh.", by=cast.operator, at=IN_TIME)
    results = in_threads([doing(comments.say, row.pk, "Contoh.", by=cast.operator) for _ in range(2)])
    assert [one.code for one in results if isinstance(one, DomainError)] == ["too_many"]
    assert Comment.objects.count() == 30
