"""The relay: publishes what the outbox holds, in order, at least once."""

from __future__ import annotations

from bookdelivery.application.patience import Patience
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.application.trouble import Trouble
from bookdelivery.kernel.errors import Unavailable, UnusableStore


class Relay:
    """Carries events from one context's outbox to the broker.

    An event is marked sent only once the broker has acknowledged it, so a crash in between publishes it again and
    consumers see a duplicate, never a gap. The outbox is read in the order of commits and published in one go, so
    order is kept per key, also when two relays work at once: each publishes an event before the next one of its key.

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
                await self._signal.wait(settings.poll_s)

    async def relay_once(self) -> int:
        """Publish and mark one batch; say how many events it had."""
        around = self._surroundings
        waiting = await around.store.waiting(around.settings.batch)
        if waiting:
            await around.broker.publish([outgoing.envelope for outgoing in waiting])
            await around.store.mark_sent([outgoing.position for outgoing in waiting], around.clock.now())
            around.counters.published += len(waiting)
            self._progress.set()
        return len(waiting)
