"""Loads whose rate changes with time: independent arrivals, thinned out from those at the highest rate.

The method is that of Lewis and Shedler, "Simulation of nonhomogeneous Poisson processes by thinning" (Naval Research
Logistics Quarterly 26, 1979): candidates come at the highest rate, and each is let in with the probability that the
rate of its moment has to the highest. It is exact, however the rate changes.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number
from bookdelivery.simulation._checks import a_duration_s, a_rate, a_rate_or_none, a_time_s
from bookdelivery.simulation.distributions import Draw, Exponential, Uniform
from bookdelivery.simulation.load.base import Visit, open_loop


@attrs.frozen
class Varying(ABC):
    """The common base of loads whose rate changes; write your own by giving `rate_at`, `highest` and `describe`."""

    @abstractmethod
    def rate_at(self, at_s: float) -> float:
        """Give the rate at a moment, in visitors per second."""

    @property
    @abstractmethod
    def highest(self) -> float:
        """The highest rate there ever is, in visitors per second."""

    @abstractmethod
    def describe(self) -> str:
        """Say in a few words what it is, for titles."""

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:
        """Let visitors in, at times more and at times fewer."""
        candidates, chances = rng.spawn(2)
        gap_s = Exponential(1 / self.highest).draws(candidates)
        chance = Uniform(0.0, 1.0).draws(chances)
        await open_loop(visit, until_s, self._thinned(gap_s, chance, until_s))

    def _thinned(self, gap_s: Draw, chance: Draw, until_s: float) -> Draw:
        def gaps() -> Iterator[float]:
            last = at = 0.0
            while True:
                at += gap_s()
                # Beyond the end none is let in any more: a rate that is 0 from there on must not hold up the search.
                if at >= until_s or chance() * self.highest < self.rate_at(at):
                    yield at - last
                    last = at

        return gaps().__next__


def _as_steps(steps: Any) -> Any:
    if isinstance(steps, str | bytes) or not isinstance(steps, Sequence):
        return steps
    return tuple(tuple(step) if isinstance(step, Sequence) else step for step in steps)


@attrs.frozen
class Steps(Varying):
    """One rate after the other.

    Args:
        steps: pairs of when a rate begins, in seconds, and the rate, in visitors per second; before the first nobody
            comes, and the last one stays.
    """

    steps: tuple[tuple[float, float], ...] = attrs.field(converter=_as_steps)

    @steps.validator
    def _are_in_order(self, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple) or not value:
            raise InvalidField("Steps", attribute.name, value, "a list of pairs (begins at second, rate per second)")
        for place, step in enumerate(value):
            if not isinstance(step, tuple) or len(step) != 2 or not all(_is_amount(part) for part in step):
                allowed = "a pair (begins at second, rate per second), both 0 or more"
                raise InvalidField("Steps", f"{attribute.name}[{place}]", step, allowed)
        for place, ((before_s, _), (at_s, _)) in enumerate(pairwise(value), start=1):
            if at_s <= before_s:
                allowed = f"later than the step before it, which begins at {before_s:g} s"
                raise InvalidField("Steps", f"{attribute.name}[{place}]", value[place], allowed)
        if not any(rate > 0 for _, rate in value):
            raise InvalidField("Steps", attribute.name, value, "steps at least one of which has a rate above 0")

    def rate_at(self, at_s: float) -> float:
        """Give the rate of the latest step."""
        return next((rate for begins_s, rate in reversed(self.steps) if begins_s <= at_s), 0.0)

    @property
    def highest(self) -> float:
        """The highest of them."""
        return max(rate for _, rate in self.steps)

    def describe(self) -> str:
        """Name the rates."""
        return "steps of " + ", ".join(f"{rate:g}" for _, rate in self.steps) + "/s"


@attrs.frozen(kw_only=True)
class Ramp(Varying):
    """A rate that rises, or falls, evenly.

    Args:
        from_per_second: the rate at the beginning.
        to_per_second: the rate at the end of the ramp, and from there on.
        begins_s: when it begins to change, in seconds.
        takes_s: how long it changes, in seconds.
    """

    from_per_second: float = attrs.field(validator=a_rate_or_none)
    to_per_second: float = attrs.field(validator=a_rate_or_none)
    takes_s: float = attrs.field(validator=a_duration_s)
    begins_s: float = attrs.field(default=0.0, validator=a_time_s)

    def __attrs_post_init__(self) -> None:
        """See that somebody comes.

        Raises:
            InvalidField: nobody ever does.
        """
        if self.highest == 0:
            raise InvalidField("Ramp", "to_per_second", self.to_per_second, "above 0 where from_per_second is 0")

    def rate_at(self, at_s: float) -> float:
        """Give the rate on the way."""
        done = min(max((at_s - self.begins_s) / self.takes_s, 0.0), 1.0)
        return self.from_per_second + done * (self.to_per_second - self.from_per_second)

    @property
    def highest(self) -> float:
        """The one end or the other."""
        return max(self.from_per_second, self.to_per_second)

    def describe(self) -> str:
        """Name both ends."""
        return f"ramp from {self.from_per_second:g} to {self.to_per_second:g}/s"


@attrs.frozen(kw_only=True)
class Diurnal(Varying):
    """Days and nights: a rate that swings as a sine between its lowest and its highest.

    Args:
        lowest_per_second: the rate in the dead of night.
        highest_per_second: the rate at the peak.
        peak_s: when the first peak is, in seconds; the others a period apart.
        period_s: of one day and night, in seconds.
    """

    lowest_per_second: float = attrs.field(validator=a_rate_or_none)
    highest_per_second: float = attrs.field(validator=a_rate)
    peak_s: float = attrs.field(default=20 * 3600.0, validator=a_time_s)
    period_s: float = attrs.field(default=86_400.0, validator=a_duration_s)

    @highest_per_second.validator
    def _not_below_the_lowest(self, attribute: attrs.Attribute[float], value: float) -> None:
        if value < self.lowest_per_second:
            allowed = f"at least lowest_per_second, which is {self.lowest_per_second:g}"
            raise InvalidField("Diurnal", attribute.name, value, allowed)

    def rate_at(self, at_s: float) -> float:
        """Give the rate of the hour."""
        height = (1 + math.cos(2 * math.pi * (at_s - self.peak_s) / self.period_s)) / 2
        return self.lowest_per_second + height * (self.highest_per_second - self.lowest_per_second)

    @property
    def highest(self) -> float:
        """The rate at the peak."""
        return self.highest_per_second

    def describe(self) -> str:
        """Name both ends."""
        return f"day and night, {self.lowest_per_second:g} to {self.highest_per_second:g}/s"


@attrs.frozen(kw_only=True)
class FlashCrowd(Varying):
    """Quiet, until everybody comes at once: a steep rise, a plateau, and a slow decay.

    The shape is that of Ari, Hong, Miller, Brandt and Long, "Managing flash crowds on the Internet" (MASCOTS 2003):
    ramp-up, sustained traffic, ramp-down; what goes away does so by halves.

    Args:
        usual_per_second: the rate before and long after it.
        peak_per_second: the rate of the plateau.
        at: when the rise begins, in seconds.
        rise_s: how long it rises, in seconds.
        plateau_s: how long it stays, in seconds.
        half_life_s: after how many seconds half of the extra visitors have stopped coming.
    """

    usual_per_second: float = attrs.field(validator=a_rate_or_none)
    peak_per_second: float = attrs.field(validator=a_rate)
    at: float = attrs.field(validator=a_time_s)
    rise_s: float = attrs.field(default=30.0, validator=a_time_s)
    plateau_s: float = attrs.field(default=60.0, validator=a_time_s)
    half_life_s: float = attrs.field(default=60.0, validator=a_duration_s)

    @peak_per_second.validator
    def _not_below_the_usual(self, attribute: attrs.Attribute[float], value: float) -> None:
        if value < self.usual_per_second:
            allowed = f"at least usual_per_second, which is {self.usual_per_second:g}"
            raise InvalidField("FlashCrowd", attribute.name, value, allowed)

    def rate_at(self, at_s: float) -> float:
        """Give the rate of that moment."""
        since_s = at_s - self.at
        extra = self.peak_per_second - self.usual_per_second
        if since_s < 0:
            return self.usual_per_second
        if since_s < self.rise_s:
            return self.usual_per_second + extra * since_s / self.rise_s
        falling_s = max(since_s - self.rise_s - self.plateau_s, 0.0)
        return self.usual_per_second + extra * math.exp2(-falling_s / self.half_life_s)

    @property
    def highest(self) -> float:
        """The rate of the plateau."""
        return self.peak_per_second

    def describe(self) -> str:
        """Name both rates and the moment."""
        return f"flash crowd, {self.usual_per_second:g} to {self.peak_per_second:g}/s at {self.at:g} s"


def _is_amount(value: object) -> bool:
    return is_number(value) and 0 <= value < math.inf
