"""Waits for asynchronous work from synchronous code, also inside of a notebook."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run asynchronous work to its end and give what it gives.

    A notebook's cells run on an event loop already, which asyncio does not let run another one in the same thread; so
    there it gets a thread of its own, for which the cell waits.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()
