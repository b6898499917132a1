"""A whole system inside one process, its data where its URLs say: with nothing to start, in memory or a SQLite file."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Protocol

from bookdelivery.adapters.inbound.answers import Answered
from bookdelivery.application.application import Application
from bookdelivery.application.composition import Composition, compose
from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import EngineSettings, Surroundings, SystemClock
from bookdelivery.application.system import System
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import MessageIds
from bookdelivery.kernel.ports import Clock, Requests
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.adapters import open_adapters


class Closing(Protocol):
    """What holds files or connections until it is closed."""

    async def close(self) -> None:
        """Let go of them."""
        ...


class Embedded(Application):
    """Runs a system's contexts together in this process. Use it as an asynchronous context manager.

    Args:
        system: the contexts, yours or the bookstore's.
        url: where it keeps its data: `memory://`, or a file, `sqlite:///shop.db`, which several processes may share, or
            a directory or database.
        broker_url: where the topic is; by default it lies with the data, where those are in memory or SQLite.
        stores: where some contexts keep their data instead: URLs by a context's name, or by the kind of store that
            contexts declare.
        externals: the adapter behind each external system's port.
        settings: of the machinery.
        resilience: the policies around the calls and operations of a context, by its name.
        clock: tells the time of day.
        rng: for jitter and message ids; a seeded one gives the same again.
        closes: what is to be closed with it, such as external systems it alone uses.
        only: the names of the contexts that run in this process; None: all of them.
        elsewhere: makes what carries calls to those that do not.

    Attributes:
        codec: reads and writes whatever is said and kept here.

    Raises:
        WronglyDeclared: the contexts do not fit together, or an external system has no adapter.
        InvalidField: a URL is of no known kind, or they do not go together, or policies are for something that is not
            there.
        UnusableStore: there is something else in the file, or it cannot be read or written.
        MissingExtra: a URL's kind needs packages that are not installed.
    """

    def __init__(
        self,
        system: System,
        url: str = "memory://",
        *,
        broker_url: str | None = None,
        stores: Mapping[str, str] | None = None,
        externals: Mapping[type[Any], Any] | None = None,
        settings: EngineSettings | None = None,
        resilience: Mapping[str, ContextResilience] | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        closes: Sequence[Closing] = (),
        only: Collection[str] | None = None,
        elsewhere: Callable[[Composition, Codec], Requests] | None = None,
    ) -> None:
        composition = compose(system.contexts)
        policies = resilience or {}
        for name in policies:
            if name not in composition.wired:
                raise InvalidField("Embedded", "resilience", name, f"one of {', '.join(sorted(composition.wired))}")
        self.codec = codec = Codec(composition.messages, (*composition.stored, Answered))
        adapters = self._adapters = open_adapters(
            url,
            codec,
            contexts=composition.contexts,
            broker_url=broker_url,
            stores=stores,
            reads=_of_interest(composition, only),
        )
        self._closes = closes
        clock = clock or SystemClock()
        rng = rng or random.Random()
        message_ids = MessageIds(clock.now, rng)

        def around(context: Context, requests: Requests) -> Surroundings:
            return Surroundings(
                store=system.wrap_store(context, adapters.store(context)),
                broker=system.wrap_broker(context, adapters.broker),
                ids=adapters.ids(context),
                requests=requests,
                externals=externals or {},
                clock=clock,
                rng=rng,
                message_ids=message_ids,
                settings=settings or EngineSettings(),
                resilience=policies.get(context.name, ContextResilience()),
            )

        carries = None if elsewhere is None else elsewhere(composition, codec)
        super().__init__(composition, around, only=only, elsewhere=carries)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            # One that fails to close does not keep the others open.
            async with AsyncExitStack() as leaving:
                leaving.push_async_callback(self._adapters.close)
                for closing in self._closes:
                    leaving.push_async_callback(closing.close)


def _of_interest(composition: Composition, only: Collection[str] | None) -> Collection[str] | None:
    """Give the types of events that the contexts of this process react to; None where it is all contexts."""
    if only is None:
        return None
    here = [wired for name, wired in composition.wired.items() if name in only]
    return {name for wired in here for name in wired.reactions}
