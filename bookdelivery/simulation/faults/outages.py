"""Pods that die and stores that do not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import AbstractContextManager

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import a_setting
from bookdelivery.simulation._checks import a_count, a_duration_s, a_name, a_time_s, optional
from bookdelivery.simulation.distributions import (
    Distribution,
    Exponential,
    LogNormal,
    Uniform,
    a_distribution,
    distribution,
)
from bookdelivery.simulation.faults.base import STORE, Fault, Lasting
from bookdelivery.simulation.faults.levers import Levers


@attrs.frozen
class Outage(Lasting):
    """A context is down: all its pods are killed, and start again when it is over.

    Messages for it wait in the topic; requests to it are refused.

    Args:
        context: which.
        at: when it begins, in seconds.
        lasts: how long, in seconds; then the pods start up. None: as long as there is load.
    """

    context: str = attrs.field(validator=a_name)

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context} down"

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Take it down."""
        return levers.down(self.context)


@attrs.frozen
class Removal(Fault):
    """A context is taken away and never comes back; what waits for it waits for ever.

    Args:
        context: which.
        at: when, in seconds.
    """

    context: str = attrs.field(validator=a_name)
    at: float = attrs.field(default=0.0, validator=a_time_s, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context} removed"

    @property
    def heals(self) -> bool:
        """Never."""
        return False

    def window(self, lasts_s: float) -> tuple[float, float]:
        """From `at` until nobody comes any more."""
        return self.at, max(self.at, lasts_s)

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Take it down, and leave it there."""
        await levers.until(self.at)
        levers.remove(self.context)


@attrs.frozen
class StoreDown(Lasting):
    """A context's store cannot be reached: every request to it fails, and nothing of it takes effect.

    Args:
        context: whose store.
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    context: str = attrs.field(validator=a_name)

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context}'s store down"

    @property
    def watches(self) -> Collection[str]:
        """The stores."""
        return (STORE,)

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Take it away."""
        return levers.store_down(self.context)


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
        if self.at_step is None:
            return f"{self.context} crashes"
        return crash_at_step_label(self.context, self.at_step)

    @property
    def counts_steps_of(self) -> str | None:
        """The context, where a step is given."""
        return None if self.at_step is None else self.context

    @property
    def is_random(self) -> bool:
        """Where a step is given, as only the run shows when that is taken."""
        return self.at_step is not None

    def window(self, lasts_s: float) -> tuple[float, float]:
        """A moment, and until the pod starts again; where it is a step, any."""
        return (0.0, lasts_s) if self.at is None else (self.at, self.at + self.restart_after_s)

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Kill it then, or have it killed there."""
        if self.at_step is not None:
            levers.crash_at_step(self.context, self.at_step, self.restart_after_s)
        elif self.at is not None:
            await levers.until(self.at)
            levers.crash(self.context, self.restart_after_s)


def crash_at_step_label(context: str, step: int) -> str:
    """What to call the crash of one of a context's pods at a step."""
    return f"{context} crashes at step {step}"


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
    def is_random(self) -> bool:
        """It is."""
        return True

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
            if levers.crash(self.context, self.restart_after_s, which()):
                levers.struck(self.label, at, at + self.restart_after_s)


_a_flag = a_setting("True or False", lambda value: isinstance(value, bool))


@attrs.frozen
class RandomOutages(Fault):
    """A context, or each of its pods, is up for a while, down for a while, up again, as long as there is load.

    In the long run it is up for the part `time_between_s / (time_between_s + time_to_repair_s)` of the time, by their
    means, less the time that pods take to start.

    Args:
        context: which.
        time_between_s: how long it is up (MTBF is its mean), in seconds.
        time_to_repair_s: how long it is down before its pods start up (MTTR is its mean), in seconds.
        each_pod: whether each pod it is deployed with has troubles of its own; else all of them go together.
    """

    context: str = attrs.field(validator=a_name)
    time_between_s: Distribution = attrs.field(
        default=Exponential(3600.0), converter=distribution, validator=a_distribution, kw_only=True
    )
    time_to_repair_s: Distribution = attrs.field(
        default=LogNormal(300.0, 1.0), converter=distribution, validator=a_distribution, kw_only=True
    )
    each_pod: bool = attrs.field(default=True, validator=_a_flag, kw_only=True)

    @time_between_s.validator
    def _takes_time(self, attribute: attrs.Attribute[Distribution], value: Distribution) -> None:
        if not value.mean_s > 0:
            raise InvalidField("RandomOutages", attribute.name, value, "a time that is not always 0")

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context}'s pods fail at random" if self.each_pod else f"{self.context} down at random"

    @property
    def is_random(self) -> bool:
        """It is."""
        return True

    def window(self, lasts_s: float) -> tuple[float, float]:
        """As long as there is load."""
        return 0.0, lasts_s

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:
        """Take it, or each of its pods, down again and again."""
        parts = range(1, levers.replicas(self.context) + 1) if self.each_pod else [0]
        async with asyncio.TaskGroup() as troubles:
            for number, own in zip(parts, rng.spawn(len(parts)), strict=True):
                troubles.create_task(self._trouble(number, levers, lasts_s, own))

    async def _trouble(self, number: int, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:
        ups, downs = rng.spawn(2)
        up_s, down_s = self.time_between_s.draws(ups), self.time_to_repair_s.draws(downs)
        at = 0.0
        while (at := at + up_s()) < lasts_s:
            await levers.until(at)
            begun = at
            at += down_s()
            levers.struck(self.label, begun, at)
            with levers.pod_down(self.context, number) if number else levers.down(self.context):
                await levers.until(at)
