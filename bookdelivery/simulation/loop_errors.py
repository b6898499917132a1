"""What can go wrong in virtual time, as errors of our own."""

from __future__ import annotations

from collections.abc import Sequence

from bookdelivery.kernel.errors import BookdeliveryError
from bookdelivery.simulation._waiting import Waiting


class NotSimulated(BookdeliveryError, NotImplementedError):
    """The code asked its loop for something of the real world that virtual time does not have.

    Attributes:
        refused: the method of the loop that was called.
        reason: why it cannot be had in virtual time.
        instead: what to do instead.
    """

    def __init__(self, refused: str, reason: str, instead: str) -> None:
        super().__init__(f"{refused} is not simulated: {reason}. Instead: {instead}.")
        self.refused = refused
        self.reason = reason
        self.instead = instead


class LoopCrashed(BookdeliveryError, RuntimeError):
    """Work was given to a loop that has crashed and will never do it.

    Attributes:
        loop: the name of the crashed loop.
    """

    def __init__(self, loop: str, refused: str) -> None:
        super().__init__(
            f"{refused}: the loop {loop!r} has crashed and runs nothing any more; "
            "ask is_crashed() first, or make a new loop for the restarted process"
        )
        self.loop = loop


class Deadlock(BookdeliveryError, RuntimeError):
    """Nothing is scheduled any more, so what the loop was run for can never happen.

    Attributes:
        waiting: every task that still waits on this environment, and where.
    """

    def __init__(self, awaited: str, now_s: float, waiting: Sequence[Waiting]) -> None:
        super().__init__(
            f"{awaited} can never finish: at {now_s:g} s nothing is scheduled any more"
            + _listed(waiting, "and no task waits")
        )
        self.waiting = tuple(waiting)


class TaskLeak(BookdeliveryError, RuntimeWarning):
    """Tasks were still waiting when their loop was closed.

    A warning that is shown by default; `warnings.simplefilter("error", TaskLeak)` makes it an error.

    Attributes:
        tasks: the tasks that were left, and where each waits.
    """

    def __init__(self, loop: str, tasks: Sequence[Waiting]) -> None:
        super().__init__(f"the loop {loop!r} was closed with {len(tasks)} pending task(s)" + _listed(tasks, ""))
        self.tasks = tuple(tasks)


def _listed(waiting: Sequence[Waiting], none: str) -> str:
    if not waiting:
        return f", {none}" if none else ""
    shown = "".join(f"\n  {each}" for each in waiting[:_SHOWN])
    left_out = len(waiting) - _SHOWN
    return f"; waiting:{shown}" + (f"\n  ... and {left_out} more" if left_out > 0 else "")


_SHOWN = 20
