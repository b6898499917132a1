"""Writes the logs that come with the package into a directory: `python -m bookdelivery.simulation.measured DIR`.

They are synthetic, made from the parameters that stand here; nobody's customers are in them.
"""

from __future__ import annotations

import heapq
import sys
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20_221_122
PACKERS = 3
MEAN_S, SIGMA = 100.0, 0.6
"""Packing takes a log-normal time of this mean; its logarithm has this standard deviation."""

ORDERS_PER_HOUR = {9: 50, 10: 65, 11: 75, 12: 60, 13: 70, 14: 85, 15: 95, 16: 90, 17: 70}
"""A Poisson process whose rate changes with the hour."""

HOUR_S = 3600


def packing_day() -> pd.DataFrame:
    """Make a day at the packing table: orders wait in line for one of the packers.

    It is made by Kiefer and Wolfowitz's recursion for a queue with several servers, not by this package's simulation,
    so that a prediction of the latter can fail.
    """
    rng = np.random.default_rng(SEED)
    arrived = [
        hour * HOUR_S + HOUR_S * moment
        for hour, rate in ORDERS_PER_HOUR.items()
        for moment in np.sort(rng.random(rng.poisson(rate)))
    ]
    mu = np.log(MEAN_S) - SIGMA**2 / 2
    worked = np.maximum(np.round(rng.lognormal(mu, SIGMA, len(arrived)), 1), 0.1)
    free_at = [0.0] * PACKERS
    waited = []
    for at, takes in zip(arrived, worked.tolist(), strict=True):
        begins = max(at, heapq.heappop(free_at))
        heapq.heappush(free_at, begins + takes)
        waited.append(begins - at)
    table = pd.DataFrame({"arrived_s": arrived, "waited_s": waited, "worked_s": worked})
    return table.round(1)


def main(directory: Path) -> None:
    """Write them into a directory."""
    packing_day().to_csv(directory / "packing-day.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
