"""The payment provider."""

from __future__ import annotations

import attrs

from bookdelivery.simulation._checks import a_count, a_probability, optional
from bookdelivery.simulation.distributions import Distribution, LogNormal, a_distribution, distribution


@attrs.frozen(kw_only=True)
class Provider:
    """The payment provider: somebody else's system, outside of all pods.

    Attributes:
        latency_s: until it answers, in seconds; half of it passes before the charge or refund takes place.
        declines: the probability that it declines a charge.
        silent_before: the probability that it loses a request before it does anything; no answer ever comes.
        silent_after: the probability that it does as asked, and no answer ever comes.
        at_once: how many requests it works on at the same time, the others wait in line; None: all of them.
    """

    latency_s: Distribution = attrs.field(
        default=LogNormal(0.08, 0.4), converter=distribution, validator=a_distribution
    )
    declines: float = attrs.field(default=0.0, validator=a_probability)
    silent_before: float = attrs.field(default=0.0, validator=a_probability)
    silent_after: float = attrs.field(default=0.0, validator=a_probability)
    at_once: int | None = attrs.field(default=None, validator=optional(a_count))
