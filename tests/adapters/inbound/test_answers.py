"""Answers kept under idempotency keys: what becomes of claims that nobody fulfilled."""

from __future__ import annotations

import asyncio

import pytest

from bookdelivery.adapters.inbound.answers import Answer, Answers, InProgress
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.kernel.errors import Unavailable


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def now(self) -> float:
        return self.time


class Died(BaseException):
    """The process ends here."""


def test_a_claim_of_a_process_that_died_is_taken_over_after_its_lease_with_the_id_drawn_before() -> None:
    async def body() -> None:
        clock, store, drawn, given = SetClock(), MemoryStore(), iter((41, 42)), []
        answers = Answers(store, clock, lease_s=60)

        async def draw() -> int:
            return next(drawn)

        async def die(case_id: int | None) -> Answer:
            given.append(case_id)
            store.commit = unreachable  # type: ignore[assignment, method-assign]
            raise Died

        async def unreachable(*_: object) -> object:
            raise Died

        async def work(case_id: int | None) -> Answer:
            given.append(case_id)
            return Answer(201, "done")

        commit = store.commit
        with pytest.raises(Died):
            await answers.once("key", b"request", die, draw)
        store.commit = commit  # type: ignore[method-assign]
        clock.time += 59
        with pytest.raises(InProgress):
            await answers.once("key", b"request", work, draw)
        clock.time += 1
        assert await answers.once("key", b"request", work, draw) == (Answer(201, "done"), False)
        assert await answers.once("key", b"request", work, draw) == (Answer(201, "done"), True)
        assert given == [41, 41]

    asyncio.run(body())


def test_a_failure_leaves_the_key_free_at_once() -> None:
    async def body() -> None:
        answers = Answers(MemoryStore(), SetClock())

        async def fail(_: int | None) -> Answer:
            raise Unavailable("the store is away")

        async def work(_: int | None) -> Answer:
            return Answer(200, "done")

        with pytest.raises(Unavailable):
            await answers.once("key", b"request", fail)
        assert await answers.once("key", b"request", work) == (Answer(200, "done"), False)

    asyncio.run(body())
