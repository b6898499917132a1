"""One customer's way through the bookstore."""

from __future__ import annotations

from bookdelivery import Bookstore, OrderStatus, PackOrder, TakeOrder
from tests.application.examples import place


async def buy_a_book(shop: Bookstore) -> int:
    """Place an order, take and pack it, until its customer sees that it is on the way; gives its id."""
    order_id = (await shop.send(place())).order_id
    await shop.settle()
    await shop.send(TakeOrder(order_id=order_id))
    await shop.send(PackOrder(order_id=order_id))
    await shop.settle()
    row = await shop.mypage(order_id)
    assert row is not None
    assert row.order_status is OrderStatus.SHIPPING
    return int(order_id)
