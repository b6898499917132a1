"""A broker whose deliveries come late, twice and out of order, also within a key."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Sequence

from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Broker, Delivery, Subscription

HOLD_S = 0.01
"""How long a delivery that is held back waits for others to overtake it, in seconds, each time."""


class DisturbedBroker:
    """Hands a broker's messages on in any order, some of them more than once, and loses none.

    Args:
        broker: the real one.
        rng: decides.
        repeats: the share of deliveries that are followed by an earlier one again.
    """

    def __init__(self, broker: Broker, rng: random.Random, repeats: float = 0.3) -> None:
        self._broker = broker
        self._rng = rng
        self._repeats = repeats

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Append messages."""
        await self._broker.publish(envelopes)

    async def subscribe(self, group: str) -> DisturbedSubscription:
        """Join a consumer group."""
        return DisturbedSubscription(await self._broker.subscribe(group), self._rng, self._repeats)

    async def lag(self, group: str) -> int:
        """Count the messages that the group has not acknowledged yet."""
        return await self._broker.lag(group)

    async def close(self) -> None:
        """Close the real one."""
        await self._broker.close()


class DisturbedSubscription:
    """Mixes up what it fetches. Acknowledges an offset only when all before it are done as well."""

    def __init__(self, subscription: Subscription, rng: random.Random, repeats: float) -> None:
        self._subscription = subscription
        self._rng = rng
        self._repeats = repeats
        self._held: list[Delivery] = []
        self._handed_out: list[Delivery] = []
        self._in_order: dict[int, deque[Delivery]] = defaultdict(deque)
        self._done: set[tuple[int, int]] = set()

    async def fetch(self, limit: int = 500) -> Sequence[Delivery]:
        """Fetch some more, and hand some of what is held to the consumer."""
        chosen: list[Delivery] = []
        while not chosen:
            await self._fetch_more(limit)
            self._rng.shuffle(self._held)
            number = self._rng.randint(0, min(len(self._held), limit))
            chosen, self._held = self._held[:number], self._held[number:]
        self._handed_out += chosen
        again = [self._rng.choice(self._handed_out) for _ in chosen if self._rng.random() < self._repeats]
        return [*chosen, *again]

    async def _fetch_more(self, limit: int) -> None:
        try:
            async with asyncio.timeout(HOLD_S if self._held else None):
                fresh = await self._subscription.fetch(limit)
        except TimeoutError:
            return
        self._held += fresh
        for delivery in fresh:
            self._in_order[delivery.partition].append(delivery)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Note what is done, and acknowledge as far as nothing before it is missing."""
        self._done.update((delivery.partition, delivery.offset) for delivery in deliveries)
        for waiting in self._in_order.values():
            finished: Delivery | None = None
            while waiting and (waiting[0].partition, waiting[0].offset) in self._done:
                finished = waiting.popleft()
            if finished is not None:
                await self._subscription.acknowledge([finished])

    async def close(self) -> None:
        """Leave the group."""
        await self._subscription.close()
