"""What is the caller's own, whichever way a request comes in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bookdelivery import Bookstore, CancelOrder, PayOrder, PlaceOrder
from bookdelivery.adapters.inbound.security import Caller, CallersContext, InsufficientScope
from bookdelivery.contexts.delivery.aggregate import Delivery
from bookdelivery.contexts.mypage.view import MyPageRow
from bookdelivery.contexts.order.aggregate import Order
from bookdelivery.contexts.ordermanagement.aggregate import Ordermgmt
from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.contexts.payment.aggregate import Payment
from bookdelivery.kernel.errors import InvalidField, NotFound

FIELDS: dict[str, Any] = {
    "customer_name": "HanYongSun",
    "item_id": 1,
    "item_name": "ITbook",
    "qty": 2,
    "item_price": 25_000,
    "delivery_address": "kyungkido sungnamsi",
    "delivery_phone_number": "01012341234",
}
WIRE = {"customerName": "HanYongSun", "itemId": 1, "qty": 2}


def customer(id: int) -> Caller:
    return Caller(subject=f"c{id}", client_id="page", scopes=frozenset(), customer_id=id, expires_at=0.0)


STAFF = Caller(subject="s", client_id="page", scopes=frozenset(), staff=True, expires_at=0.0)
PROGRAM = Caller(subject="p", client_id="p", scopes=frozenset(), expires_at=0.0)

Seen = Callable[[str, Caller], CallersContext]


def in_a_shop(test: Callable[[Bookstore, Seen, int], Awaitable[None]]) -> None:
    """Run a test in a shop where customer 7 has an order."""

    async def body() -> None:
        async with Bookstore.open() as shop:
            placed = await shop.send(PlaceOrder(customer_id=7, **FIELDS))
            await shop.settle()
            await test(shop, lambda name, caller: CallersContext(shop.services[name], caller), placed.order_id)

    asyncio.run(body())


def test_another_customers_order_is_not_there_read_listed_paid_or_cancelled() -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        other = seen("order", customer(8))
        assert await other.find(Order, order_id) is None
        assert await other.read(Order, order_id) is None
        assert await other.read_all(Order) == []
        assert await seen("mypage", customer(8)).find(MyPageRow, order_id) is None
        with pytest.raises(NotFound):
            await other.read_all(Order, owner=7)
        for command in (PayOrder(order_id), CancelOrder(order_id)):
            with pytest.raises(NotFound) as theirs:
                await other.submit(command)
            with pytest.raises(NotFound) as nobodys:
                await other.submit(type(command)(999_999))
            assert str(theirs.value).replace(str(order_id), "999999") == str(nobodys.value)
        assert (await shop.services["order"].find(Order, order_id)) is not None

    in_a_shop(body)


def test_ones_own_order_is_read_listed_and_cancelled() -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        mine = seen("order", customer(7))
        assert await mine.find(Order, order_id)
        assert [record.key for record in await mine.read_all(Order)] == [order_id]
        assert len(await mine.read_all(Order, owner=7)) == 1
        assert await seen("mypage", customer(7)).find(MyPageRow, order_id)
        await mine.submit(CancelOrder(order_id))
        placed = await mine.submit(PlaceOrder(customer_id=7, **FIELDS))
        assert placed.order_id != order_id

    in_a_shop(body)


def test_a_customer_sees_their_own_payments_and_deliveries_and_no_others() -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        for command in (TakeOrder(order_id), PackOrder(order_id)):
            await shop.send(command)
        await shop.settle()
        for name, kind in (("payment", Payment), ("delivery", Delivery)):
            (mine,) = await seen(name, customer(7)).read_all(kind)
            assert await seen(name, customer(7)).find(kind, mine.id)
            assert await seen(name, customer(8)).find(kind, mine.id) is None
            assert await seen(name, customer(8)).read_all(kind) == []

    in_a_shop(body)


def test_nobody_orders_for_another_or_chooses_an_orders_number() -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        other = seen("order", customer(8))
        with pytest.raises(InvalidField, match="customerId"):
            await other.submit(PlaceOrder(customer_id=7, **FIELDS))
        with pytest.raises(InvalidField, match="orderId"):
            await other.submit(PlaceOrder(customer_id=8, order_id=order_id, **FIELDS))

    in_a_shop(body)


@pytest.mark.parametrize("caller", [customer(7), PROGRAM])
def test_the_stores_side_is_for_those_who_work_there(caller: Caller) -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        store = seen("ordermanagement", caller)
        for asked in (
            store.find(Ordermgmt, 1),
            store.read(Ordermgmt, order_id),
            store.read_all(Ordermgmt),
            store.submit(TakeOrder(order_id)),
        ):
            with pytest.raises(InsufficientScope):
                await asked
        staff = seen("ordermanagement", STAFF)
        assert len(await staff.read_all(Ordermgmt)) == 1
        await staff.submit(TakeOrder(order_id))
        assert len(await seen("order", STAFF).read_all(Order, owner=7)) == 1

    in_a_shop(body)


def test_a_program_owns_nothing() -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        with pytest.raises(InsufficientScope):
            await seen("order", PROGRAM).read_all(Order)
        with pytest.raises(InsufficientScope):
            await seen("order", PROGRAM).submit(CancelOrder(order_id))

    in_a_shop(body)


def test_the_customers_number_comes_from_the_token() -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        mine = seen("order", customer(7))
        for given in ({}, {"customerId": 7}, {"customerId": "7"}):
            assert mine.fields(Order, [PlaceOrder], {**WIRE, **given})["customerId"] == 7
        assert "customerId" not in seen("order", STAFF).fields(Order, [PlaceOrder], WIRE)
        assert mine.fields(Order, [CancelOrder], {}) == {}

    in_a_shop(body)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (PlaceOrder, {"customerId": 8}),
        (PlaceOrder, {"customerId": None}),
        (PlaceOrder, {"orderId": 5}),
        (PlaceOrder, {"orderStatus": "placed"}),
        (PlaceOrder, {"paymentId": 1}),
        (CancelOrder, {"itemPrice": 1}),
        (CancelOrder, {"customerId": 7}),
    ],
)
def test_what_is_not_the_callers_to_set_is_refused(command: type[Any], field: dict[str, Any]) -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        with pytest.raises(InvalidField, match=next(iter(field))):
            seen("order", customer(7)).fields(Order, [command], field, allowed="orderStatus")

    in_a_shop(body)


def test_staff_may_say_the_status_that_the_original_system_sends() -> None:
    async def body(shop: Bookstore, seen: Seen, order_id: int) -> None:
        staff = seen("ordermanagement", STAFF)
        sent = {"orderId": 1, "orderStatus": "order"}
        assert staff.fields(Ordermgmt, [TakeOrder], sent, allowed="orderStatus") == sent
        with pytest.raises(InvalidField, match="orderMgmtId"):
            staff.fields(Ordermgmt, [TakeOrder], {"orderMgmtId": 1}, allowed="orderStatus")

    in_a_shop(body)
