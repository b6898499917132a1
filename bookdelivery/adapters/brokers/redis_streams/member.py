"""One member of a consumer group of a topic on Redis Streams."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from bookdelivery.adapters.brokers.redis_streams.connection import Connection
from bookdelivery.adapters.brokers.redis_streams.groups import Assigned, Groups
from bookdelivery.adapters.brokers.redis_streams.log import Log, number_of
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Delivery

log = logging.getLogger("bookdelivery.adapters")

_AT_ONCE = 500
_READ_AHEAD = 1_000
_BLOCK_MS = 1_000
_AGAIN_AFTER_S = 0.5


class RedisSubscription:
    """A member of a group; made by `RedisBroker.subscribe`.

    A task of its own reads ahead, up to about 1,000 messages. It may go on with a partition it has lost until it learns
    of that; its acknowledgements of that partition are ignored.
    """

    def __init__(self, connection: Connection, messages: Log, groups: Groups, group: str) -> None:
        self.group = group
        self.number = 0
        """Its number among all members of all groups, another one each time it joins; 0 while it is none."""
        self.is_closed = False
        self.has_left = False
        """Whether the others know that it is closed, so that its partitions are theirs."""
        self._connection = connection
        self._log = messages
        self._groups = groups
        self._share: Mapping[int, Assigned] = {}
        self._share_is_old = True
        self._change = b"0-0"
        # By partition: the offset after what was fetched, the offset after what was read ahead, and what lies between,
        # the partition first whose turn it is.
        self._positions: dict[int, int] = {}
        self._read_to: dict[int, int] = {}
        self._ahead: dict[int, deque[Delivery]] = {}
        self._waiting = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._nudge = asyncio.Event()
        self._failure: Unavailable | UnusableStore | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of the partitions this member reads, as far as it knows."""
        return tuple(sorted(self._positions))

    @property
    def positions(self) -> Mapping[int, int]:
        """By partition of this member: the offset at which the next fetch goes on."""
        return dict(self._positions)

    @property
    def read_ahead(self) -> int:
        """How many messages wait to be fetched."""
        return self._waiting

    async def join(self) -> None:
        """Become a member, and begin to read."""
        self.number = await self._groups.join(self.group)
        self._reader = asyncio.create_task(self._read_on(), name=f"redis member of {self.group}")

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages of the partitions assigned to this member; return them in order per partition.

        Each call goes on where the last one ended, whether or not that was acknowledged. Cancelling it loses nothing.

        Raises:
            Unavailable: the subscription was closed, or Redis cannot be reached just now.
            UnusableStore: it cannot be used by us at all.
        """
        while True:
            if self.is_closed:
                raise Unavailable(f"this member of {self.group} has left, so it gets no more messages")
            if found := self._take(limit):
                self._nudge.set()
                return found
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            self._nudge.set()
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    async def is_up_to_date(self) -> bool:
        """Say whether this member knows its share, and has fetched all there is of it.

        Raises:
            Unavailable: Redis cannot be reached just now.
        """
        share = await self._groups.shares(self.group, self.number) or {}
        if any(_epoch(share, partition) != _epoch(self._share, partition) for partition in {*share, *self._share}):
            return False
        ends = await self._log.ends()
        return all(position >= ends[partition][1] for partition, position in self._positions.items())

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these, and all before them in their partitions, are done.

        Ignored for partitions this member has lost, and for what it fetched before it lost one that it has again.

        Raises:
            Unavailable: Redis cannot be reached just now.
        """
        done: dict[int, int] = {}
        for delivery in deliveries:
            done[delivery.partition] = max(delivery.offset + 1, done.get(delivery.partition, 0))
        ends = {
            partition: (self._share[partition].epoch, end)
            for partition, end in done.items()
            if end <= self._positions.get(partition, 0)
        }
        if ends:
            await self._groups.acknowledge(self.group, self.number, ends)

    async def close(self) -> None:
        """Leave the group; the partitions go to the other members. A fetch that still waits raises `Unavailable`.

        Raises:
            Unavailable, UnusableStore: Redis cannot be reached; call again to leave after all.
        """
        self.is_closed = True
        self._wake()
        while self._reader is not None and not self._reader.done():
            # The client swallows a cancellation that meets the end of what it waits for.
            self._reader.cancel()
            await asyncio.wait([self._reader], timeout=_AGAIN_AFTER_S)
        if not self.has_left:
            if self.number:
                await self._groups.leave(self.group, self.number)
            self.has_left = True

    # --- reading ahead ------------------------------------------------------------------------------------------------

    async def _read_on(self) -> None:
        while not self.is_closed:
            try:
                await self._step()
            except (Unavailable, UnusableStore) as error:
                self._failure = error
                self._wake()
                await asyncio.sleep(_AGAIN_AFTER_S)

    async def _step(self) -> None:
        if not self.number and self._waiters:
            # Whoever comes back from the dead reads again once it is asked to.
            self.number = await self._groups.join(self.group)
            self._share_is_old = True
        if self.number and self._share_is_old:
            await self._look_at_share()
        if self.number and self._waiting < _READ_AHEAD:
            await self._read()
        else:
            await self._nudge.wait()
            self._nudge.clear()

    async def _look_at_share(self) -> None:
        self._share_is_old = False
        share = await self._groups.shares(self.group, self.number)
        if share is None:
            log.warning("member %s of %s was missed by its group, and has lost its partitions", self.number, self.group)
            self.number, share = 0, {}
        for partition in [one for one in self._positions if _epoch(share, one) != _epoch(self._share, one)]:
            del self._positions[partition], self._read_to[partition]
            self._waiting -= len(self._ahead.pop(partition, ()))
        for partition, assigned in share.items():
            self._positions.setdefault(partition, assigned.done)
            self._read_to.setdefault(partition, assigned.done)
        self._share = share

    async def _read(self) -> None:
        changes = self._groups.changes(self.group)
        by_stream = {self._log.stream(partition): partition for partition in self._read_to}
        places: dict[Any, Any] = {name: f"0-{self._read_to[partition]}" for name, partition in by_stream.items()}
        places[changes] = self._change
        came = await self._connection.ask(self._connection.redis.xread(places, count=_AT_ONCE, block=_BLOCK_MS))
        for name, entries in came.items() if isinstance(came, dict) else came or ():
            partition = by_stream.get(name.decode())
            if partition is None:
                self._change = entries[-1][0]
                self._share_is_old = True
            else:
                self._ahead.setdefault(partition, deque()).extend(
                    self._log.delivery(partition, entry) for entry in entries
                )
                self._waiting += len(entries)
                self._read_to[partition] = number_of(entries[-1][0])
        if came:
            self._wake()

    def _take(self, limit: int) -> list[Delivery]:
        found: list[Delivery] = []
        while self._ahead and len(found) < limit:
            partition = next(iter(self._ahead))
            # To the end of the line, so that a busy partition does not starve the others.
            waiting = self._ahead.pop(partition)
            while waiting and len(found) < limit:
                found.append(waiting.popleft())
            self._positions[partition] = found[-1].offset + 1
            if waiting:
                self._ahead[partition] = waiting
        self._waiting -= len(found)
        return found

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def __repr__(self) -> str:
        return f"<RedisSubscription {self.number} of {self.group}: partitions {list(self.partitions)}>"


def _epoch(share: Mapping[int, Assigned], partition: int) -> int | None:
    assigned = share.get(partition)
    return None if assigned is None else assigned.epoch
