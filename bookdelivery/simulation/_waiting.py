"""Where a task waits: read off its suspended coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import FrameType
from typing import Any

import attrs


@attrs.frozen
class Waiting:
    """A task that waits, and where.

    Attributes:
        task: the task's name.
        loop: the name of its loop.
        where: the suspended calls as "file:line in function", the outermost first.
        on: what it waits for, as Python shows it; empty when it is about to run.
    """

    task: str
    loop: str
    where: tuple[str, ...]
    on: str

    def __str__(self) -> str:
        at = " -> ".join(self.where) if self.where else "not started"
        return f"{self.task} at {at}" + (f", on {self.on}" if self.on else "")


def waiting(task: asyncio.Task[Any], loop: str) -> Waiting:
    """Tell where `task` of the loop called `loop` waits."""
    frames = tuple(
        f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"
        for frame in suspended_frames(task.get_coro())
    )
    future = getattr(task, "_fut_waiter", None)
    return Waiting(task.get_name(), loop, frames, "" if future is None else repr(future))


def suspended_frames(awaitable: Any) -> Iterator[FrameType]:
    """The frames of the suspended call chain that starts at `awaitable`, the outermost first.

    It ends where Python cannot look further: at a future, or inside `anext()` of an asynchronous generator.
    """
    while awaitable is not None:
        frame = getattr(awaitable, "cr_frame", None) or getattr(awaitable, "gi_frame", None)
        if frame is None:
            return
        yield frame
        awaitable = getattr(awaitable, "cr_await", None) or getattr(awaitable, "gi_yieldfrom", None)
