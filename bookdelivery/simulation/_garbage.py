"""The search for cyclic garbage, as rare as a simulated world allows."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

FIRST, FACTOR, LAST = 50_000, 4, 3_200_000
"""Objects made and not freed until the first search, how many times as many until the next, and the most."""

FEW = 0.01
"""A search that finds less, as a part of the objects it looked through, was hardly worth it."""


@contextmanager
def rarely_sought() -> Generator[None]:
    """Search for cyclic garbage ever more rarely while hardly any is found, as often as at first once there is some.

    A world grows by what must stay, and each search looks through all that is new. The bookstore leaves no cycles; what
    a context of somebody else's leaves is not known.
    """
    before = gc.get_threshold()
    rest = before[1:]

    def decide(phase: str, info: dict[str, int]) -> None:
        if phase == "stop":
            threshold = gc.get_threshold()[0]
            is_clean = info["collected"] < FEW * threshold
            gc.set_threshold(min(FACTOR * threshold, LAST) if is_clean else FIRST, *rest)

    gc.set_threshold(max(before[0], FIRST), *rest)
    gc.callbacks.append(decide)
    try:
        yield
    finally:
        gc.callbacks.remove(decide)
        gc.set_threshold(*before)
