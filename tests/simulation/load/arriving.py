"""Loads on their own: when each visitor comes, without any shop."""

import asyncio

import numpy as np

from bookdelivery.simulation.load import Load
from tests.virtual import run_virtual


def arrivals(load: Load, until_s: float, seed: int = 1, stays_s: float = 0.0) -> list[float]:
    """The moments at which a load brings visitors, who each stay for a while."""
    came: list[float] = []

    async def visit() -> None:
        came.append(asyncio.get_running_loop().time())
        await asyncio.sleep(stays_s)

    run_virtual(load.bring(visit, until_s, np.random.default_rng(seed)))
    return came
