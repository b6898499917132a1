"""The topic as its administrator sees it: that it is there, and how far a group has come with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, ListOffsetsResultInfo, NewTopic, OffsetSpec

from bookdelivery.adapters.brokers.kafka.address import KafkaAddress
from bookdelivery.adapters.brokers.kafka.failures import HOPELESS, translated
from bookdelivery.adapters.brokers.kafka.producer import RecordProducer
from bookdelivery.adapters.brokers.kafka.progress import Progress
from bookdelivery.kernel.errors import Unavailable, UnusableStore

Answer = TypeVar("Answer")

_LOOK_EVERY_S = 0.1
_LONG_ENOUGH_S = 3.0
"""Seconds after which there is no hope for an answer if there is trouble with connections."""

_ON_THE_MOVE = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
"""Codes of a topic made a moment ago, or whose brokers are being restarted one by one."""
_EMERGENCIES = 0
"""In syslog's scale. The producer, which has the same trouble with its connections, reports it."""


class Topic:
    """One topic of one Kafka.

    Args:
        address: the Kafka and topic.
        producer: whose connections tell why a request has no answer.
        timeout_s: seconds after which a request that has no answer is given up.
    """

    def __init__(self, address: KafkaAddress, producer: RecordProducer, timeout_s: float) -> None:
        self._address = address
        self._producer = producer
        self._timeout_s = timeout_s
        self._admin = AdminClient(address.configuration({"log_level": _EMERGENCIES}))
        self._progress = Progress(address)
        self._is_there = False
        self._looking = asyncio.Lock()

    async def ensure(self) -> None:
        """See that the topic is there; make it if it is not.

        Raises:
            Unavailable: the brokers cannot be reached just now.
            UnusableStore: they refuse the login, or this user may not use or make the topic.
        """
        async with self._looking:
            if self._is_there:
                return
            if not await self._partitions():
                await self._create()
            # One that was made a moment ago is not known everywhere at once.
            give_up = asyncio.get_running_loop().time() + self._timeout_s
            while not await self._partitions():
                if asyncio.get_running_loop().time() > give_up:
                    raise self._missing()
                await asyncio.sleep(_LOOK_EVERY_S)
            self._is_there = True

    async def lag(self, group: str) -> int:
        """Count what a group has not acknowledged; all that is kept, for a group yet unknown.

        Raises:
            Unavailable: the brokers cannot be reached just now.
            UnusableStore: this user may not look.
        """
        places = await self._places()
        asked = asyncio.ensure_future(self._progress.committed(group, places))
        try:
            done = await self._answer(asked)
        except KafkaException as error:
            raise self._translated(error) from error
        ends = await self._offsets(places, OffsetSpec.latest())
        begins = await self._offsets(places, OffsetSpec.earliest())
        return sum(end - max(begins[number], done.get(number, 0)) for number, end in ends.items())

    async def close(self) -> None:
        """Let go of the connections."""
        await self._progress.close()

    async def _places(self) -> list[TopicPartition]:
        numbers = await self._partitions()
        if not numbers:
            raise self._missing()
        return [TopicPartition(self._address.topic, number) for number in numbers]

    async def _partitions(self) -> Sequence[int]:
        """Give the partitions' numbers; none if there is no such topic."""
        name = self._address.topic
        try:
            described = await self._answer(
                asyncio.wrap_future(self._admin.describe_topics(TopicCollection([name]))[name])
            )
        except KafkaException as error:
            if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return ()
            raise self._translated(error) from error
        return [partition.id for partition in described.partitions]

    async def _create(self) -> None:
        topic = NewTopic(self._address.topic, self._address.partitions, replication_factor=-1)
        try:
            await self._answer(asyncio.wrap_future(self._admin.create_topics([topic])[topic.topic]))
        except KafkaException as error:
            # Somebody else may have made it since.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise self._translated(error) from error

    async def _offsets(self, places: Sequence[TopicPartition], which: OffsetSpec) -> dict[int, int]:
        give_up = asyncio.get_running_loop().time() + self._timeout_s
        while True:
            asked = self._admin.list_offsets(dict.fromkeys(places, which))
            answers = [asyncio.wrap_future(answer) for answer in asked.values()]
            try:
                found: list[ListOffsetsResultInfo] = [await self._answer(answer) for answer in answers]
            except KafkaException as error:
                await asyncio.gather(*answers, return_exceptions=True)
                if error.args[0].code() not in _ON_THE_MOVE or asyncio.get_running_loop().time() > give_up:
                    raise self._translated(error) from error
                await asyncio.sleep(_LOOK_EVERY_S)
            else:
                return {place.partition: info.offset for place, info in zip(asked, found, strict=True)}

    async def _answer(self, answer: asyncio.Future[Answer]) -> Answer:
        """Wait for an answer, at most until the connections show that there can be none.

        Raises:
            KafkaException: it is an error.
            Unavailable, UnusableStore: there is none.
        """
        # A client of Kafka's tries to connect again every few seconds and says each time what stands against it.
        self._producer.forget_trouble()
        began = asyncio.get_running_loop().time()
        while not answer.done():
            await asyncio.wait([answer], timeout=_LOOK_EVERY_S)
            trouble = self._producer.trouble
            if trouble is not None and trouble.code() in HOPELESS:
                break
            waited_s = asyncio.get_running_loop().time() - began
            if waited_s > (self._timeout_s if trouble is None else min(_LONG_ENOUGH_S, self._timeout_s)):
                break
        if answer.done():
            return answer.result()
        answer.cancel()
        trouble = self._producer.trouble
        if trouble is None:
            raise Unavailable(f"{self._address.where} gives no answer within {self._timeout_s:g} s")
        raise translated(self._address.where, self._address.topic, trouble)

    def _missing(self) -> Unavailable:
        return Unavailable(f"{self._address.where} has no topic {self._address.topic} just now")

    def _translated(self, error: KafkaException) -> Unavailable | UnusableStore:
        return translated(self._address.where, self._address.topic, error.args[0])
