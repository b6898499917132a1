"""The consumer: reads the topic for one context, hands messages to its reactions, acknowledges what is done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import partial

from bookdelivery.application.patience import Patience
from bookdelivery.application.reactions import Reactions
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import Around, Surroundings
from bookdelivery.application.trouble import Trouble
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Delivery, Subscription, Unreadable


class Consumer:
    """One member of a context's consumer group.

    A message is acknowledged only after its effects are committed. Where nothing is wrapped around operations,
    everything fetched is handled as one batch, and while that is being acknowledged, the next one is handled already;
    else each partition has a lane of its own, in which messages are
    handled one after the other, so that one that takes long holds up its own partition only.
    """

    def __init__(
        self,
        group: str,
        reactions: Reactions,
        surroundings: Surroundings,
        around: Around | None,
        progress: Signal,
        trouble: Trouble,
    ) -> None:
        self._group = group
        self._reactions = reactions
        self._surroundings = surroundings
        self._around = around
        self._progress = progress
        self._trouble = trouble
        settings = surroundings.settings
        self._patience = Patience(settings.retry_after_s, settings.retry_at_most_s, surroundings.rng)
        self._hold = asyncio.Lock()
        self.busy = 0
        """How many messages are fetched, but not acknowledged yet."""

    @property
    def hold(self) -> asyncio.Lock:
        """While this lock is held by somebody else, no message is handled."""
        return self._hold

    async def run(self) -> None:
        """Consume until cancelled."""
        again = False
        while True:
            try:
                await self._consume(again)
            except* (Unavailable, UnusableStore) as errors:
                # The membership ends with the error: what was fetched but not acknowledged comes again.
                self._trouble.met("consumer", _first(errors))
            again = True
            await self._patience.pause()

    async def _consume(self, again: bool) -> None:
        broker = self._surroundings.broker
        subscription = await broker.subscribe(self._group)
        try:
            if again and not await broker.lag(self._group):
                # There is nothing left to fail at; else it shows when messages are handled.
                self._trouble.over("consumer")
            if self._around is None:
                await self._in_batches(subscription)
            else:
                await self._in_lanes(subscription, self._around)
        finally:
            self.busy = 0
            await self._leave(subscription)

    async def _leave(self, subscription: Subscription) -> None:
        try:
            await subscription.close()
        except (Unavailable, UnusableStore) as error:
            # A member that cannot even leave is missed in time. What made it leave, be it that this task is cancelled,
            # must not be forgotten over that.
            self._trouble.met("consumer", error)

    async def _in_batches(self, subscription: Subscription) -> None:
        batch = self._surroundings.settings.batch
        handled: list[Delivery] = []
        more = Signal()
        async with asyncio.TaskGroup() as acknowledging:
            acknowledging.create_task(
                self._acknowledge(handled, more, subscription), name=f"{self._group} acknowledgements"
            )
            while True:
                deliveries = await subscription.fetch(batch)
                self.busy += len(deliveries)
                async with self._hold:
                    await self._reactions.handle(deliveries)
                handled += deliveries
                more.set()

    async def _acknowledge(self, handled: list[Delivery], more: Signal, subscription: Subscription) -> None:
        while True:
            await more.wait()
            more.clear()
            deliveries = handled.copy()
            handled.clear()
            await self._done(subscription, deliveries)

    async def _done(self, subscription: Subscription, deliveries: Sequence[Delivery]) -> None:
        await subscription.acknowledge(deliveries)
        self.busy -= len(deliveries)
        if self._patience.failures:
            self._patience.reset()
        self._trouble.over("consumer")
        self._progress.set()

    async def _in_lanes(self, subscription: Subscription, around: Around) -> None:
        batch = self._surroundings.settings.batch
        lanes: dict[int, _Lane] = {}
        room = Signal()

        async with asyncio.TaskGroup() as lanes_at_work:
            while True:
                while self.busy >= batch:
                    room.clear()
                    await room.wait()
                deliveries = await subscription.fetch(batch - self.busy)
                self.busy += len(deliveries)
                ignored = []
                for delivery in deliveries:
                    lane = lanes.get(delivery.partition)
                    if (lane is None or not lane.deliveries) and self._is_ignored(delivery):
                        ignored.append(delivery)
                        continue
                    if lane is None:
                        lane = lanes[delivery.partition] = _Lane()
                        lanes_at_work.create_task(
                            self._work(lane, subscription, around, room),
                            name=f"{self._group} lane {delivery.partition}",
                        )
                    lane.deliveries.append(delivery)
                    lane.filled.set()
                if ignored:
                    await self._done(subscription, ignored)

    async def _work(self, lane: _Lane, subscription: Subscription, around: Around, room: Signal) -> None:
        deliveries = lane.deliveries
        while True:
            while deliveries:
                delivery = deliveries[0]
                if self._hold.locked():
                    # Whoever holds it is waited for; lanes do not wait for one another.
                    async with self._hold:
                        pass
                await self._one(delivery, around)
                await self._done(subscription, [delivery])
                deliveries.popleft()
                room.set()
            lane.filled.clear()
            await lane.filled.wait()

    def _is_ignored(self, delivery: Delivery) -> bool:
        return not isinstance(delivery.content, Unreadable) and not self._reactions.of(delivery.content)

    async def _one(self, delivery: Delivery, around: Around) -> None:
        if isinstance(delivery.content, Unreadable):
            await self._reactions.handle([delivery])
            return
        for reaction in self._reactions.of(delivery.content):
            await around(reaction.consumer, partial(self._reactions.handle_alone, reaction, delivery.content))


class _Lane:
    """What is to be done of one partition, in order."""

    __slots__ = ("deliveries", "filled")

    def __init__(self) -> None:
        self.deliveries: deque[Delivery] = deque()
        self.filled = Signal()


def _first(errors: BaseExceptionGroup[Unavailable | UnusableStore]) -> Unavailable | UnusableStore:
    """Give one of the errors; lanes that fail at once fail for the same reason."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
