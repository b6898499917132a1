"""How many pods may be taken away on purpose, as when their machines are emptied for maintenance."""

from __future__ import annotations

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation._checks import a_duration_s, a_name, a_time_s, optional
from bookdelivery.simulation.operations.quantity import PodsOrPercent, pods, pods_or_percent


@attrs.frozen(kw_only=True)
class DisruptionBudget:
    """A PodDisruptionBudget: what evictions must leave; rolling updates and crashes do not ask it.

    Attributes:
        min_available: how many pods must stay healthy: a number, or a percentage such as "50%", rounded up; or
        max_unavailable: how many pods may be missing: a number, or a percentage, rounded up.

    Raises:
        InvalidField: a value is not allowed, or not exactly one is given.
    """

    min_available: PodsOrPercent | None = attrs.field(default=None, validator=optional(pods_or_percent))
    max_unavailable: PodsOrPercent | None = attrs.field(default=None, validator=optional(pods_or_percent))

    def __attrs_post_init__(self) -> None:
        """See that one is given."""
        if (self.min_available is None) == (self.max_unavailable is None):
            allowed = "given, unless max_unavailable is given instead"
            raise InvalidField("DisruptionBudget", "min_available", self.min_available, allowed)

    def allows(self, wanted: int, healthy: int) -> int:
        """Say how many pods may be evicted now (the disruption controller's `disruptionsAllowed`).

        Args:
            wanted: how many pods there should be.
            healthy: how many are ready.
        """
        if self.max_unavailable is not None:
            least = max(0, wanted - pods(self.max_unavailable, wanted, round_up=True))
        else:
            assert self.min_available is not None
            least = pods(self.min_available, wanted, round_up=True)
        return max(0, healthy - least)


@attrs.frozen
class Maintenance:
    """All pods of a context that are there at some moment are moved to other machines, one after the other.

    Each is told to end, and another is started in its place; the next one goes when the context's
    `Platform.disruption_budget` allows it. Without a budget all go at once.

    Args:
        context: whose pods.
        at: when it begins, in seconds.
        retry_s: seconds until a refused eviction is tried again.

    Raises:
        InvalidField: a value is not allowed.
    """

    context: str = attrs.field(validator=a_name)
    at: float = attrs.field(validator=a_time_s, kw_only=True)
    retry_s: float = attrs.field(default=5.0, validator=a_duration_s, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context, for plots."""
        return f"{self.context} moves"
