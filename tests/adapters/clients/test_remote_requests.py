"""Calls to contexts in other processes: what comes back over the wire, what does not, and whom they reach."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bookdelivery import Bookstore
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.adapters.clients.remote_requests import RemoteRequests
from bookdelivery.adapters.conformance.requests import HOME, REQUESTS_CODEC, Ask, Callee, Quote, home
from bookdelivery.adapters.inbound.grpc import GrpcServer
from bookdelivery.adapters.inbound.security import Access, Caller
from bookdelivery.contexts.order.messages import PlaceOrder
from bookdelivery.kernel.errors import InvalidField, NotAnswered, Overloaded, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.resources import CALLS
from bookdelivery.kernel.values import Won
from tests.adapters.clients.reaching import free_port, over_grpc, over_http

WAYS = {"http": over_http, "grpc": over_grpc}
WAIT_S = 120.0


async def ask(requests: RemoteRequests, command: Command[Any] | None = None, timeout_s: float = WAIT_S) -> Any:
    return await requests.request(command or Ask(case_id=1), idempotency_key="1", timeout_s=timeout_s)


def with_callee(way: str, test: Callable[[Callee, str], Awaitable[None]]) -> None:
    async def body() -> None:
        callee = Callee()
        async with WAYS[way](callee) as port:
            await test(callee, f"{way}://127.0.0.1:{port}")

    asyncio.run(body())


@pytest.mark.parametrize("way", WAYS)
def test_where_nobody_listens_the_command_certainly_had_no_effect(way: str) -> None:
    async def body() -> None:
        async with RemoteRequests({HOME: f"{way}://127.0.0.1:{free_port()}"}, home, REQUESTS_CODEC) as nobody:
            with pytest.raises(Unavailable, match=r"Ask: desk at .* is not there"):
                await ask(nobody)
        async with RemoteRequests({}, home, REQUESTS_CODEC) as nowhere:
            with pytest.raises(Unavailable, match="nobody said where desk is"):
                await ask(nowhere)

    asyncio.run(body())


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_takes_too_long_or_is_an_error_is_none(way: str) -> None:
    async def body(callee: Callee, address: str) -> None:
        async def never(_: Any) -> None:
            await asyncio.sleep(3_600)

        async def broken(_: Any) -> None:
            raise RuntimeError("password=hunter2")

        async with RemoteRequests({HOME: address}, home, REQUESTS_CODEC) as requests:
            await ask(requests)
            callee.answer = never
            with pytest.raises(NotAnswered):
                await ask(requests, timeout_s=0.5)
            callee.answer = broken
            with pytest.raises(NotAnswered, match=r"desk at .* answered with (status 500|INTERNAL)") as told:
                await ask(requests)
            assert "hunter2" not in str(told.value)

    with_callee(way, body)


def test_an_answer_that_cannot_be_read_is_none() -> None:
    async def body(callee: Callee, address: str) -> None:
        async with RemoteRequests({HOME: f"{address}/elsewhere"}, home, REQUESTS_CODEC) as wrong:
            with pytest.raises(NotAnswered, match="answered with status 404"):
                await ask(wrong)

    with_callee("http", body)


@pytest.mark.parametrize("way", WAYS)
def test_what_no_context_calls_cannot_be_called(way: str) -> None:
    async def body(callee: Callee, address: str) -> None:
        async with Bookstore.open() as shop:
            order = PlaceOrder(
                customer_id=1,
                customer_name="HanYongSun",
                item_id=1,
                item_name="ITbook",
                qty=1,
                item_price=Won(25_000),
                delivery_address="kyungkido",
                delivery_phone_number="0101234",
            )
            async with RemoteRequests({"order": address}, shop.composition.home, shop.codec) as requests:
                with pytest.raises(NotAnswered, match=r"status 404|UNIMPLEMENTED"):
                    await ask(requests, order)
        assert callee.asked == []

    with_callee(way, body)


def test_a_callee_that_comes_back_is_reached_again() -> None:
    async def body() -> None:
        callee, port = Callee(), free_port()
        async with RemoteRequests({HOME: f"grpc://127.0.0.1:{port}"}, home, REQUESTS_CODEC) as requests:
            assert not await _reached(requests)
            server = GrpcServer({HOME: callee}, REQUESTS_CODEC, called={Ask: callee})
            await server.start("127.0.0.1", port)
            async with asyncio.timeout(WAIT_S):
                while not await _reached(requests):  # noqa: ASYNC110 - a channel tries again in its own time
                    await asyncio.sleep(0.1)
            await server.stop(0)

    asyncio.run(body())


async def _reached(requests: RemoteRequests) -> bool:
    try:
        return isinstance(await ask(requests), Quote)
    except (Unavailable, NotAnswered):
        return False


@pytest.mark.parametrize("way", WAYS)
def test_calls_show_the_token_of_who_makes_them(way: str) -> None:
    shown: list[str] = []

    class Noting:
        async def caller(self, token: str) -> Caller:
            shown.append(token)
            return Caller(subject="order", client_id="order", scopes=frozenset({CALLS}), expires_at=0.0)

    async def token() -> str:
        return "abc"

    async def body() -> None:
        callee = Callee()
        async with WAYS[way](callee, Access(Noting())) as port:
            address = f"{way}://127.0.0.1:{port}"
            async with RemoteRequests({HOME: address}, home, REQUESTS_CODEC, token) as requests:
                await ask(requests)
        assert shown == ["abc"]

    asyncio.run(body())


def test_the_bookstores_order_pays_over_grpc() -> None:
    async def body() -> None:
        provider = EmbeddedPaymentProvider()
        async with Bookstore.open(only=["payment"], provider=provider) as payment:
            called = dict.fromkeys(payment.composition.called, payment.services["payment"])
            server = GrpcServer(payment.services, payment.codec, called=called)
            port = await server.start("127.0.0.1", 0)
            addresses = {"payment": f"grpc://127.0.0.1:{port}"}
            async with AsyncExitStack() as leaving:
                order = await leaving.enter_async_context(
                    Bookstore.open(
                        only=["order"],
                        elsewhere=lambda composition, codec: RemoteRequests(addresses, composition.home, codec),
                    )
                )
                placed = await order.send(
                    PlaceOrder(
                        customer_id=1,
                        customer_name="HanYongSun",
                        item_id=1,
                        item_name="ITbook",
                        qty=2,
                        item_price=Won(25_000),
                        delivery_address="kyungkido",
                        delivery_phone_number="0101234",
                    )
                )
                assert placed.complete
                (account,) = (await provider.ledger.accounts()).values()
                assert account.balance == Won(50_000)
            await server.stop(0)

    asyncio.run(body())


@pytest.mark.parametrize(
    "wrong",
    [
        "payment:8084",
        "ftp://payment",
        "http://",
        "http://payment:port",
        "http://user@payment",
        "grpc://payment/path",
        "srv://payment",
        "srv://_ftp._tcp.payment",
        "srv://_http._tcp.payment:53",
    ],
)
def test_an_address_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidField, match=r"at\.payment is "):
        RemoteRequests({"payment": wrong}, home, REQUESTS_CODEC)


def test_overload_is_an_answer_and_sends_nobody_elsewhere() -> None:
    async def body(callee: Callee, address: str) -> None:
        async def full(_: Any) -> None:
            raise Overloaded("Ask", 2.5)

        callee.answer = full
        async with RemoteRequests({HOME: address}, home, REQUESTS_CODEC) as requests:
            with pytest.raises(Overloaded, match="has too much to do"):
                await ask(requests)

    with_callee("grpc", body)
