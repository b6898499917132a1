"""A task whose place in a set is the same in every run."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTask(asyncio.Task[T]):
    """A task that hashes by its order of creation, not by its address.

    `asyncio.TaskGroup`, `asyncio.wait()` and `asyncio.all_tasks()` keep tasks in sets and cancel or
    report them in the set's order, which otherwise differs from one process to the next.
    """

    __slots__ = ("_birth",)
    _birth: int

    @classmethod
    def born(cls, birth: int, coro: Any, **options: Any) -> VirtualTask[Any]:
        """A task with this number."""
        # asyncio puts a task into a set as it makes it, so it must be able to hash before it is initialised.
        task = cls.__new__(cls)
        task._birth = birth
        task.__init__(coro, **options)  # type: ignore[misc]
        return task

    def __hash__(self) -> int:
        return self._birth


def is_unfinished(coroutine: Any) -> bool:
    """Whether it is suspended, running or not yet begun."""
    # Asked for first, as to look at a frame makes Python create an object for it.
    if getattr(coroutine, "cr_suspended", False):
        return True
    return (getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)) is not None
