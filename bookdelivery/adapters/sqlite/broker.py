"""A durable, log-like topic in an SQLite file, for all processes of one computer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence

import orjson

from bookdelivery.adapters.brokers.partitions import partition_of
from bookdelivery.adapters.sqlite.encoded import Encoded
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.groups import Groups
from bookdelivery.adapters.sqlite.subscription import SqliteSubscription
from bookdelivery.adapters.sqlite.topic import Topic
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.wire import Codec

log = logging.getLogger("bookdelivery.adapters")


class SqliteBroker:
    """One topic in an SQLite file, in that of the stores or in one of its own.

    Guarantees: what was published is as durable as the file makes it; order per key; every group gets every message at
    least once, and exactly once as long as its members acknowledge what they handle and nobody joins, leaves or dies in
    between. Partitions are shared out among a group's members in all processes. A member whose process was killed is
    found out within a third of the lease, and at once by whoever joins the group, so that a restart does not wait; one
    that hangs is found out after the lease. Its late acknowledgements are ignored.

    Messages published by this process reach its members at once; those of other processes within the polling time.

    A message that all groups have acknowledged is dropped once it is older than the retention; its age counts from the
    newest message published here, so no clock is read.

    Args:
        file: where the topic is.
        codec: writes and reads the events.
        partitions: how many partitions the topic has, 1 to 1,024; fixed when the file gets its topic.
        lease_s: seconds of silence after which a member counts as gone.
        poll_s: seconds between two looks for what other processes did.
        retention_s: seconds for which messages are kept for groups yet to come; a week, as is Kafka's default.
        monotonic: gives the seconds of a clock that all processes using the file share.
        owns_file: whether closing the broker closes the file, as nobody else uses it.

    Raises:
        InvalidField: an argument is out of range, or the topic in the file has another number of partitions.
        UnusableStore: the tables cannot be created.
    """

    def __init__(
        self,
        file: SqliteFile,
        codec: Codec,
        partitions: int = 12,
        *,
        lease_s: float = 10.0,
        poll_s: float = 0.03,
        retention_s: float = 604_800.0,
        monotonic: Callable[[], float] = time.monotonic,
        owns_file: bool = False,
    ) -> None:
        if type(partitions) is not int or not 1 <= partitions <= 1024:
            raise InvalidField("SqliteBroker", "partitions", partitions, "an integer from 1 to 1024")
        for name, seconds in (("lease_s", lease_s), ("poll_s", poll_s), ("retention_s", retention_s)):
            if not seconds > 0:
                raise InvalidField("SqliteBroker", name, seconds, "a positive number of seconds")
        self._file = file
        self._owns_file = owns_file
        self._encoded = Encoded(codec, file.recent_events)
        self._partitions = partitions
        self._lease_s = lease_s
        self._poll_s = poll_s
        self._retention_s = retention_s
        self._groups = Groups(file, lease_s, monotonic)
        self._topic = Topic(file, partitions, self._encoded)
        self._members: list[SqliteSubscription] = []
        self._chores: list[asyncio.Task[None]] = []
        file.on_foreign_commit(self._others_wrote)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages; durable on return."""
        if not envelopes:
            return
        messages = [
            (partition_of(envelope.key, self._partitions), envelope.time, *self._encoded.write(envelope))
            for envelope in envelopes
        ]
        await self._topic.append(messages, envelopes)
        self._wake()

    async def publish_raw(self, headers: Mapping[str, str], body: bytes, key: int) -> None:
        """Append what a stranger might send, whether or not anybody can read it.

        Args:
            headers: the metadata, as on the wire.
            body: any bytes.
            key: decides the partition.
        """
        message = (partition_of(key, self._partitions), None, orjson.dumps(dict(headers)).decode(), body)
        await self._topic.append([message], [])
        self._wake()

    async def subscribe(self, group: str) -> SqliteSubscription:
        """Join a consumer group. A group new to the topic begins at the oldest message kept."""
        self._start_chores()
        for former in self._members:
            # One that could not leave, as on a full disk, must not keep its partitions until its lease ends.
            if former.is_closed:
                await former.close()
        member = SqliteSubscription(self._topic, self._groups, group, self._regroup)
        await member.join()
        self._members.append(member)
        return member

    async def lag(self, group: str) -> int:
        """Count the messages that the group has not acknowledged yet; for a group not yet known, all that are kept."""
        return self._topic.lag(group)

    async def expel(self, member: SqliteSubscription) -> None:
        """Take a member that gives no sign of life out of its group before its lease ends.

        Its partitions go to the others. Should it be alive after all, its acknowledgements are ignored from now on, and
        its next fetch joins the group again.
        """
        await self._groups.leave(member.number, self._regroup)

    async def purge(self, before: float) -> int:
        """Drop messages older than a time, in seconds since the epoch, that every group has acknowledged.

        Returns:
            How many were dropped.
        """
        return await self._topic.purge(before)

    async def close(self) -> None:
        """Leave all groups; close the file if it is this broker's own, else it is closed by whoever opened it."""
        chores, self._chores = self._chores, []
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        try:
            for member in self._members:
                await member.close()
        finally:
            self._members = []
            if self._owns_file:
                await self._file.close()

    def _start_chores(self) -> None:
        """Begin to look for others' commits and to show life, on the event loop that is running now."""
        if not self._chores or self._chores[0].done():
            self._chores = [
                asyncio.create_task(self._look_for_others(), name="sqlite broker: look for others"),
                asyncio.create_task(self._show_life(), name="sqlite broker: show life"),
            ]

    async def _look_for_others(self) -> None:
        is_readable = True
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                self._file.is_current()
            except (Unavailable, UnusableStore) as error:
                if is_readable:
                    log.warning("%s; looking again every %s s", error, self._poll_s)
                is_readable = False
            else:
                is_readable = True

    async def _show_life(self) -> None:
        # It is the event loop that shows life: a process whose loop hangs handles no messages, and has to lose them.
        while True:
            await asyncio.sleep(self._lease_s / 3)
            self._members = [member for member in self._members if not member.has_left]
            alive = [member.number for member in self._members if not member.is_closed]
            try:
                await self._groups.show_life(alive, self._regroup)
                await self._topic.purge(self._topic.newest - self._retention_s)
            except (Unavailable, UnusableStore) as error:
                log.warning("%s; partitions are lost if this lasts", error)

    def _others_wrote(self) -> None:
        self._topic.look_again()
        self._regroup()

    def _regroup(self) -> None:
        for member in self._members:
            member.look_again()
        self._wake()

    def _wake(self) -> None:
        for member in self._members:
            member.wake()

    def __repr__(self) -> str:
        return f"<SqliteBroker in {self._file.path}>"
