"""What a running context is given from outside: ports, clock, ids, and the hooks of whoever watches."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

import attrs

from bookdelivery.application.protections import ContextResilience
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import MessageIds
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Broker, Clock, IdSource, Requests, Store
from bookdelivery.kernel.values import duration_s, optional
from bookdelivery.resilience import BreakerConfig, BreakerListener, Resilience

T = TypeVar("T")


class SystemClock:
    """The computer's clock."""

    now = staticmethod(time.time)
    """Seconds since the Unix epoch (UTC)."""


class Around(Protocol):
    """Wraps every operation of a context: a bounded pool of workers, a trace, a rate limit, a measurement."""

    async def __call__(self, operation: str, proceed: Callable[[], Awaitable[T]]) -> T:
        """Do something, await `proceed()`, do something.

        Args:
            operation: the command's name for a request, `look` for reading a view's row, `context.policy` or
                `context.view` for a message.
            proceed: runs the operation.
        """
        ...


def _count(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or value < 1:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number, 1 or more")


@attrs.frozen(kw_only=True)
class EngineSettings:
    """How the machinery behaves; nothing of it is the business's concern.

    Attributes:
        batch: the most messages fetched, relayed or looked up at once.
        attempts: how often a message is tried before it is dead-lettered.
        retry_after_s: seconds before the second attempt; doubles each time.
        retry_at_most_s: the longest such pause, in seconds; also for a store or broker that cannot be reached.
        poll_s: seconds between looks for what other processes left behind (unsent events, deadlines).
        conflict_attempts: how often a command is decided anew when somebody else changed its aggregate first.
        wake_ups_at_once: how many deadlines are handled at the same time.
        keep_s: seconds that sent events and inbox marks are kept; None keeps them for ever.
        breakers: the circuit breaker of each call, by the command's name, where it is not the default.
    """

    batch: int = attrs.field(default=500, validator=_count)
    attempts: int = attrs.field(default=5, validator=_count)
    retry_after_s: float = attrs.field(default=0.1, validator=duration_s)
    retry_at_most_s: float = attrs.field(default=5.0, validator=duration_s)
    poll_s: float = attrs.field(default=1.0, validator=duration_s)
    conflict_attempts: int = attrs.field(default=30, validator=_count)
    wake_ups_at_once: int = attrs.field(default=16, validator=_count)
    keep_s: float | None = attrs.field(default=None, validator=optional(duration_s))
    breakers: Mapping[str, BreakerConfig] = attrs.field(factory=dict)


@attrs.define
class Counters:
    """What a running context has counted since it started.

    Attributes:
        commands: commands that came to an end, refusals included.
        refused: commands the domain refused.
        turned_away: requests that a policy of the deployment did not let in.
        handled: messages handled, once for each policy and view.
        duplicates: messages that had been handled before.
        ignored: messages that nobody here reacts to.
        conflicts: units of work that came too late and were decided anew.
        retried: attempts after a failed one.
        dead_lettered: messages given up.
        published: events the broker acknowledged.
        wake_ups: deadlines handled.
    """

    commands: int = 0
    refused: int = 0
    turned_away: int = 0
    handled: int = 0
    duplicates: int = 0
    ignored: int = 0
    conflicts: int = 0
    retried: int = 0
    dead_lettered: int = 0
    published: int = 0
    wake_ups: int = 0


@attrs.define(kw_only=True, eq=False)
class Surroundings:
    """Everything around one running context.

    Attributes:
        store: its own store.
        broker: the topic all contexts share.
        ids: gives business ids.
        requests: carries synchronous calls to other contexts.
        externals: the adapter behind the port of each external system.
        clock: tells the time of day.
        rng: for jitter and ids; seeded in simulations.
        message_ids: makes the ids of events.
        settings: of the machinery.
        resilience: the policies around calls and operations.
        around: wraps every operation; None wraps nothing, and lets messages be handled many at a time.
        on_breaker: hears of everything the circuit breakers of this context's calls do.
        counters: what is counted.
        stirs: takes a callback, and calls it whenever something has lain in the store for `poll_s` seconds that should
            have been seen to: left behind by one of this context's processes that died over it, say. Where it is given,
            nobody looks at the store every `poll_s` seconds while nothing happens there, which a simulation of many
            idle hours would spend its time on. None: only looking tells.
    """

    store: Store
    broker: Broker
    ids: IdSource
    requests: Requests
    externals: Mapping[type[Any], Any] = attrs.field(factory=dict)
    clock: Clock = attrs.field(factory=SystemClock)
    rng: random.Random = attrs.field(factory=random.Random)
    message_ids: Callable[[], str] = attrs.field(
        default=attrs.Factory(lambda self: MessageIds(self.clock.now, self.rng), takes_self=True)
    )
    settings: EngineSettings = attrs.field(factory=EngineSettings)
    resilience: ContextResilience = attrs.field(factory=ContextResilience)
    around: Around | None = None
    on_breaker: BreakerListener | None = None
    counters: Counters = attrs.field(factory=Counters)
    stirs: Callable[[Callable[[], None]], None] | None = None

    @property
    def look_after_s(self) -> float | None:
        """After how many seconds to look at the store though nothing is heard of it; None: there is no need."""
        return self.settings.poll_s if self.stirs is None else None

    def rng_for(self, policies: Resilience) -> random.Random | None:
        """Give policies a source of chance of their own where they need one; it is drawn from `rng`."""
        return None if policies.retry is None else random.Random(self.rng.getrandbits(64))


class Submit(Protocol):
    """Hands a command to the context that handles it."""

    async def __call__(self, command: Command[T]) -> T:
        """Send it and wait for its answer."""
        ...
