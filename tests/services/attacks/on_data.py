"""Attacks on what is another's, on what is nobody's to set, and bodies that two readers may read in two ways."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from zlib import crc32

from bookdelivery.contexts.delivery.aggregate import Delivery
from bookdelivery.contexts.payment.aggregate import Payment
from bookdelivery.kernel.aggregate import Stored
from tests.adapters.inbound.gateway.running import PURCHASE, Secured
from tests.services.attacks.attack import Attack, requested

ANOTHERS = "Another customer's order, MyPage, payment or delivery"
NOT_THEIRS = "Fields that are not the caller's to set"
BODIES = "Bodies that cannot be read in one way only"


Tries = Mapping[str, Callable[[Secured], dict[str, Any] | Awaitable[dict[str, Any]]]]


def attacks() -> list[Attack]:
    """Give them."""
    return [*on_others(), *on_fields(), *on_bodies()]


def on_others() -> list[Attack]:
    """Give a customer's attempts on another's; a number of nobody's has to look just the same."""

    def asks(method: str, path: str, **more: Any) -> Callable[[Secured], Awaitable[dict[str, Any]]]:
        async def make(one: Secured) -> dict[str, Any]:
            theirs = await one.an_order()
            how = {"method": method, "url": path.format(id=theirs), "headers": one.bearer(customer_id=8)}
            return how | ({"json": more} if method != "GET" else {})

        return make

    def streaming(path: str, accept: str) -> Callable[[Secured], Awaitable[dict[str, Any]]]:
        async def make(one: Secured) -> dict[str, Any]:
            theirs = await one.an_order()
            return {"url": path.format(id=theirs), "headers": one.bearer(customer_id=8) | {"accept": accept}}

        return make

    def of_it(collection: str, context: str, kind: type[Stored]) -> Callable[[Secured], Awaitable[dict[str, Any]]]:
        async def make(one: Secured) -> dict[str, Any]:
            record = await one.shop.services[context].read(kind, await one.an_order())
            assert record is not None
            return {"url": f"/{collection}/{record.id}", "headers": one.bearer(customer_id=8)}

        return make

    found: list[Attack] = []
    tried: Tries = {
        "its order read": asks("GET", "/orders/{id}"),
        "its MyPage read": asks("GET", "/myPages/{id}"),
        "its payment read": of_it("payments", "payment", Payment),
        "its delivery read": of_it("deliveries", "delivery", Delivery),
        "its payments listed": asks("GET", "/payments?customerId=7"),
        "its deliveries listed": asks("GET", "/deliveries?customerId=7"),
        "its MyPage as a page": streaming("/myPages/{id}", "text/html"),
        "its MyPage watched": streaming("/myPages/{id}", "text/event-stream"),
        "its orders listed": asks("GET", "/orders?customerId=7"),
        "its MyPage listed": asks("GET", "/myPages?customerId=7"),
        "its order paid": asks("POST", "/orders/{id}/pay"),
        "its order cancelled": asks("POST", "/orders/{id}/cancel"),
        "its order cancelled as the original system does": asks("PATCH", "/orders/{id}", orderStatus="cancel"),
        "its order cancelled with its customer's number": asks("POST", "/orders/{id}/cancel", orderId=1),
    }
    for name, make in tried.items():
        found += requested(ANOTHERS, name, 404, make)
    return found


def on_fields() -> list[Attack]:
    """Give orders, and changes of one's own order, that set more than they may."""

    def places(**more: Any) -> Callable[[Secured], dict[str, Any]]:
        return lambda one: {"method": "POST", "json": {**PURCHASE, **more}, "headers": one.bearer()}

    def changes(method: str, path: str, **more: Any) -> Callable[[Secured], Awaitable[dict[str, Any]]]:
        async def make(one: Secured) -> dict[str, Any]:
            mine = await one.an_order()
            return {"method": method, "url": path.format(id=mine), "json": more, "headers": one.bearer()}

        return make

    found: list[Attack] = []
    tried: Tries = {
        "another's customer number": places(customerId=8),
        "another's customer number as text": places(customerId="8"),
        "no customer number": places(customerId=None),
        "a status": places(orderStatus="delivered"),
        "a payment": places(paymentId=1),
        "an order's number": places(orderId=1),
        "what the store remembers": places(settled=True, deferred=False),
        "a negative price": places(itemPrice=-1),
        "a price that is no whole number": places(itemPrice=0.001),
        "a price far beyond": places(itemPrice=10**30),
        "no copies": places(qty=0),
        "the price of a placed order": changes("PATCH", "/orders/{id}", orderStatus="cancel", itemPrice=1),
        "the price while paying": changes("POST", "/orders/{id}/pay", itemPrice=0),
        "the customer of a placed order": changes("PATCH", "/orders/{id}", orderStatus="cancel", customerId=8),
        "another order's number": changes("POST", "/orders/{id}/cancel", orderId=999_999),
        "a status that is no action": changes("PATCH", "/orders/{id}", orderStatus="placed"),
    }
    for name, make in tried.items():
        found += requested(NOT_THEIRS, name, 422, make)
    return found


def on_bodies() -> list[Attack]:
    """Give bodies that one reader takes for this and another for that, or that break one."""
    text = '{"customerName": "x", "qty": %s}'
    found: list[Attack] = []
    for name, body in {
        "nested 100,000 deep": b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        "nested a little too deep": b'{"a":' * 40 + b"1" + b"}" * 40,
        "NaN": (text % "NaN").encode(),
        "Infinity": (text % "-Infinity").encode(),
        "1e400": (text % "1e400").encode(),
        "a number of 5,000 digits": (text % ("9" * 5_000)).encode(),
        "a name twice": b'{"qty": 1, "qty": 1000}',
        "half of a surrogate pair": rb'{"customerName": "\ud800"}',
        "half of one as a name": rb'{"\udfff": 1}',
        "no UTF-8": b'{"customerName": "\xff\xfe"}',
        "UTF-16": '{"qty": 1}'.encode("utf-16"),
        "a list": b"[]",
        "cut off": b'{"qty": 1',
        "a comment": b'{"qty": 1 /* one */}',
        "two documents": b"{} {}",
        "a NUL": b'{"qty": 1}\x00',
    }.items():
        for keyed in (False, True):
            found += requested(
                BODIES, f"{name}{', under an idempotency key' if keyed else ''}", 400, _sends(body, keyed=keyed)
            )
    huge = b'{"qty": 1000000000000000000000000000000}'
    found += requested(BODIES, "a number beyond 64 bits, under an idempotency key", 422, _sends(huge, keyed=True))
    return found


def _sends(body: bytes, *, keyed: bool) -> Callable[[Secured], dict[str, Any]]:
    more = {"content-type": "application/json"} | ({"idempotency-key": f"key-{crc32(body)}"} if keyed else {})
    return lambda one: {"method": "POST", "content": body, "headers": one.bearer() | more}
