"""A process's start while what it needs may not be there yet."""

from __future__ import annotations

import asyncio
import logging
import random

from bookdelivery.adapters.observability.health import Finding, Health
from bookdelivery.kernel.errors import Unavailable, UnusableStore
from bookdelivery.services.http_server import HttpServer

logger = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""The pause after the first look in vain; it doubles each time, up to the longest."""


async def all_there(health: Health, server: HttpServer, patience_s: float) -> bool:
    """Wait until everything that a process depends on answers.

    Args:
        health: knows what that is.
        server: who may be asked to end meanwhile.
        patience_s: seconds after which to give up.

    Returns:
        Whether it does; False if the process was asked to end before.

    Raises:
        UnusableStore: something will not answer however long one waits: a wrong password, say.
        Unavailable: something did not answer in time.
    """
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    pause_s = FIRST_PAUSE_S
    while True:
        missing = {name: one for name, one in (await health.findings()).items() if one.problem is not None}
        if not missing:
            return True
        for name, finding in missing.items():
            if finding.is_hopeless:
                where, _, problem = str(finding.problem).partition(": ")
                raise UnusableStore(f"{name}: {where}", problem)
        waited_s = loop.time() - began_s
        if waited_s + pause_s > patience_s:
            raise Unavailable(f"gave up after {waited_s:.0f} s: {_told(missing)}")
        logger.warning("not there yet, asking again in %.1f s: %s", pause_s, _told(missing))
        try:
            async with asyncio.timeout(pause_s * random.uniform(0.8, 1.2)):
                await server.wait_for_end()
        except TimeoutError:
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        else:
            return False


def _told(missing: dict[str, Finding]) -> str:
    """Say what stands against whom, each reason once."""
    by_reason: dict[str | None, list[str]] = {}
    for name, finding in missing.items():
        by_reason.setdefault(finding.problem, []).append(name)
    return "; ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())
