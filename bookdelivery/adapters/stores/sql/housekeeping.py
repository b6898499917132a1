"""What a context's store does beside committing: marks what was sent, purges, forgets views, reserves ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from bookdelivery.adapters.stores.sql.schema import PURGED_BEFORE, Tables, name_of

SLICE = 2000
"""Rows removed in one transaction, so that a long purge does not hold up the commits beside it."""

_AT_ONCE = 500


class Housekeeping:
    """Changes one context's tables, in a transaction that is open.

    Args:
        tables: the context's.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        c = tables.outbox.c
        in_run = c.position.between(sa.bindparam("first"), sa.bindparam("last")) & c.sent_at.is_(None)
        self._mark_run = tables.outbox.update().where(in_run).values(sent_at=sa.bindparam("at"))

    def mark_sent(self, connection: Connection, positions: Sequence[int], at: float) -> None:
        """Note when events were sent, if they were not before."""
        for first, last in runs(positions):
            connection.execute(self._mark_run, {"first": first, "last": last, "at": at})

    def purge(self, connection: Connection, before: float) -> tuple[int, int]:
        """Remove a slice of the events sent, and of the marks made, before a time; says how many there were of each."""
        outbox, inbox, facts = self._tables.outbox, self._tables.inbox, self._tables.facts
        old = sa.select(outbox.c.position).where(outbox.c.sent_at < before).limit(SLICE)
        positions = [position for (position,) in connection.execute(old)]
        for first in range(0, len(positions), _AT_ONCE):
            connection.execute(outbox.delete().where(outbox.c.position.in_(positions[first : first + _AT_ONCE])))
        if positions:
            is_later = facts.c.at.is_(None) | (facts.c.at < before)
            connection.execute(facts.update().where(facts.c.name == PURGED_BEFORE, is_later).values(at=before))
        marks = connection.execute(
            sa.select(inbox.c.consumer, inbox.c.message).where(inbox.c.at < before).limit(SLICE)
        ).all()
        if marks:
            is_that = (inbox.c.consumer == sa.bindparam("of_consumer")) & (
                inbox.c.message == sa.bindparam("of_message")
            )
            connection.execute(
                inbox.delete().where(is_that), [{"of_consumer": one, "of_message": other} for one, other in marks]
            )
        return len(positions), len(marks)

    def forget(self, connection: Connection, kind: str, consumer: str) -> None:
        """Remove all rows of a view and its consumer's marks."""
        records, inbox = self._tables.records, self._tables.inbox
        connection.execute(records.delete().where(records.c.kind == kind))
        connection.execute(inbox.delete().where(inbox.c.consumer == name_of(consumer)))

    def reserve(self, connection: Connection, kind: str, number: int) -> int:
        """Reserve business ids; gives the last. The transaction has to hold the context's lock."""
        ids = self._tables.ids
        last = connection.execute(sa.select(ids.c.last).where(ids.c.kind == kind)).scalar()
        if last is None:
            connection.execute(ids.insert().values(kind=kind, last=number))
            return number
        connection.execute(ids.update().where(ids.c.kind == kind).values(last=last + number))
        return int(last) + number

    def give_back(self, connection: Connection, kind: str, unused_from: int, last: int) -> None:
        """Take back reserved ids that were not used, if nobody reserved more meanwhile."""
        ids = self._tables.ids
        connection.execute(ids.update().where(ids.c.kind == kind, ids.c.last == last).values(last=unused_from - 1))


def runs(positions: Iterable[int]) -> list[tuple[int, int]]:
    """Give the first and last of each run of positions without a gap; a batch just published is hardly ever more."""
    found: list[tuple[int, int]] = []
    for position in sorted(positions):
        if found and position <= found[-1][1] + 1:
            found[-1] = (found[-1][0], position)
        else:
            found.append((position, position))
    return found
