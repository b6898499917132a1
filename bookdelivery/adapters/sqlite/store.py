"""One context's data in an SQLite file."""

from __future__ import annotations

from collections.abc import Sequence

from bookdelivery.adapters.sqlite.encoded import Encoded
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.housekeeping import Housekeeping
from bookdelivery.adapters.sqlite.outbox import Outbox
from bookdelivery.adapters.sqlite.records import Records
from bookdelivery.adapters.sqlite.statements import for_tables
from bookdelivery.adapters.sqlite.store_tables import mark_of, tables_of
from bookdelivery.adapters.sqlite.unit_writer import LetterRow, UnitRows, UnitWriter, Written
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import DeadLetter, Outcome, Outgoing, Purged, Record, Unit
from bookdelivery.kernel.wire import Codec

_LETTERS = "SELECT consumer, message_id, headers, body, error, at, attempts FROM @dead_letters ORDER BY at, number"


class SqliteStore:
    """Keeps one context's data in tables of its own in a file that it may share with others.

    Guarantees: units are atomic, isolated and, on return, as durable as the file makes them; units of several tasks,
    contexts and processes are checked against each other by the versions of records, the ids taken and the inbox
    marks. A commit waits for the disk together with everything else the process wants to write to the file just then.
    Reads see the last commit of any process.

    Args:
        file: where the data are.
        context: the context's name; its tables' names begin with it.
        codec: knows the context's aggregates, rows and events.
        cached_records: how many records, those used last, are kept decoded.
        owns_file: whether closing the store closes the file, as nobody else uses it.

    Raises:
        InvalidField: the context's name cannot be used.
        UnusableStore: the tables cannot be created.
    """

    def __init__(
        self, file: SqliteFile, context: str, codec: Codec, *, cached_records: int = 8192, owns_file: bool = False
    ) -> None:
        file.create_tables(tables_of(context))
        self._file = file
        self._owns_file = owns_file
        self._context = context
        self._encoded = Encoded(codec, file.recent_events)
        self._records = Records(file, context, codec, cached_records)
        self._outbox = Outbox(file, context, self._encoded)
        self._housekeeping = Housekeeping(file, context)
        self._write = UnitWriter(context).write
        self._letters = for_tables(context, _LETTERS)

    async def get(self, kind: str, key: int) -> Record | None:
        """Read the record of a kind with this correlation key."""
        return self._records.get(kind, key)

    async def find(self, kind: str, id: int) -> Record | None:
        """Read the record of a kind with this business id."""
        return self._records.find(kind, id)

    async def list(self, kind: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Record]:
        """List records of a kind by ascending key, beginning after a key; only one owner's, if given."""
        return self._records.page(kind, owner, after, limit)

    async def due(self, kinds: Sequence[str], now: float, limit: int = 100) -> Sequence[Record]:
        """List records whose `wake_at` is at or before now, the earliest first."""
        return self._records.due(kinds, now, limit)

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest `wake_at` of these kinds is."""
        return self._records.next_wake_up(kinds)

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit each unit entirely or not at all, in order; durable on return."""
        if not units:
            return []
        try:
            rows = [self._rows(unit) for unit in units]
        except KeyError:
            await self._file.give_numbers(_names(units))
            rows = [self._rows(unit) for unit in units]

        def then(_: Sequence[UnitRows], written: Sequence[Written]) -> None:
            for unit, (outcome, position) in zip(units, written, strict=True):
                if outcome is Outcome.COMMITTED:
                    for record in unit.saves:
                        self._records.remember(record)
                    if unit.outbox:
                        self._outbox.remember(position, unit.outbox)

        written = await self._file.write(self._write, rows, then)
        return [outcome for outcome, _ in written]

    async def waiting(self, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events not yet marked sent, in the order of commits."""
        return self._outbox.waiting(limit)

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark outbox events as acknowledged by the broker; positions marked before, or unknown, change nothing."""
        await self._outbox.mark_sent(positions, at)

    async def log(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """Read all outbox events still kept, sent or not, in the order of commits, beginning after a position."""
        return self._outbox.log(after, limit)

    async def purge(self, before: float) -> Purged:
        """Remove outbox events sent, and inbox marks made, before a time. Unsent events always stay."""
        return await self._housekeeping.purge(before)

    async def purged_before(self) -> float | None:
        """Say up to what time outbox events were purged, None if the log is still whole."""
        return self._housekeeping.purged_before()

    async def forget(self, kind: str, consumer: str) -> None:
        """Remove all rows of a view together with its consumer's inbox marks, so that it can be rebuilt."""
        numbers = self._file.number(kind), self._file.number(consumer)
        await self._housekeeping.forget(*numbers, self._records.forget)

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages given up, the oldest first."""
        return [self._letter(*row) for row in self._file.read(self._letters)]

    async def close(self) -> None:
        """Close the file if it is this store's own; else it is closed by whoever opened it."""
        if self._owns_file:
            await self._file.close()

    def _rows(self, unit: Unit) -> UnitRows:
        handled, revives, buries = unit.handled, unit.revives, unit.buries
        return UnitRows(
            tuple([self._records.row(record) for record in unit.saves]),
            tuple([self._encoded.write(envelope) for envelope in unit.outbox]),
            tuple([mark_of(self._file.numbers[mark.consumer], mark.message_id) for mark in handled]),
            None if buries is None else self._letter_row(buries),
            None if revives is None else (revives.consumer, revives.message_id),
            unit.at,
        )

    def _letter_row(self, letter: DeadLetter) -> LetterRow:
        headers, body = (None, letter.body) if letter.envelope is None else self._encoded.write(letter.envelope)
        return letter.consumer, letter.message_id, headers, body, letter.error, letter.at, letter.attempts

    def _letter(
        self, consumer: str, message_id: str, headers: str | None, body: bytes, error: str, at: float, attempts: int
    ) -> DeadLetter:
        envelope = None if headers is None else self._encoded.read(headers, body, message_id)
        if isinstance(envelope, Envelope):
            return DeadLetter(consumer, message_id, envelope, b"", error, at, attempts)
        return DeadLetter(consumer, message_id, None, body, error, at, attempts)

    def __repr__(self) -> str:
        return f"<SqliteStore of {self._context} in {self._file.path}>"


def _names(units: Sequence[Unit]) -> Sequence[str]:
    """List the kinds and consumers that units speak of."""
    kinds = {record.kind for unit in units for record in unit.saves}
    return sorted(kinds | {mark.consumer for unit in units for mark in unit.handled})
