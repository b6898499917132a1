"""Ends suspended coroutines without running another line of them, as kill -9 ends a process.

Python offers no such thing: `close()`, and the garbage collector after it, resume a suspended coroutine with
GeneratorExit, and its `finally` and `except` blocks run. But an interpreter that has no room for one more
frame cannot resume anything: it drops the frame, its handlers unrun. So the coroutines are closed at the
very bottom of this thread's stack, reached by recursion. That needs no global state (the recursion limit
stays as it is, other threads see nothing), and it is checked: whatever is not ended by it, as on another
interpreter it might not be, is kept alive for ever instead.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from types import AsyncGeneratorType, CoroutineType, GeneratorType, MethodType
from typing import Any

_unburied: list[Any] = []
"""What could not be ended: alive for ever, so that the garbage collector never resumes it."""


def bury(coroutines: Iterable[Any]) -> list[Any]:
    """End these suspended coroutines and every call, generator and context manager that only they hold.

    None of their code runs: no `finally`, no `except`, no `__exit__`. Objects that they alone hold are freed
    as usual, their `__del__` included.

    Returns:
        The coroutines that are running at this very moment, as one that kills its own loop is. They are as
        they were: keep them, and bury them when they have stopped.
    """
    given = list(coroutines)
    running = [each for each in given if _is_running(each)]
    dead = _dead_with(each for each in given if each not in running)
    # What their frames hold is freed up here, where there is room to run a destructor or a weakref's callback.
    held = [gc.get_referents(each) for each in dead]
    doomed = [each for each in dead if hasattr(each, "close")]
    collecting = gc.isenabled()
    gc.disable()
    try:
        _close_at_the_bottom(doomed)
    finally:
        if collecting:
            gc.enable()
    _unburied.extend(each for each in doomed if _frame(each) is not None)
    held.clear()
    return running


def _close_at_the_bottom(doomed: list[Any]) -> int:
    """Close the doomed where no frame fits any more; returns how far above the bottom this call was.

    The lowest call may have no room even for the call of a built-in method, such as `close` is; then the one
    above it has, and no more than that.
    """
    try:
        above = _close_at_the_bottom(doomed) + 1
    except RecursionError:
        above = 0
    if above < 2:
        for each in doomed:
            try:
                each.close()
            except RecursionError:
                continue
    return above


def _dead_with(roots: Iterable[Any]) -> list[Any]:
    """The coroutines, and what is suspended in them and held by nobody else, so that it dies with them."""
    dead: list[Any] = []
    references: Counter[int] = Counter()
    to_visit = list(roots)
    visited: set[int] = set()
    while to_visit:
        each = to_visit.pop()
        if id(each) in visited:
            continue
        visited.add(id(each))
        dead.append(each)
        held = _held_by(each)
        counted = Counter(map(id, held))
        references.update(counted)
        for thing in {id(thing): thing for thing in held}.values():
            ours = counted[id(thing)] + _REFERENCES_OF_THE_SEARCH
            if sys.getrefcount(thing) - ours <= references[id(thing)]:
                to_visit.append(thing)
    return [each for each in dead if isinstance(each, _SUSPENDED)]


_REFERENCES_OF_THE_SEARCH = 3
"""References to a thing under examination that are the search's own: the dictionary's, `thing` and the call's."""


def _held_by(thing: Any) -> list[Any]:
    """What `thing` holds that can be suspended, or leads to such."""
    if isinstance(thing, (ExitStack, AsyncExitStack)):
        return [leave for _, leave in thing._exit_callbacks]  # type: ignore[union-attr]
    if isinstance(thing, _GENERATOR_MANAGERS):
        return [thing.gen]
    if isinstance(thing, partial):
        return [each for each in (thing.func, *thing.args, *thing.keywords.values()) if _leads_on(each)]
    return [each for each in gc.get_referents(thing) if _leads_on(each)]


def _leads_on(thing: Any) -> bool:
    # Whoever wrote an awaitable of their own may keep a coroutine in it.
    return isinstance(thing, _LEADING_ON) or hasattr(type(thing), "__await__")


def _is_running(thing: Any) -> bool:
    return bool(getattr(thing, "cr_running", False) or getattr(thing, "gi_running", False))


def _frame(thing: Any) -> Any:
    return getattr(thing, "cr_frame", None) or getattr(thing, "gi_frame", None)


async def _asynchronous() -> Any:
    yield


def _synchronous() -> Any:
    yield


async def _coroutine() -> None:
    return


def _carriers() -> tuple[type, ...]:
    """The unnamed types that stand between a coroutine and what it awaits."""
    generator, coroutine = _asynchronous(), _coroutine()
    steps = (generator.__anext__(), generator.athrow(GeneratorExit), coroutine.__await__())
    for step in steps:
        step.close()
    return tuple(map(type, steps))


_SUSPENDED = (CoroutineType, GeneratorType, AsyncGeneratorType)
_GENERATOR_MANAGERS = (type(contextmanager(_synchronous)()), type(asynccontextmanager(_asynchronous)()))
_LEADING_ON = (*_SUSPENDED, *_carriers(), *_GENERATOR_MANAGERS, MethodType, partial, ExitStack, AsyncExitStack)
