"""What every adapter that carries calls to other contexts has to do."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs
import pytest

from bookdelivery.adapters.conformance.running import LONGEST_S
from bookdelivery.adapters.conformance.samples import Mood, Paper
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.kernel.aggregate import Stored
from bookdelivery.kernel.context import Context, Subdomain
from bookdelivery.kernel.conversation import CURRENT, Conversation
from bookdelivery.kernel.errors import Overloaded, Refused
from bookdelivery.kernel.ids import Sequence as Numbers
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.ports import Clock, IdSource, Record, Requests, Store
from bookdelivery.kernel.values import FLAT, Won
from bookdelivery.kernel.wire import Codec


@attrs.frozen(kw_only=True)
class Quote:
    """One way to answer, with a value of every kind."""

    case_id: int
    text: str
    mood: Mood = Mood.KIND
    fee: Won = attrs.field(default=Won(5))
    paper: Paper = attrs.field(default=Paper(), metadata=FLAT)
    marks: tuple[int, ...] = ()
    until: float | None = None


@attrs.frozen(kw_only=True)
class Shrug:
    """Another way to answer."""

    why: str


@attrs.frozen(kw_only=True)
class Ask(Command[Quote | Shrug]):
    """Ask for something."""

    correlation_key = "case_id"

    case_id: int
    text: str = "몇 시?"
    paper: Paper = attrs.field(default=Paper(), metadata=FLAT)
    note: str | None = None


@attrs.frozen(kw_only=True)
class Nudge(Command[None]):
    """Ask for something that is answered by no more than that it is done."""

    correlation_key = "case_id"

    case_id: int


CALLED = (Ask, Nudge)
HOME = "desk"
"""The name of the context that is called."""

REQUESTS_CODEC = Codec(CALLED)
"""Reads and writes the commands of this module."""


def home(_: object) -> str:
    """Name the context that handles a command."""
    return HOME


class Now:
    """A clock that stands still."""

    def now(self) -> float:
        """Give the time."""
        return 1_763_796_656.0


class Callee:
    """The context that is called; a `RunningContext` that answers as it is told."""

    def __init__(self) -> None:
        self.context = Context(
            name=HOME, korean="", subdomain=Subdomain.GENERAL, uptime_goal=None, cadence="", team="", store=""
        )
        self.store: Store = MemoryStore()
        self.ids: IdSource = Numbers()
        self.clock: Clock = Now()
        self.answer: Callable[[Any], Awaitable[Any]] = self._quote
        self.asked: list[Command[Any]] = []

    async def submit(self, command: Command[Any]) -> Any:
        """Answer a command."""
        self.asked.append(command)
        return await self.answer(command)

    async def read(self, kind: type[Stored], key: int) -> Record | None:
        """Read nothing."""
        return await self.store.get(kind.__name__, key)

    async def find(self, kind: type[Stored], id: int) -> Record | None:
        """Find nothing."""
        return await self.store.find(kind.__name__, id)

    async def read_all(
        self, kind: type[Stored], *, owner: int | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Record]:
        """List nothing."""
        return await self.store.list(kind.__name__, owner=owner, after=after, limit=limit)

    async def _quote(self, command: Ask) -> Quote:
        return Quote(case_id=command.case_id, text=command.text, paper=command.paper)


class RequestsConformance(ABC):
    """The suite for the port `bookdelivery.kernel.ports.Requests`."""

    @abstractmethod
    def reaching(self, callee: Callee) -> AbstractAsyncContextManager[Requests]:
        """Open requests that reach this context."""

    def _with(self, body: Callable[[Requests, Callee], Awaitable[None]]) -> None:
        async def run() -> None:
            callee = Callee()
            async with asyncio.timeout(LONGEST_S), self.reaching(callee) as requests:
                await body(requests, callee)

        asyncio.run(run())

    def test_a_command_arrives_as_it_was_sent_and_its_answer_comes_back(self) -> None:
        command = Ask(case_id=2**53 - 1, text="한글", paper=Paper("blue", Won(7)), note=None)
        answer = Quote(
            case_id=1, text="", mood=Mood.STERN, fee=Won(0), paper=Paper("red", Won(1)), marks=(3, 1), until=0.5
        )

        async def body(requests: Requests, callee: Callee) -> None:
            async def quote(_: Any) -> Quote:
                return answer

            callee.answer = quote
            assert await requests.request(command, idempotency_key="1", timeout_s=LONGEST_S) == answer
            assert callee.asked == [command]

        self._with(body)

    def test_each_kind_of_answer_comes_back_as_that_kind(self) -> None:
        async def body(requests: Requests, callee: Callee) -> None:
            async def shrug(_: Any) -> Shrug:
                return Shrug(why="몰라")

            async def nothing(_: Any) -> None:
                return None

            callee.answer = shrug
            assert await requests.request(Ask(case_id=1), idempotency_key="1", timeout_s=LONGEST_S) == Shrug(why="몰라")
            callee.answer = nothing
            done = await requests.request(Nudge(case_id=1), idempotency_key="1", timeout_s=LONGEST_S)  # type: ignore[func-returns-value]
            assert done is None

        self._with(body)

    def test_a_refusal_comes_back_with_what_is_allowed(self) -> None:
        async def body(requests: Requests, callee: Callee) -> None:
            async def refuse(_: Any) -> None:
                raise Refused("Ask of 1", "it is late", ["tomorrow", "never"])

            callee.answer = refuse
            with pytest.raises(Refused) as refused:
                await requests.request(Ask(case_id=1), idempotency_key="1", timeout_s=LONGEST_S)
            told = refused.value
            assert (told.what, told.why, told.allowed) == ("Ask of 1", "it is late", ("tomorrow", "never"))

        self._with(body)

    def test_too_much_to_do_says_when_to_ask_again(self) -> None:
        async def body(requests: Requests, callee: Callee) -> None:
            async def full(_: Any) -> None:
                raise Overloaded("Ask", 2.5)

            callee.answer = full
            with pytest.raises(Overloaded) as overloaded:
                await requests.request(Ask(case_id=1), idempotency_key="1", timeout_s=LONGEST_S)
            # Some can say whole seconds only; none says less.
            assert 2.5 <= overloaded.value.retry_after_s <= 3

        self._with(body)

    def test_the_conversation_goes_on_over_there(self) -> None:
        going_on = Conversation("the first", "the last", f"00-{'ab' * 16}-{'cd' * 8}-01")

        async def body(requests: Requests, callee: Callee) -> None:
            heard: list[Conversation | None] = []

            async def listen(_: Any) -> Shrug:
                heard.append(CURRENT.get())
                return Shrug(why="")

            callee.answer = listen
            CURRENT.set(going_on)
            await requests.request(Ask(case_id=1), idempotency_key="1", timeout_s=LONGEST_S)
            assert heard == [going_on]

        self._with(body)

    def test_nobody_works_on_what_nobody_waits_for(self) -> None:
        async def body(requests: Requests, callee: Callee) -> None:
            given_up = asyncio.Event()

            async def work_on_and_on(_: Any) -> None:
                try:
                    await asyncio.sleep(LONGEST_S)
                finally:
                    given_up.set()

            # The first call may have connections to make; it is not the one whose time is measured.
            await requests.request(Ask(case_id=1), idempotency_key="1", timeout_s=LONGEST_S)
            callee.answer = work_on_and_on
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    await requests.request(Ask(case_id=1), idempotency_key="1", timeout_s=0.5)
            await given_up.wait()

        self._with(body)

    def test_calls_at_the_same_time_get_their_own_answers(self) -> None:
        async def body(requests: Requests, callee: Callee) -> None:
            async def later(command: Ask) -> Quote:
                await asyncio.sleep(0.01 * (command.case_id % 3))
                return Quote(case_id=command.case_id, text="")

            callee.answer = later
            calls = [
                requests.request(Ask(case_id=number), idempotency_key=str(number), timeout_s=LONGEST_S)
                for number in range(1, 31)
            ]
            answers = await asyncio.gather(*calls)
            assert [one.case_id for one in answers if isinstance(one, Quote)] == list(range(1, 31))

        self._with(body)
