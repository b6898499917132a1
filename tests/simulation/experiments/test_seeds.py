"""Every replication has a seed of its own that depends on nothing but the experiment's and its number."""

import numpy as np
import pytest

from bookdelivery.kernel.errors import InvalidField
from bookdelivery.simulation.experiments import replication_seed
from bookdelivery.simulation.streams import Streams


def test_no_two_replications_of_no_two_experiments_share_a_seed() -> None:
    seeds = {replication_seed(seed, number) for seed in range(40) for number in range(1, 51)}
    assert len(seeds) == 2_000
    assert all(0 <= seed < 1 << 63 for seed in seeds)


def test_seeds_stay_what_they_are_from_version_to_version() -> None:
    assert replication_seed(1, 1) == 2021340933837429789
    assert replication_seed(1, 2) == 637987770806161565


def test_the_streams_of_neighbouring_replications_have_nothing_to_do_with_each_other() -> None:
    draws = np.array([Streams(replication_seed(7, number)).numpy("arrivals").random(2_000) for number in range(1, 9)])
    likeness = np.corrcoef(draws) - np.eye(8)
    assert np.abs(likeness).max() < 4 / np.sqrt(2_000)


@pytest.mark.parametrize(("seed", "number"), [(-1, 1), (1.0, 1), (1, 0), (True, 1), (1, "1")])
def test_numbers_that_are_none_are_refused(seed: object, number: object) -> None:
    with pytest.raises(InvalidField, match=r"replications\.(seed|replication)"):
        replication_seed(seed, number)  # type: ignore[arg-type]
