"""Trouble at the payment provider's, which is nobody's fault here."""

from __future__ import annotations

from contextlib import AbstractContextManager

import attrs
import numpy as np

from bookdelivery.simulation._checks import a_count, a_factor, a_probability, optional
from bookdelivery.simulation.faults.base import Lasting
from bookdelivery.simulation.faults.levers import Levers


@attrs.frozen(kw_only=True)
class ProviderTrouble(Lasting):
    """The payment provider behaves otherwise for a while; what is None stays as it is.

    Args:
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
        slower: what its latency is multiplied by.
        declines: the probability that it declines a charge.
        silent_before: the probability that it loses a request before it does anything.
        silent_after: the probability that it does as asked, but never answers.
        at_once: how many requests it works on at the same time; the others wait in line.
    """

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

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Trouble it."""
        return levers.provider_troubled(self)
