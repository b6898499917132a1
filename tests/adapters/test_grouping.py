"""What many ask for at once is done together, and one that fails for a reason of its own fails alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from bookdelivery.adapters.grouping import Grouping
from bookdelivery.kernel.errors import Refused, Unavailable


def test_what_is_asked_while_a_group_is_at_work_is_the_next_group() -> None:
    groups: list[list[int]] = []
    at_work, go_on = threading.Event(), threading.Event()

    def perform(requests: Sequence[int]) -> Sequence[int]:
        groups.append(list(requests))
        at_work.set()
        assert go_on.wait(timeout=240)
        return [request * 10 for request in requests]

    async def body() -> None:
        grouping = Grouping("work", perform, lambda: None)
        first = asyncio.create_task(grouping.ask(1))
        await asyncio.to_thread(at_work.wait, 240)
        others = [asyncio.create_task(grouping.ask(number)) for number in (2, 3, 4)]
        await asyncio.sleep(0)
        go_on.set()
        assert await asyncio.gather(first, *others) == [10, 20, 30, 40]
        await grouping.close()

    asyncio.run(body())
    assert groups == [[1], [2, 3, 4]]


def test_a_server_that_is_down_is_told_to_all_of_a_group_each_with_its_own_error_and_the_thread_lives_on() -> None:
    go_on = threading.Event()

    def perform(requests: Sequence[int]) -> Sequence[int]:
        assert go_on.wait(timeout=240)
        if 0 in requests or len(requests) > 1:
            raise Unavailable("the server is down") from OSError("gone")
        return requests

    async def body() -> None:
        grouping = Grouping("work", perform, lambda: None)
        tries = [asyncio.create_task(grouping.ask(0)) for _ in range(3)]
        await asyncio.sleep(0)
        go_on.set()
        errors = await asyncio.gather(*tries, return_exceptions=True)
        assert [str(error) for error in errors] == ["the server is down"] * 3
        assert len({id(error) for error in errors}) == 3
        assert all(isinstance(error, Unavailable) and isinstance(error.__cause__, OSError) for error in errors)
        assert await grouping.ask(5) == 5
        await grouping.close()

    asyncio.run(body())


@pytest.mark.parametrize("reason", [ZeroDivisionError("no"), Refused("to divide", "by zero")], ids=["any", "ours"])
def test_a_request_that_fails_for_a_reason_of_its_own_does_not_take_the_others_with_it(reason: Exception) -> None:
    go_on = threading.Event()

    def perform(requests: Sequence[int]) -> Sequence[float]:
        assert go_on.wait(timeout=240)
        if 0 in requests:
            raise reason
        return [1 / request for request in requests]

    async def body() -> None:
        grouping = Grouping("work", perform, lambda: None)
        tries = [asyncio.create_task(grouping.ask(number)) for number in (4, 2, 0, 1)]
        await asyncio.sleep(0)
        go_on.set()
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert [answer for answer in answers if not isinstance(answer, Exception)] == [0.25, 0.5, 1.0]
        assert isinstance(answers[2], type(reason))
        await grouping.close()

    asyncio.run(body())


def test_closing_finishes_what_was_asked_for_and_refuses_what_comes_later() -> None:
    ended: list[str] = []

    async def body() -> None:
        grouping: Grouping[int, int] = Grouping("the work", list, lambda: ended.append("tidied up"))
        asked = [asyncio.create_task(grouping.ask(number)) for number in range(5)]
        await asyncio.sleep(0)
        await grouping.close()
        await grouping.close()
        assert await asyncio.gather(*asked) == [0, 1, 2, 3, 4]
        with pytest.raises(Unavailable, match="the work was closed"):
            await grouping.ask(6)

    asyncio.run(body())
    assert ended == ["tidied up"]
