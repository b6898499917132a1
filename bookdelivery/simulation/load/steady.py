"""Loads whose rate never changes."""

from __future__ import annotations

import attrs
import numpy as np

from bookdelivery.simulation._checks import a_rate
from bookdelivery.simulation.distributions import Exponential
from bookdelivery.simulation.load.base import Visit, open_loop


@attrs.frozen
class Poisson:
    """Many people who know nothing of one another: independent arrivals at a constant rate, open loop.

    Args:
        per_second: the mean rate.
    """

    per_second: float = attrs.field(validator=a_rate)

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:
        """Let a visitor in after each exponential gap."""
        await open_loop(visit, until_s, Exponential(1 / self.per_second).draws(rng))

    def describe(self) -> str:
        """Name the rate."""
        return f"Poisson, {self.per_second:g}/s"


@attrs.frozen
class Constant:
    """Arrivals as regular as a clock's ticks.

    Args:
        per_second: the rate.
    """

    per_second: float = attrs.field(validator=a_rate)

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Let a visitor in after each gap; the first one comes after one gap."""
        gap_s = 1 / self.per_second
        await open_loop(visit, until_s, lambda: gap_s)

    def describe(self) -> str:
        """Name the rate."""
        return f"constant, {self.per_second:g}/s"
