"""One member of a consumer group."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from bookdelivery.adapters.brokers.kafka.address import KafkaAddress, log
from bookdelivery.adapters.brokers.kafka.commits import Commits
from bookdelivery.adapters.brokers.kafka.failures import HOPELESS, translated
from bookdelivery.adapters.brokers.kafka.producer import refused_setting
from bookdelivery.adapters.brokers.kafka.records import to_delivery
from bookdelivery.adapters.brokers.kafka.share import Share
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Delivery
from bookdelivery.kernel.wire import Codec

_POLL_S = 0.1
_POLL_BRIEFLY_S = 0.01
_ASK_EVERY_S = 1.0
_HANGS_AFTER_S = 5.0
_AT_ONCE = 500
_READ_AHEAD = 1_000


class KafkaSubscription:
    """A member of a group; made by `KafkaBroker.subscribe`.

    A thread of its own takes part in the group and reads ahead, up to 1,000 messages. It stops while nobody fetches
    those, or while the event loop hangs; if that lasts for `max.poll.interval.ms` (5 minutes), the member is taken out
    of the group, as is one whose process gives no sign of life for `session.timeout.ms` (10 s). Its late
    acknowledgements are ignored, and its next fetch joins the group again.

    Args:
        address: the Kafka and topic.
        group: the consumer group's full name.
        codec: reads the events.

    Raises:
        InvalidField: librdkafka does not know a setting, or a value is out of its range.
    """

    def __init__(self, address: KafkaAddress, group: str, codec: Codec) -> None:
        self.group = group
        self._address = address
        self._codec = codec
        self._share = Share()
        self._loop = asyncio.get_running_loop()
        self._waiters: list[asyncio.Future[None]] = []
        self._failure: Unavailable | UnusableStore | None = None
        self._is_closed = False
        # Set when there may be room for more: what the thread waits for while there is none.
        self._nudge = threading.Event()
        # Missed by the group, a member again, out of the group until somebody fetches.
        self._is_lost = self._is_back = self._is_out = False
        self._asked_at = 0.0
        self._is_answered = True
        self._member_id = ""
        self._consumer = self._make()
        self._commits = Commits(self._consumer, address, self._share)
        self._thread = threading.Thread(target=self._take_part, name=f"kafka member of {group}", daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether it was closed here; it may be about to leave still."""
        return self._is_closed

    @property
    def partitions(self) -> Sequence[int]:
        """The numbers of the partitions this member reads at present."""
        return tuple(sorted(self._share.positions()))

    @property
    def positions(self) -> Mapping[int, int]:
        """By partition of this member: the offset after the last message fetched; 0 where none was yet."""
        return self._share.positions()

    @property
    def read_ahead(self) -> int:
        """How many messages wait to be fetched."""
        return self._share.waiting

    @property
    def member_id(self) -> str:
        """The name the group has for this member; empty until it has partitions."""
        return self._member_id

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Wait for messages of the partitions assigned to this member; return them in order per partition.

        Each call goes on where the last one ended, whether or not that was acknowledged. Cancelling it loses nothing.

        Raises:
            Unavailable: the subscription was closed, or no broker can be reached just now.
            UnusableStore: this user may not read the topic or be a member of the group.
        """
        while True:
            if self._is_closed:
                raise Unavailable(f"this member of {self.group} has left, so it gets no more messages")
            if found := self._share.take(limit):
                self._nudge.set()
                return [to_delivery(self._codec, message) for message in found]
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these, and all before them in their partitions, are done.

        Ignored for partitions this member has lost, and for what it fetched before it lost one that it has again.

        Raises:
            Unavailable: the group's coordinator did not confirm it.
        """
        ends: dict[int, int] = {}
        for delivery in deliveries:
            ends[delivery.partition] = max(delivery.offset + 1, ends.get(delivery.partition, 0))
        if ends:
            self._nudge.set()
            await self._commits.commit(ends)

    async def close(self) -> None:
        """Leave the group; the partitions go to the other members. A fetch that still waits raises `Unavailable`."""
        self._is_closed = True
        self._wake()
        self._nudge.set()
        await asyncio.to_thread(self._thread.join)

    # --- on the event loop --------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _answer(self) -> None:
        self._is_answered = True

    # --- in the thread ------------------------------------------------------------------------------------------------

    def _make(self) -> Consumer:
        settings = self._address.configuration(
            {
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "error_cb": self._note,
                "group.id": self.group,
                "partition.assignment.strategy": "cooperative-sticky",
            }
        )
        settings.setdefault("session.timeout.ms", 10_000)
        settings.setdefault("queued.max.messages.kbytes", 16_384)
        try:
            return Consumer(settings)
        except (KafkaException, ValueError, TypeError) as error:
            raise refused_setting(error) from error

    def _take_part(self) -> None:
        try:
            self._join()
            while not self._is_closed:
                self._commits.write()
                if self._waiters:
                    self._come_back()
                if self._share.waiting >= _READ_AHEAD or self._loop_hangs():
                    self._nudge.wait(_POLL_BRIEFLY_S)
                    self._nudge.clear()
                else:
                    self._read()
        except (KafkaException, RuntimeError) as error:
            self._fail(Unavailable(f"{self._address.where}: this member of {self.group} ended ({error})"))
        finally:
            self._commits.end()
            self._consumer.close()

    def _come_back(self) -> None:
        self._is_lost = False
        if self._is_out:
            self._join()

    def _join(self) -> None:
        self._is_out = False
        self._consumer.subscribe(
            [self._address.topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )

    def _loop_hangs(self) -> bool:
        # Whoever handles no messages has to lose them, though this thread and the client's own go on.
        now = time.monotonic()
        if self._is_answered and now >= self._asked_at + _ASK_EVERY_S:
            self._asked_at, self._is_answered = now, False
            self._call(self._answer)
        return not self._is_answered and now >= self._asked_at + _HANGS_AFTER_S

    def _read(self) -> None:
        # While messages are being handled, a commit is to be expected.
        first = self._consumer.poll(_POLL_S if self._share.is_quiet else _POLL_BRIEFLY_S)
        if first is not None:
            # With a time limit, `consume` waits for as many as are asked for.
            self._sort_in([first, *self._consumer.consume(_AT_ONCE, timeout=0)])
        if self._is_lost and self._is_back:
            # By itself the client has joined again, and reads what nobody fetches: who comes back from the dead reads
            # again once it is asked to. To leave any sooner would leave a member behind that is but a name.
            self._is_lost, self._is_out = False, True
            self._consumer.unsubscribe()

    def _sort_in(self, came: Sequence[Message]) -> None:
        for message in came:
            error = message.error()
            if error is not None:
                self._note(error)
        self._share.add(message for message in came if message.error() is None)
        self._tell()

    def _assigned(self, consumer: Consumer, places: Sequence[TopicPartition]) -> None:
        self._member_id = consumer.memberid() or ""
        self._is_back = True
        self._share.take_over(place.partition for place in places)

    def _revoked(self, _: Consumer, places: Sequence[TopicPartition]) -> None:
        self._share.give_up(place.partition for place in places)

    def _lost(self, consumer: Consumer, places: Sequence[TopicPartition]) -> None:
        self._revoked(consumer, places)
        self._is_lost, self._is_back = True, False
        log.warning("this member of %s was missed by its group, and has lost its partitions", self.group)

    def _note(self, error: KafkaError) -> None:
        """Take note of what the client reports; most of it passes by itself.

        That all brokers are down does, too: the client connects again, and a member that stays is known by its name
        when the group has a coordinator once more. One that comes anew would wait until those before it are missed.
        """
        if error.code() in HOPELESS or error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            self._fail(translated(self._address.where, self._address.topic, error))

    def _fail(self, failure: Unavailable | UnusableStore) -> None:
        self._failure = failure
        self._tell()

    def _tell(self) -> None:
        self._call(self._wake)

    def _call(self, callback: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)

    def __repr__(self) -> str:
        return f"<KafkaSubscription of {self.group}: partitions {list(self.partitions)}>"
