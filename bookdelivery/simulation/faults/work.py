"""Work that is slow or fails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Any

import attrs
import numpy as np

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_factor, a_name, a_probability
from bookdelivery.simulation.faults.base import OPERATIONS, Lasting
from bookdelivery.simulation.faults.levers import Levers


@attrs.frozen
class SlowDown(Lasting):
    """A context works more slowly.

    Args:
        context: which.
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
        factor: what its service and CPU times are multiplied by; several slow-downs at once multiply.
    """

    context: str = attrs.field(validator=a_name)
    factor: float = attrs.field(validator=a_factor, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context and the factor."""
        return f"{self.context} {self.factor:g}x slower"

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Slow it down."""
        return levers.slowed(self.context, self.factor)


def _as_tuple(given: Any) -> Any:
    return tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else given


@attrs.frozen
class ErrorRate(Lasting):
    """A part of a context's operations keeps a worker busy, and then fails without an effect.

    A request is answered with an error, as by HTTP's status 500; a message is fetched again after a while.

    Args:
        context: which.
        probability: of failing.
        operations: which operations, by a command's name, `look`, `context.policy` or `context.view`; none named: all
            requests.
        at: when it begins, in seconds.
        lasts: how long, in seconds; None: as long as there is load.
    """

    context: str = attrs.field(validator=a_name)
    probability: float = attrs.field(validator=a_probability, kw_only=True)
    operations: tuple[str, ...] = attrs.field(default=(), converter=_as_tuple, kw_only=True)

    @operations.validator
    def _are_names(self, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple) or not all(isinstance(name, str) and name.strip() for name in value):
            raise InvalidField("ErrorRate", attribute.name, value, "a list of names of operations")

    @property
    def label(self) -> str:
        """Name the context and the part."""
        what = f" of {', '.join(self.operations)}" if self.operations else ""
        return f"{self.context}: {self.probability:.0%}{what} fails"

    @property
    def watches(self) -> Collection[str]:
        """What fails."""
        return (OPERATIONS,)

    def hold(self, levers: Levers, rng: np.random.Generator) -> AbstractContextManager[None]:  # noqa: ARG002
        """Have them fail."""
        return levers.failing(self.context, self.probability, self.operations)
