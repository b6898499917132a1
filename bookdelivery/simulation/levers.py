"""How faults get hold of the simulated world."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Generator
from contextlib import AbstractContextManager, contextmanager

import numpy as np

from bookdelivery.simulation.faults import MessageTrouble, ProviderTrouble
from bookdelivery.simulation.network import SimulatedNetwork
from bookdelivery.simulation.pods import Host
from bookdelivery.simulation.provider import SimulatedProvider
from bookdelivery.simulation.tables import Table
from bookdelivery.simulation.topic import SimulatedBroker
from bookdelivery.simulation.troubles import Troubles


class WorldLevers:
    """The levers of a world (see `Levers`).

    Args:
        hosts: the contexts' deployments, by name.
        network: between them.
        provider: the payment provider.
        broker: the topic.
        troubles: what is wrong at present.
        strikes: where it is written down when faults struck whose times only the run says.
    """

    def __init__(
        self,
        hosts: dict[str, Host],
        network: SimulatedNetwork,
        provider: SimulatedProvider,
        broker: SimulatedBroker,
        troubles: Troubles,
        strikes: Table,
    ) -> None:
        self._hosts = hosts
        self._deployed = {name: tuple(host.pods) for name, host in hosts.items()}
        self._network = network
        self._provider = provider
        self._broker = broker
        self._troubles = troubles
        self._strikes = strikes

    async def until(self, at_s: float) -> None:
        """Wait for a moment of virtual time."""
        await asyncio.sleep(at_s - asyncio.get_running_loop().time())

    @contextmanager
    def down(self, context: str) -> Generator[None, None, None]:
        """Kill all pods of a context; while several outages hold it down, the last one to end starts them."""
        self.remove(context)
        host = self._hosts[context]
        try:
            yield
        finally:
            host.outages -= 1
            for pod in host.pods:
                if pod.may_start:
                    pod.start(host.start_up_s())

    def remove(self, context: str) -> None:
        """Kill all pods of a context, and let none start ever again."""
        host = self._hosts[context]
        host.outages += 1
        for pod in host.pods:
            pod.kill()

    def replicas(self, context: str) -> int:
        """Count the pods that a context is deployed with."""
        return len(self._deployed[context])

    @contextmanager
    def pod_down(self, context: str, number: int) -> Generator[None, None, None]:
        """Kill one of the pods that a context is deployed with, and keep it from starting."""
        host = self._hosts[context]
        pod = self._deployed[context][number - 1]
        pod.outages += 1
        pod.kill()
        try:
            yield
        finally:
            pod.outages -= 1
            # It may have been taken away meanwhile, on purpose.
            if pod.may_start and pod in host.pods:
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

    def failing(self, context: str, probability: float, operations: Collection[str]) -> AbstractContextManager[None]:
        """Have a context's operations fail without an effect, each with a probability; none named: all requests."""
        return self._troubles.operations_fail(context, probability, operations)

    def parted(self, one: str, other: str) -> AbstractContextManager[None]:
        """Let nothing pass between two of them."""
        return self._troubles.parted(one, other)

    def broker_down(self) -> AbstractContextManager[None]:
        """Have the broker answer nobody."""
        return self._troubles.broker_down()

    def store_down(self, context: str) -> AbstractContextManager[None]:
        """Have a context's store answer nobody."""
        return self._troubles.store_down(context)

    def clock_off(self, context: str, by_s: float) -> AbstractContextManager[None]:
        """Have the clocks of a context's pods be ahead of or behind the others."""
        return self._troubles.clock_off(context, by_s)

    def messages_troubled(self, trouble: MessageTrouble, rng: np.random.Generator) -> AbstractContextManager[None]:
        """Have messages come twice, late or in another order."""
        return self._broker.messages_troubled(trouble, rng)

    def struck(self, label: str, at_s: float, until_s: float) -> None:
        """Write down when a fault struck whose time only the run says, and until when."""
        self._strikes.add((label, at_s, until_s))

    def crash(self, context: str, restart_after_s: float, which: float = 0.0) -> bool:
        """Kill one of the live pods of a context, if any is alive, and say so."""
        alive = self._hosts[context].alive()
        if alive:
            pod = alive[min(int(which * len(alive)), len(alive) - 1)]
            pod.kill()
            pod.revive_after(restart_after_s)
        return bool(alive)

    def unwell(self, context: str, restarts: int, pods: int) -> None:
        """Have some of a context's pods not answer their probes until they were started again so often."""
        host = self._hosts[context]
        for pod in host.pods[:pods]:
            pod.unwell_lives = restarts
            if host.keeper is not None:
                host.keeper.answers_changed(pod)

    def crash_at_step(self, context: str, step: int, restart_after_s: float) -> None:
        """Kill a context's pod at the n-th step of its dealings with the outside."""
        self._hosts[context].deadly_steps[step] = restart_after_s
