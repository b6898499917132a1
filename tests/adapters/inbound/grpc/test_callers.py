"""Whose calls are taken over gRPC, and what each caller gets to see."""

from __future__ import annotations

import time
from typing import Any

import grpc

from bookdelivery.adapters.inbound.security.access import Access
from bookdelivery.adapters.inbound.security.key_ring import KeyRing
from bookdelivery.adapters.inbound.security.tokens import TokenSettings, TokenVerifier
from tests.adapters.inbound.grpc.serving import PURCHASE, Metadata, Served, over_grpc
from tests.adapters.inbound.security.issuing import AUDIENCE, ISSUER, Issuer

ORDER = "order.v1.OrderService"
MYPAGE = "mypage.v1.MypageService"

ISSUED = Issuer()


def bearer(**claims: Any) -> Metadata:
    return [("authorization", f"Bearer {ISSUED.token(**claims)}")]


MINSU, JIWOO = bearer(), bearer(sub="jiwoo", customer_id=8)


def asking_for_tokens() -> Access:
    async def fetch() -> bytes:
        return ISSUED.document()

    settings = TokenSettings(issuer=ISSUER, audience=AUDIENCE)
    return Access(TokenVerifier(settings, KeyRing(fetch, time.monotonic), time.time))


def test_who_says_nothing_or_lies_is_not_let_in() -> None:
    async def body(one: Served) -> None:
        nobody = await one.client.failing(f"{ORDER}/ListOrders")
        assert (nobody.code, nobody.words) == (grpc.StatusCode.UNAUTHENTICATED, "a bearer token is needed")
        forged = [("authorization", f"Bearer {Issuer(rotation=1).token()}")]
        liar = await one.client.failing(f"{ORDER}/PlaceOrder", metadata=forged, **PURCHASE)
        assert (liar.code, liar.reason) == (grpc.StatusCode.UNAUTHENTICATED, "INVALID_TOKEN")
        twice = await one.client.failing(f"{ORDER}/ListOrders", metadata=[*MINSU, *JIWOO])
        assert twice.code is grpc.StatusCode.UNAUTHENTICATED
        reader = await one.client.failing(f"{ORDER}/PlaceOrder", metadata=bearer(scope="orders:read"), **PURCHASE)
        assert (reader.code, reader.reason) == (grpc.StatusCode.PERMISSION_DENIED, "INSUFFICIENT_SCOPE")
        call = {"order_id": 5, "amount": 50_000, **PURCHASE}
        neighbour = await one.client.failing("payment.calls.v1.PaymentCalls/Pay", metadata=MINSU, **call)
        assert neighbour.code is grpc.StatusCode.PERMISSION_DENIED
        assert await one.shop.services["order"].store.log() == []

    over_grpc(body, access=asking_for_tokens())


def test_another_customers_order_is_not_there() -> None:
    async def body(one: Served) -> None:
        mine = (await one.order(metadata=MINSU)).order
        await one.shop.settle()
        assert (await one.client.call(f"{ORDER}/GetOrder", metadata=MINSU, order_id=mine.order_id)) == mine
        for path in (f"{ORDER}/GetOrder", f"{ORDER}/PayOrder", f"{ORDER}/CancelOrder", f"{MYPAGE}/GetMyPage"):
            theirs = await one.client.failing(path, metadata=JIWOO, order_id=mine.order_id)
            missing = await one.client.failing(path, metadata=JIWOO, order_id=mine.order_id + 98)
            assert (theirs.code, theirs.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
            # Nothing tells that it is there after all.
            assert theirs.words.replace("1", "99") == missing.words
        stream = await one.client.stream(f"{MYPAGE}/WatchMyPage", metadata=JIWOO, order_id=mine.order_id)
        assert await stream.code() is grpc.StatusCode.NOT_FOUND
        assert not (await one.client.call(f"{ORDER}/ListOrders", metadata=JIWOO)).orders
        asked = await one.client.failing(f"{ORDER}/ListOrders", metadata=JIWOO, customer_id=7)
        assert asked.code is grpc.StatusCode.NOT_FOUND

    over_grpc(body, access=asking_for_tokens())


def test_a_customer_orders_for_themselves_and_names_no_case() -> None:
    async def body(one: Served) -> None:
        anonymous = {name: value for name, value in PURCHASE.items() if name != "customer_id"}
        own = await one.client.call(f"{ORDER}/PlaceOrder", metadata=MINSU, **anonymous)
        assert own.order.customer_id == 7
        for wrong in ({"customer_id": 8}, {"customer_id": 7, "order_id": 12}):
            refused = await one.client.failing(f"{ORDER}/PlaceOrder", metadata=MINSU, **{**anonymous, **wrong})
            assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        packing = await one.client.failing(
            "ordermanagement.v1.OrdermanagementService/PackOrder", metadata=MINSU, order_id=1
        )
        assert packing.code is grpc.StatusCode.PERMISSION_DENIED

    over_grpc(body, access=asking_for_tokens())


def test_one_idempotency_key_is_anothers_too() -> None:
    async def body(one: Served) -> None:
        key = ("idempotency-key", "first")
        first = await one.order(metadata=[*MINSU, key])
        assert await one.order(metadata=[*MINSU, key]) == first
        other = await one.order(metadata=[*JIWOO, key], customer_id=8)
        assert other.order.order_id != first.order.order_id

    over_grpc(body, access=asking_for_tokens())
