"""How the circuit breakers of a drill's services stand, asked for where everybody can: at `/metrics`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from bookdelivery.adapters.observability.catalogue import BREAKER_REFUSED_TOTAL, BREAKER_STATE
from bookdelivery.resilience import BreakerState

_ANSWER_WITHIN_S = 10.0


class BreakerWatch:
    """Looks at circuit breakers again and again.

    Args:
        addresses: the services that have some.
        look_every_s: seconds between two looks.

    Attributes:
        opened: the names of those that were open, or held a call off, at some time.
        standing: how each stood when it was last seen, by its name.
    """

    def __init__(self, addresses: Sequence[str], look_every_s: float = 0.5) -> None:
        self.opened: set[str] = set()
        self.standing: dict[str, BreakerState] = {}
        self._addresses = addresses
        self._look_every_s = look_every_s

    async def __aenter__(self) -> Self:
        """Look from now on."""
        self._http = httpx.AsyncClient(trust_env=False, timeout=_ANSWER_WITHIN_S)
        self._looking = asyncio.create_task(self._look_on(), name="look at breakers")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._looking
        await self._http.aclose()

    async def look(self) -> None:
        """Look once; a service that does not answer is left as it was seen last."""
        for address in self._addresses:
            try:
                told = await self._http.get(f"{address}/metrics")
            except httpx.TransportError:
                continue
            if not told.is_success:
                continue
            for name, state in states(told.text):
                self.standing[name] = state
                if state is BreakerState.OPEN:
                    self.opened.add(name)
            self.opened.update(holding_off(told.text))

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._look_every_s)


def states(text: str) -> Iterator[tuple[str, BreakerState]]:
    """Give each circuit breaker of a page of metrics with its state."""
    for sample in _samples(text, BREAKER_STATE.name):
        if sample.value:
            yield sample.labels["breaker"], BreakerState(sample.labels["state"])


def holding_off(text: str) -> Iterator[str]:
    """Give each circuit breaker of a page of metrics that has not let a call through."""
    for sample in _samples(text, BREAKER_REFUSED_TOTAL.name):
        if sample.value:
            yield sample.labels["breaker"]


def _samples(text: str, name: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        yield from (sample for sample in family.samples if sample.name == name)
