"""Pods that do not answer their probes."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from bookdelivery.simulation._checks import a_count, a_name, a_time_s
from bookdelivery.simulation.faults.base import Fault
from bookdelivery.simulation.faults.levers import Levers


@attrs.frozen
class Unhealthy(Fault):
    """Pods of a context give no answer to their probes until they have been started again, once or more often.

    Whatever else they do goes on: only who asks finds out. Without probes nothing comes of it.

    Args:
        context: whose pods.
        at: when it begins, in seconds.
        restarts: how many restarts it takes until they are well again.
        pods: how many of them, the oldest first.
    """

    context: str = attrs.field(validator=a_name)
    at: float = attrs.field(validator=a_time_s, kw_only=True)
    restarts: int = attrs.field(default=1, validator=a_count, kw_only=True)
    pods: int = attrs.field(default=1, validator=a_count, kw_only=True)

    @property
    def label(self) -> str:
        """Name the context."""
        return f"{self.context} unhealthy"

    @property
    def contexts(self) -> Sequence[tuple[str, str]]:
        """The context."""
        return (("context", self.context),)

    def window(self, lasts_s: float) -> tuple[float, float]:  # noqa: ARG002
        """The moment; what comes of it depends on the probes."""
        return self.at, self.at

    async def strike(self, levers: Levers, lasts_s: float, rng: np.random.Generator) -> None:  # noqa: ARG002
        """Make them unwell."""
        await levers.until(self.at)
        levers.unwell(self.context, self.restarts, self.pods)
