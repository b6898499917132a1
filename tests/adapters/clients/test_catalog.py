"""A catalog in a file checks prices, and a file that is none is refused with the reason."""

import asyncio
import re
from pathlib import Path

import pytest

from bookdelivery.adapters.clients.catalog import FileCatalog
from bookdelivery.contexts.order.catalog import Catalog
from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.errors import InvalidField, Refused, UnusableStore


def purchase(item_id: int, item_price: int) -> Purchase:
    return Purchase(
        customer_id=1,
        customer_name="한용선",
        item_id=item_id,
        item_name="ITbook",
        qty=1,
        item_price=item_price,
        delivery_address="Seoul",
        delivery_phone_number="010-1234-5678",
    )


def check(catalog: Catalog, item_id: int, item_price: int) -> None:
    asyncio.run(catalog.check(purchase(item_id, item_price)))


CONTENTS = {
    "books.json": '{"1": 25000, "2": 0}',
    "books.csv": "item_id,title,item_price\n1,책,25000\n2,free,0\n",
    "from_a_spreadsheet.CSV": "\ufeffitem_price,item_id\r\n25000,1\r\n0,2\r\n",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_price_has_to_be_the_catalogs(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(CONTENTS[name], encoding="utf-8", newline="")
    catalog = FileCatalog(tmp_path / name)
    check(catalog, 1, 25_000)
    check(catalog, 2, 0)
    with pytest.raises(Refused, match=r"item 1 is refused: its price is not 24,999 won; allowed: item_price=25000"):
        check(catalog, 1, 24_999)
    with pytest.raises(Refused, match=r"item 3 is refused: the catalog has no such item; allowed: item 1, item 2"):
        check(catalog, 3, 25_000)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("books.json", "{", "cannot be read as a catalog: "),
        ("books.json", "[]", "is no catalog: it holds no object of item ids and prices"),
        ("books.json", "[" * 100_000, "cannot be read as a catalog: "),
        ("books.csv", "", "is no catalog: its first line names no column item_id"),
        ("books.csv", "item_id,price\n1,2\n", "is no catalog: its first line names no column item_price"),
        ("books.csv", 'item_id,item_price\n"1,2\n', "cannot be read as a catalog: "),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, name: str, content: str, problem: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UnusableStore, match=re.escape(f"{tmp_path / name}: {problem}")):
        FileCatalog(tmp_path / name)


def test_a_file_that_is_missing_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableStore, match=r"missing\.csv: cannot be read as a catalog"):
        FileCatalog(tmp_path / "missing.csv")
    for name in ("books.json", "books.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00")
        with pytest.raises(UnusableStore, match="cannot be read as a catalog"):
            FileCatalog(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("books.json", '{"0": 5}', "item_id is '0', but must be an integer from 1 to 9007199254740991"),
        ("books.json", '{"one": 5}', "item_id is 'one', but must be an integer from 1 to 9007199254740991"),
        ("books.json", '{"1": 5, "1": 6}', "item_id is '1', but must be an item that was not priced before"),
        ("books.json", '{"1": 5.0}', "item_price of 1 is 5.0, but must be a whole number of won, 0 or more"),
        ("books.json", '{"1": true}', "item_price of 1 is True, but must be a whole number of won, 0 or more"),
        ("books.json", '{"1": -5}', "item_price of 1 is -5, but must be a whole number of won, 0 or more"),
        (
            "books.csv",
            "item_id,item_price\n1\n",
            "item_price of 1 is None, but must be a whole number of won, 0 or more",
        ),
        ("books.csv", "item_id,item_price\n1,2.5\n", "item_price of 1 is '2.5', but must be a whole number of won"),
        (
            "books.csv",
            "item_id,item_price\n1,2\n1,2\n",
            "item_id is '1', but must be an item that was not priced before",
        ),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, name: str, content: str, problem: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidField, match=re.escape(f"{tmp_path / name}.{problem}")):
        FileCatalog(tmp_path / name)
