"""How a pod that is to go finishes what it has begun."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.simulation._waits import Nap

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Pod

_LOOK_EVERY_S = 0.05
"""Seconds between two looks at whether all is done."""


async def drain(pod: Pod) -> None:
    """Finish a pod's work, as a process does on SIGTERM; it runs on the pod's own loop.

    It takes no further requests and messages, answers those it has, publishes what was decided by then, and leaves its
    consumer group, so that others have its partitions at once and not only after the session timeout.
    """
    told_s = asyncio.get_running_loop().time()
    await pod.service.rest()
    while pod.asked or pod.workers.busy or pod.workers.waiting:
        await Nap(_LOOK_EVERY_S)
    while await _holds_back(pod, told_s):
        await Nap(_LOOK_EVERY_S)
    pod.serving.cancel()
    await asyncio.wait([pod.serving])


async def _holds_back(pod: Pod, told_s: float) -> bool:
    """Say whether the outbox, which all pods share, holds something from before that was not published yet."""
    try:
        waiting = await pod.host.store.waiting(1)
    except (Unavailable, UnusableStore):
        return True
    return bool(waiting) and waiting[0].envelope.time <= told_s
