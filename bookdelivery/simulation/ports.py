"""A pod's ports: what lies outside of it is reached with latency, and it may die on the way there or back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import simpy

from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.application.composition import Composition
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Outcome, Unit
from bookdelivery.simulation._waits import Nap
from bookdelivery.simulation.attic import PackingShelf
from bookdelivery.simulation.distributions import Draw
from bookdelivery.simulation.network import SimulatedNetwork
from bookdelivery.simulation.outcomes import outcome_of
from bookdelivery.simulation.packed_marks import PackingMarks
from bookdelivery.simulation.packed_outbox import PackingOutbox
from bookdelivery.simulation.recording import Recording, order_of
from bookdelivery.simulation.watchman import Watchman

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Pod

T = TypeVar("T")
Reply = TypeVar("Reply")


class VirtualClock:
    """Tells the virtual time as if it were the time of day; it begins at the Unix epoch, so both are the same number.

    Args:
        env: the environment whose time it is.
    """

    def __init__(self, env: simpy.Environment) -> None:
        self._env = env

    def now(self) -> float:
        """Seconds since the simulation began."""
        # Not by the property of that name: it is asked some seventy times in an order's life.
        return self._env._now


class RecordedStore(MemoryStore):
    """A context's data, outside of its pods; what is committed is written down, and watched over.

    Args:
        recording: where.
        clock: tells when.
        kinds: the kinds of records that have deadlines.
        loop: the world's.
        patience_s: after how many seconds the pods are told of what lies there and is not seen to.
    """

    _make_shelf = PackingShelf
    _make_marks = PackingMarks
    _make_outbox = PackingOutbox

    def __init__(
        self,
        recording: Recording,
        clock: VirtualClock,
        kinds: Sequence[str],
        loop: asyncio.AbstractEventLoop,
        patience_s: float,
    ) -> None:
        super().__init__()
        self._recording = recording
        self._clock = clock
        self.watchman = Watchman(self, kinds, loop, patience_s)
        """Who tells the pods."""

    async def commit(self, units: Sequence[Unit]) -> Sequence[Outcome]:
        """Commit, and write down what was committed."""
        outcomes = await super().commit(units)
        self._recording.committed(units, outcomes, self._clock.now())
        self.watchman.committed()
        return outcomes


async def there_and_back(pod: Pod, latency_s: float, deed: Callable[..., Awaitable[T]], *args: Any, **kwargs: Any) -> T:
    """Do something outside of a pod: half of the latency passes on the way there, half on the way back.

    The pod may be made to die before it takes effect, and after that, but before the pod learns of it.
    """
    counts_steps = pod.host.counts_steps
    if latency_s > 0:
        await Nap(latency_s / 2)
    if counts_steps and pod.dies_at_this_step():
        await _for_ever()
    answer = await deed(*args, **kwargs)
    if counts_steps and pod.dies_at_this_step():
        await _for_ever()
    if latency_s > 0:
        await Nap(latency_s / 2)
    return answer


async def _for_ever() -> None:
    # The pod is dead: its loop never comes back here.
    await asyncio.get_running_loop().create_future()


class Distant:
    """Any port, seen from a pod: each method of it is a dealing with the outside.

    Args:
        pod: who deals.
        port: what with.
        latency_s: gives the seconds a dealing takes.
    """

    def __init__(self, pod: Pod, port: object, latency_s: Draw) -> None:
        self._pod = pod
        self._port = port
        self._latency_s = latency_s

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        method = getattr(self._port, name)

        async def dealing(*args: Any, **kwargs: Any) -> Any:
            return await there_and_back(self._pod, self._latency_s(), method, *args, **kwargs)

        setattr(self, name, dealing)
        return dealing


class PodRequests:
    """Calls to other contexts, over the simulated network (the `Requests` port).

    Args:
        pod: who calls.
        network: carries them.
        composition: says which context handles a command.
        recording: where they are written down.
    """

    def __init__(self, pod: Pod, network: SimulatedNetwork, composition: Composition, recording: Recording) -> None:
        self._pod = pod
        self._network = network
        self._composition = composition
        self._recording = recording
        self._now = pod.loop.time

    async def request(self, command: Command[Reply], *, idempotency_key: str, timeout_s: float) -> Reply:  # noqa: ARG002
        """Send and wait; see `Requests.request`. The callee finds the key in the command, as the bookstore's do."""
        caller, callee = self._pod.host.name, self._composition.home(command)
        ticket = object()
        self._pod.calling[ticket] = (caller, callee, type(command).__name__, order_of(command), self._now())
        try:
            reply: Reply = await there_and_back(self._pod, 0.0, self._network.ask, caller, callee, command)
        except (Exception, asyncio.CancelledError) as error:
            self._ended(ticket, outcome_of(error))
            raise
        # Not in a `finally`: a call whose pod or whole world is gone has been written down, or is nobody's concern.
        self._ended(ticket, "answered")
        return reply

    def _ended(self, ticket: object, outcome: str) -> None:
        self._recording.calls.add((*self._pod.calling.pop(ticket), self._now(), outcome))
