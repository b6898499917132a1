"""A catalog read from a file: what each book costs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.errors import InvalidField, Refused, UnusableStore
from bookdelivery.kernel.values import LARGEST_ID, Won

_COLUMNS = ("item_id", "item_price")


class FileCatalog:
    """Knows what the books in a file cost, in won for one copy. The file is read once.

    A file whose name ends in `.csv` has the columns `item_id` and `item_price`, perhaps among others, named in its
    first line. Any other holds JSON, `{"1": 25000, "2": 18000}`: the item's id, and the price.

    Args:
        path: the file.

    Raises:
        UnusableStore: it cannot be read, or has another form.
        InvalidField: an id or a price in it is not allowed, or an item comes twice; names it.
    """

    def __init__(self, path: Path | str) -> None:
        path = Path(path)
        prices: dict[int, Won] = {}
        for item, price in _rows_of_csv(path) if path.suffix.lower() == ".csv" else _rows_of_json(path):
            item_id = _whole_number(item)
            if item_id is None or not 0 < item_id <= LARGEST_ID:
                raise InvalidField(str(path), "item_id", item, f"an integer from 1 to {LARGEST_ID}")
            if item_id in prices:
                raise InvalidField(str(path), "item_id", item, "an item that was not priced before")
            amount = _whole_number(price)
            if amount is None or not 0 <= amount <= LARGEST_ID:
                raise InvalidField(str(path), f"item_price of {item_id}", price, "a whole number of won, 0 or more")
            prices[item_id] = Won(amount)
        self._prices = prices

    async def check(self, purchase: Purchase) -> None:
        """See that the item exists and its price is right; see `Catalog.check`."""
        price = self._prices.get(purchase.item_id)
        asked = f"PlaceOrder of item {purchase.item_id}"
        if price is None:
            raise Refused(asked, "the catalog has no such item", [f"item {item}" for item in sorted(self._prices)[:20]])
        if price != purchase.item_price:
            raise Refused(asked, f"its price is not {purchase.item_price}", (f"item_price={price.amount}",))


def _rows_of_json(path: Path) -> Iterable[tuple[Any, Any]]:
    try:
        # As pairs, since a dict would hide that an item comes twice.
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_Pairs)
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableStore(str(path), f"cannot be read as a catalog: {error}") from error
    if not isinstance(content, _Pairs):
        raise UnusableStore(str(path), "is no catalog: it holds no object of item ids and prices")
    return content


def _rows_of_csv(path: Path) -> Iterable[tuple[Any, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [column for column in _COLUMNS if column not in (reader.fieldnames or ())]
            rows = [tuple(row.get(column) for column in _COLUMNS) for row in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise UnusableStore(str(path), f"cannot be read as a catalog: {error}") from error
    if missing:
        raise UnusableStore(str(path), f"is no catalog: its first line names no column {missing[0]}")
    return [(item, price) for item, price in rows]


class _Pairs(list[tuple[str, Any]]):
    """A JSON object, told apart from a list."""


def _whole_number(value: object) -> int | None:
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.strip().isdigit() and len(value) <= len(str(LARGEST_ID)):
        return int(value)
    return None
