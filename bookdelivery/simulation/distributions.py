"""How long things take: distributions of a duration in seconds, drawn from a stream that is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_duration_s, a_time_s

Draw = Callable[[], float]
"""Gives the next value, in seconds."""

_BLOCK = 512
"""Values drawn at once: numpy takes about as long for one as for fifty."""


@runtime_checkable
class Distribution(Protocol):
    """A duration that varies; write your own by giving these two."""

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        ...

    def draws(self, rng: np.random.Generator) -> Draw:
        """Make a function that gives one value after the other, in seconds, none below 0."""
        ...


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
        return _in_blocks(lambda: rng.exponential(self.mean_s, _BLOCK))


@attrs.frozen
class Uniform:
    """Anywhere between two bounds, with the same probability.

    Args:
        low_s, high_s: the bounds, in seconds; `low_s` is 0 or more, `high_s` is not below it.
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
        return _in_blocks(lambda: rng.uniform(self.low_s, self.high_s, _BLOCK))


@attrs.frozen
class LogNormal:
    """Mostly short, seldom very long, as measured answer times of services are.

    Args:
        mean_s: the mean of the duration itself (not of its logarithm), in seconds.
        sigma: the standard deviation of its natural logarithm; 0.5 is mild, 1.5 has a heavy tail.
    """

    mean_s: float = attrs.field(validator=a_duration_s)
    sigma: float = attrs.field(default=0.5, validator=a_duration_s)

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        mu = math.log(self.mean_s) - self.sigma**2 / 2
        return _in_blocks(lambda: rng.lognormal(mu, self.sigma, _BLOCK))


def distribution(value: Any) -> Any:
    """Read a duration: a plain number of seconds stands for `Deterministic`; anything else is left to the check."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Deterministic(value)
    return value


def a_distribution(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a distribution."""
    if not isinstance(value, Distribution):
        allowed = "a number of seconds, or a distribution such as Exponential(mean_s=0.01)"
        raise InvalidField(type(instance).__name__, attribute.name, value, allowed)


def _in_blocks(block: Callable[[], np.ndarray[Any, np.dtype[np.float64]]]) -> Draw:
    def values() -> Iterator[float]:
        while True:
            yield from block().tolist()

    return values().__next__


def takes_no_time(given: Distribution) -> bool:
    """Say whether a duration is always zero, so that nobody need wait for it."""
    return isinstance(given, Deterministic) and given.value_s == 0
