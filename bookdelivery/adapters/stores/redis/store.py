"""One context's data in Redis."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from redis import exceptions

from bookdelivery.adapters.stores.redis.failures import translating
from bookdelivery.adapters.stores.redis.packing import FIELDS, Argument, Packing
from bookdelivery.adapters.stores.redis.settings import RedisSettings, connect, without_password
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from bookdelivery.kernel.ports import DeadLetter, Outcome, Outgoing, Purged, Record, Unit
from bookdelivery.kernel.wire import Codec

log = logging.getLogger("bookdelivery.stores.redis")

FORMAT_VERSION = 1
"""The version of how a context's keys are laid out; a release refuses what a newer one wrote."""

_SLICE = 2000
"""What a purge removes in one script, as nothing else runs in Redis meanwhile."""

_OUTCOMES = (Outcome.COMMITTED, Outcome.CONFLICT, Outcome.DUPLICATE)

Result = TypeVar("Result")


class RedisStore:
    """Keeps one context's data in a Redis that it may share with others; its keys begin with `{bookdelivery:CONTEXT}:`.

    The braces keep all of a context's keys on one node of a Redis Cluster.

    Guarantees: units are atomic and isolated, as a Lua script decides and writes while nothing else runs, and what it
    writes goes to the append-only file as one transaction. How durable a commit is, is Redis's setting `appendfsync`:
    with `always` it is on the disk before it is acknowledged; with `everysec`, Redis's default, the end of the Redis
    process, killed or not, loses nothing, but a power cut of its machine loses the last second or two: orders that were
    acknowledged among them. Replicas are written to after the acknowledgement, so a failover may lose the last commits
    as well. All the data are in Redis's memory. Reads see the last commit of any process.

    It connects when it is first used. What was not answered is never asked again here, but for reading: the caller gets
    `Unavailable`, and the next call finds Redis as soon as it is back.

    Args:
        url: `redis://` or `rediss://`; see `settings.check`.
        context: the context's name.
        codec: knows the context's aggregates, rows and events.
        settings: pool and patience.

    Raises:
        InvalidField: the URL or the context's name cannot be used.
    """

    def __init__(self, url: str, context: str, codec: Codec, settings: RedisSettings | None = None) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", context):
            raise InvalidField("RedisStore", "context", context, "lower-case letters, digits and _, a letter first")
        self._settings = settings or RedisSettings()
        self._redis: Any = connect(url, self._settings, f"bookdelivery-{context}")
        self._where = without_password(url)
        self._base = f"{{bookdelivery:{context}}}:"
        self._packing = Packing(codec, self._where)
        # More would be refused by the pool; here they wait for their turn.
        self._turns = asyncio.Semaphore(self._settings.connections)
        self._is_ready = False
        self._closed = False
        folder = Path(__file__).parent
        self._commit, self._mark_sent, self._purge, self._forget, self._give_back = (
            self._redis.register_script((folder / f"{name}.lua").read_text())
            for name in ("commit", "mark_sent", "purge", "forget", "give_back")
        )

    async def get(self, kind: str, key: int) -> Record | None:
        """Read the record of a kind with this correlation key."""
        (record,) = await self._records(kind, [key])
        return record

    async def find(self, kind: str, id: int) -> Record | None:
        """Read the record of a kind with this business id."""
        key = await self._read(lambda: self._redis.hget(f"{self._base}ids:{kind}", id))
        found = None if key is None else await self.get(kind, int(key))
        return found if found is not None and found.id == id else None

    async def list(self, kind: str, *, owner: int | None = None, after: int = 0, limit: int = 100) -> Sequence[Record]:
        """List records of a kind by ascending key, beginning after a key; only one owner's, if given."""
        name = f"{self._base}keys:{kind}" if owner is None else f"{self._base}owned:{kind}:{owner}"
        keys = await self._read(lambda: self._redis.zrangebyscore(name, f"({after}", "+inf", 0, limit))
        found = await self._records(kind, [int(key) for key in keys])
        return [record for record in found if record is not None]

    async def due(self, kinds: Sequence[str], now: float, limit: int = 100) -> Sequence[Record]:
        """List records whose `wake_at` is at or before now, the earliest first."""
        due: list[Record] = []
        for kind in kinds:
            name = f"{self._base}wakes:{kind}"
            keys = await self._read(lambda: self._redis.zrangebyscore(name, "-inf", repr(now), 0, limit))  # noqa: B023
            found = await self._records(kind, [int(key) for key in keys])
            # One may have got another deadline since its key was read.
            due += [record for record in found if record and record.wake_at is not None and record.wake_at <= now]
        due.sort(key=lambda record: (record.wake_at, record.key))
        return due[:limit]

    async def next_wake_up(self, kinds: Sequence[str]) -> float | None:
        """Say when the earliest `wake_at` of these kinds is."""
        earliest: list[float] = []
        for kind in kinds:
            name = f"{self._base}wakes:{kind}"
            earliest += [
                at
                for _, at in await self._read(lambda: self._redis.zrange(name, 0, 0, withscores=True))  # noqa: B023
            ]
        return min(earliest, default=None)

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit each unit entirely or not at all, in order; as durable on return as Redis's `appendfsync` makes it."""
        if not units:
            return []
        arguments: list[Argument] = [1, len(units)]
        for unit in units:
            arguments += self._packing.unit(unit)
        outcomes = await self._run(lambda: self._commit([self._base], arguments))
        return [_OUTCOMES[outcome] for outcome in outcomes]

    async def waiting(self, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events not yet marked sent, in the order of commits."""
        places = await self._read(lambda: self._redis.zrange(f"{self._base}unsent", 0, limit - 1))
        return await self._events(places, self._packing.outgoing)

    async def sealed(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """List outbox events behind a position that are not yet marked sent, unopened; see `GivesSealed`."""
        name = f"{self._base}unsent"
        places = await self._read(lambda: self._redis.zrangebyscore(name, f"({after}", "+inf", 0, limit))
        return await self._events(places, self._packing.sealed)

    async def mark_sent(self, positions: Sequence[int], at: float) -> None:
        """Mark outbox events as acknowledged by the broker; positions marked before, or unknown, change nothing."""
        if positions:
            await self._run(lambda: self._mark_sent([self._base], [repr(at), *positions]))

    async def log(self, after: int = 0, limit: int = 500) -> Sequence[Outgoing]:
        """Read all outbox events still kept, sent or not, in the order of commits, beginning after a position."""
        name = f"{self._base}log"
        places = await self._read(lambda: self._redis.zrangebyscore(name, f"({after}", "+inf", 0, limit))
        return await self._events(places, self._packing.outgoing)

    async def purge(self, before: float) -> Purged:
        """Remove outbox events sent, and inbox marks made, before a time. Unsent events always stay."""
        outbox = inbox = 0
        while True:
            events, marks = await self._run(lambda: self._purge([self._base], [repr(before), _SLICE]))
            outbox += events
            inbox += marks
            if events < _SLICE and marks < _SLICE:
                return Purged(outbox=outbox, inbox=inbox)

    async def purged_before(self) -> float | None:
        """Say up to what time outbox events were purged, None if the log is still whole."""
        found = await self._read(lambda: self._redis.get(f"{self._base}purged_before"))
        return None if found is None else float(found)

    async def forget(self, kind: str, consumer: str) -> None:
        """Remove all rows of a view together with its consumer's inbox marks, so that it can be rebuilt."""
        await self._run(lambda: self._forget([self._base], [kind, consumer]))

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """List the messages given up, the oldest first."""
        told = await self._read(lambda: self._redis.hgetall(f"{self._base}letters"))
        bodies = await self._read(lambda: self._redis.hgetall(f"{self._base}letter_bodies"))
        letters = [self._packing.letter(one, bodies[name]) for name, one in told.items() if name in bodies]
        return sorted(letters, key=lambda letter: letter.at)

    async def reserve_ids(self, kind: str, number: int) -> int:
        """Reserve business ids; gives the last of them, which is the highest ever reserved."""
        last: int = await self._run(lambda: self._redis.hincrby(f"{self._base}sequences", kind, number))
        return last

    async def give_back_ids(self, kind: str, unused_from: int, last: int) -> None:
        """Return reserved ids from one to the last, unless somebody has reserved more meanwhile."""
        await self._run(lambda: self._give_back([self._base], [kind, unused_from, last]))

    async def close(self) -> None:
        """Let go of the connections. Closing twice is fine."""
        self._closed = True
        await self._redis.aclose(close_connection_pool=True)

    # --- asking -------------------------------------------------------------------------------------------------------

    async def _records(self, kind: str, keys: Sequence[int]) -> Sequence[Record | None]:
        def ask() -> Awaitable[Any]:
            together = self._redis.pipeline(transaction=False)
            for key in keys:
                together.hmget(f"{self._base}record:{kind}:{key}", FIELDS)
            return together.execute()  # type: ignore[no-any-return]

        found = await self._read(ask) if keys else []
        return [self._packing.record(kind, key, fields) for key, fields in zip(keys, found, strict=True)]

    async def _events(
        self, places: Sequence[bytes], read: Callable[[int, bytes, bytes], Outgoing]
    ) -> Sequence[Outgoing]:
        positions = [int(place) for place in places]
        if not positions:
            return []
        headers = await self._read(lambda: self._redis.hmget(f"{self._base}headers", positions))
        bodies = await self._read(lambda: self._redis.hmget(f"{self._base}bodies", positions))
        return [
            read(position, head, body)
            for position, head, body in zip(positions, headers, bodies, strict=True)
            # It may have been purged since its position was read.
            if head is not None and body is not None
        ]

    async def _read(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Ask for something; once more if the connection turns out to be gone, as reading twice does no harm."""
        try:
            return await self._run(ask)
        except Unavailable as error:
            if self._closed or not isinstance(error.__cause__, exceptions.ConnectionError):
                raise
        return await self._run(ask)

    async def _run(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        if self._closed:
            raise Unavailable(f"{self._where} was closed")
        with translating(self._where):
            async with self._turns:
                if not self._is_ready:
                    await self._get_ready()
                return await ask()

    async def _get_ready(self) -> None:
        if not self._settings.allow_loss:
            await self._check_settings()
        name = f"{self._base}format"
        await self._redis.set(name, FORMAT_VERSION, nx=True)
        found = await self._redis.get(name)
        if not found.isdigit() or int(found) > FORMAT_VERSION:
            version = found.decode(errors="replace")
            problem = f"the layout of its keys {self._base} is of version {version}, written by a newer release"
            raise UnusableStore(self._where, f"{problem}; this one knows {FORMAT_VERSION}")
        self._is_ready = True

    async def _check_settings(self) -> None:
        try:
            settings = await self._redis.config_get("appendonly", "maxmemory-policy", "maxmemory")
        except exceptions.ResponseError as error:
            log.warning("%s does not tell its settings (%s); see that it has appendonly yes", self._where, error)
            return
        known = {_text(name): _text(value) for name, value in settings.items()}
        if known.get("appendonly", "yes") != "yes":
            problem = "it keeps no append-only file, so a restart loses everything; set appendonly yes"
            raise UnusableStore(self._where, f"{problem}, or allow it with RedisSettings(allow_loss=True)")
        if known.get("maxmemory", "0") != "0" and known.get("maxmemory-policy", "noeviction") != "noeviction":
            problem = f"it drops keys when its memory is full (maxmemory-policy {known['maxmemory-policy']})"
            raise UnusableStore(self._where, f"{problem}; set noeviction, or allow it with allow_loss=True")

    def __repr__(self) -> str:
        return f"<RedisStore {self._base} in {self._where}>"


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
