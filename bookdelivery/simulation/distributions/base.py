"""What a distribution is, and how a field of a scenario takes one."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.distributions.blocks import Draw
from bookdelivery.simulation.distributions.from_scipy import FromScipy, is_frozen
from bookdelivery.simulation.distributions.parametric import Deterministic


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


def distribution(value: Any) -> Any:
    """Read a duration.

    A plain number of seconds stands for `Deterministic`, a frozen distribution of scipy for `FromScipy`; anything else
    is left to the check.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Deterministic(value)
    return FromScipy.of(value) if is_frozen(value) else value


def a_distribution(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Check, for attrs, that a field holds a distribution."""
    if not isinstance(value, Distribution):
        allowed = "a number of seconds, or a distribution such as Exponential(mean_s=0.01)"
        raise InvalidField(type(instance).__name__, attribute.name, value, allowed)


def takes_no_time(given: Distribution) -> bool:
    """Say whether a duration is always zero, so that nobody need wait for it."""
    return isinstance(given, Deterministic) and given.value_s == 0
