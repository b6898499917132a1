"""Each context's data where its URL says, and an error that names what is allowed where that cannot be."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from bookdelivery import Bookstore, InvalidField, OrderStatus, UnusableStore
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.errors import MissingExtra
from bookdelivery.services.stores import places
from tests.services.shopping import buy_a_book


def refused(*urls: str, **options: Any) -> str:
    """Give the reason a bookstore is not opened for."""
    with pytest.raises(InvalidField) as refusal:
        Bookstore.open(*urls, **options)
    return str(refusal.value)


def test_an_unknown_kind_of_url_is_refused_with_all_that_are_known() -> None:
    reason = refused("oracle://scott:tiger@host/db")
    assert "open.url is 'oracle://***@host/db', but must be memory://, sqlite:///FILE" in reason
    for allowed in ("file:///DIRECTORY", "postgresql://", "mysql:// or mariadb://", "redis://"):
        assert allowed in reason
    assert "tiger" not in reason


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.db",
        "memory://shop",
        "sqlite:///",
        "file://shop",
        "file:///",
        "file:///shop?x=1",
        "postgresql:///shop",
        "postgresql://host",
        "postgresql://host:port/shop",
        "mysql://host/",
        "redis:///1",
        "redis://host/first",
        "redis://host:99999/1",
        "sqlite+pysqlite://",
        "http://[",
    ],
)
def test_a_url_that_names_no_place_is_refused(url: str) -> None:
    assert "open.url is" in refused(url, broker_url="sqlite:///shop.db")


def test_a_store_that_is_no_broker_needs_a_broker_beside_it(tmp_path: Path) -> None:
    reason = refused(f"file://{tmp_path}/shop")
    assert "open.broker_url is None, but must be given, as file:// is no broker: memory://, sqlite:///FILE" in reason
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_and_what_is_in_memory_do_not_go_together(tmp_path: Path) -> None:
    file = f"sqlite:///{tmp_path}/shop.db"
    assert "broker_url is 'memory://', but must be in a file or on a server as url is" in refused(
        file, broker_url="memory://"
    )
    assert "but must be in memory as url is" in refused("memory://", stores={"mypage": f"file://{tmp_path}/pages"})
    assert list(tmp_path.iterdir()) == []


def test_a_store_for_nobody_is_refused_with_the_contexts_and_kinds_there_are() -> None:
    reason = refused(stores={"warehouse": "memory://"})
    assert "stores is 'warehouse', but must be by one of the contexts delivery, mypage, order" in reason
    assert "or kinds SQL; SQL (MariaDB or PostgreSQL); documents in files; key-value (Redis)" in reason


def test_a_store_is_named_by_a_context_or_by_the_kind_that_contexts_declare() -> None:
    urls = {"SQL": "postgresql://a/b", "order": "mysql://a/b", "documents in files": "file:///pages"}
    assert places(BOOKSTORE, urls) == {
        "order": "mysql://a/b",
        "ordermanagement": "postgresql://a/b",
        "mypage": "file:///pages",
    }


def test_missing_packages_are_named_with_the_extra_that_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"postgresql:// needs psycopg.*pip install 'bookdelivery\[postgres\]'"):
        Bookstore.open("postgresql://host/shop", broker_url="sqlite:///shop.db")


def test_a_directory_of_somebody_else_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "holiday.jpg").touch()
    with pytest.raises(UnusableStore, match="it holds other files"):
        Bookstore.open(f"sqlite:///{tmp_path}/shop.db", stores={"mypage": f"file://{tmp_path}/pages"})
    assert [path.name for path in tmp_path.iterdir()] == ["pages"]


def test_a_bookstore_with_a_kind_of_store_for_each_context_sells_a_book_and_survives_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    stores = {
        "SQL": url,
        "payment": f"sqlite+pysqlite:///{tmp_path}/payment.db",
        "documents in files": f"file://{tmp_path}/pages",
        "delivery": f"file://{tmp_path}/deliveries",
    }

    async def first() -> int:
        async with Bookstore.open(url, stores=stores) as shop:
            return await buy_a_book(shop)

    async def again(order_id: int) -> None:
        async with Bookstore.open(url, stores=stores) as shop:
            row = await shop.mypage(order_id)
            assert row is not None
            assert row.order_status is OrderStatus.SHIPPING
            assert await buy_a_book(shop) == order_id + 1

    order_id = asyncio.run(first())
    assert order_id == 1
    documents = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("*/*/records/*/*.json")}
    assert documents == {"pages/mypage/records/MyPageRow/1.json", "deliveries/delivery/records/Delivery/1.json"}
    asyncio.run(again(order_id))
