"""One context's data in a relational database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

import attrs
from sqlalchemy import Connection
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from bookdelivery.adapters.grouping import Grouping
from bookdelivery.adapters.stores.deciding import Place
from bookdelivery.adapters.stores.sql.engines import SqlSettings, make_engine, parsed
from bookdelivery.adapters.stores.sql.failures import translating, was_lost
from bookdelivery.adapters.stores.sql.housekeeping import SLICE, Housekeeping
from bookdelivery.adapters.stores.sql.migrating import bring_up_to_date
from bookdelivery.adapters.stores.sql.reading import Reading
from bookdelivery.adapters.stores.sql.schema import tables_of
from bookdelivery.adapters.stores.sql.writing import Rows, Writing
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.ports import DeadLetter, Outcome, Outgoing, Purged, Record, Unit
from bookdelivery.kernel.wire import Codec

Result = TypeVar("Result")


@attrs.frozen(eq=False)
class _Commit:
    rows: Sequence[Rows]


@attrs.frozen(eq=False)
class _Change:
    """Something else to be done in the same transaction, under the context's lock if need be."""

    do: Callable[[Connection], Any]
    needs_lock: bool = False


class SqlStore:
    """Keeps one context's data in tables of its own in PostgreSQL, MariaDB or SQLite.

    Guarantees: units are atomic, isolated, and on return as durable as the database makes commits (all three do by
    default). Commits to a context come one after the other, also those of several processes: each transaction first
    locks one row of the context's, so units are decided on what is there, the outbox's positions have the order of
    commits, and two never deadlock. What one process's tasks commit at once shares a transaction, and so one wait for
    the server's disk. Reads see the last commit of any process.

    It connects when it is first used, and creates or migrates its tables then. A lost connection is replaced without a
    word where nothing was asked of the server yet; otherwise the caller gets `Unavailable`, and the next call finds the
    server as soon as it is back.

    The drivers wait in threads (psycopg 3, PyMySQL, sqlite3), never in the event loop.

    Args:
        url: `postgresql://`, `mysql://`, `mariadb://` or `sqlite+pysqlite://`; see `engines.parsed`.
        context: the context's name; its tables' names begin with it.
        codec: knows the context's aggregates, rows and events.
        settings: pools and patience.

    Raises:
        InvalidField: the URL or the context's name cannot be used.
    """

    def __init__(self, url: str, context: str, codec: Codec, settings: SqlSettings | None = None) -> None:
        self._settings = settings or SqlSettings()
        self._context = context
        made = parsed(url)
        self._where = made.render_as_string(hide_password=True)
        self._tables = tables_of(context)
        self._writer = make_engine(made, self._settings, writes=True)
        self._reader = make_engine(made, self._settings, writes=False)
        self._writing = Writing(self._tables, codec, self._writer.dialect)
        self._reading = Reading(self._tables, codec, self._where, self._reader.dialect)
        self._housekeeping = Housekeeping(self._tables)
        self._is_ready = False
        self._getting_ready = threading.Lock()
        self._closed = False
        name = f"{context} in {self._where}"
        self._threads = ThreadPoolExecutor(max(1, self._settings.readers - 1), f"reads {name}")
        self._gets: Grouping[Place, Record | None] = Grouping(name, self._get_many, self._reader.dispose)
        self._writes: Grouping[_Commit | _Change, Any] = Grouping(name, self._write, self._writer.dispose)

    @property
    def is_migrated(self) -> bool:
        """Whether its tables were found, or made, to be of the version this release works with."""
        return self._is_ready

    # --- the port -----------------------------------------------------------------------------------------------------

    async def get(self, kind: str, key: int) -> Record | None:
        """Read the record of a kind with this correlation key; those asked for at once are read together."""
        return await self._gets.ask((kind, key))

    async def get_many(self, places: Sequence[tuple[str, int]]) -> Sequence[Record | None]:
        """Read the record of each kind and correlation key, in one go."""
        return await self._read(lambda connection: self._reading.many(connection, places))

    async def find(self, kind: str, id: int) -> Record | None:
        """Read the record of a kind with this business id."""
        return await self._read(lambda connection: self._reading.find(connection, kind, id))

    async def list(self, kind: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Record]:
        """List records of a kind by ascending key, beginning after a key; only one owner's, if given."""
        return await self._read(lambda connection: self._reading.page(connection, kind, owner, after, limit))

    async def due(self, kinds: Sequence[str], now: float, limit: int = 100) -> Sequence[Record]:
        """List records whose `wake_at` is at or before now, the earliest first."""
        return await self._read(lambda connection: self._reading.due(connection, kinds, now, limit))

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest `wake_at` of these kinds is."""
        return await self._read(lambda connection: self._reading.next_wake_up(connection, kinds))

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit each unit entirely or not at all, in order; durable on return."""
        if not units:
            return []
        return cast("Sequence[Outcome]", await self._writes.ask(_Commit([self._writing.rows(unit) for unit in units])))

    async def waiting(self, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events not yet marked sent, in the order of commits."""
        return await self._read(lambda connection: self._reading.waiting(connection, limit))

    async def sealed(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events behind a position that are not yet marked sent, unopened; see `GivesSealed`."""
        return await self._read(lambda connection: self._reading.sealed(connection, after, limit))

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark outbox events as acknowledged by the broker; positions marked before, or unknown, change nothing."""
        if positions:
            marked = list(positions)
            await self._change(lambda connection: self._housekeeping.mark_sent(connection, marked, at))

    async def log(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """Read all outbox events still kept, sent or not, in the order of commits, beginning after a position."""
        return await self._read(lambda connection: self._reading.log(connection, after, limit))

    async def purge(self, before: float) -> Purged:
        """Remove outbox events sent, and inbox marks made, before a time. Unsent events always stay."""
        outbox = inbox = 0
        while True:
            events, marks = await self._change(lambda connection: self._housekeeping.purge(connection, before))
            outbox += events
            inbox += marks
            if events < SLICE and marks < SLICE:
                return Purged(outbox=outbox, inbox=inbox)

    async def purged_before(self) -> float | None:
        """Say up to what time outbox events were purged, None if the log is still whole."""
        return await self._read(self._reading.purged_before)

    async def forget(self, kind: str, consumer: str) -> None:
        """Remove all rows of a view together with its consumer's inbox marks, so that it can be rebuilt."""
        await self._change(lambda connection: self._housekeeping.forget(connection, kind, consumer), needs_lock=True)

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages given up, the oldest first."""
        return await self._read(self._reading.dead_letters)

    async def reserve_ids(self, kind: str, number: int) -> int:
        """Reserve business ids, durably; gives the last of them, which is the highest ever reserved."""
        return await self._change(
            lambda connection: self._housekeeping.reserve(connection, kind, number), needs_lock=True
        )

    async def give_back_ids(self, kind: str, unused_from: int, last: int) -> None:
        """Return reserved ids from one to the last, unless somebody has reserved more meanwhile."""
        await self._change(lambda connection: self._housekeeping.give_back(connection, kind, unused_from, last))

    async def close(self) -> None:
        """Finish what was asked for and let go of the connections. Closing twice is fine."""
        self._closed = True
        await self._writes.close()
        await asyncio.to_thread(self._threads.shutdown)
        await self._gets.close()

    # --- on the threads -----------------------------------------------------------------------------------------------

    async def _read(self, read: Callable[[Connection], Result]) -> Result:
        if self._closed:
            raise Unavailable(f"{self._where} was closed")
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(self._with_connection, self._reader, read)
        )

    async def _change(self, do: Callable[[Connection], Result], *, needs_lock: bool = False) -> Result:
        return cast("Result", await self._writes.ask(_Change(do, needs_lock)))

    def _get_many(self, places: Sequence[Place]) -> Sequence[Record | None]:
        return self._with_connection(self._reader, lambda connection: self._reading.many(connection, places))

    def _write(self, requests: Sequence[_Commit | _Change]) -> Sequence[Any]:
        return self._with_connection(self._writer, lambda connection: self._transact(connection, requests))

    def _transact(self, connection: Connection, requests: Sequence[_Commit | _Change]) -> Sequence[Any]:
        commits = [request.rows for request in requests if isinstance(request, _Commit)]
        with connection.begin():
            if not commits and any(request.needs_lock for request in requests if isinstance(request, _Change)):
                self._writing.lock(connection)
            outcomes = iter(self._writing.commit(connection, commits) if commits else ())
            return [request.do(connection) if isinstance(request, _Change) else next(outcomes) for request in requests]

    def _with_connection(self, engine: Engine, do: Callable[[Connection], Result]) -> Result:
        """Do something on a connection; once more on another one, if the first turns out to be gone already.

        Whatever was asked for before the connection was lost is asked for anew as a whole: reading does no harm twice,
        and a transaction that did not come to its commit has left nothing. One that was lost in the commit itself may
        have been done, which only the caller can find out.
        """
        with translating(self._where):
            self._get_ready()
            try:
                with engine.connect() as connection:
                    return do(connection)
            except DBAPIError as error:
                if not was_lost(error) or error.statement is None:
                    raise
            with engine.connect() as connection:
                return do(connection)

    def _get_ready(self) -> None:
        if not self._is_ready:
            with self._getting_ready:
                if not self._is_ready:
                    bring_up_to_date(
                        self._writer, self._tables, self._context, self._where, may_migrate=self._settings.migrate
                    )
                    self._is_ready = True

    def __repr__(self) -> str:
        return f"<SqlStore of {self._context} in {self._where}>"
