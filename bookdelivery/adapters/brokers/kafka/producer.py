"""Appends records, and knows when the brokers have them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import attrs
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from bookdelivery.adapters.brokers.kafka.address import KafkaAddress
from bookdelivery.adapters.brokers.kafka.failures import translated
from bookdelivery.adapters.brokers.kafka.records import Record
from bookdelivery.kernel.errors import InvalidField, Unavailable, UnusableStore

_IN_ONE_TURN = 500
_LOOK_EVERY_S = 0.2
_QUEUE_IS_FULL_FOR_S = 0.01
_TO_EMPTY_S = 10.0
_TAKEN_BACK = (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)


class RecordProducer:
    """One idempotent producer, with a thread that takes the brokers' answers.

    What a call of `publish` gives up, it takes back whole: librdkafka's own time limit would drop the first of two
    messages of one key and might yet send the second.

    Args:
        address: the Kafka and topic.
        timeout_s: seconds after which records that no broker has acknowledged are given up.

    Raises:
        InvalidField: librdkafka does not know a setting, or a value is out of its range.
    """

    def __init__(self, address: KafkaAddress, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._producer = self._make()
        self.trouble: KafkaError | None = None
        """What the client last reported of its connections; None again once the brokers acknowledge something."""
        self._is_closed = False
        self._thread = threading.Thread(target=self._take_answers, name="kafka producer", daemon=True)
        self._thread.start()

    async def publish(self, records: Sequence[Record]) -> None:
        """Append records; returns when all in-sync replicas have them.

        Raises:
            Unavailable: not all were acknowledged in time.
            UnusableStore: the brokers never will, as they refuse the login or a record is too large.
        """
        pending = _Pending(len(records), asyncio.get_running_loop())
        producer = self._producer
        try:
            async with asyncio.timeout(self._timeout_s):
                for first in range(0, len(records), _IN_ONE_TURN):
                    if first:
                        # Who else runs on this event loop does not wait for all of a long list.
                        await asyncio.sleep(0)
                    await self._append(producer, records[first : first + _IN_ONE_TURN], pending)
                await pending.done
        except TimeoutError:
            raise await self._given_up(producer, None) from None
        except KafkaException as error:
            raise await self._given_up(producer, error.args[0]) from error
        if pending.error is not None:
            raise await self._given_up(producer, pending.error)
        self.trouble = None

    def forget_trouble(self) -> None:
        """Forget what was reported; if it lasts, it will be again within seconds."""
        self.trouble = None

    async def close(self) -> None:
        """Let go of the connections. What is on its way is waited for by those who published it, not here."""
        self._is_closed = True
        await asyncio.to_thread(self._thread.join)

    async def _append(self, producer: Producer, records: Sequence[Record], pending: _Pending) -> None:
        topic, count_off = self._address.topic, pending.count_off
        for key, headers, body in records:
            while True:
                try:
                    producer.produce(topic, key=key, value=body, headers=headers, on_delivery=count_off)
                except BufferError:
                    # Others have filled the queue; what goes out makes room.
                    await asyncio.sleep(_QUEUE_IS_FULL_FOR_S)
                else:
                    break

    def _make(self) -> Producer:
        settings = self._address.configuration(
            {
                "acks": "all",
                "enable.idempotence": True,
                "error_cb": self._note,
                "message.timeout.ms": 0,
                "partitioner": "murmur2_random",
            }
        )
        settings.setdefault("linger.ms", 1)
        try:
            return Producer(settings)
        except (KafkaException, ValueError, TypeError) as error:
            raise refused_setting(error) from error

    def _take_answers(self) -> None:
        while not self._is_closed:
            self._producer.poll(_LOOK_EVERY_S)

    async def _given_up(self, producer: Producer, error: KafkaError | None) -> Unavailable | UnusableStore:
        """Take back all that is queued or under way, and begin anew, as this producer's sequence has a gap now."""
        if self._producer is producer:
            self._producer = self._make()
            await asyncio.to_thread(_empty, producer)
        # That records were taken back, or that none was acknowledged, has a reason.
        if error is None or error.code() in _TAKEN_BACK:
            error = self.trouble
        if error is None:
            return Unavailable(f"{self._address.where} acknowledged nothing within {self._timeout_s:g} s")
        return translated(self._address.where, self._address.topic, error)

    def _note(self, error: KafkaError) -> None:
        # That all brokers are down follows on the reason for it, which says more.
        if error.code() != KafkaError._ALL_BROKERS_DOWN or self.trouble is None:
            self.trouble = error


@attrs.define(eq=False)
class _Pending:
    """The records of one call that no broker has answered for yet."""

    left: int
    loop: asyncio.AbstractEventLoop
    error: KafkaError | None = None
    done: asyncio.Future[None] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.done = self.loop.create_future()
        if not self.left:
            self.done.set_result(None)

    def count_off(self, error: KafkaError | None, _: Message) -> None:
        """Take an answer, in the thread that does."""
        self.error = self.error or error
        self.left -= 1
        if not self.left and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _empty(producer: Producer) -> None:
    producer.purge(in_queue=True, in_flight=True, blocking=True)
    # Whoever waits for these records gets to know.
    producer.flush(_TO_EMPTY_S)


def refused_setting(error: Exception) -> InvalidField:
    """Say that a client could not be made of the settings; what librdkafka says of a setting holds no secret."""
    cause = error.args[0] if error.args else error
    text = cause.str() if isinstance(cause, KafkaError) else str(cause)
    return InvalidField("KafkaAddress", "settings", text, "names and values of librdkafka's CONFIGURATION.md")
