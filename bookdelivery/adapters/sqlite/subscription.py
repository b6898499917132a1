"""One member of a consumer group of a topic in an SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bookdelivery.adapters.sqlite.groups import Groups, Share
from bookdelivery.adapters.sqlite.topic import Topic
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.ports import Delivery


class SqliteSubscription:
    """A member of a group; made by `SqliteBroker.subscribe`.

    It may go on with a partition it has lost until it fetches again; its acknowledgements of that are ignored.
    """

    def __init__(self, topic: Topic, groups: Groups, group: str, regroup: Callable[[], None]) -> None:
        self.group = group
        self.number = 0
        """Its number among all members of all groups, another one each time it joins."""
        self._topic = topic
        self._groups = groups
        self._regroup = regroup
        self._epochs: dict[int, int] = {}
        # Where to go on reading each partition; whose turn it is comes first.
        self._positions: dict[int, int] = {}
        self._share_is_old = True
        self._waiters: list[asyncio.Future[None]] = []
        self.is_closed = False
        self.has_left = False
        """Whether the others know that it is closed, so that its partitions are theirs."""

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of the partitions this member reads, as far as it knows."""
        return tuple(sorted(self._positions))

    async def join(self) -> None:
        """Become a member (again)."""
        self.number = await self._groups.join(self.group, self._regroup)
        self._share_is_old = True

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages of the partitions assigned to this member; return them in order per partition.

        Each call goes on where the last one ended, whether or not that was acknowledged. Cancelling it loses nothing.

        Raises:
            Unavailable: the subscription was closed, or the file cannot be reached just now.
        """
        while True:
            if self.is_closed:
                raise Unavailable(f"this member of {self.group} has left, so it gets no more messages")
            ends = self._topic.ends()
            if self._share_is_old and not self._look_at_share():
                await self.join()
                continue
            if found := self._take(ends, limit):
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
        done: dict[int, int] = {}
        for delivery in deliveries:
            if delivery.offset >= done.get(delivery.partition, 0):
                done[delivery.partition] = delivery.offset + 1
        shares = [
            Share(partition, self._epochs[partition], end)
            for partition, end in done.items()
            if end <= self._positions.get(partition, 0)
        ]
        if shares:
            await self._groups.acknowledge(self.group, shares)

    async def close(self) -> None:
        """Leave the group; the partitions go to the other members. A fetch that still waits raises `Unavailable`.

        Raises:
            Unavailable, UnusableStore: the file cannot be written; call again to leave after all.
        """
        if not self.is_closed:
            self.is_closed = True
            self.wake()
        if not self.has_left:
            await self._groups.leave(self.number, self._regroup)
            self.has_left = True

    def look_again(self) -> None:
        """Look at the share of the partitions anew at the next fetch, as it may have changed."""
        self._share_is_old = True

    def wake(self) -> None:
        """Let waiting fetches look again, each on its own event loop."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done() and not waiter.get_loop().is_closed():
                waiter.set_result(None)

    def _look_at_share(self) -> bool:
        """Read what this member's share is now; says whether it still is a member."""
        shares = self._groups.shares(self.group, self.number)
        if shares is None:
            self._epochs, self._positions = {}, {}
            return False
        epochs = {share.partition: share.epoch for share in shares}
        kept = {
            partition: position
            for partition, position in self._positions.items()
            if epochs.get(partition) == self._epochs[partition]
        }
        self._positions = kept | {share.partition: share.done for share in shares if share.partition not in kept}
        self._epochs = epochs
        self._share_is_old = False
        return True

    def _take(self, ends: Sequence[int], limit: int) -> list[Delivery]:
        found: list[Delivery] = []
        for partition in list(self._positions):
            if self._positions[partition] < ends[partition]:
                found += self._topic.read(partition, self._positions[partition], limit - len(found))
                # To the end of the line, so that a busy partition does not starve the others.
                del self._positions[partition]
                self._positions[partition] = found[-1].offset + 1
                if len(found) >= limit:
                    break
        return found

    def __repr__(self) -> str:
        return f"<SqliteSubscription {self.number} of {self.group}: partitions {list(self.partitions)}>"
