"""Any of scipy's distributions as a duration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField, shorten
from bookdelivery.resilience.settings import is_number
from bookdelivery.simulation.distributions.blocks import BLOCK, Draw, in_blocks

_NEVER = 1e-9
"""A probability so small that no simulation sees it happen."""


def is_frozen(value: object) -> bool:
    """Say whether this looks like a frozen distribution of scipy, such as `scipy.stats.gamma(2.0, scale=0.01)`."""
    return callable(getattr(value, "rvs", None)) and hasattr(value, "dist") and hasattr(value, "kwds")


def _are_numbers(instance: FromScipy, attribute: attrs.Attribute[Any], value: object) -> None:  # noqa: ARG001
    if not isinstance(value, Mapping):
        raise InvalidField("FromScipy", attribute.name, value, "a mapping from a parameter's name to its value")
    for name, given in value.items():
        if not is_number(given):
            raise InvalidField("FromScipy", f"{attribute.name}[{name!r}]", given, "a number")


@attrs.frozen(slots=False)
class FromScipy:
    """A distribution of `scipy.stats`; a frozen one may stand in its place wherever a duration is asked for.

    Args:
        name: as in `scipy.stats`, such as "pareto".
        parameters: its shapes, `loc` and `scale`, in seconds, by their names.

    Raises:
        InvalidField: scipy has no such distribution, it does not take these parameters, or its values may be negative.
    """

    name: str
    parameters: Mapping[str, float] = attrs.field(factory=dict, validator=_are_numbers)
    _own: Any = attrs.field(default=None, kw_only=True, repr=False)

    @classmethod
    def of(cls, frozen: Any) -> FromScipy:
        """Take a frozen distribution; one of your own, that scipy does not know, works too but has no file format."""
        names = [*(frozen.dist.shapes or "").replace(",", " ").split(), "loc", "scale"]
        parameters = {**dict(zip(names, frozen.args, strict=False)), **frozen.kwds}
        from scipy import stats  # noqa: PLC0415

        is_known = type(getattr(stats, frozen.dist.name or "", None)) is type(frozen.dist)
        plain = {name: value.item() if hasattr(value, "item") else value for name, value in parameters.items()}
        return cls(frozen.dist.name or "own", plain, own=None if is_known else frozen)

    @property
    def is_own(self) -> bool:
        """Whether it is one that scipy does not know."""
        return self._own is not None

    def __attrs_post_init__(self) -> None:
        """See that it is a duration.

        Raises:
            InvalidField: scipy has no such distribution, or a value may be negative.
        """
        below = self._below_zero()
        if below > _NEVER:
            allowed = f"never negative, but {below:.2g} of its values are; scipy.stats.truncnorm cuts them off"
            raise InvalidField("FromScipy", "name", self.name, allowed)

    def _below_zero(self) -> float:
        frozen = self.frozen
        is_discrete = not hasattr(frozen, "pdf")
        return 0.0 if frozen.support()[0] >= 0 else float(frozen.cdf(-1 if is_discrete else 0))

    @cached_property
    def frozen(self) -> Any:
        """The distribution as scipy has it."""
        if self._own is not None:
            return self._own
        # It takes a second to load, so only those wait for it who use it.
        from scipy import stats  # noqa: PLC0415

        family = getattr(stats, str(self.name), None)
        if not isinstance(family, stats.rv_continuous | stats.rv_discrete):
            raise InvalidField("FromScipy", "name", self.name, "a distribution of scipy.stats such as 'pareto'")
        try:
            frozen = family(**self.parameters)
            frozen.support()
        except TypeError as error:
            shapes = f"{family.shapes}, loc, scale" if family.shapes else "loc, scale"
            raise InvalidField("FromScipy", "parameters", dict(self.parameters), f"of {shapes}: {error}") from error
        if np.isnan(frozen.mean()):
            raise InvalidField("FromScipy", "parameters", dict(self.parameters), f"allowed for scipy's {self.name}")
        return frozen

    @cached_property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        return float(self.frozen.mean())

    def draws(self, rng: np.random.Generator) -> Draw:
        """Draw independent values."""
        frozen = self.frozen

        def block() -> np.ndarray[Any, np.dtype[np.float64]]:
            values = np.asarray(frozen.rvs(BLOCK, random_state=rng), dtype="float64")
            if (lowest := values.min()) < 0:
                raise InvalidField("FromScipy", "name", shorten(self), f"a duration, but it gave {lowest:g} s")
            return values

        return in_blocks(block)

    def __hash__(self) -> int:
        return hash((self.name, *sorted(self.parameters.items())))
