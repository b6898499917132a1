"""Messages that take longer from their publisher to the topic, or go that way twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import numpy as np

from bookdelivery.kernel.messages import Envelope
from bookdelivery.simulation.distributions import Draw, Uniform
from bookdelivery.simulation.faults import Delay, Duplication, MessageTrouble, Reordering


class Detours:
    """Holds messages back, and lets go of them when their time has come.

    Those of one publisher on one case keep their order, whatever happens to them.

    Args:
        loop: the world's.
        arrive: has messages arrive in the topic.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, arrive: Callable[[Sequence[Envelope]], None]) -> None:
        self._loop = loop
        self._arrive = arrive
        self._troubles: list[_Trouble] = []
        # When the last message on each lane arrives; a lane is all of a publisher's, or all of a publisher's on a case.
        self._lanes: dict[tuple[str, Any], float] = {}
        self.under_way = 0
        """How many messages have not arrived yet."""

    @property
    def is_open(self) -> bool:
        """Whether messages may take a detour at present."""
        return bool(self._troubles or self.under_way)

    def send(self, envelopes: Sequence[Envelope]) -> None:
        """Have messages arrive, each in its time."""
        now = self._loop.time()
        for envelope in envelopes:
            at_s, copies_s = self._times(envelope, now)
            for each_s in (at_s, *copies_s):
                if each_s > now:
                    self.under_way += 1
                    self._loop.call_at(each_s, self._let_go, envelope)
                else:
                    self._arrive([envelope])

    def _times(self, envelope: Envelope, now: float) -> tuple[float, list[float]]:
        source, case = (envelope.source, None), (envelope.source, envelope.key)
        lanes = self._lanes
        at_s, copies_s = now, []
        for trouble in self._troubles:
            settings = trouble.settings
            if settings.context not in (None, envelope.source):
                continue
            # Drawn for each message alike, so that the fate of one does not depend on that of another.
            is_hit, by_s = trouble.chance() < settings.probability, trouble.by_s()
            if not is_hit:
                continue
            if isinstance(settings, Duplication):
                copies_s.append(by_s)
            elif isinstance(settings, Delay):
                lanes[source] = at_s = max(at_s, now + by_s)
            elif isinstance(settings, Reordering):
                at_s = max(at_s, now + by_s)
        at_s = max(at_s, lanes.get(source, now), lanes.get(case, now))
        if at_s > now:
            lanes[case] = at_s
        return at_s, [at_s + by_s for by_s in copies_s]

    def _let_go(self, envelope: Envelope) -> None:
        self.under_way -= 1
        now = self._loop.time()
        for lane in ((envelope.source, None), (envelope.source, envelope.key)):
            if self._lanes.get(lane, now) < now:
                del self._lanes[lane]
        if not self.under_way:
            self._lanes.clear()
        self._arrive([envelope])

    @contextmanager
    def troubled(self, trouble: MessageTrouble, rng: np.random.Generator) -> Generator[None, None, None]:
        """Trouble messages for a while; those under way then still arrive in their time."""
        chances, times = rng.spawn(2)
        held = _Trouble(trouble, Uniform(0.0, 1.0).draws(chances), trouble.by_s.draws(times))
        self._troubles.append(held)
        try:
            yield
        finally:
            self._troubles.remove(held)


@attrs.frozen(eq=False)
class _Trouble:
    settings: MessageTrouble
    chance: Draw
    by_s: Draw
