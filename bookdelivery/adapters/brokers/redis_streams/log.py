"""The log: one stream a partition, whose entries are numbered 0-1, 0-2 and so on, so that offsets have no gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from bookdelivery.adapters.brokers.partitions import partition_of
from bookdelivery.adapters.brokers.redis_streams.connection import Connection
from bookdelivery.kernel.errors import InvalidField, UnusableStore
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Delivery
from bookdelivery.kernel.wire import Codec

_BODY = "data"
_SLICE = 1_000
_FORMAT = 1

Entry = tuple[bytes, Mapping[bytes, bytes]]


class Log:
    """One topic's messages. An entry's fields are the headers of CloudEvents' binary mode, and `data`, the body.

    Args:
        connection: the Redis.
        codec: writes and reads the events.
        topic: its name, for the ids of messages that have none.
        partitions: how many it has; fixed when it is first used.
    """

    def __init__(self, connection: Connection, codec: Codec, topic: str, partitions: int) -> None:
        self._connection = connection
        self._codec = codec
        self._topic = topic
        self._partitions = partitions
        self._is_there = False

    async def ensure(self) -> None:
        """See that the topic is there, with as many partitions.

        Raises:
            InvalidField: it has another number of partitions.
            UnusableStore: a newer release made it, or this Redis is too old.
        """
        if self._is_there:
            return
        redis, key = self._connection.redis, self._connection.key("topic")
        pipe = redis.pipeline(transaction=True)
        pipe.hsetnx(key, "partitions", self._partitions)
        pipe.hsetnx(key, "format", _FORMAT)
        pipe.hmget(key, "partitions", "format")
        *_, (partitions, form) = await self._connection.ask(pipe.execute())
        if int(form) > _FORMAT:
            problem = f"the topic {self._topic} has format {int(form)}, of a newer release; this one knows {_FORMAT}"
            raise UnusableStore(self._connection.where, problem)
        if int(partitions) != self._partitions:
            allowed = f"{int(partitions)}, as in the topic {self._topic} at {self._connection.where}"
            raise InvalidField("RedisBroker", "partitions", self._partitions, allowed)
        self._is_there = True

    async def append(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages, all of them or none."""
        pipe = self._connection.redis.pipeline(transaction=True)
        for envelope in envelopes:
            headers, body = self._codec.encode_event(envelope)
            partition = partition_of(envelope.key, self._partitions)
            pipe.xadd(self.stream(partition), {**headers, _BODY: body}, id="0-*")
        try:
            await self._connection.ask(pipe.execute())
        except ResponseError as error:
            if "Invalid stream ID" not in str(error):
                raise
            raise UnusableStore(self._connection.where, "it is too old, Redis 7.0 is needed at least") from error

    async def append_raw(self, headers: Mapping[str, str], body: bytes, key: int) -> None:
        """Append what a stranger might send, whether or not anybody can read it."""
        stream = self.stream(partition_of(key, self._partitions))
        await self._connection.ask(self._connection.redis.xadd(stream, {**headers, _BODY: body}, id="0-*"))

    async def ends(self) -> Mapping[int, tuple[int, int]]:
        """Give, by partition, the offset of the oldest message kept and that of the next one to come."""
        pipe = self._connection.redis.pipeline(transaction=False)
        for partition in range(self._partitions):
            pipe.xinfo_stream(self.stream(partition))
        found: dict[int, tuple[int, int]] = {}
        for partition, info in enumerate(await self._connection.ask(pipe.execute(raise_on_error=False))):
            if isinstance(info, ResponseError):
                # There is no stream before its first message.
                found[partition] = (0, 0)
            else:
                end = number_of(info["last-generated-id"])
                found[partition] = (end - int(info["length"]), end)
        return found

    async def drop(self, partition: int, before: float, done: int) -> int:
        """Drop messages of a partition that are older than a time, up to an offset; says how many."""
        dropped = 0
        while done:
            span = self._connection.redis.xrange(self.stream(partition), "-", f"0-{done}", count=_SLICE)
            entries: list[Entry] = await self._connection.ask(span)
            old = 0
            for _, fields in entries:
                content = self._codec.decode_event(*self._parts(fields))
                # Messages nobody can read have no time of ours and go with those before them.
                if isinstance(content, Envelope) and content.time >= before:
                    break
                old += 1
            if old:
                keep = f"0-{number_of(entries[old - 1][0]) + 1}"
                trim = self._connection.redis.xtrim(self.stream(partition), minid=keep, approximate=False)
                await self._connection.ask(trim)
            dropped += old
            if old < _SLICE:
                break
        return dropped

    def stream(self, partition: int) -> str:
        """Name a partition's stream."""
        return self._connection.key("partition", partition)

    def delivery(self, partition: int, entry: Entry) -> Delivery:
        """Read an entry."""
        offset = number_of(entry[0]) - 1
        headers, body = self._parts(entry[1])
        content = self._codec.decode_event(headers, body, position=f"{self._topic}:{partition}:{offset}")
        return Delivery(partition, offset, content)

    @staticmethod
    def _parts(fields: Mapping[bytes, bytes]) -> tuple[dict[str, str], bytes]:
        headers = {name.decode(errors="replace"): value for name, value in fields.items()}
        body = headers.pop(_BODY, b"")
        return {name: value.decode(errors="replace") for name, value in headers.items()}, body


def number_of(id: Any) -> int:
    """Give the number of an entry, counted from 1, which is the offset after it."""
    return int(bytes(id).partition(b"-")[2])
