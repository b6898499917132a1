"""Clocks that are wrong."""

from __future__ import annotations

import math
from collections.abc import Collection
from contextlib import AbstractContextManager

import attrs
import numpy as np

from bookdelivery.resilience.settings import a_number
from bookdelivery.simulation._checks import a_name
from bookdelivery.simulation.faults.base import CLOCK, Lasting
from bookdelivery.simulation.faults.levers import Levers


@attrs.frozen
class ClockSkew(Lasting):
    """The time of day in a context's pods jumps when it begins, and jumps back when it ends.

    The times that events carry, and so all columns that are taken from them, are what those clocks say. Waiting is not
    affected: it is measured by monotonic clocks.

    Args:
        context: whose clocks.
        by_s: how far ahead of the others they are, in seconds; below 0: behind them.
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    context: str = attrs.field(validator=a_name)
    by_s: float = attrs.field(
        validator=a_number("a number of seconds", lambda seconds: abs(seconds) < math.inf), kw_only=True
    )

    @property
    def label(self) -> str:
        """Name the context and the direction."""
        return f"{self.context}'s clock {abs(self.by_s):g} s {'ahead' if self.by_s >= 0 else 'behind'}"

    @property
    def watches(self) -> Collection[str]:
        """The clocks."""
        return (CLOCK,)

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Put them wrong."""
        return levers.clock_off(self.context, self.by_s)
