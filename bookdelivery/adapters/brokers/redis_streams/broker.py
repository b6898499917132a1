"""The topic on Redis Streams."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from bookdelivery.adapters.brokers.redis_streams.connection import Connection
from bookdelivery.adapters.brokers.redis_streams.groups import Groups
from bookdelivery.adapters.brokers.redis_streams.log import Log
from bookdelivery.adapters.brokers.redis_streams.member import RedisSubscription
from bookdelivery.adapters.stores.redis.settings import without_password
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.wire import Codec

DEFAULT_TOPIC = "bookdelivery"
DEFAULT_PARTITIONS = 12

log = logging.getLogger("bookdelivery.adapters")


class RedisBroker:
    """One topic on Redis Streams; its keys begin with `{bookdelivery-topic:NAME}:`. Redis has to be 7.0 or newer.

    Guarantees: order per key; every group gets every message at least once, and exactly once as long as its members
    acknowledge what they handle and nobody joins, leaves or dies in between. A member whose process was killed or hangs
    is found out after the lease; its late acknowledgements are ignored. How durable a message is on return from
    `publish`, is Redis's setting `appendfsync`: with `always` it is on the disk; with `everysec`, the default, a power
    cut of Redis's machine may lose the last second or two, which the stores then count as sent. A failover to a replica
    may lose the last messages as well. The whole topic is in Redis's memory.

    A message that all groups have acknowledged is dropped once it is older than the retention; its age counts from the
    newest message published here, so no clock is read. The lease is measured by Redis.

    It connects when it is first used, and works on one event loop.

    Args:
        url: `redis://` or `rediss://`; see `bookdelivery.adapters.stores.redis.settings.check`.
        codec: writes and reads the events.
        topic: its name.
        partitions: how many partitions the topic has, 1 to 1,024; fixed when it is first used.
        lease_s: seconds of silence after which a member counts as gone.
        retention_s: seconds for which messages are kept for groups yet to come; a week, as is Kafka's default.

    Raises:
        InvalidField: the URL is none of a Redis, or an argument is out of range.
    """

    def __init__(
        self,
        url: str,
        codec: Codec,
        *,
        topic: str = DEFAULT_TOPIC,
        partitions: int = DEFAULT_PARTITIONS,
        lease_s: float = 10.0,
        retention_s: float = 604_800.0,
    ) -> None:
        if not re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", topic):
            allowed = "1 to 249 letters, digits, dots, underscores and hyphens"
            raise InvalidField("RedisBroker", "topic", topic, allowed)
        if type(partitions) is not int or not 1 <= partitions <= 1024:
            raise InvalidField("RedisBroker", "partitions", partitions, "an integer from 1 to 1024")
        for name, seconds in (("lease_s", lease_s), ("retention_s", retention_s)):
            if not seconds > 0:
                raise InvalidField("RedisBroker", name, seconds, "a positive number of seconds")
        self._connection = Connection(url, topic)
        self._partitions = partitions
        self._lease_s = lease_s
        self._retention_s = retention_s
        self._log = Log(self._connection, codec, topic, partitions)
        self._groups = Groups(self._connection, partitions, lease_s)
        self._members: list[RedisSubscription] = []
        self._newest = float("-inf")
        self._chores: asyncio.Task[None] | None = None

    @classmethod
    def from_url(cls, url: str, codec: Codec) -> Self:
        """Make one of a URL such as `redis://:PASSWORD@HOST:PORT/NUMBER?topic=bookdelivery&partitions=12&lease_s=10`.

        Args:
            url: every other parameter goes to the driver, as those of a store's URL do.
            codec: writes and reads the events.

        Raises:
            InvalidField: the URL is none of a Redis, or a parameter is out of range.
        """
        parts = urlsplit(url)
        words = dict(parse_qsl(parts.query, keep_blank_values=True))
        topic, partitions = words.pop("topic", DEFAULT_TOPIC), words.pop("partitions", str(DEFAULT_PARTITIONS))
        lease = words.pop("lease_s", "10")
        try:
            number, seconds = int(partitions), float(lease)
        except ValueError as error:
            allowed = "with whole partitions and a number for lease_s"
            raise InvalidField("open", "broker_url", without_password(url), allowed) from error
        plain = parts._replace(query=urlencode(words)).geturl()
        return cls(plain, codec, topic=topic, partitions=number, lease_s=seconds)

    @property
    def members(self) -> Sequence[RedisSubscription]:
        """The memberships that were begun here and not closed."""
        return tuple(member for member in self._members if not member.is_closed)

    carries_sealed = True
    """Sealed events are appended as they were written; see `bookdelivery.kernel.sealed`."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages, all of them or none.

        Raises:
            Unavailable: Redis did not acknowledge; the messages may or may not be there, publish them again.
            UnusableStore: it cannot be used by us at all, or its memory is full.
        """
        if envelopes:
            await self._log.ensure()
            await self._log.append(envelopes)
            self._newest = max(self._newest, *(envelope.time for envelope in envelopes))

    async def publish_raw(self, headers: Mapping[str, str], body: bytes, key: int) -> None:
        """Append what a stranger might send, whether or not anybody can read it.

        Args:
            headers: the metadata, as on the wire.
            body: any bytes.
            key: decides the partition.
        """
        await self._log.ensure()
        await self._log.append_raw(headers, body, key)

    async def subscribe(self, group: str) -> RedisSubscription:
        """Join a consumer group. A group new to the topic begins at the oldest message kept.

        Raises:
            Unavailable: Redis cannot be reached just now.
            UnusableStore: it cannot be used by us at all.
        """
        await self._log.ensure()
        member = RedisSubscription(self._connection, self._log, self._groups, group)
        await member.join()
        self._members = [one for one in self._members if not one.has_left]
        self._members.append(member)
        if self._chores is None:
            self._chores = asyncio.create_task(self._keep_house(), name="redis broker: show life")
        return member

    async def lag(self, group: str) -> int:
        """Count the messages that the group has not acknowledged yet; for a group not yet known, all that are kept.

        Raises:
            Unavailable: Redis cannot be reached just now.
        """
        await self._log.ensure()
        done = await self._groups.done(group)
        ends = await self._log.ends()
        return sum(end - max(first, done.get(partition, 0)) for partition, (first, end) in ends.items())

    async def expel(self, member: RedisSubscription) -> None:
        """Take a member that gives no sign of life out of its group before its lease ends.

        Its partitions go to the others. Should it be alive after all, its acknowledgements are ignored from now on, and
        its next fetch joins the group again.
        """
        await self._groups.leave(member.group, member.number)

    async def purge(self, before: float) -> int:
        """Drop messages older than a time, in seconds since the epoch, that every group has acknowledged.

        Returns:
            How many were dropped.
        """
        dropped = 0
        groups = [await self._groups.done(name) for name in await self._groups.names()]
        for partition in range(self._partitions):
            done = min((group.get(partition, 0) for group in groups), default=0)
            dropped += await self._log.drop(partition, before, done)
        return dropped

    async def close(self) -> None:
        """Leave all groups, and let go of the connections."""
        chores, self._chores = self._chores, None
        if chores is not None:
            chores.cancel()
            await asyncio.gather(chores, return_exceptions=True)
        members, self._members = self._members, []
        try:
            for member in members:
                await member.close()
        finally:
            await self._connection.close()

    async def _keep_house(self) -> None:
        # It is the event loop that shows life: a process whose loop hangs handles no messages, and has to lose them.
        while True:
            await asyncio.sleep(self._lease_s / 3)
            try:
                for member in self.members:
                    if member.number:
                        await self._groups.show_life(member.group, member.number)
                for group in sorted({member.group for member in self.members}):
                    await self._groups.remove_the_gone(group)
                await self.purge(self._newest - self._retention_s)
            except (Unavailable, UnusableStore) as error:
                log.warning("%s; partitions are lost if this lasts", error)

    def __repr__(self) -> str:
        return f"<RedisBroker at {self._connection.where}>"
