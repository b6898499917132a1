"""How a rollout comes along, and when it is given up for failed."""

from __future__ import annotations

import asyncio

from bookdelivery.simulation.operations.rolling_update import Count
from bookdelivery.simulation.operations.rollout import Rollout
from bookdelivery.simulation.tables import Table


class Progress:
    """Watches the rollouts of a context (a Deployment's condition `Progressing`).

    Whatever brings the new version closer begins the deadline anew: a new pod, one that became available, an old one
    less. A rollout that has failed is not undone; should it go on after all, it may still be completed.

    Args:
        context: whose.
        deadline_s: seconds without progress after which a rollout has failed.
        loop: the world's.
        rollouts: where it is written down.
    """

    def __init__(self, context: str, deadline_s: float, loop: asyncio.AbstractEventLoop, rollouts: Table) -> None:
        self._context = context
        self._deadline_s = deadline_s
        self._loop = loop
        self._rollouts = rollouts
        self._version: Rollout | None = None
        self._counts = (0, 0, 0)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether a rollout is neither complete nor failed."""
        return self._timer is not None

    def begin(self, version: Rollout) -> None:
        """Begin to watch a rollout; what was under way is over by that."""
        self._version = version
        self._counts = (0, 0, 0)
        self._begin_deadline()

    def seen(self, wanted: int, new: Count, old: Count) -> None:
        """Take note of how many pods there are now."""
        counts = new.pods, new.available, old.pods
        if self._version is None or counts == self._counts:
            return
        is_closer = new.pods > self._counts[0] or new.available > self._counts[1] or old.pods < self._counts[2]
        self._counts = counts
        if (new.pods, new.available, old.pods) == (wanted, wanted, 0):
            self._end("complete")
            self._version = None
        else:
            self._note("progressing")
            if is_closer:
                self._begin_deadline()

    def _begin_deadline(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(self._deadline_s, self._end, "failed")

    def _end(self, change: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._note(change)

    def _note(self, change: str) -> None:
        assert self._version is not None
        row = (self._loop.time(), self._context, self._version.version, change, *self._counts)
        self._rollouts.add(row)
