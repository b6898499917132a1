"""What all faults have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager

import attrs
import numpy as np

from bookdelivery.simulation._checks import a_duration_s, a_time_s, known, optional
from bookdelivery.simulation.faults.levers import Levers

BROKER = "broker"
"""The way from pods to the topic, and what the broker is called as one side of a partition."""

PROVIDER = "provider"
"""The way from pods to the payment provider, and what it is called as one side of a partition."""

STORE = "store"
"""The way from pods to their stores."""

CLOCK = "clock"
"""The pods' clocks."""

OPERATIONS = "operations"
"""What the pods' workers do."""


@attrs.frozen(kw_only=True)
class Fault(ABC):
    """The common base of all faults."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What to call it in a plot."""

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The fields that name a context, each with the name given."""
        named = getattr(self, "context", None)
        return () if named is None else (("context", named),)

    @property
    def counts_steps_of(self) -> str | None:
        """The context whose steps must be counted for it, if it crashes a pod at one (that costs time)."""
        return None

    @property
    def watches(self) -> Collection[str]:
        """What of every pod must be watched for it, as that costs time: "broker", "store", "provider", ...

        They are `BROKER`, `STORE`, `PROVIDER`, `CLOCK` and `OPERATIONS` of `bookdelivery.simulation.faults.base`.
        """
        return ()

    @property
    def heals(self) -> bool:
        """Whether it ends some time, so that everything can be expected to come to rest afterwards."""
        return True

    @property
    def is_random(self) -> bool:
        """Whether only the run says when it strikes, which is then noted (`Levers.struck`): `window` is when it may."""
        return False

    @abstractmethod
    def window(self, lasts_s: float) -> tuple[float, float]:
        """Say when it begins and ends, in seconds, where load is brought for `lasts_s`."""

    @abstractmethod
    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:
        """Do it, from the simulation's beginning on; return when it is over."""

    def check(self, names: Sequence[str]) -> None:
        """See that it speaks of contexts that exist.

        Raises:
            InvalidField: it does not; names them.
        """
        for field, name in self.contexts:
            known(type(self).__name__, field, name, list(names))


@attrs.frozen
class Lasting(Fault):
    """The common base of faults that begin, hold for a while, and end.

    Args:
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    at: float = attrs.field(default=0.0, validator=a_time_s, kw_only=True)
    lasts: float | None = attrs.field(default=None, validator=optional(a_duration_s), kw_only=True)

    @abstractmethod
    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:
        """Pull the lever; it gives way again when the context manager is left."""

    def window(self, lasts_s: float) -> tuple[float, float]:
        """From `at`, for `lasts`."""
        return self.at, max(self.at, lasts_s) if self.lasts is None else self.at + self.lasts

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:
        """Hold it for a while."""
        begin, end = self.window(lasts_s)
        await levers.until(begin)
        with self.hold(levers, rng):
            await levers.until(end)
