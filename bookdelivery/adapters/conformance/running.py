"""Runs a suite's asynchronous test bodies as the plain functions pytest calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

LONGEST_S = 240.0
"""Seconds after which a test hangs; on a slow disk it may take dozens."""


class Closing(Protocol):
    """What is opened for a test and closed after it."""

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


Opened = TypeVar("Opened", bound=Closing)
Suite = TypeVar("Suite")


def with_opened(
    opening: Callable[[Suite], Awaitable[Opened]], body: Callable[[Suite, Opened], Awaitable[None]]
) -> Callable[[Suite], None]:
    """Make a test of a body that gets a freshly opened adapter, which is closed afterwards.

    The test is not marked as wrapping the body, as pytest would take the body's parameters for fixtures.
    """

    async def run(suite: Suite) -> None:
        async with asyncio.timeout(LONGEST_S):
            opened = await opening(suite)
            try:
                await body(suite, opened)
            finally:
                await opened.close()

    def test(self: Suite) -> None:
        asyncio.run(run(self))

    named: Any = test
    named.__name__, named.__qualname__, named.__module__ = body.__name__, body.__qualname__, body.__module__
    return test
