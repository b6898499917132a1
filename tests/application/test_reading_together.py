"""Where a read is a way to a server and back, the records that a batch of messages is about are read in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import attrs

from bookdelivery import BOOKSTORE_SYSTEM, Bookstore
from bookdelivery.adapters.stores.sql import SqlStore
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.ports import Record, Store
from tests.application.examples import place

ORDERS = 30


class Counting(SqlStore):
    """Counts how often it is asked for a record."""

    alone = together = 0

    async def get(self, kind: str, key: int) -> Record | None:
        Counting.alone += 1
        return await super().get(kind, key)

    async def get_many(self, places: Sequence[tuple[str, int]]) -> Sequence[Record | None]:
        Counting.together += 1
        return await super().get_many(places)


def test_a_batch_of_messages_costs_one_read_and_not_one_each(tmp_path: Path) -> None:
    def counting(context: Context, store: Store) -> Store:
        if context.name == "mypage":
            store.__class__ = Counting
        return store

    async def body() -> None:
        shop = Bookstore.open(
            f"sqlite+pysqlite:///{tmp_path}/shop.db",
            broker_url=f"sqlite:///{tmp_path}/topic.db",
            system=attrs.evolve(BOOKSTORE_SYSTEM, wrap_store=counting),
        )
        async with shop:
            await asyncio.gather(*(shop.send(place()) for _ in range(ORDERS)))
            await shop.settle()
            Counting.alone = Counting.together = 0
            await shop.rebuild("mypage")
            assert len(await shop.mypages(place().customer_id)) == ORDERS

    asyncio.run(body())
    assert Counting.together == 1
    assert Counting.alone == 0
