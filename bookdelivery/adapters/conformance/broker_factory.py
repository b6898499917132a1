"""How the broker suites get at the broker they judge, and how they read from it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, TypeVar

from bookdelivery.adapters.conformance.running import with_opened
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker, Delivery, Subscription


class BrokerFactory(ABC):
    """Opens the brokers; a subclass says how. Every test has an instance of its own.

    Attributes:
        partitions: how many partitions the topic opened has.
        quiet_s: seconds of silence after which nothing more is expected.
    """

    partitions: ClassVar[int] = 12
    quiet_s: ClassVar[float] = 0.05

    @abstractmethod
    async def open_broker(self) -> Broker:
        """Open a broker whose topic is empty and has no groups yet."""

    @abstractmethod
    async def reopen(self, broker: Broker) -> Broker:
        """Open the topic of a broker again after it was closed.

        One whose messages live in memory gives the very same object back.
        """

    @abstractmethod
    async def open_another(self, broker: Broker) -> Broker:
        """Open a broker that works on the same topic at the same time, as another process would.

        One whose messages live in memory gives the very same object back.
        """

    @abstractmethod
    async def lose(self, broker: Broker, member: Subscription) -> None:
        """Have a member vanish without a word; return when its group has noticed (the session timeout)."""

    @abstractmethod
    async def put_unreadable(self, broker: Broker, key: int) -> None:
        """Append a message that nobody can read to the partition of this key."""

    async def arrived(self, member: Subscription, number: int) -> None:  # noqa: B027 (most have nothing to do)
        """Wait until so many messages have reached a member, for a broker whose messages travel on their own."""

    async def what_comes(self, member: Subscription, limit: int = 500) -> Sequence[Delivery]:
        """Fetch once, giving up after a while."""
        try:
            async with asyncio.timeout(self.quiet_s):
                return await member.fetch(limit)
        except TimeoutError:
            return []

    async def all_that_comes(self, member: Subscription) -> list[Delivery]:
        """Fetch until nothing comes any more."""
        found: list[Delivery] = []
        while deliveries := await self.what_comes(member):
            found += deliveries
        return found

    async def nothing_comes(self, member: Subscription) -> bool:
        """Say whether a member that waits a while gets nothing."""
        return not await self.what_comes(member)


Factory = TypeVar("Factory", bound=BrokerFactory)


def on_a_broker(body: Callable[[Factory, Broker], Awaitable[None]]) -> Callable[[Factory], None]:
    """Decorate a test that gets a fresh broker."""
    return with_opened(lambda factory: factory.open_broker(), body)


async def fetch(member: Subscription, number: int) -> list[Delivery]:
    """Fetch until there are this many, which have to come in one piece, without a gap or a repetition."""
    found: list[Delivery] = []
    while len(found) < number:
        found += await member.fetch()
    assert len(found) == number
    return found


async def share(members: Sequence[Subscription], number: int) -> list[list[Delivery]]:
    """Let members fetch and acknowledge side by side until there are this many different messages in all."""
    found: list[list[Delivery]] = [[] for _ in members]
    done: set[tuple[int, int]] = set()
    complete = asyncio.Event()

    async def work(member: Subscription, mine: list[Delivery]) -> None:
        while True:
            deliveries = await member.fetch()
            mine += deliveries
            await member.acknowledge(deliveries)
            done.update(map(place, deliveries))
            if len(done) >= number:
                complete.set()

    tasks = [asyncio.create_task(work(member, mine)) for member, mine in zip(members, found, strict=True)]
    ended = asyncio.create_task(complete.wait())
    await asyncio.wait([*tasks, ended], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, ended):
        task.cancel()
    for result in await asyncio.gather(*tasks, ended, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
    return found


def place(delivery: Delivery) -> tuple[int, int]:
    """Give a message's place in the topic."""
    return delivery.partition, delivery.offset


def contents(deliveries: Sequence[Delivery]) -> list[Envelope]:
    """Give the messages, which have to be readable, in their order."""
    assert all(isinstance(delivery.content, Envelope) for delivery in deliveries)
    return [delivery.content for delivery in deliveries if isinstance(delivery.content, Envelope)]


def by_key(envelopes: Sequence[Envelope]) -> dict[int, list[Envelope]]:
    """Sort messages by their keys, keeping their order within each."""
    sorted_out: dict[int, list[Envelope]] = {}
    for envelope in envelopes:
        sorted_out.setdefault(envelope.key, []).append(envelope)
    return sorted_out
