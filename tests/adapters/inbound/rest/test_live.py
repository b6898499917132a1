"""MyPage as a live stream: the customer sees each change without asking again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bookdelivery.adapters.inbound.rest import live
from bookdelivery.kernel.errors import Unavailable
from tests.adapters.inbound.rest.serving import PURCHASE, Served, over_the_wire

EVENTS = {"accept": "text/event-stream"}


async def changes(one: Served, **headers: str) -> AsyncGenerator[tuple[int, dict[str, Any]], None]:
    async with one.http.stream("GET", "/myPages/1", headers={**EVENTS, **headers}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        version = 0
        async for line in stream.aiter_lines():
            if line.startswith("id: "):
                version = int(line.removeprefix("id: "))
            elif line.startswith("data: "):
                yield version, json.loads(line.removeprefix("data: "))


def test_each_change_of_an_order_is_shown_as_it_comes() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        shown = changes(one)
        first, row = await anext(shown)
        assert row["orderStatus"] == "placed"
        await one.http.post("/ordermgmts/1/take")
        second, row = await anext(shown)
        assert (row["orderStatus"], second > first) == ("taken", True)
        await shown.aclose()

    over_the_wire(body)


def test_who_comes_back_hears_only_what_is_new() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        version, _ = await anext(changes(one))
        shown = changes(one, **{"last-event-id": str(version)})
        waiting = asyncio.ensure_future(anext(shown))
        await asyncio.sleep(3 * live.LOOK_EVERY_S)
        assert not waiting.done()
        await one.http.post("/ordermgmts/1/take")
        assert (await waiting)[1]["orderStatus"] == "taken"
        await shown.aclose()

    over_the_wire(body)


def test_a_silent_stream_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STILL_HERE_S", 2 * live.LOOK_EVERY_S)

    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        async with one.http.stream("GET", "/myPages/1", headers=EVENTS) as stream:
            async for line in stream.aiter_lines():
                if line == ": still here":
                    break

    over_the_wire(body)


def test_a_stream_goes_on_once_the_store_is_back() -> None:
    async def body(one: Served) -> None:
        await one.http.post("/orders", json=PURCHASE)
        await one.shop.settle()
        shown = changes(one)
        await anext(shown)
        store = one.shop.services["mypage"].store
        find = store.find

        async def away(*_: object) -> None:
            raise Unavailable("the store is away")

        store.find = away  # type: ignore[assignment, method-assign]
        await one.http.post("/ordermgmts/1/take")
        await asyncio.sleep(3 * live.LOOK_EVERY_S)
        store.find = find  # type: ignore[method-assign]
        assert (await anext(shown))[1]["orderStatus"] == "taken"
        await shown.aclose()

    over_the_wire(body)


def test_there_is_no_stream_of_what_is_not_there() -> None:
    async def body(one: Served) -> None:
        assert (await one.http.get("/myPages/1", headers=EVENTS)).status_code == 404

    over_the_wire(body)
