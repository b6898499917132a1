"""Replacing all pods of a context by those of a new version, some at a time."""

from __future__ import annotations

import attrs

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.operations.quantity import PodsOrPercent, pods, pods_or_percent


@attrs.frozen(kw_only=True)
class RollingUpdate:
    """How many pods may be too many, and how many too few, while one version replaces another.

    It is a Deployment's strategy `RollingUpdate`, with Kubernetes' defaults.

    Attributes:
        max_surge: how many pods more than wanted there may be: a number, or a percentage such as "25%", rounded up.
        max_unavailable: how many pods fewer than wanted may serve: a number, or a percentage, rounded down. Where both
            come to nothing, one pod may be missing.

    Raises:
        InvalidField: a value is not allowed, or both are 0: then nothing could ever move.
    """

    max_surge: PodsOrPercent = attrs.field(default="25%", validator=pods_or_percent)
    max_unavailable: PodsOrPercent = attrs.field(default="25%", validator=pods_or_percent)

    def __attrs_post_init__(self) -> None:
        """See that something can move."""
        if pods(self.max_surge, 100, round_up=True) == pods(self.max_unavailable, 100, round_up=True) == 0:
            raise InvalidField("RollingUpdate", "max_unavailable", self.max_unavailable, "above 0 if max_surge is 0")
        if pods(self.max_unavailable, 100, round_up=True) > 100 and isinstance(self.max_unavailable, str):
            raise InvalidField("RollingUpdate", "max_unavailable", self.max_unavailable, "at most '100%'")

    def limits(self, wanted: int) -> tuple[int, int]:
        """Say how many pods may be too many and how many too few where so many are wanted (`ResolveFenceposts`)."""
        surge = pods(self.max_surge, wanted, round_up=True)
        missing = pods(self.max_unavailable, wanted, round_up=False)
        return surge, missing if surge or missing else 1


@attrs.frozen(kw_only=True)
class Count:
    """The pods of one version.

    Attributes:
        pods: how many there are, those not counted that are told to end.
        available: how many of them have been ready for long enough.
    """

    pods: int
    available: int


def next_step(strategy: RollingUpdate, wanted: int, new: Count, old: Count) -> tuple[int, int]:
    """Say what to do next: the Deployment controller's rules (`deployment/rolling.go`).

    It adds pods of the new version as far as the surge allows; if it cannot, it takes pods of the old one away: first
    those that do not serve anyway, then as many as may be missing.

    Args:
        strategy: the limits.
        wanted: how many pods are wanted.
        new: the pods of the new version.
        old: the pods of all older versions.

    Returns:
        The pods to add to the new version (fewer than none: to take away), and those to take from the old ones.
    """
    surge, missing = strategy.limits(wanted)
    if new.pods > wanted:
        return wanted - new.pods, 0
    room = wanted + surge - new.pods - old.pods
    if new.pods < wanted and room > 0:
        return min(room, wanted - new.pods), 0
    least = wanted - missing
    removable = new.pods + old.pods - least - (new.pods - new.available)
    if old.pods == 0 or removable <= 0:
        return 0, 0
    unwell = min(removable, old.pods - old.available)
    spare = max(0, new.available + old.available - least)
    return 0, unwell + min(old.pods - unwell, spare)
