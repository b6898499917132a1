"""Where randomness comes from: an independent stream for each purpose, all from one seed."""

from __future__ import annotations

import random

import numpy as np


class Streams:
    """Makes generators of random numbers by the name of what they are for.

    A stream depends on the seed and its own name only, never on which others exist or how much was drawn from them: a
    fault that is added does not reshuffle the arrivals. Names become the spawn key of numpy's `SeedSequence`, which
    keeps streams of different keys apart (see "Parallel random number generation" in numpy's manual).

    Args:
        seed: a whole number, 0 or more.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def numpy(self, *purpose: str) -> np.random.Generator:
        """Make the stream of this purpose, given as words from the general to the particular."""
        return np.random.Generator(np.random.PCG64(self._sequence(purpose)))

    def python(self, *purpose: str) -> random.Random:
        """Make the same for code that takes a `random.Random`; another stream than numpy's of this name."""
        words = self._sequence(("python", *purpose)).generate_state(8)
        return random.Random(words.tobytes())

    def _sequence(self, purpose: tuple[str, ...]) -> np.random.SeedSequence:
        return np.random.SeedSequence(self._seed, spawn_key=tuple("/".join(purpose).encode()))
