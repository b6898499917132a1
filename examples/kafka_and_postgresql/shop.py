"""One order on real servers, from its placement until it is on its way."""

from __future__ import annotations

import asyncio
import sys

from bookdelivery import Bookstore, PackOrder, TakeOrder
from examples.embedded_shop.shop import WISH


async def main(database: str, topic: str) -> None:
    """Serve all contexts in this process, and send one order through them.

    Args:
        database: where the data are, `postgresql://...`.
        topic: where the events go, `kafka://...`.
    """
    async with Bookstore.open(database, broker_url=topic) as shop:
        placed = await shop.send(WISH)
        for command in (TakeOrder, PackOrder):
            await shop.settle(timeout_s=240)
            await shop.send(command(placed.order_id))
        await shop.settle(timeout_s=240)
        page = await shop.mypage(placed.order_id)
        assert page is not None
        print(f"order {placed.order_id}: {page.order_status}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
