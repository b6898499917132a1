"""The contexts over a real gRPC server, asked by a client that knows only what reflection tells."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bookdelivery import Bookstore
from bookdelivery.adapters.clients.payment_provider import Mood
from bookdelivery.adapters.inbound.grpc import GrpcServer, GrpcSettings
from bookdelivery.contexts.payment.messages import Pay
from bookdelivery.kernel.errors import InvalidField, Overloaded, Unavailable
from examples.coupon import BOOKSTORE_WITH_COUPONS
from tests.adapters.inbound.grpc.serving import PURCHASE, Served, over_grpc

ORDER = "order.v1.OrderService"
STORE = "ordermanagement.v1.OrdermanagementService"
MYPAGE = "mypage.v1.MypageService"


def test_an_order_goes_from_the_customer_to_the_door() -> None:
    async def body(one: Served) -> None:
        answer = await one.order()
        assert (answer.order.order_id, answer.order.order_status) == (1, "placed")
        assert answer.order_receipt.price == 50_000
        await one.shop.settle()
        await one.client.call(f"{STORE}/TakeOrder", order_id=1)
        packed = await one.client.call(f"{STORE}/PackOrder", order_id=1)
        assert packed.ordermgmt.order_id == 1
        await one.shop.settle()
        await one.client.call("delivery.v1.DeliveryService/CompleteDelivery", order_id=1)
        await one.shop.settle()
        row = await one.client.call(f"{MYPAGE}/GetMyPage", order_id=1)
        assert (row.order_status, row.customer_name) == ("delivered", "HanYongSun")

    over_grpc(body)


def test_a_list_comes_in_pages_and_can_be_one_customers_own() -> None:
    async def body(one: Served) -> None:
        for customer in (7, 8, 7, 7):
            await one.order(customer_id=customer)
        first = await one.client.call(f"{ORDER}/ListOrders", page_size=3)
        assert [order.order_id for order in first.orders] == [1, 2, 3]
        last = await one.client.call(f"{ORDER}/ListOrders", page_size=3, page_token=first.next_page_token)
        assert [order.order_id for order in last.orders] == [4]
        assert not last.HasField("next_page_token")
        own = await one.client.call(f"{ORDER}/ListOrders", customer_id=8)
        assert [order.order_id for order in own.orders] == [2]

    over_grpc(body)


def test_mypage_tells_each_change_as_it_happens_and_ends_with_the_server() -> None:
    async def body(one: Served) -> None:
        await one.order()
        await one.shop.settle()
        stream = await one.client.stream(f"{MYPAGE}/WatchMyPage", order_id=1)
        first = await stream.read()
        assert first.my_page.order_status == "placed"
        await one.client.call(f"{STORE}/TakeOrder", order_id=1)
        await one.shop.settle()
        second = await stream.read()
        assert (second.my_page.order_status, second.version > first.version) == ("taken", True)
        await one.server.stop(60)
        assert await stream.code() is grpc.StatusCode.UNAVAILABLE
        assert await stream.details() == "this server ends; ask another one"

    over_grpc(body)


def test_who_comes_back_to_a_stream_hears_only_what_is_new() -> None:
    async def body(one: Served) -> None:
        await one.order()
        await one.shop.settle()
        stream = await one.client.stream(f"{MYPAGE}/WatchMyPage", order_id=1)
        known = (await stream.read()).version
        stream.cancel()
        again = await one.client.stream(f"{MYPAGE}/WatchMyPage", order_id=1, known_version=known)
        await one.client.call(f"{STORE}/TakeOrder", order_id=1)
        await one.shop.settle()
        assert (await again.read()).my_page.order_status == "taken"

    over_grpc(body)


def test_each_problem_has_its_code_and_the_same_document_as_over_http() -> None:
    async def body(one: Served) -> None:
        unknown = await one.client.failing(f"{ORDER}/GetOrder", order_id=99)
        assert (unknown.code, unknown.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
        wrong = await one.client.failing(f"{ORDER}/PlaceOrder", **{**PURCHASE, "qty": 0})
        assert wrong.code is grpc.StatusCode.INVALID_ARGUMENT
        assert wrong.problem["errors"] == ["qty is 0, but must be an integer from 1 to 1000000"]
        missing = await one.client.failing(f"{ORDER}/GetOrder")
        assert "orderId" in missing.words
        await one.order()
        await one.client.call(f"{ORDER}/CancelOrder", order_id=1)
        refused = await one.client.failing(f"{ORDER}/PayOrder", order_id=1)
        assert (refused.code, refused.problem["type"]) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "urn:bookdelivery:problem:refused",
        )
        assert "allowed" in refused.problem
        page = await one.client.failing(f"{ORDER}/ListOrders", page_size=1_000)
        assert "pageSize is 1000, but must be from 1 to 100" in page.words
        token = await one.client.failing(f"{ORDER}/ListOrders", page_token="next")  # noqa: S106 - the mark of a page
        assert "pageToken is 'next'" in token.words

    over_grpc(body)


def test_what_is_not_to_be_had_just_now_says_when_to_ask_again() -> None:
    async def body(one: Served) -> None:
        async def full(_: object) -> None:
            raise Overloaded("PlaceOrder", 2.5)

        async def gone(_: object) -> None:
            raise Unavailable("db.internal:5432 said no")

        one.shop.services["order"].submit = full  # type: ignore[assignment, method-assign]
        held_off = await one.client.failing(f"{ORDER}/PlaceOrder", **PURCHASE)
        assert (held_off.code, held_off.retry_after_s) == (grpc.StatusCode.RESOURCE_EXHAUSTED, 2.5)
        one.shop.services["order"].submit = gone  # type: ignore[assignment, method-assign]
        away = await one.client.failing(f"{ORDER}/PlaceOrder", **PURCHASE)
        assert (away.code, away.words) == (grpc.StatusCode.UNAVAILABLE, "Not available just now; please ask again.")

    over_grpc(body)


def test_an_error_that_nobody_foresaw_keeps_its_text_to_itself() -> None:
    async def body(one: Served) -> None:
        async def broken(_: object) -> None:
            raise RuntimeError("password=hunter2")

        one.shop.services["order"].submit = broken  # type: ignore[assignment, method-assign]
        failure = await one.client.failing(f"{ORDER}/PlaceOrder", **PURCHASE)
        assert (failure.code, "hunter2" in str(failure)) == (grpc.StatusCode.INTERNAL, False)

    over_grpc(body)


def test_a_deferred_payment_says_when_to_pay() -> None:
    async def body(one: Served) -> None:
        one.provider.mood = Mood.LOSES_REQUEST
        answer = await one.order()
        assert answer.order.order_status == "awaitingPayment"
        assert answer.order_receipt.retry_after_s > 0

    over_grpc(body)


def test_under_an_idempotency_key_an_order_is_placed_once() -> None:
    async def body(one: Served) -> None:
        key = [("idempotency-key", "a1")]
        first, again = await one.order(metadata=key), await one.order(metadata=key)
        assert first == again
        assert len((await one.client.call(f"{ORDER}/ListOrders")).orders) == 1
        other = await one.client.failing(f"{ORDER}/PlaceOrder", metadata=key, **{**PURCHASE, "qty": 3})
        assert (other.code, other.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "IDEMPOTENCY_KEY_REUSED")

    over_grpc(body)


def test_the_conversation_goes_on() -> None:
    async def body(one: Served) -> None:
        trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
        await one.order(metadata=[("traceparent", trace), ("ce-correlationid", "the first")])
        (placed,) = [outgoing.envelope for outgoing in await one.shop.services["order"].store.log()]
        assert (placed.correlation_id, placed.traceparent) == ("the first", trace)
        wrong = await one.client.failing(f"{ORDER}/GetOrder", metadata=[("ce-correlationid", "x" * 256)], order_id=1)
        assert wrong.code is grpc.StatusCode.INVALID_ARGUMENT

    over_grpc(body)


def test_nobody_works_on_what_nobody_waits_for() -> None:
    async def body(one: Served) -> None:
        given_up = asyncio.Event()

        async def work_on_and_on(_: object) -> None:
            try:
                await asyncio.sleep(3_600)
            finally:
                given_up.set()

        one.shop.services["order"].submit = work_on_and_on  # type: ignore[assignment, method-assign]
        await one.client.services()
        failure = await one.client.failing(f"{ORDER}/PlaceOrder", timeout_s=0.5, **PURCHASE)
        assert failure.code is grpc.StatusCode.DEADLINE_EXCEEDED
        await asyncio.wait_for(given_up.wait(), 60)

    over_grpc(body)


def test_bytes_that_are_no_message_and_messages_too_large_are_refused() -> None:
    async def body(one: Served) -> None:
        raw: Any = one.client.channel.unary_unary(f"/{ORDER}/PlaceOrder")
        with pytest.raises(grpc.aio.AioRpcError) as broken:
            await raw(b"\xff\xff\xff")
        assert broken.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.aio.AioRpcError) as large:
            await raw(b"\x00" * 100_000)
        assert large.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED

    over_grpc(body)


def test_health_follows_the_server_to_its_end() -> None:
    async def body(one: Served) -> None:
        stub: Any = health_pb2_grpc.HealthStub(one.client.channel)

        async def status(service: str) -> int:
            return int((await stub.Check(health_pb2.HealthCheckRequest(service=service))).status)

        serving, not_serving = (
            health_pb2.HealthCheckResponse.SERVING,
            health_pb2.HealthCheckResponse.NOT_SERVING,
        )
        assert [await status(""), await status(ORDER)] == [serving, serving]
        await one.server.healthy(yes=False)
        assert await status(ORDER) == not_serving

    over_grpc(body)


def test_calls_in_work_are_finished_when_the_server_ends() -> None:
    async def body(one: Served) -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()
        submit = one.shop.services["order"].submit

        async def slowly(command: object) -> object:
            begun.set()
            await go_on.wait()
            return await submit(command)  # type: ignore[arg-type]

        one.shop.services["order"].submit = slowly  # type: ignore[assignment, method-assign]
        asking = asyncio.create_task(one.order())
        await asyncio.wait_for(begun.wait(), 60)
        stopping = asyncio.create_task(one.server.stop(60))
        await asyncio.sleep(0)
        go_on.set()
        assert (await asking).order.order_status == "placed"
        await stopping

    over_grpc(body)


def test_what_contexts_call_of_one_another_is_a_service_of_its_own() -> None:
    async def body(one: Served) -> None:
        assert await one.client.services() == [
            "delivery.v1.DeliveryService",
            "grpc.health.v1.Health",
            "grpc.reflection.v1alpha.ServerReflection",
            "mypage.v1.MypageService",
            ORDER,
            STORE,
            "payment.calls.v1.PaymentCalls",
            "payment.v1.PaymentService",
        ]
        paid = await one.client.call("payment.calls.v1.PaymentCalls/Pay", order_id=5, amount=50_000, **PURCHASE)
        assert paid.WhichOneof("reply") == "pay_approved"
        assert Pay in one.shop.composition.called

    over_grpc(body)


def test_a_context_of_ones_own_is_served_without_a_line_of_code() -> None:
    async def body(one: Served) -> None:
        await one.order()
        await one.shop.settle()
        await one.client.call("coupon.v1.CouponService/TakeOrderWithCoupon", order_id=1, percent=15)
        await one.shop.settle()
        coupon = await one.client.call("coupon.v1.CouponService/GetCoupon", coupon_id=1)
        assert (coupon.percent, coupon.coupon_status) == (15, "issued")

    over_grpc(body, system=BOOKSTORE_WITH_COUPONS)


def test_wrong_settings_are_refused() -> None:
    async def body() -> None:
        async with Bookstore.open() as shop:
            with pytest.raises(InvalidField, match="contexts is 'orders', but must be one of order"):
                GrpcServer(shop.services, shop.codec, contexts=["orders"])
            with pytest.raises(InvalidField, match="one context or more"):
                GrpcServer(shop.services, shop.codec, contexts=[])
            with socket.create_server(("127.0.0.1", 0)) as taken:
                server = GrpcServer(shop.services, shop.codec)
                with pytest.raises(InvalidField, match="an address that can be listened on"):
                    await server.start("127.0.0.1", taken.getsockname()[1])
                await server.stop(0)

    asyncio.run(body())
    with pytest.raises(InvalidField, match="largest_message_bytes is 0"):
        GrpcSettings(largest_message_bytes=0)
