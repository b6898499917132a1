"""The distributions that durations are usually described by."""

from __future__ import annotations

import math
from itertools import repeat

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_duration_s, a_factor, a_time_s
from bookdelivery.simulation.distributions.blocks import BLOCK, Draw, in_blocks


@attrs.frozen
class Deterministic:
    """Always the same.

    Args:
        value_s: seconds, 0 or more.
    """

    value_s: float = attrs.field(validator=a_time_s)

    @property
    def mean_s(self) -> float:
        """The value itself."""
        return self.value_s

    def draws(self, rng: np.random.Generator) -> Draw:  # noqa: ARG002
        """Give the value again and again."""
        return repeat(float(self.value_s)).__next__


@attrs.frozen
class Exponential:
    """Memoryless: how long until something happens that may happen at any moment.

    Args:
        mean_s: the mean, in seconds.
    """

    mean_s: float = attrs.field(validator=a_duration_s)

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        return in_blocks(lambda: rng.exponential(self.mean_s, BLOCK))


@attrs.frozen
class Uniform:
    """Anywhere between two bounds, with the same probability.

    Args:
        low_s: the lower bound, in seconds, 0 or more.
        high_s: the upper bound, in seconds, not below `low_s`.
    """

    low_s: float = attrs.field(validator=a_time_s)
    high_s: float = attrs.field(validator=a_time_s)

    @high_s.validator
    def _not_below_low_s(self, attribute: attrs.Attribute[float], value: float) -> None:
        if value < self.low_s:
            raise InvalidField("Uniform", attribute.name, value, f"at least low_s, which is {self.low_s}")

    @property
    def mean_s(self) -> float:
        """The middle."""
        return (self.low_s + self.high_s) / 2

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        return in_blocks(lambda: rng.uniform(self.low_s, self.high_s, BLOCK))


@attrs.frozen
class LogNormal:
    """Mostly short, seldom very long, as measured answer times of services are.

    Args:
        mean_s: the mean of the duration itself (not of its logarithm), in seconds.
        sigma: the standard deviation of its natural logarithm; 0.5 is mild, 1.5 has a heavy tail.
    """

    mean_s: float = attrs.field(validator=a_duration_s)
    sigma: float = attrs.field(default=0.5, validator=a_factor)

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        mu = math.log(self.mean_s) - self.sigma**2 / 2
        return in_blocks(lambda: rng.lognormal(mu, self.sigma, BLOCK))


@attrs.frozen
class Gamma:
    """Several steps one after the other, each exponential: `shape` of them where that is a whole number (Erlang).

    Args:
        mean_s: the mean, in seconds.
        shape: 1 is exponential; the larger, the more regular: the standard deviation is the mean over its square root.
    """

    mean_s: float = attrs.field(validator=a_duration_s)
    shape: float = attrs.field(default=2.0, validator=a_factor)

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        return in_blocks(lambda: rng.gamma(self.shape, self.mean_s / self.shape, BLOCK))


@attrs.frozen
class Weibull:
    """Time to failure: of what wears out (`shape` above 1), or of what is worst when new (below 1).

    Args:
        mean_s: the mean, in seconds.
        shape: 1 is exponential.
    """

    mean_s: float = attrs.field(validator=a_duration_s)
    shape: float = attrs.field(default=1.5, validator=a_factor)

    @shape.validator
    def _has_a_finite_scale(self, attribute: attrs.Attribute[float], value: float) -> None:
        if 1 / value > _LARGEST_GAMMA_ARGUMENT - 1:
            raise InvalidField("Weibull", attribute.name, value, "0.01 or more")

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        scale_s = self.mean_s / math.gamma(1 + 1 / self.shape)
        return in_blocks(lambda: scale_s * rng.weibull(self.shape, BLOCK))


_LARGEST_GAMMA_ARGUMENT = 101
"""Well below where `math.gamma` overflows (171)."""
