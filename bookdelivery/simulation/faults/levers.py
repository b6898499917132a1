"""What a fault can do to the world."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from bookdelivery.simulation.faults.messages import MessageTrouble
    from bookdelivery.simulation.faults.provider_trouble import ProviderTrouble


class Levers(Protocol):
    """What a fault can do to the world. Levers that hold give way again when their context manager is left."""

    async def until(self, at_s: float) -> None:
        """Wait for a moment of virtual time, in seconds."""
        ...

    def down(self, context: str) -> AbstractContextManager[None]:
        """Kill all pods of a context and keep it from starting others."""
        ...

    def remove(self, context: str) -> None:
        """Kill all pods of a context, and let none start ever again."""
        ...

    def replicas(self, context: str) -> int:
        """Count the pods that a context is deployed with."""
        ...

    def pod_down(self, context: str, number: int) -> AbstractContextManager[None]:
        """Kill one of the pods that a context is deployed with, by its number from 1, and keep it from starting."""
        ...

    def slowed(self, context: str, factor: float) -> AbstractContextManager[None]:
        """Multiply a context's service and CPU times."""
        ...

    def failing(self, context: str, probability: float, operations: Collection[str]) -> AbstractContextManager[None]:
        """Have a context's operations fail without an effect, each with a probability; none named: all requests."""
        ...

    def losing_answers(self, caller: str, callee: str, probability: float) -> AbstractContextManager[None]:
        """Lose answers on their way from callee to caller, each with a probability; requests arrive."""
        ...

    def parted(self, one: str, other: str) -> AbstractContextManager[None]:
        """Let nothing pass between two of them."""
        ...

    def broker_down(self) -> AbstractContextManager[None]:
        """Have the broker answer nobody; what it has, it keeps."""
        ...

    def store_down(self, context: str) -> AbstractContextManager[None]:
        """Have a context's store answer nobody; what it has, it keeps."""
        ...

    def messages_troubled(self, trouble: MessageTrouble, rng: np.random.Generator) -> AbstractContextManager[None]:
        """Have messages come twice, late or in another order."""
        ...

    def clock_off(self, context: str, by_s: float) -> AbstractContextManager[None]:
        """Have the clocks of a context's pods be ahead of (above 0) or behind the others, in seconds."""
        ...

    def provider_troubled(self, trouble: ProviderTrouble) -> AbstractContextManager[None]:
        """Have the payment provider behave otherwise."""
        ...

    def struck(self, label: str, at_s: float, until_s: float) -> None:
        """Write down when a fault of this label, whose times are drawn, struck, and until when, in seconds."""
        ...

    def crash(self, context: str, restart_after_s: float, which: float = 0.0) -> bool:
        """Kill one of the live pods of a context, the one at this part (0 to 1) of their list; False: none is alive."""
        ...

    def unwell(self, context: str, restarts: int, pods: int) -> None:
        """Have some of a context's pods not answer their probes until they were started again so often."""
        ...

    def crash_at_step(self, context: str, step: int, restart_after_s: float) -> None:
        """Kill a context's pod at the n-th step of its dealings with the outside (see `Fault.counts_steps_of`)."""
        ...
