"""The network between visitors, people, pods and the outside: every request and answer takes its time, or gets lost."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from bookdelivery.kernel.conversation import CURRENT, Conversation
from bookdelivery.kernel.errors import BookdeliveryError, NotAnswered, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.simulation._limits import TimeLimit
from bookdelivery.simulation._waits import Answer
from bookdelivery.simulation.deployment import Link, Network
from bookdelivery.simulation.distributions import Draw, Uniform
from bookdelivery.simulation.streams import Streams
from bookdelivery.simulation.troubles import Troubles
from bookdelivery.simulation.workers import Job, TurnedAway

if TYPE_CHECKING:
    from bookdelivery.simulation.pods import Host, Pod

T = TypeVar("T")
Reply = TypeVar("Reply")

_conversation = CURRENT.get
"""Bound once: what is imported by name is otherwise bound anew for each call."""

Work = Callable[["Pod"], Awaitable[Any]]
"""What a pod is asked to do other than to handle a command."""


class GaveUp(NotAnswered):
    """The sender of a request did not wait any longer for its answer."""


class SimulatedNetwork:
    """Carries requests between the loops of the simulated world, which cannot await one another.

    Args:
        settings: latency and loss.
        streams: where randomness comes from.
        hosts: where each context is found, by its name.
        mishap: told of errors that no answer can carry, with the pod where it happened.
        troubles: say who cannot reach whom.
    """

    def __init__(
        self,
        settings: Network,
        streams: Streams,
        hosts: dict[str, Host],
        mishap: Callable[[str, Exception], None],
        troubles: Troubles,
    ) -> None:
        self._hosts = hosts
        self._mishap = mishap
        self._troubles = troubles
        # Asked before anything else, as nearly always nothing is in anybody's way.
        self._parted = troubles.parted_ends
        self._usual = _Way(settings.latency_s.draws(streams.numpy("network", "latency")), settings.loss)
        self._others = {ends: way for link in settings.links for ends, way in _ways(link, settings, streams)}
        self._chance = Uniform(0.0, 1.0).draws(streams.numpy("network", "loss"))
        self._chance_of_answer = Uniform(0.0, 1.0).draws(streams.numpy("network", "lost answers"))
        self._limits: dict[tuple[asyncio.AbstractEventLoop, float], TimeLimit] = {}
        self._losing: dict[tuple[str, str], list[float]] = {}

    def ask(
        self, caller: str, callee: str, command: Command[Reply], timeout_s: float | None = None
    ) -> Awaitable[Reply]:
        """Have one of the callee's pods handle a command; to be awaited at once, for the answer.

        Args:
            caller: who asks: a context, or "customers" or "people".
            callee: the context asked.
            command: what its pod is to do.
            timeout_s: seconds after which to give up; None leaves that to the caller.

        Raises:
            GaveUp: the time is over; whether it had an effect is unknown.
            NotAnswered: the pod died meanwhile, or failed; whether it had an effect is unknown.
            Unavailable: no pod is there, or the one asked turned it away; it had no effect.
            BookdeliveryError: whatever else the work raises.
        """
        return self.carry(caller, callee, command, None, timeout_s)

    def have_done(
        self, caller: str, callee: str, work: Callable[[Pod], Awaitable[T]], timeout_s: float | None = None
    ) -> Awaitable[T]:
        """Have one of the callee's pods do something other than to handle a command; see `ask`."""
        return self.carry(caller, callee, None, work, timeout_s)

    def carry(
        self, caller: str, callee: str, command: Command[Any] | None, work: Work | None, timeout_s: float | None
    ) -> _Parcel:
        """Do either, as there is a command or not."""
        loop = asyncio.get_running_loop()
        way = self._others.get((caller, callee), self._usual) if self._others else self._usual
        parcel = _Parcel(caller, callee, command, work, loop, _conversation(), way)
        if not (way.loss > 0 or self._parted) or not self._is_lost(parcel):
            self._send(parcel)
        if timeout_s is not None:
            limit = self._limits.get((loop, timeout_s))
            if limit is None:
                limit = self._limits[loop, timeout_s] = TimeLimit(loop, timeout_s, partial(_gave_up, timeout_s))
            limit.begins(parcel)
        return parcel

    def _send(self, parcel: _Parcel) -> None:
        # What is on its way lies with its receiver: it arrives also when its sender has died, and if the receiver dies
        # the sender is told.
        pod = self._hosts[parcel.callee].next_pod()
        if pod is None:
            self._answer(parcel, None, Unavailable(f"nobody is there to answer for {parcel.callee}"))
            return
        pod.asked[parcel] = None
        # A function that is an attribute is called more quickly by a name of its own; so elsewhere here.
        draw_s = parcel.way.latency_s
        latency_s = draw_s()
        if latency_s > 0:
            pod.loop.call_later(latency_s, self._arrive, parcel, pod)
        else:
            self._arrive(parcel, pod)

    def _arrive(self, parcel: _Parcel, pod: Pod) -> None:
        command = parcel.command
        if command is None or not pod.takes_directly:
            pod.loop.create_task(self._serve(parcel, pod), name=parcel.caller)
            return
        try:
            pod.workers.take(type(command).__name__, self._begin, parcel, pod)
        except TurnedAway as refusal:
            self._end(parcel, pod, None, refusal)

    def _begin(self, job: Job, parcel: _Parcel, pod: Pod) -> None:
        pod.porters.serve(self._serve(parcel, pod, job))

    async def _serve(self, parcel: _Parcel, pod: Pod, job: Job | None = None) -> None:
        if _conversation() is not parcel.conversation:
            CURRENT.set(parcel.conversation)
        reply: Any = None
        error: BookdeliveryError | None = None
        try:
            if parcel.command is None:
                assert parcel.work is not None
                reply = await parcel.work(pod)
            elif job is None:
                reply = await pod.service.submit(parcel.command)
            else:
                reply = await pod.workers.finish(job, 0.0, pod.service.handle, parcel.command)
        except BookdeliveryError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001
            # What a server answers with status 500: the caller learns that it failed, its owner why.
            self._mishap(pod.name, raised)
            error = NotAnswered(f"{parcel.callee} failed: {type(raised).__name__}")
        self._end(parcel, pod, reply, error)

    def _end(self, parcel: _Parcel, pod: Pod, reply: Any, error: BookdeliveryError | None) -> None:
        del pod.asked[parcel]
        self._answer(parcel, reply, error)

    def reset(self, pod: Pod) -> None:
        """Tell all who wait for an answer of a pod that it has died, as their connections to it break."""
        for parcel in pod.asked:
            self._answer(parcel, None, NotAnswered(f"{pod.name} died, the connection is broken"))
        pod.asked.clear()

    def _answer(self, parcel: _Parcel, reply: Any, error: BookdeliveryError | None) -> None:
        losing = self._losing.get((parcel.caller, parcel.callee)) if self._losing else None
        if losing and self._chance_of_answer() >= math.prod(1 - probability for probability in losing):
            return
        way = parcel.way
        if (way.loss > 0 or self._parted) and self._is_lost(parcel):
            return
        draw_s = way.latency_s
        latency_s = draw_s()
        if error is not None:
            # The frames it was raised in belong to the other side.
            parcel._loop.call_later(latency_s, parcel.fail, error.with_traceback(None))
        elif latency_s > 0:
            parcel._loop.call_later(latency_s, parcel.give, reply)
        else:
            parcel.give_soon(reply)

    def _is_lost(self, parcel: _Parcel) -> bool:
        loss = parcel.way.loss
        return (loss > 0 and self._chance() < loss) or self._troubles.are_parted(parcel.caller, parcel.callee)

    @contextmanager
    def losing_answers(self, caller: str, callee: str, probability: float) -> Generator[None, None, None]:
        """Lose answers from callee to caller, each with a probability."""
        losing = self._losing.setdefault((caller, callee), [])
        losing.append(probability)
        try:
            yield
        finally:
            losing.remove(probability)


@attrs.frozen
class _Way:
    """What lies between two of them: how long one way takes, in seconds, and how often something gets lost."""

    latency_s: Draw
    loss: float


def _ways(link: Link, settings: Network, streams: Streams) -> Iterator[tuple[tuple[str, str], _Way]]:
    latency_s = settings.latency_s if link.latency_s is None else link.latency_s
    loss = settings.loss if link.loss is None else link.loss
    way = _Way(latency_s.draws(streams.numpy("network", "latency", *sorted(link.ends))), loss)
    yield (link.one, link.other), way
    yield (link.other, link.one), way


class _Parcel(Answer[Any]):
    """A request on its way, and the answer to it: a command to handle, or some other work to do."""

    __slots__ = ("callee", "caller", "command", "conversation", "way", "work")

    def __init__(
        self,
        caller: str,
        callee: str,
        command: Command[Any] | None,
        work: Work | None,
        loop: asyncio.AbstractEventLoop,
        conversation: Conversation | None,
        way: _Way,
    ) -> None:
        # The lines of Answer's own, as each request makes one.
        self._loop = loop
        self._is_given = False
        self._error = None
        self._callback = None
        self.caller = caller
        self.callee = callee
        self.command = command
        self.work = work
        self.conversation = conversation
        self.way = way


def _gave_up(timeout_s: float, parcel: Any) -> GaveUp:
    return GaveUp(f"no answer of {parcel.callee} within {timeout_s:g} s")
