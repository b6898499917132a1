"""Values drawn many at a time: numpy takes about as long for one as for fifty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Draw = Callable[[], float]
"""Gives the next value, in seconds."""

BLOCK = 512
"""Values drawn at once."""


def in_blocks(block: Callable[[], np.ndarray[Any, Any]]) -> Draw:
    """Make a function that hands out the values of one block after the other.

    Args:
        block: draws the next block.
    """

    def values() -> Iterator[float]:
        while True:
            yield from block().tolist()

    return values().__next__
