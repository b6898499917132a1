"""The relay: publishes what the outbox holds, in order, at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bookdelivery.application.patience import Patience
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.application.trouble import Trouble
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.kernel.ports import Outgoing


class Relay:
    """Carries events from one context's outbox to the broker.

    An event is marked sent only once the broker has acknowledged it, so a crash in between publishes it again and
    consumers see a duplicate, never a gap. The outbox is read in the order of commits and published in one go, so
    order is kept per key, also when two relays work at once: each publishes an event before the next one of its key.
    If there is more to publish already, it is published while the events before it are being marked.

    Args:
        surroundings: the store and broker, among others.
        signal: set when something was committed.
        progress: set when something was published.
        trouble: where a store or broker that fails is noted.
    """

    def __init__(self, surroundings: Surroundings, signal: Signal, progress: Signal, trouble: Trouble) -> None:
        self._surroundings = surroundings
        self._signal = signal
        self._progress = progress
        self._trouble = trouble
        # Published by this relay, and not marked sent yet.
        self._unmarked: frozenset[int] = frozenset()

    async def run(self) -> None:
        """Relay until cancelled."""
        around = self._surroundings
        settings = around.settings
        patience = Patience(settings.retry_after_s, settings.retry_at_most_s, around.rng)
        while True:
            self._signal.clear()
            try:
                relayed = await self.relay_once()
            except (Unavailable, UnusableStore) as error:
                self._trouble.met("relay", error)
                await patience.pause()
                continue
            patience.reset()
            self._trouble.over("relay")
            if relayed < settings.batch:
                # What was committed since then has set the signal.
                await self._signal.wait(around.look_after_s)

    async def relay_once(self) -> int:
        """Publish one batch, and mark it or the one before; say how many events it had."""
        around, unmarked = self._surroundings, self._unmarked
        waiting = await around.store.waiting(around.settings.batch + len(unmarked))
        if unmarked:
            waiting = [outgoing for outgoing in waiting if outgoing.position not in unmarked]
            outcomes = await asyncio.gather(self._publish(waiting), self._mark(unmarked), return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome
        else:
            await self._publish(waiting)
        positions = frozenset([outgoing.position for outgoing in waiting])
        has_more = self._signal.is_set or len(waiting) >= around.settings.batch
        self._unmarked = positions if has_more else frozenset()
        if not has_more:
            await self._mark(positions)
        return len(waiting)

    async def _publish(self, waiting: Sequence[Outgoing]) -> None:
        if waiting:
            await self._surroundings.broker.publish([outgoing.envelope for outgoing in waiting])
            self._surroundings.counters.published += len(waiting)

    async def _mark(self, positions: frozenset[int]) -> None:
        if positions:
            await self._surroundings.store.mark_sent(sorted(positions), self._surroundings.clock.now())
            self._progress.set()
