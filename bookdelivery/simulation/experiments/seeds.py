"""A seed for each replication, so that replications share nothing and systems compared share everything."""

from __future__ import annotations

import numpy as np

from bookdelivery.kernel.errors import InvalidField


def replication_seed(seed: int, replication: int) -> int:
    """Give the seed of a replication, from the seed of the experiment and the replication's number alone.

    Replications are independent, as numpy's `SeedSequence` keeps sequences of different spawn keys apart ("Parallel
    random number generation" in numpy's manual). Within a replication the world draws a stream for each purpose from
    this seed in the same way, so that all systems run with it meet the same visitors at the same times: common random
    numbers, for `compare` and `sweep`.

    Args:
        seed: of the experiment, a whole number, 0 or more.
        replication: its number, from 1.

    Returns:
        A number below 2^63, which fits into every file format: `Scenario(seed=...)` with it is that very run.

    Raises:
        InvalidField: a number is out of range.
    """
    if type(seed) is not int or seed < 0:
        raise InvalidField("replications", "seed", seed, "a whole number, 0 or more")
    if type(replication) is not int or replication < 1:
        raise InvalidField("replications", "replication", replication, "a whole number, 1 or more")
    sequence = np.random.SeedSequence(seed, spawn_key=(replication,))
    return int(sequence.generate_state(1, np.uint64)[0]) >> 1
