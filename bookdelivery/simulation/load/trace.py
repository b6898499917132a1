"""Visitors who come when they came once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.load.base import Visit, open_loop

if TYPE_CHECKING:
    import pandas as pd


def _as_tuple(values: Any) -> Any:
    if isinstance(values, str | bytes):
        return values
    if hasattr(values, "tolist"):
        values = values.tolist()
    return tuple(values) if isinstance(values, Sequence) else values


@attrs.frozen
class Trace:
    """Visitors at the moments at which they once came, or as many of them in each interval.

    Args:
        at_s: moments in ascending order, in seconds.
        visitors: how many visitors came in the interval that begins at each moment; they come at moments within it that
            chance decides. Without it, one visitor comes at each moment. The last interval is as long as the one before
            it.
    """

    at_s: tuple[float, ...] = attrs.field(converter=_as_tuple)
    visitors: tuple[int, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(_as_tuple))

    @at_s.validator
    def _are_in_order(self, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple) or not value:
            raise InvalidField("Trace", attribute.name, value, "a list of seconds, at least one")
        for place, at_s in enumerate(value):
            if not is_number(at_s) or not 0 <= at_s < math.inf:
                raise InvalidField("Trace", f"{attribute.name}[{place}]", at_s, "a number of seconds, 0 or more")
        for place, (before_s, at_s) in enumerate(pairwise(value), start=1):
            if at_s < before_s:
                allowed = f"not earlier than the moment before it, {before_s:g} s: a trace is in order of time"
                raise InvalidField("Trace", f"{attribute.name}[{place}]", at_s, allowed)

    @visitors.validator
    def _are_counts(self, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is None:
            return
        if not isinstance(value, tuple) or len(value) != len(self.at_s) or len(value) < 2:
            allowed = f"a list as long as at_s, which has {len(self.at_s)} entries, and at least 2"
            raise InvalidField("Trace", attribute.name, value, allowed)
        for place, count in enumerate(value):
            if type(count) is not int or count < 0:
                raise InvalidField("Trace", f"{attribute.name}[{place}]", count, "a whole number, 0 or more")
        for place, (before_s, at_s) in enumerate(pairwise(self.at_s), start=1):
            if at_s == before_s:
                allowed = f"later than the interval before it, which begins at {before_s:g} s"
                raise InvalidField("Trace", f"at_s[{place}]", at_s, allowed)

    @classmethod
    def of_moments(cls, moments: pd.Series) -> Trace:
        """Take a Series of moments at which somebody came: seconds, or times, which then count from the first.

        Raises:
            InvalidField: they are not in order.
        """
        return cls(_seconds(moments))

    @classmethod
    def of_counts(cls, counts: pd.Series) -> Trace:
        """Take a Series of how many visitors came, indexed by when each interval begins: seconds, or times.

        Raises:
            InvalidField: the index is not in order, or the values are not whole numbers.
        """
        values = [int(count) if count == count // 1 else count for count in counts.tolist()]
        return cls(_seconds(counts.index.to_series()), values)

    async def bring(self, visit: Visit, until_s: float, rng: np.random.Generator) -> None:
        """Let them in."""
        await open_loop(visit, until_s, _gaps(self._moments(rng), until_s))

    def _moments(self, rng: np.random.Generator) -> Iterator[float]:
        if self.visitors is None:
            yield from self.at_s
            return
        widths = np.diff(self.at_s, append=2 * self.at_s[-1] - self.at_s[-2])
        for at_s, width_s, count in zip(self.at_s, widths, self.visitors, strict=True):
            yield from (at_s + width_s * np.sort(rng.random(count))).tolist()

    def describe(self) -> str:
        """Name the number of visitors."""
        number = len(self.at_s) if self.visitors is None else sum(self.visitors)
        return f"trace of {number:,} visitors"


def _gaps(moments: Iterator[float], until_s: float) -> Draw:
    def gaps() -> Iterator[float]:
        last = 0.0
        for at_s in moments:
            yield at_s - last
            last = at_s
        while True:
            yield until_s

    return gaps().__next__


def _seconds(times: Any) -> list[float]:
    """Give times as seconds; what has a calendar counts from its first."""
    if hasattr(times, "dt"):
        differences = times - times.iloc[0] if times.dtype.kind == "M" else times
        return [float(seconds) for seconds in differences.dt.total_seconds()]
    return [float(seconds) for seconds in times]
