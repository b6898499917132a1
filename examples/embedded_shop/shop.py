"""Two orders from beginning to end: one is delivered, one is cancelled."""

from __future__ import annotations

import asyncio
import tempfile

from bookdelivery import Bookstore, CancelOrder, CompleteDelivery, PackOrder, PlaceOrder, TakeOrder

WISH = PlaceOrder(
    customer_id=1,
    customer_name="HanYongSun",
    item_id=1,
    item_name="ITbook",
    qty=1,
    item_price=25_000,
    delivery_address="kyungkido sungnamsi",
    delivery_phone_number="01012341234",
)


async def deliver(shop: Bookstore) -> None:
    """Place an order, and do what shopkeeper and courier do."""
    placed = await shop.send(WISH)
    for command in (TakeOrder, PackOrder, CompleteDelivery):
        await shop.settle()  # until no event is left to handle
        await shop.send(command(placed.order_id))
    await shop.settle()
    page = await shop.mypage(placed.order_id)
    assert page is not None
    print(f"order {placed.order_id}: {page.order_status}")


async def cancel(shop: Bookstore) -> None:
    """Place an order and cancel it."""
    placed = await shop.send(WISH)
    await shop.send(CancelOrder(placed.order_id))
    await shop.settle()
    page = await shop.mypage(placed.order_id)
    assert page is not None
    print(f"order {placed.order_id}: {page.order_status}, {page.refunded} won given back")


async def main() -> None:
    """Open the shop on a file of its own."""
    with tempfile.TemporaryDirectory() as directory:
        async with Bookstore.open(f"sqlite:///{directory}/shop.db") as shop:
            await deliver(shop)
            await cancel(shop)


if __name__ == "__main__":
    asyncio.run(main())
