"""Durations as they were measured."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.resilience.settings import is_number
from bookdelivery.simulation.distributions.blocks import BLOCK, Draw, in_blocks


def _as_tuple(values: Any) -> Any:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        return values
    # Arrays and pandas' Series give up numbers of Python's own by `tolist`.
    return tuple(values.tolist() if hasattr(values, "tolist") else values)


@attrs.frozen(slots=False)
class Empirical:
    """One of the durations that were measured, each as likely as the others (drawn with replacement).

    Args:
        values_s: what was measured, in seconds: a list, an array or a pandas Series.
    """

    values_s: tuple[float, ...] = attrs.field(converter=_as_tuple)

    @values_s.validator
    def _are_durations(self, attribute: attrs.Attribute[Any], values: object) -> None:
        if not isinstance(values, tuple) or not values:
            raise InvalidField("Empirical", attribute.name, values, "a list of seconds, at least one")
        for place, value in enumerate(values):
            if not is_number(value) or not 0 <= value < float("inf"):
                raise InvalidField("Empirical", f"{attribute.name}[{place}]", value, "a number of seconds, 0 or more")

    @cached_property
    def mean_s(self) -> float:
        """The mean of what was measured."""
        return float(np.mean(self.values_s))

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        values_s = np.array(self.values_s, dtype="float64")
        return in_blocks(lambda: rng.choice(values_s, BLOCK))
