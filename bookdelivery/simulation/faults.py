"""What goes wrong, and when. Each fault is a schedule of the simulated world; they compose.

A fault pulls the world's levers (see `Levers`) and knows nothing of the code that suffers from it. Write your own by
deriving from `Fault`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import (
    a_count,
    a_duration_s,
    a_factor,
    a_name,
    a_probability,
    a_time_s,
    known,
    optional,
)
from bookdelivery.simulation.distributions import Exponential, Uniform


class Levers(Protocol):
    """What a fault can do to the world. Levers that hold give way again when their context manager is left."""

    async def until(self, at_s: float) -> None:
        """Wait for a moment of virtual time, in seconds."""
        ...

    def down(self, context: str) -> AbstractContextManager[None]:
        """Kill all pods of a context and keep it from starting others."""
        ...

    def slowed(self, context: str, factor: float) -> AbstractContextManager[None]:
        """Multiply a context's service times."""
        ...

    def losing_answers(self, caller: str, callee: str, probability: float) -> AbstractContextManager[None]:
        """Lose answers on their way from callee to caller, each with a probability; requests arrive."""
        ...

    def provider_troubled(self, trouble: ProviderTrouble) -> AbstractContextManager[None]:
        """Have the payment provider behave otherwise."""
        ...

    def crash(self, context: str, restart_after_s: float, which: float = 0.0) -> None:
        """Kill one of the live pods of a context, the one at this part (0 to 1) of their list, if any is alive."""
        ...

    def crash_at_step(self, context: str, step: int, restart_after_s: float) -> None:
        """Kill a context's pod at the n-th step of its dealings with the outside (see `Fault.counts_steps_of`)."""
        ...


@attrs.frozen(kw_only=True)
class Fault:
    """The common base of all faults."""

    @property
    def label(self) -> str:
        """What to call it in a plot."""
        raise NotImplementedError

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The fields that name a context, each with the name given."""
        return ()

    @property
    def counts_steps_of(self) -> str | None:
        """The context whose steps must be counted for it, if it crashes a pod at one (that costs time)."""
        return None

    def window(self, lasts_s: float) -> tuple[float, float]:
        """Say when it begins and ends, in seconds, where load is brought for `lasts_s`."""
        raise NotImplementedError

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:
        """Do it, from the simulation's beginning on; return when it is over."""
        raise NotImplementedError

    def check(self, names: Sequence[str]) -> None:
        """See that it speaks of contexts that exist.

        Raises:
            InvalidField: it does not; names them.
        """
        for field, name in self.contexts:
            known(type(self).__name__, field, name, list(names))


@attrs.frozen
class Outage(Fault):
    """A context is down: all its pods are killed, and start again when it is over.

    Messages for it wait in the topic; requests to it are refused.

    Args:
        context: which.
        at: when it begins, in seconds.
        lasts: how long, in seconds; then the pods start up.
    """

    context: str = attrs.field(validator=a_name)
    at: float = attrs.field(validator=a_time_s, kw_only=True)
    lasts: float = attrs.field(validator=a_duration_s, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context} down"

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The context."""
        return (("context", self.context),)

    def window(self, lasts_s: float) -> tuple[float, float]:  # noqa: ARG002
        """From `at`, for `lasts`."""
        return self.at, self.at + self.lasts

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Take it down, bring it up."""
        await levers.until(self.at)
        with levers.down(self.context):
            await levers.until(self.at + self.lasts)


@attrs.frozen
class Crash(Fault):
    """One pod of a context dies as by kill -9, and starts again some time later.

    Args:
        context: whose pod.
        at: when, in seconds; or
        at_step: in the middle of which of the context's dealings with a store, the broker, another context or an
            external system, counted from 1 over all its pods. Each dealing has two steps: one before it takes effect,
            and one after that, but before the pod learns of it. These are all the places that can make a difference to
            the outside.
        restart_after_s: until the pod starts up again, in seconds.
    """

    context: str = attrs.field(validator=a_name)
    at: float | None = attrs.field(default=None, validator=optional(a_time_s), kw_only=True)
    at_step: int | None = attrs.field(default=None, validator=optional(a_count), kw_only=True)
    restart_after_s: float = attrs.field(default=1.0, validator=a_time_s, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """See that there is one moment.

        Raises:
            InvalidField: there is none, or two.
        """
        if (self.at is None) == (self.at_step is None):
            raise InvalidField("Crash", "at", self.at, "given, in seconds, unless at_step is given instead")

    @property
    def label(self) -> str:
        """Name the context, and the step if one is given."""
        return f"{self.context} crashes" + ("" if self.at_step is None else f" at step {self.at_step}")

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The context."""
        return (("context", self.context),)

    @property
    def counts_steps_of(self) -> str | None:
        """The context, where a step is given."""
        return None if self.at_step is None else self.context

    def window(self, lasts_s: float) -> tuple[float, float]:
        """A moment; where it is a step, any."""
        return (0.0, lasts_s) if self.at is None else (self.at, self.at + self.restart_after_s)

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Kill it then, or have it killed there."""
        if self.at_step is not None:
            levers.crash_at_step(self.context, self.at_step, self.restart_after_s)
        elif self.at is not None:
            await levers.until(self.at)
            levers.crash(self.context, self.restart_after_s)


@attrs.frozen
class RandomCrashes(Fault):
    """Pods of a context die at random, one at a time, as long as there is load.

    Args:
        context: whose pods.
        mean_time_between_s: of the exponential times between two crashes, in seconds.
        restart_after_s: until a dead pod starts up again, in seconds.
    """

    context: str = attrs.field(validator=a_name)
    mean_time_between_s: float = attrs.field(validator=a_duration_s, kw_only=True)
    restart_after_s: float = attrs.field(default=1.0, validator=a_time_s, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context} crashes at random"

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The context."""
        return (("context", self.context),)

    def window(self, lasts_s: float) -> tuple[float, float]:
        """As long as there is load."""
        return 0.0, lasts_s

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:
        """Kill one after the other."""
        gap_s = Exponential(self.mean_time_between_s).draws(rng)
        which = Uniform(0.0, 1.0).draws(rng)
        at = 0.0
        while (at := at + gap_s()) < lasts_s:
            await levers.until(at)
            levers.crash(self.context, self.restart_after_s, which())


@attrs.frozen
class SlowDown(Fault):
    """A context works more slowly.

    Args:
        context: which.
        at: when it begins, in seconds.
        lasts: how long, in seconds.
        factor: what its service times are multiplied by; several slow-downs at once multiply.
    """

    context: str = attrs.field(validator=a_name)
    at: float = attrs.field(validator=a_time_s, kw_only=True)
    lasts: float = attrs.field(validator=a_duration_s, kw_only=True)
    factor: float = attrs.field(validator=a_factor, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context and the factor."""
        return f"{self.context} {self.factor:g}x slower"

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The context."""
        return (("context", self.context),)

    def window(self, lasts_s: float) -> tuple[float, float]:  # noqa: ARG002
        """From `at`, for `lasts`."""
        return self.at, self.at + self.lasts

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Slow it down for a while."""
        await levers.until(self.at)
        with levers.slowed(self.context, self.factor):
            await levers.until(self.at + self.lasts)


@attrs.frozen
class LostAnswers(Fault):
    """Requests are handled, but the caller never hears of it.

    Args:
        caller: who asks: a context, "customers" or "people".
        callee: the context that answers.
        probability: of losing an answer.
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    caller: str = attrs.field(validator=a_name)
    callee: str = attrs.field(validator=a_name)
    probability: float = attrs.field(validator=a_probability, kw_only=True)
    at: float = attrs.field(default=0.0, validator=a_time_s, kw_only=True)
    lasts: float | None = attrs.field(default=None, validator=optional(a_duration_s), kw_only=True)

    @property
    def label(self) -> str:
        """Name both ends."""
        return f"{self.probability:.0%} of answers from {self.callee} to {self.caller} lost"

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """Both ends, as far as they are contexts."""
        callee = ("callee", self.callee)
        return (callee,) if self.caller in {CUSTOMERS, PEOPLE} else (("caller", self.caller), callee)

    def window(self, lasts_s: float) -> tuple[float, float]:
        """From `at`, for `lasts`."""
        return self.at, lasts_s if self.lasts is None else self.at + self.lasts

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Lose them for a while."""
        begin, end = self.window(lasts_s)
        await levers.until(begin)
        with levers.losing_answers(self.caller, self.callee, self.probability):
            await levers.until(end)


@attrs.frozen(kw_only=True)
class ProviderTrouble(Fault):
    """The payment provider behaves otherwise for a while; what is None stays as it is.

    Args:
        at: when it begins, in seconds.
        lasts: how long, in seconds.
        slower: what its latency is multiplied by.
        declines: the probability that it declines a charge.
        silent_before: the probability that it loses a request before it does anything.
        silent_after: the probability that it does as asked, but never answers.
        at_once: how many requests it works on at the same time; the others wait in line.
    """

    at: float = attrs.field(validator=a_time_s)
    lasts: float = attrs.field(validator=a_duration_s)
    slower: float = attrs.field(default=1.0, validator=a_factor)
    declines: float | None = attrs.field(default=None, validator=optional(a_probability))
    silent_before: float | None = attrs.field(default=None, validator=optional(a_probability))
    silent_after: float | None = attrs.field(default=None, validator=optional(a_probability))
    at_once: int | None = attrs.field(default=None, validator=optional(a_count))

    @property
    def label(self) -> str:
        """Name what is different."""
        words = [f"{self.slower:g}x slower"] if self.slower != 1.0 else []
        words += [
            f"{part:.0%} {what}"
            for part, what in (
                (self.declines, "declined"),
                (self.silent_before, "silent before charging"),
                (self.silent_after, "silent after charging"),
            )
            if part is not None
        ]
        words += [f"{self.at_once} at once"] if self.at_once is not None else []
        return "payment provider: " + (", ".join(words) or "as ever")

    def window(self, lasts_s: float) -> tuple[float, float]:  # noqa: ARG002
        """From `at`, for `lasts`."""
        return self.at, self.at + self.lasts

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Trouble it for a while."""
        await levers.until(self.at)
        with levers.provider_troubled(self):
            await levers.until(self.at + self.lasts)


CUSTOMERS = "customers"
"""What the customers are called as senders of requests."""

PEOPLE = "people"
"""What shopkeepers and couriers are called as senders of requests."""
