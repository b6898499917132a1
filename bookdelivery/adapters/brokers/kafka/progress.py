"""How far a consumer group has come, as its coordinator has it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence

from confluent_kafka import Consumer, KafkaException, TopicPartition

from bookdelivery.adapters.brokers.kafka.address import KafkaAddress
from bookdelivery.adapters.brokers.kafka.failures import COORDINATOR_AWAY
from bookdelivery.kernel.errors import Unavailable

_ASK_FOR_S = 1.0
_EMERGENCIES = 0
"""In syslog's scale. The producer, which has the same trouble with its connections, reports it."""


class Progress:
    """Asks for the offsets that groups have committed, through a client that is no member of theirs.

    An `AdminClient` would do, if librdkafka did not crash where a coordinator answers that it is not ready yet, as one
    does that was just started (confluentinc/librdkafka#5040).

    Args:
        address: the Kafka and topic.
    """

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._askers: dict[str, Consumer] = {}
        self._is_closed = False
        # A consumer takes calls of one thread at a time.
        self._lock = threading.Lock()

    async def committed(self, group: str, places: Sequence[TopicPartition]) -> Mapping[int, int]:
        """Give, by partition, the offset after the last message done; negative where nothing is.

        Waits for as long as the group has no coordinator.

        Raises:
            KafkaException: the coordinator refuses to say.
            Unavailable: this was closed.
        """
        while True:
            found = await asyncio.to_thread(self._ask, group, places)
            if found is not None:
                return found

    async def close(self) -> None:
        """Let go of the connections."""
        await asyncio.to_thread(self._close)

    def _ask(self, group: str, places: Sequence[TopicPartition]) -> Mapping[int, int] | None:
        with self._lock:
            if self._is_closed:
                raise Unavailable(f"{self._address.where}: the connections are closed")
            try:
                found = self._asker(group).committed(list(places), timeout=_ASK_FOR_S)
                for place in found:
                    if place.error is not None:
                        raise KafkaException(place.error)
            except KafkaException as error:
                if error.args[0].code() in COORDINATOR_AWAY:
                    return None
                raise
        return {place.partition: place.offset for place in found}

    def _asker(self, group: str) -> Consumer:
        if group not in self._askers:
            settings = self._address.configuration(
                {"enable.auto.commit": False, "group.id": group, "log_level": _EMERGENCIES}
            )
            # One that only asks is no member, and no second one of that name.
            settings.pop("group.instance.id", None)
            self._askers[group] = Consumer(settings)
        return self._askers[group]

    def _close(self) -> None:
        with self._lock:
            self._is_closed = True
            for asker in self._askers.values():
                asker.close()
            self._askers.clear()
