"""What is done to a running system on purpose: rollouts and maintenance, at their time."""

from __future__ import annotations

import asyncio

from bookdelivery.simulation._waits import Nap
from bookdelivery.simulation.operations.disruption import Maintenance
from bookdelivery.simulation.operations.keeper import Keeper
from bookdelivery.simulation.operations.rollout import Rollout


async def roll_out(rollout: Rollout, keeper: Keeper) -> None:
    """Begin a rollout when it is time."""
    await asyncio.sleep(rollout.at - asyncio.get_running_loop().time())
    keeper.roll_out(rollout)


async def maintain(maintenance: Maintenance, keeper: Keeper) -> None:
    """Evict the pods that are there when it is time, each as soon as the budget allows it."""
    await asyncio.sleep(maintenance.at - asyncio.get_running_loop().time())
    budget = keeper.platform.disruption_budget
    for ward in keeper.wards:
        while budget is not None and ward.is_ready and not budget.allows(keeper.wanted, keeper.healthy):
            await Nap(maintenance.retry_s)
        if ward in keeper.wards:
            keeper.evict(ward.pod)
