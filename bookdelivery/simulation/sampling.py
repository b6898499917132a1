"""Which rows of a run are kept, where it is too long to keep them all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bookdelivery.simulation.tables import Chunk

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio: multiplied by it, keys one after the other are spread evenly (Knuth, "The Art of
Computer Programming", volume 3, section 6.4)."""


class Sampling:
    """Keeps a part of the rows: some operations by chance, and all that is written down about some of the orders.

    Args:
        part: how much of it, from 0 to 1.
        rng: where chance comes from.
    """

    def __init__(self, part: float, rng: np.random.Generator) -> None:
        self.part = part
        self._rng = rng

    @property
    def some_rows(self) -> Callable[[Chunk], npt.NDArray[np.bool_]] | None:
        """Says of some rows which are kept, by chance; None where all are."""
        return None if self.part >= 1 else self._by_chance

    @property
    def some_orders(self) -> Callable[[Chunk], npt.NDArray[np.bool_]] | None:
        """Says of some rows which belong to an order of which everything is kept; None where all do."""
        return None if self.part >= 1 else self._by_order

    def _by_chance(self, chunk: Chunk) -> npt.NDArray[np.bool_]:
        return self._rng.random(len(next(iter(chunk.values())))) < self.part

    def _by_order(self, chunk: Chunk) -> npt.NDArray[np.bool_]:
        return self.keeps(chunk["order_id"])

    def keeps(self, order_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Say of which orders everything is kept; the same orders each time."""
        if self.part >= 1:
            return np.ones(len(order_ids), dtype=bool)
        spread = order_ids.astype("uint64") * _SPREAD >> np.uint64(11)
        return spread.astype("float64") / 2.0**53 < self.part
