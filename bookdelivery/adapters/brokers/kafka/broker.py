"""The topic on Kafka."""

from __future__ import annotations

from collections.abc import Sequence

from bookdelivery.adapters.brokers.kafka.address import KafkaAddress
from bookdelivery.adapters.brokers.kafka.member import KafkaSubscription
from bookdelivery.adapters.brokers.kafka.producer import RecordProducer
from bookdelivery.adapters.brokers.kafka.records import to_record
from bookdelivery.adapters.brokers.kafka.topic import Topic
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.wire import Codec


class KafkaBroker:
    """One topic on Kafka.

    Guarantees: what was published is on all in-sync replicas, once although it may have had to be sent twice, in order
    per key (`acks=all`, idempotent producer); every group gets every message at least once, and exactly once as long as
    its members acknowledge what they handle and nobody joins, leaves or dies in between (cooperative-sticky: only the
    partitions that move are held up). An acknowledgement is confirmed by the group before it returns. The partition of
    a key is the one that Kafka's Java clients choose. Messages are kept for as long as the topic's settings say.

    The topic is made when it is first used, unless it is there, with as many replicas as the brokers' default is.
    Consumer groups are named for the topic and the group, `bookdelivery.order` for example, as a cluster may be shared.

    Works on any number of event loops, a subscription only on the one that it was made on.

    Args:
        address: the Kafka and topic.
        codec: writes and reads the events.
        timeout_s: seconds after which what has no answer is given up.

    Raises:
        InvalidField: the client library does not know a setting, or an argument is out of range.
    """

    def __init__(self, address: KafkaAddress, codec: Codec, *, timeout_s: float = 30.0) -> None:
        if not timeout_s > 0:
            raise InvalidField("KafkaBroker", "timeout_s", timeout_s, "a positive number of seconds")
        self.address = address
        self._codec = codec
        self._producer = RecordProducer(address, timeout_s)
        self._topic = Topic(address, self._producer, timeout_s)
        self._members: list[KafkaSubscription] = []

    carries_sealed = True
    """Sealed events are appended as they were written; see `bookdelivery.kernel.sealed`."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages; on return all in-sync replicas have them.

        Raises:
            Unavailable: they did not acknowledge; the messages may or may not be there, publish them again.
            UnusableStore: they never will: the login, the permissions or a message's size are not right.
        """
        if envelopes:
            await self._topic.ensure()
            await self._producer.publish([to_record(self._codec, envelope) for envelope in envelopes])

    async def subscribe(self, group: str) -> KafkaSubscription:
        """Join a consumer group. A group new to the topic begins at the oldest message kept.

        Raises:
            Unavailable: no broker can be reached just now.
            UnusableStore: they refuse the login, or this user may not use or make the topic.
        """
        await self._topic.ensure()
        member = KafkaSubscription(self.address, self.group_id(group), self._codec)
        self._members = [*self.members, member]
        return member

    async def lag(self, group: str) -> int:
        """Count the messages that the group has not acknowledged yet; for a group not yet known, all that are kept.

        Raises:
            Unavailable: no broker can be reached just now.
            UnusableStore: they refuse the login, or this user may not look.
        """
        await self._topic.ensure()
        return await self._topic.lag(self.group_id(group))

    async def close(self) -> None:
        """Leave all groups, and let go of the connections."""
        members, self._members = self._members, []
        try:
            for member in members:
                await member.close()
        finally:
            await self._topic.close()
            await self._producer.close()

    @property
    def members(self) -> Sequence[KafkaSubscription]:
        """The memberships that were begun here and not closed."""
        return tuple(member for member in self._members if not member.is_closed)

    def group_id(self, group: str) -> str:
        """Give the name by which Kafka knows a consumer group."""
        return f"{self.address.topic}.{group}"

    def __repr__(self) -> str:
        return f"<KafkaBroker: {self.address.topic} at {self.address.servers}>"
