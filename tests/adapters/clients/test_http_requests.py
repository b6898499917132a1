"""Calls to a context in another process, over a real HTTP server: what comes back, and what does not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn

from bookdelivery import Bookstore
from bookdelivery.adapters.clients.http_requests import HttpRequests
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider, Mood
from bookdelivery.adapters.inbound.rest import rest_app
from bookdelivery.contexts.order.messages import Purchase
from bookdelivery.contexts.ordermanagement.messages import TakeOrder
from bookdelivery.contexts.payment.messages import Pay, PayApproved, PayDeclined
from bookdelivery.kernel.conversation import CURRENT, Conversation
from bookdelivery.kernel.errors import InvalidField, NotAnswered, Overloaded, Refused, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.values import Won

BOOK = Purchase(
    customer_id=1,
    customer_name="HanYongSun",
    item_id=1,
    item_name="ITbook",
    qty=1,
    item_price=Won(25_000),
    delivery_address="kyungkido",
    delivery_phone_number="0101234",
)

PAY = Pay(order_id=1, amount=Won(25_000), purchase=BOOK)


class Neighbour:
    """Payment in the neighbourhood, and the way to it."""

    def __init__(self, shop: Bookstore, provider: EmbeddedPaymentProvider, address: str) -> None:
        self.shop = shop
        self.provider = provider
        self.address = address
        self.requests = HttpRequests({"payment": address}, shop.composition.home, shop.codec)

    async def ask(self, command: Command[object] = PAY, timeout_s: float = 60.0) -> object:
        return await self.requests.request(command, idempotency_key="1", timeout_s=timeout_s)


@asynccontextmanager
async def neighbour() -> AsyncIterator[Neighbour]:
    """Serve payment on a free port."""
    provider = EmbeddedPaymentProvider()
    async with Bookstore.open(provider=provider, only=["payment"]) as shop:
        app = rest_app(shop.services, shop.codec, called={"Pay": shop.services["payment"]})
        with socket.create_server(("127.0.0.1", 0)) as door:
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
            serving = asyncio.create_task(server.serve([door]))
            while not server.started:  # noqa: ASYNC110 - the server has nothing to wait for
                await asyncio.sleep(0.01)
            one = Neighbour(shop, provider, f"http://127.0.0.1:{door.getsockname()[1]}")
            try:
                async with one.requests:
                    yield one
            finally:
                server.should_exit = True
                await serving


def with_neighbour(test: Callable[[Neighbour], Awaitable[None]]) -> None:
    """Run a test beside a payment service."""

    async def body() -> None:
        async with neighbour() as one:
            await test(one)

    asyncio.run(body())


def test_an_answer_comes_back_as_it_was_given() -> None:
    async def body(one: Neighbour) -> None:
        assert await one.ask() == PayApproved(order_id=1, payment_id=1, amount=Won(25_000), purchase=BOOK)
        one.provider.mood = Mood.DECLINES
        declined = await one.ask(Pay(order_id=2, amount=Won(25_000), purchase=BOOK))
        assert isinstance(declined, PayDeclined)

    with_neighbour(body)


def test_the_conversation_goes_on_over_there() -> None:
    async def body(one: Neighbour) -> None:
        trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
        CURRENT.set(Conversation("the first", "the last", trace))
        await one.ask()
        (approved,) = [outgoing.envelope for outgoing in await one.shop.services["payment"].store.log()]
        assert (approved.correlation_id, approved.causation_id) == ("the first", "the last")
        assert approved.traceparent == trace

    with_neighbour(body)


def test_a_refusal_comes_back_as_one() -> None:
    async def body(one: Neighbour) -> None:
        await one.ask()
        with pytest.raises(Refused) as refusal:
            await one.ask(Pay(order_id=1, amount=Won(1), purchase=BOOK))
        assert refusal.value.why
        assert "Pay" in refusal.value.what

    with_neighbour(body)


def test_where_nobody_listens_the_command_certainly_had_no_effect() -> None:
    async def body(one: Neighbour) -> None:
        with socket.create_server(("127.0.0.1", 0)) as door:
            free = door.getsockname()[1]
        nobody = HttpRequests({"payment": f"http://127.0.0.1:{free}"}, one.shop.composition.home, one.shop.codec)
        async with nobody:
            with pytest.raises(Unavailable, match="Pay: payment is not there"):
                await nobody.request(PAY, idempotency_key="1", timeout_s=30)
            with pytest.raises(Unavailable, match="nobody said where ordermanagement is"):
                await nobody.request(TakeOrder(1), idempotency_key="1", timeout_s=30)

    with_neighbour(body)


def test_an_answer_that_takes_too_long_is_none_and_nobody_works_on_it_any_longer() -> None:
    async def body(one: Neighbour) -> None:
        given_up = asyncio.Event()

        async def work_on_and_on(_: object) -> None:
            try:
                await asyncio.sleep(3_600)
            finally:
                given_up.set()

        one.shop.services["payment"].submit = work_on_and_on  # type: ignore[assignment, method-assign]
        with pytest.raises(NotAnswered):
            await one.ask(timeout_s=0.5)
        await asyncio.wait_for(given_up.wait(), 60)

    with_neighbour(body)


def test_an_answer_that_cannot_be_read_is_none() -> None:
    async def body(one: Neighbour) -> None:
        wrong = HttpRequests({"payment": f"{one.address}/orders"}, one.shop.composition.home, one.shop.codec)
        async with wrong:
            with pytest.raises(NotAnswered, match="payment answered with status 404"):
                await wrong.request(PAY, idempotency_key="1", timeout_s=60)

    with_neighbour(body)


def test_a_context_with_too_much_to_do_says_when_to_ask_again() -> None:
    async def body(one: Neighbour) -> None:
        async def full(_: object) -> None:
            raise Overloaded("Pay", 2.5)

        one.shop.services["payment"].submit = full  # type: ignore[assignment, method-assign]
        with pytest.raises(Overloaded) as overloaded:
            await one.ask()
        assert overloaded.value.retry_after_s == 3

    with_neighbour(body)


def test_only_what_contexts_call_can_be_called() -> None:
    async def body(one: Neighbour) -> None:
        everywhere = HttpRequests({"ordermanagement": one.address}, one.shop.composition.home, one.shop.codec)
        async with everywhere:
            with pytest.raises(NotAnswered, match="status 404"):
                await everywhere.request(TakeOrder(1), idempotency_key="1", timeout_s=60)

    with_neighbour(body)


def test_an_address_that_is_none_is_refused() -> None:
    async def body(one: Neighbour) -> None:
        with pytest.raises(InvalidField, match=r"addresses\[payment\] is 'payment:8084'"):
            HttpRequests({"payment": "payment:8084"}, one.shop.composition.home, one.shop.codec)

    with_neighbour(body)
