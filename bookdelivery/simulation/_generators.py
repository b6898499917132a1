"""The asynchronous generators that a loop has begun and must see closed (PEP 525)."""

from __future__ import annotations

import asyncio
import itertools
import sys
import warnings
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from bookdelivery.simulation._turns import TakesTurns

Hooks = Any
"""What `sys.get_asyncgen_hooks()` returns."""


class BegunGenerators:
    """The asynchronous generators first iterated on one loop, in the order of their first iteration."""

    def __init__(self, loop: TakesTurns) -> None:
        self._loop = loop
        self._begun: WeakValueDictionary[int, AsyncGenerator[Any, Any]] = WeakValueDictionary()
        self._numbers = itertools.count()
        self._shut_down = False
        self.hooks = (self._begins, self._is_dropped)
        """What `sys.set_asyncgen_hooks()` takes to have a thread's generators reported here."""

    def install(self) -> Hooks:
        """Have this thread's generators reported here; returns what was installed before."""
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(*self.hooks)
        return before

    async def shutdown(self) -> None:
        """Close all that are still suspended, and report those that fail to."""
        self._shut_down = True
        left = list(self._begun.values())
        self._begun.clear()
        results = await asyncio.gather(*(each.aclose() for each in left), return_exceptions=True)
        for generator, result in zip(left, results, strict=True):
            if isinstance(result, Exception):
                self._loop.call_exception_handler(
                    {
                        "message": f"an error occurred during closing of asynchronous generator {generator!r}",
                        "exception": result,
                        "asyncgen": generator,
                    }
                )

    def _begins(self, generator: AsyncGenerator[Any, Any]) -> None:
        if self._shut_down:
            warnings.warn(
                f"asynchronous generator {generator!r} was scheduled after loop.shutdown_asyncgens() call",
                ResourceWarning,
                source=self._loop,
                stacklevel=2,
            )
        self._begun[next(self._numbers)] = generator

    def _is_dropped(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Called by the garbage collector instead of closing a suspended generator.

        In a crashed loop nothing tidies up.
        """
        if not self._loop.has_ended():
            self._loop.call_soon(self._loop.create_task, generator.aclose())
