"""A broker that lives in memory, and yet behaves as Kafka does: partitions, consumer groups, offsets, rebalances."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from itertools import count
from operator import attrgetter

from bookdelivery.adapters.brokers.partitions import assign, partition_of
from bookdelivery.kernel.errors import InvalidField, Unavailable
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Delivery, Unreadable

_TRIM_EVERY = 1_000
"""Messages published between two looks at what may be dropped."""

_offset = attrgetter("offset")


class MemoryBroker:
    """One topic in memory.

    Guarantees: order per key; every group gets every message at least once, and exactly once as long as its members
    acknowledge what they handle and nobody joins or leaves in between. Nothing is durable: messages live as long as
    this object. Closing does nothing, so a restarted part of the same process finds its offsets again.

    Several event loops of one thread may share a broker (the pods of a simulation do); several threads may not. A
    member waits on a future of its own loop, so a loop that is closed or no longer runs disturbs nobody; what its
    member had fetched goes to the others once `expel` is called, as a real broker does after the session timeout.

    Memory: a message that every known group has acknowledged is dropped once it is older than the retention. Age counts
    from the newest message's time, so no clock is read. What a group has not acknowledged is kept for it without limit.

    Args:
        partitions: how many partitions the topic has, at least 1.
        retention_s: seconds for which messages stay for groups yet to come.

    Raises:
        InvalidField: an argument is out of range.
    """

    def __init__(self, partitions: int = 12, *, retention_s: float = 3600.0) -> None:
        if type(partitions) is not int or partitions < 1:
            raise InvalidField("MemoryBroker", "partitions", partitions, "an integer of at least 1")
        if not retention_s >= 0:
            raise InvalidField("MemoryBroker", "retention_s", retention_s, "0 seconds or more")
        self._partitions = [_Partition(number) for number in range(partitions)]
        self._retention_s = retention_s
        self._groups: dict[str, _Group] = {}
        self._newest = float("-inf")
        self._until_trim = _TRIM_EVERY

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages to the partitions of their keys, in this order."""
        self.append(envelopes)

    def append(self, envelopes: Sequence[Envelope]) -> None:
        """Do the same for callers that cannot wait, such as a timer's callback."""
        partitions = self._partitions
        number = len(partitions)
        touched = set()
        for envelope in envelopes:
            chosen = partition_of(envelope.key, number)
            partitions[chosen].append(envelope)
            touched.add(chosen)
            self._newest = max(self._newest, envelope.time)
        for group in self._groups.values():
            group.wake(touched)
        self._until_trim -= len(envelopes)
        if self._until_trim <= 0:
            self._until_trim = _TRIM_EVERY
            self.purge(self._newest - self._retention_s)

    async def publish_unreadable(self, message: Unreadable, key: int) -> None:
        """Append what a stranger might send: a message that nobody can read. For tests and fault drills."""
        chosen = partition_of(key, len(self._partitions))
        self._partitions[chosen].append(message)
        for group in self._groups.values():
            group.wake({chosen})

    async def subscribe(self, group: str, *, only: Collection[str] | None = None) -> MemorySubscription:
        """Join a consumer group. A group new to the topic begins at the oldest message kept.

        Args:
            group: its name.
            only: the types of messages that the member is woken for. One of another type is acknowledged on the
                member's behalf when all before it in its partition are done, unless it is fetched with one of these
                types that comes before it. None: it is woken for all.
        """
        self.expect([group])
        return MemorySubscription(self._groups[group], group, only)

    async def lag(self, group: str) -> int:
        """Count the messages that the group has not acknowledged yet; for a group not yet known, all that are kept."""
        known = self._groups.get(group)
        committed = known.committed if known else [partition.first for partition in self._partitions]
        return sum(partition.end - offset for partition, offset in zip(self._partitions, committed, strict=True))

    async def close(self) -> None:
        """Do nothing: the messages live as long as this object."""

    def expect(self, groups: Iterable[str]) -> None:
        """Count groups among those that messages are kept for, though nobody has joined them yet.

        Args:
            groups: their names; those that are known already stay as they are.
        """
        for group in groups:
            if group not in self._groups:
                self._groups[group] = _Group(self._partitions)

    def members(self, group: str) -> Sequence[MemorySubscription]:
        """List who is in a group at present, in the order of joining."""
        known = self._groups.get(group)
        return tuple(known.members) if known else ()

    def expel(self, member: MemorySubscription) -> None:
        """Take a member that gives no sign of life out of its group, as a broker does after the session timeout.

        Its partitions go to the others. Should it be alive after all, its acknowledgements are ignored from now on, and
        its next fetch joins the group again.
        """
        member.group.leave(member)

    def purge(self, before: float) -> int:
        """Drop messages older than a time, in seconds since the epoch, that every group has acknowledged.

        Returns:
            How many were dropped.
        """
        dropped = 0
        for partition in self._partitions:
            done = min((group.committed[partition.number] for group in self._groups.values()), default=None)
            dropped += partition.drop(before, partition.end if done is None else done)
        return dropped

    def expire(self, before: float) -> dict[str, int]:
        """Drop messages older than a time, acknowledged or not, as Kafka does after `retention.ms`.

        Args:
            before: in seconds since the epoch.

        Returns:
            How many messages each group lost, for groups that lost any.
        """
        for partition in self._partitions:
            partition.drop(before, partition.end)
        return {name: lost for name, group in self._groups.items() if (lost := group.skip_what_is_gone())}

    def __repr__(self) -> str:
        kept = sum(len(partition.log) for partition in self._partitions)
        return f"<MemoryBroker: {kept} messages in {len(self._partitions)} partitions, groups {list(self._groups)}>"


class MemorySubscription:
    """One member of a consumer group; made by `MemoryBroker.subscribe`."""

    _numbers = count(1)

    def __init__(self, group: _Group, name: str, only: Collection[str] | None = None) -> None:
        self.group = group
        self._only = only
        self.name = f"{name}-{next(self._numbers)}"
        self._positions: dict[int, int] = {}
        # The partitions that may hold something new, in the order in which they get their turn.
        self._ready: dict[int, None] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._closed = False
        group.join(self)

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of the partitions this member reads at present."""
        return tuple(sorted(self._positions))

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages of the partitions assigned to this member; return them in order per partition.

        Each call goes on where the last one ended, whether or not that was acknowledged. Cancelling it loses nothing.

        Raises:
            Unavailable: the subscription was closed.
        """
        while True:
            if self._closed:
                raise Unavailable(f"{self.name} has left its group, so it gets no more messages")
            if self not in self.group.members:
                self.group.join(self)
            if found := self._take(limit):
                return found
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these, and all before them in their partitions, are done.

        Ignored for partitions this member has lost, and for what it fetched before it lost one that it has again.
        """
        if len(deliveries) == 1:
            self._is_done(deliveries[0].partition, deliveries[0].offset)
            return
        # Of each partition, the one that comes last counts.
        done = {delivery.partition: delivery.offset for delivery in sorted(deliveries, key=_offset)}
        for partition, offset in done.items():
            self._is_done(partition, offset)

    def _is_done(self, partition: int, offset: int) -> None:
        committed, position = self.group.committed, self._positions.get(partition, 0)
        if committed[partition] <= offset < position:
            after = offset + 1
            # What was passed over behind it was waiting for it.
            committed[partition] = after if after == position else self._next_of_interest(partition, after, position)

    async def close(self) -> None:
        """Leave the group; the partitions go to the other members. A fetch that still waits raises `Unavailable`."""
        self._closed = True
        self.group.leave(self)
        self.wake()

    def wake(self) -> None:
        """Let waiting fetches look again, each on its own event loop."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done() and not waiter.get_loop().is_closed():
                waiter.set_result(None)

    def tell(self, partition: int) -> None:
        """Say that there may be something new in a partition this member reads."""
        only = self._only
        if only is not None:
            read, positions = self.group.partitions[partition], self._positions
            content, position = read.log[-1].content, positions[partition]
            if read.end == position + 1 and content.type not in only and not isinstance(content, Unreadable):
                # One new message, and none of interest: the lines of `_passes_over` for the most frequent case.
                positions[partition] = read.end
                committed = self.group.committed
                if committed[partition] == position:
                    committed[partition] = read.end
                return
            if self._passes_over(partition):
                return
        self._ready[partition] = None
        if self._waiters:
            self.wake()

    def _passes_over(self, partition: int) -> bool:
        """Pass over what is new and of no interest; say whether that was all.

        It is acknowledged at once, or together with what lies before it and is still being done.
        """
        position, end = self._positions[partition], self.group.partitions[partition].end
        committed = self.group.committed
        self._positions[partition] = passed = self._next_of_interest(partition, position, end)
        if committed[partition] == position:
            committed[partition] = passed
        return passed == end

    def _next_of_interest(self, partition: int, begin: int, end: int) -> int:
        """Give the offset of the first message from `begin` on that the member is woken for; `end` if there is none."""
        only = self._only
        if only is None:
            return begin
        read = self.group.partitions[partition]
        log, first = read.log, read.first
        for offset in range(max(begin, first), end):
            content = log[offset - first].content
            if isinstance(content, Unreadable) or content.type in only:
                return offset
        return end

    def take_over(self, partition: int, position: int) -> None:
        """Read this partition from now on, beginning at a position."""
        self._positions[partition] = position
        self._ready[partition] = None

    def skip_to(self, partition: int, position: int) -> None:
        """Read this partition from a position on, unless it has come further already."""
        self._positions[partition] = max(position, self._positions[partition])

    def give_up(self, partition: int) -> None:
        """Read this partition no longer."""
        self._positions.pop(partition, None)
        self._ready.pop(partition, None)

    def _take(self, limit: int) -> list[Delivery]:
        found: list[Delivery] = []
        ready, positions = self._ready, self._positions
        while ready:
            number = next(iter(ready))
            found += self.group.partitions[number].read(positions[number], limit - len(found))
            if len(found) >= limit:
                # It may hold more, but gets in line again: a busy partition must not starve the others.
                positions[number] = found[-1].offset + 1
                ready[number] = ready.pop(number)
                break
            positions[number] = self.group.partitions[number].end
            del ready[number]
        return found

    def __repr__(self) -> str:
        return f"<MemorySubscription {self.name}: partitions {list(self.partitions)}>"


class _Partition:
    """A log of messages, numbered from 0. Deliveries are made once and handed to every group."""

    __slots__ = ("end", "first", "log", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.log: list[Delivery] = []
        self.first = 0
        self.end = 0

    def append(self, content: Envelope | Unreadable) -> None:
        self.log.append(Delivery(self.number, self.end, content))
        self.end += 1

    def read(self, position: int, limit: int) -> list[Delivery]:
        begin = position - self.first
        return self.log[begin : begin + limit]

    def drop(self, before: float, done: int) -> int:
        """Drop what is older than a time, up to an offset; what nobody can read has no age and goes with the rest."""
        dropped = 0
        for delivery in self.log:
            content = delivery.content
            if delivery.offset >= done or (isinstance(content, Envelope) and content.time >= before):
                break
            dropped += 1
        del self.log[:dropped]
        self.first += dropped
        return dropped


class _Group:
    """A consumer group: its members, who reads what, and how far each partition is done."""

    __slots__ = ("_owners", "committed", "members", "partitions")

    def __init__(self, partitions: Sequence[_Partition]) -> None:
        self.partitions = partitions
        self.committed = [partition.first for partition in partitions]
        self.members: list[MemorySubscription] = []
        self._owners: list[MemorySubscription | None] = [None] * len(partitions)

    def join(self, member: MemorySubscription) -> None:
        self.members.append(member)
        self._rebalance()

    def leave(self, member: MemorySubscription) -> None:
        if member in self.members:
            self.members.remove(member)
            self._rebalance()

    def wake(self, touched: set[int]) -> None:
        for number in touched:
            owner = self._owners[number]
            if owner is not None:
                owner.tell(number)

    def skip_what_is_gone(self) -> int:
        lost = 0
        for number, partition in enumerate(self.partitions):
            missing = partition.first - self.committed[number]
            if missing > 0:
                lost += missing
                self.committed[number] = partition.first
                owner = self._owners[number]
                if owner is not None:
                    owner.skip_to(number, partition.first)
        return lost

    def _rebalance(self) -> None:
        before, self._owners = self._owners, assign(self._owners, self.members)
        for number, (old, new) in enumerate(zip(before, self._owners, strict=True)):
            if old is not new:
                if old is not None:
                    old.give_up(number)
                if new is not None:
                    new.take_over(number, self.committed[number])
        for member in self.members:
            member.wake()
