"""A catalog read from a file: what each book costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.kernel.errors import InvalidField, Refused, UnusableStore
from bookdelivery.kernel.values import Won


class FileCatalog:
    """Knows the prices in a JSON file, `{"1": 25000, "2": 18000}`: the item's id, and the price of one copy in won.

    The file is read once.

    Args:
        path: the file.

    Raises:
        UnusableStore: it cannot be read, or is no JSON object.
        InvalidField: an id or a price in it is not allowed; names it.
    """

    def __init__(self, path: Path | str) -> None:
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnusableStore(str(path), f"cannot be read as a catalog: {error}") from error
        if not isinstance(content, Mapping):
            raise UnusableStore(str(path), "is no catalog: it holds no object of item ids and prices")
        self._prices = {_item_id(item): Won(price) for item, price in content.items()}

    async def check(self, purchase: Purchase) -> None:
        """See that the item exists and its price is right; see `Catalog.check`."""
        price = self._prices.get(purchase.item_id)
        asked = f"PlaceOrder of item {purchase.item_id}"
        if price is None:
            raise Refused(asked, "the catalog has no such item", [f"item {item}" for item in sorted(self._prices)[:20]])
        if price != purchase.item_price:
            raise Refused(asked, f"its price is not {purchase.item_price}", (f"item_price={price.amount}",))


def _item_id(item: str) -> int:
    if not item.isdecimal() or int(item) < 1:
        raise InvalidField("FileCatalog", "item", item, "an item's id, a whole number from 1")
    return int(item)
