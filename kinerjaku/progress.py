"""A count that others see while the transaction of the work is still open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, connections, transaction
from django.db.models import QuerySet

Tell = Callable[..., int]


@contextmanager
def teller(rows: QuerySet) -> Iterator[Tell]:
    """Gives `tell(**values)`, which updates `rows` at once, and says how many rows it found.

    Inside a transaction it needs a connection of its own. SQLite, which has one writer, gives none: the count then
    stands still until the transaction is over.
    """
    if connection.vendor != "postgresql":
        yield lambda **values: 1 if transaction.get_connection().in_atomic_block else rows.update(**values)
        return
    alias = "progress"
    connections[alias] = connection.copy(alias)
    try:
        yield lambda **values: rows.using(alias).update(**values)
    finally:
        connections[alias].close()
        del connections[alias]
