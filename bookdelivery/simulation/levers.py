"""How faults get hold of the simulated world."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager

from bookdelivery.simulation.faults import ProviderTrouble
from bookdelivery.simulation.network import SimulatedNetwork
from bookdelivery.simulation.pods import Host
from bookdelivery.simulation.provider import SimulatedProvider


class WorldLevers:
    """The levers of a world (see `Levers`).

    Args:
        hosts: the contexts' deployments, by name.
        network: between them.
        provider: the payment provider.
    """

    def __init__(self, hosts: dict[str, Host], network: SimulatedNetwork, provider: SimulatedProvider) -> None:
        self._hosts = hosts
        self._network = network
        self._provider = provider

    async def until(self, at_s: float) -> None:
        """Wait for a moment of virtual time."""
        await asyncio.sleep(at_s - asyncio.get_running_loop().time())

    @contextmanager
    def down(self, context: str) -> Generator[None, None, None]:
        """Kill all pods of a context; while several outages hold it down, the last one to end starts them."""
        host = self._hosts[context]
        host.outages += 1
        for pod in host.pods:
            pod.kill()
        try:
            yield
        finally:
            host.outages -= 1
            if not host.outages:
                for pod in host.pods:
                    pod.start(host.start_up_s())

    @contextmanager
    def slowed(self, context: str, factor: float) -> Generator[None, None, None]:
        """Multiply a context's service times."""
        factors = self._hosts[context].factors
        factors.append(factor)
        try:
            yield
        finally:
            factors.remove(factor)

    def losing_answers(self, caller: str, callee: str, probability: float) -> AbstractContextManager[None]:
        """Lose answers on their way from callee to caller."""
        return self._network.losing_answers(caller, callee, probability)

    def provider_troubled(self, trouble: ProviderTrouble) -> AbstractContextManager[None]:
        """Have the payment provider behave otherwise."""
        return self._provider.troubled(trouble)

    def crash(self, context: str, restart_after_s: float, which: float = 0.0) -> None:
        """Kill one of the live pods of a context, if any is alive."""
        alive = self._hosts[context].alive()
        if alive:
            pod = alive[min(int(which * len(alive)), len(alive) - 1)]
            pod.kill()
            pod.revive_after(restart_after_s)

    def crash_at_step(self, context: str, step: int, restart_after_s: float) -> None:
        """Kill a context's pod at the n-th step of its dealings with the outside."""
        self._hosts[context].deadly_steps[step] = restart_after_s
