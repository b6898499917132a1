"""What a process tells of itself, as the configuration says: metrics, traces, neither or both."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping

import attrs

from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.observed import ObservedContext, ObservedRequests
from bookdelivery.adapters.observability.observed_broker import ObservedBroker
from bookdelivery.adapters.observability.observer import Observer, Observers
from bookdelivery.adapters.observability.prometheus import Metrics
from bookdelivery.application.application import Application
from bookdelivery.application.system import System
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.ids import MessageIds
from bookdelivery.kernel.ports import Broker, Requests
from bookdelivery.services.config import Config
from bookdelivery.services.extras import needing
from bookdelivery.services.measuring import Readiness, measures_of


@attrs.define(eq=False)
class Observing:
    """What observes a process; where nobody does, everything stays as it is.

    Attributes:
        front: shows the metrics.
        metrics: what Prometheus is told; None: nothing.
        observer: hears of operations; None: nobody does.
    """

    front: Front
    metrics: Metrics | None
    observer: Observer | None
    _message_ids: MessageIds = attrs.field(factory=lambda: MessageIds(time.time), init=False)

    def system(self, system: System) -> System:
        """Observe the topic as each context of a system sees it."""
        observer = self.observer
        if observer is None:
            return system

        def around(context: Context, broker: Broker) -> Broker:
            metrics, name = self.metrics, context.name
            arrived = None if metrics is None else lambda event, delay_s: metrics.arrived(name, event, delay_s)
            return ObservedBroker(system.wrap_broker(context, broker), name, observer, time.time, arrived)

        return attrs.evolve(system, wrap_broker=around)

    def requests(self, requests: Requests, context: str) -> Requests:
        """Observe the calls that a context makes to others."""
        if self.observer is None:
            return requests
        return ObservedRequests(requests, context, self.observer, self._message_ids)

    def contexts(self, application: Application) -> Mapping[str, RunningContext]:
        """Give the running contexts for inbound adapters, with whatever they are asked observed."""
        if self.metrics is not None:
            for measure in measures_of(application):
                self.metrics.add(measure)
        if self.observer is None:
            return application.services
        return {
            name: ObservedContext(service, self.observer, self._message_ids)
            for name, service in application.services.items()
        }


@contextlib.asynccontextmanager
async def observing(config: Config, service: str, front: Front) -> AsyncIterator[Observing]:
    """Observe a process within this.

    Args:
        config: says what is told, and where traces go.
        service: which process it is.
        front: what it answers with; it gets `/metrics`, and tells of the requests to it.

    Raises:
        MissingExtra: traces are wished for, and the extra `traces` is not installed.
    """
    metrics = Metrics() if config.operations.metrics else None
    observers: list[Observer] = [] if metrics is None else [metrics]
    if metrics is not None:
        metrics.add(Readiness(service, front.health))
        front.pages["/metrics"] = metrics.page
    async with contextlib.AsyncExitStack() as leaving:
        if config.operations.traces:
            with needing("traces", "[operations] traces"):
                from bookdelivery.adapters.observability.tracing import Traces  # noqa: PLC0415 - an extra
                from bookdelivery.services.exporting import Exporting  # noqa: PLC0415

            exporting = Exporting(config.operations.traces, service)
            leaving.push_async_callback(asyncio.to_thread, exporting.close)
            observers.append(Traces(exporting.tracer))
        observer = observers[0] if len(observers) == 1 else Observers(observers) if observers else None
        front.observer = observer
        yield Observing(front, metrics, observer)
