"""The whole bookstore, each context on the kind of store that it declares, on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from redis import Redis

from bookdelivery import Bookstore, CancelOrder, OrderStatus
from bookdelivery.adapters.stores.sql.engines import SqlSettings, make_engine, parsed
from bookdelivery.contexts import BOOKSTORE
from tests.adapters.stores.databases import database
from tests.servers.urls import mariadb_url, postgres_url, redis_url
from tests.services.shopping import buy_a_book

pytestmark = pytest.mark.services


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Give each declared kind of store a place that is empty."""
    key_value = urlsplit(redis_url())._replace(path="/15").geturl()
    redis = Redis.from_url(key_value)
    redis.flushdb()
    with database(postgres_url) as postgresql, database(mariadb_url) as mariadb:
        yield {
            "SQL": postgresql,
            "SQL (MariaDB or PostgreSQL)": mariadb,
            "key-value (Redis)": key_value,
            "documents in files": f"file://{tmp_path}/pages",
        }
    redis.close()


def tables(url: str) -> set[str]:
    """List the tables of a database."""
    engine = make_engine(parsed(url), SqlSettings(), writes=False)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_every_context_keeps_its_data_where_the_table_says_and_books_are_sold_over_a_restart(
    tmp_path: Path, stores: dict[str, str]
) -> None:
    broker_url = f"sqlite:///{tmp_path}/topic.db"
    assert set(stores) == {context.store for context in BOOKSTORE}

    async def first() -> tuple[int, int]:
        async with Bookstore.open(broker_url=broker_url, stores=stores) as shop:
            kept, canceled = await buy_a_book(shop), await buy_a_book(shop)
            await shop.send(CancelOrder(canceled))
            await shop.settle()
            return kept, canceled

    async def again(kept: int, canceled: int) -> None:
        async with Bookstore.open(broker_url=broker_url, stores=stores) as shop:
            for order_id, status in ((kept, OrderStatus.SHIPPING), (canceled, OrderStatus.CANCELED)):
                row = await shop.mypage(order_id)
                assert row is not None
                assert row.order_status is status
            assert await buy_a_book(shop) == 3
            assert await shop.dead_letters() == []

    asyncio.run(again(*asyncio.run(first())))
    assert {"order_records", "ordermanagement_outbox"} < tables(stores["SQL"])
    assert {name.partition("_")[0] for name in tables(stores["SQL (MariaDB or PostgreSQL)"])} == {"payment"}
    assert len(list(tmp_path.glob("pages/mypage/records/*/*.json"))) == 3
    redis = Redis.from_url(stores["key-value (Redis)"])
    assert redis.zcard("{bookdelivery:delivery}:keys:Delivery") == 3
    assert {key.partition(b"}")[0] for key in redis.scan_iter()} == {b"{bookdelivery:delivery"}
    redis.close()
