"""The broker dies and comes back: orders are taken all the while, and nothing that was promised is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bookdelivery import Bookstore, EngineSettings, OrderStatus
from bookdelivery.kernel.errors import Unavailable
from tests.adapters.stores.own_servers import OwnServer, own_server
from tests.application.examples import place
from tests.services.shopping import buy_a_book

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]

PATIENCE_S = 400.0


SETTINGS = {"redis": "", "kafka": "?partitions=3&session.timeout.ms=6000"}


@pytest.mark.parametrize("kind", ["redis", "kafka"])
def test_orders_are_taken_while_the_broker_is_dead_and_go_on_when_it_is_back(kind: str, tmp_path: Path) -> None:
    async def body(server: OwnServer) -> None:
        settings = EngineSettings(retry_at_most_s=0.5)
        broker_url = f"{server.url}{SETTINGS[kind]}"
        shop = Bookstore.open(f"sqlite:///{tmp_path}/shop.db", broker_url=broker_url, settings=settings)
        async with asyncio.timeout(PATIENCE_S), shop:
            before = await buy_a_book(shop)
            await asyncio.to_thread(server.kill)
            meanwhile = [(await shop.send(place())) for _ in range(5)]
            assert all(receipt.complete for receipt in meanwhile)
            relay = shop.services["order"].trouble
            while not isinstance(relay.last, Unavailable):  # noqa: ASYNC110 (it has many reasons to change)
                await asyncio.sleep(0.05)
            await asyncio.to_thread(server.start)
            await shop.settle(PATIENCE_S)
            for receipt in meanwhile:
                row = await shop.mypage(receipt.order_id)
                assert row is not None
                assert row.order_status is OrderStatus.PLACED
            row = await shop.mypage(before)
            assert row is not None
            assert row.order_status is OrderStatus.SHIPPING
            assert await buy_a_book(shop) > before

    with own_server(kind, tmp_path / kind) as server:
        asyncio.run(body(server))
