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
from bookdelivery.kernel.sealed import GivesSealed, carries_sealed, gives_sealed

_SEALED_AT_ONCE = 4
"""How many times as many events make a batch if they are not opened; their bytes are all that a batch takes."""


class Relay:
    """Carries events from one context's outbox to the broker.

    An event is marked sent only once the broker has acknowledged it, so a crash in between publishes it again and
    consumers see a duplicate, never a gap. The outbox is read in the order of commits and published in one go, so
    order is kept per key, also when two relays work at once: each publishes an event before the next one of its key.
    If there is more to publish already, it is published while the events before it are being marked. Where the store
    keeps events in the form that the broker sends, they are carried over unopened, and more of them at a time.

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
        store = surroundings.store
        self._sealed = store if gives_sealed(store) and carries_sealed(surroundings.broker) else None
        self._batch = surroundings.settings.batch * (1 if self._sealed is None else _SEALED_AT_ONCE)
        # Published by this relay, and not marked sent yet.
        self._unmarked: frozenset[int] = frozenset()
        # Read while the batch before was being published.
        self._ahead: Sequence[Outgoing] = ()

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
            if relayed < self._batch:
                # What was committed since then has set the signal.
                await self._signal.wait(around.look_after_s)

    async def relay_once(self) -> int:
        """Publish one batch, and mark it or the one before; say how many events it had."""
        unmarked = self._unmarked
        waiting = await self._next(unmarked)
        beside = [self._mark(unmarked)] if unmarked else []
        if self._sealed is not None and len(waiting) >= self._batch:
            beside.append(self._look_ahead(self._sealed, waiting[-1].position))
        if beside:
            outcomes = await asyncio.gather(self._publish(waiting), *beside, return_exceptions=True)
            for outcome in outcomes:
                if outcome is not None:
                    # What comes after is not published before it.
                    self._ahead = ()
                    raise outcome
        else:
            await self._publish(waiting)
        positions = frozenset([outgoing.position for outgoing in waiting])
        has_more = self._signal.is_set or len(waiting) >= self._batch
        self._unmarked = positions if has_more else frozenset()
        if not has_more:
            await self._mark(positions)
        return len(waiting)

    async def _next(self, unmarked: frozenset[int]) -> Sequence[Outgoing]:
        if self._sealed is not None:
            ahead, self._ahead = self._ahead, ()
            # Positions have the order of commits: nothing comes to be before those that were read.
            return ahead or await self._sealed.sealed(max(unmarked, default=0), self._batch)
        waiting = await self._surroundings.store.waiting(self._batch + len(unmarked))
        if unmarked:
            waiting = [outgoing for outgoing in waiting if outgoing.position not in unmarked]
        return waiting

    async def _look_ahead(self, store: GivesSealed, after: int) -> None:
        self._ahead = await store.sealed(after, self._batch)

    async def _publish(self, waiting: Sequence[Outgoing]) -> None:
        if waiting:
            await self._surroundings.broker.publish([outgoing.envelope for outgoing in waiting])
            self._surroundings.counters.published += len(waiting)

    async def _mark(self, positions: frozenset[int]) -> None:
        if positions:
            await self._surroundings.store.mark_sent(sorted(positions), self._surroundings.clock.now())
            self._progress.set()
