"""What is found out about a process and its contexts when Prometheus asks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from bookdelivery.adapters.observability import catalogue
from bookdelivery.adapters.observability.health import Health
from bookdelivery.adapters.observability.prometheus import Measure, Sample
from bookdelivery.application.application import Application
from bookdelivery.application.service import ContextService
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.resilience import BreakerState

MOST_EVENTS = 1000
"""Events of an outbox that are counted; there is no telling them apart from more."""

_PATIENCE_S = 2.0


def measures_of(application: Application) -> list[Measure]:
    """Give what finds the values out: what was counted and how breakers stand, and what waits."""
    measures: list[Measure] = []
    for service in application.services.values():
        measures += _Counted(service), _Waiting(service)
    return measures


class _Counted:
    """What a context has counted since it started, and its circuit breakers."""

    def __init__(self, service: ContextService) -> None:
        self._service = service

    async def __call__(self) -> Iterable[Sample]:
        return [*self._counters(), *self._breakers()]

    def _counters(self) -> Iterator[Sample]:
        name, counters = self._service.context.name, self._service.counters
        for result, number in (
            ("handled", counters.handled),
            ("duplicate", counters.duplicates),
            ("ignored", counters.ignored),
            ("retried", counters.retried),
            ("dead_lettered", counters.dead_lettered),
        ):
            yield Sample(catalogue.MESSAGES_TOTAL, (name, result), number)
        yield Sample(catalogue.CONFLICTS_TOTAL, (name,), counters.conflicts)
        yield Sample(catalogue.PUBLISHED_EVENTS_TOTAL, (name,), counters.published)
        yield Sample(catalogue.TURNED_AWAY_TOTAL, (name,), counters.turned_away)
        yield Sample(catalogue.WAKE_UPS_TOTAL, (name,), counters.wake_ups)

    def _breakers(self) -> Iterator[Sample]:
        name = self._service.context.name
        now_s = asyncio.get_running_loop().time()
        for breaker in self._service.breakers.values():
            stands = breaker.snapshot(now_s)
            for state in BreakerState:
                here = float(stands.state is state)
                yield Sample(catalogue.BREAKER_STATE, (name, breaker.name, state.value), here)
            yield Sample(catalogue.BREAKER_REFUSED_TOTAL, (name, breaker.name), stands.refused_calls)
            if stands.failure_rate_percent is not None:
                yield Sample(catalogue.BREAKER_FAILURE_PERCENT, (name, breaker.name), stands.failure_rate_percent)


class _Waiting:
    """What waits for a context, as its store and the broker tell; nothing of those that cannot be reached just now."""

    def __init__(self, service: ContextService) -> None:
        self._service = service

    async def __call__(self) -> Iterable[Sample]:
        found = await asyncio.gather(*(_in_time(ask) for ask in (self._outbox, self._lag, self._letters)))
        return [sample for samples in found for sample in samples]

    async def _outbox(self) -> Iterable[Sample]:
        name = self._service.context.name
        waiting = await self._service.store.waiting(MOST_EVENTS)
        oldest_s = max(0.0, self._service.clock.now() - waiting[0].envelope.time) if waiting else 0.0
        return (
            Sample(catalogue.OUTBOX_EVENTS, (name,), len(waiting)),
            Sample(catalogue.OUTBOX_OLDEST_SECONDS, (name,), oldest_s),
        )

    async def _lag(self) -> Iterable[Sample]:
        name = self._service.context.name
        return (Sample(catalogue.CONSUMER_LAG_MESSAGES, (name,), await self._service.broker.lag(name)),)

    async def _letters(self) -> Iterable[Sample]:
        letters = await self._service.dead_letters()
        return (Sample(catalogue.DEAD_LETTERS, (self._service.context.name,), len(letters)),)


async def _in_time(ask: Measure) -> Iterable[Sample]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await ask()
    except (TimeoutError, Unavailable, UnusableStore):
        # The readiness says so, and what is unknown must not look like zero.
        return ()


class Readiness:
    """Whether a process is ready, and what its checks find.

    Args:
        name: the process's.
        health: how it is.
    """

    def __init__(self, name: str, health: Health) -> None:
        self._name = name
        self._health = health

    async def __call__(self) -> Iterable[Sample]:
        """Ask everything that it depends on."""
        ready, document = await self._health.readiness()
        checks = {told.rpartition(": ")[2]: float(found["ok"]) for told, found in document["checks"].items()}
        return [
            Sample(catalogue.READY, (self._name,), float(ready)),
            *(Sample(catalogue.CHECK_OK, (self._name, check), ok) for check, ok in checks.items()),
        ]
