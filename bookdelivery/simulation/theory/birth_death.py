"""Chains that go up and down by one: their probabilities in the long run."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, fsum, inf, log

from bookdelivery.kernel.errors import InvalidField


def birth_death(births: Sequence[float], deaths: Sequence[float]) -> tuple[float, ...]:
    """Give the long-run probabilities of the states 0, 1, ... of a finite birth-death chain.

    Detail balance: what goes from n to n + 1 comes back (Kleinrock, Queueing Systems I, section 3.1). Reckoned with
    logarithms, so that long chains do not overflow.

    Args:
        births: the rate from each state to the next, from state 0 on; after a rate of 0 nothing follows.
        deaths: the rate back from each state, from state 1 on, all positive; as many as births.

    Raises:
        InvalidField: they are not equally many, or a rate is out of range.
    """
    if len(births) != len(deaths):
        raise InvalidField("birth_death", "deaths", f"{len(deaths)} rates", f"as many as births, {len(births)}")
    weights = [0.0]
    for up, down in zip(births, deaths, strict=True):
        if not 0 <= up < inf:
            raise InvalidField("birth_death", "births", up, "rates of 0 or more")
        if not 0 < down < inf:
            raise InvalidField("birth_death", "deaths", down, "positive rates")
        weights.append(weights[-1] + log(up) - log(down) if up else -inf)
    most = max(weights)
    relative = [exp(weight - most) for weight in weights]
    total = fsum(relative)
    return tuple(weight / total for weight in relative)
