"""How long to wait before trying again."""

from __future__ import annotations

import asyncio
import random

import attrs


@attrs.define
class Patience:
    """Growing pauses with jitter, reset by success.

    Each pause is drawn from between half of a bound and the bound, which doubles up to a cap (equal jitter, as in the
    AWS architecture blog's "Exponential Backoff and Jitter").
    """

    first_s: float
    at_most_s: float
    rng: random.Random
    failures: int = 0

    async def pause(self) -> None:
        """Sleep after one more failure."""
        bound = min(self.first_s * 2.0 ** min(self.failures, 30), self.at_most_s)
        self.failures += 1
        await asyncio.sleep(bound * (0.5 + 0.5 * self.rng.random()))

    def reset(self) -> None:
        """Begin anew after a success."""
        self.failures = 0
