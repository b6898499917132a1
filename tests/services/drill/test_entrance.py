"""What people notice of a service that is not there, breaks off, or answers too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bookdelivery import PlaceOrder
from bookdelivery.contexts.order.messages import CancelOrder
from bookdelivery.services.drill.entrance import MEANT, Entrance
from bookdelivery.services.drill.ports import HOST, free_ports

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]

PATIENCE_S = 60.0

ORDER = PlaceOrder(
    order_id=5,
    customer_id=5,
    customer_name="HanYongSun",
    item_id=1,
    item_name="ITbook",
    qty=1,
    item_price=25_000,
    delivery_address="kyungkido",
    delivery_phone_number="01012341234",
)


@asynccontextmanager
async def listening(answer: Answer, heads: list[str] | None = None, port: int = 0) -> AsyncIterator[str]:
    """Listen, and answer each request somehow, noting its head; gives the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if heads is not None:
            heads.append(head)
        await answer(writer)
        writer.close()

    server = await asyncio.start_server(serve, HOST, port)
    async with server:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"


def saying(body: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


_yes = saying(b'{"orderId": 1, "orderStatus": "placed", "price": 25000}')


async def _no_room(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull")
    await writer.drain()


async def _nothing(_: asyncio.StreamWriter) -> None:
    """Break off."""


async def _token(visitor: int | None) -> str:
    return "of the store" if visitor is None else f"of visitor {visitor}"


@asynccontextmanager
async def coming_to(address: str) -> AsyncIterator[Entrance]:
    entrance = Entrance(address, asyncio.get_running_loop().time(), _token)
    try:
        yield entrance
    finally:
        await entrance.close()


async def outcome(address: str) -> tuple[str, str]:
    """Place an order; gives what came of it, and why."""
    async with coming_to(address) as entrance:
        await entrance.ask("place", ORDER, PATIENCE_S, lambda receipt: str(receipt.order_status))
    (one,) = entrance.asked
    return one.outcome, one.detail


def test_an_order_is_the_shops_to_name_and_everybody_shows_their_own_token() -> None:
    heads: list[str] = []
    placed = b'{"orderId": 77, "orderStatus": "placed", "price": 25000}'

    async def body() -> None:
        async with listening(saying(placed), heads) as address, coming_to(address) as entrance:
            seen: list[int] = []
            entrance.on_standing = seen.append
            await entrance.ask("place", ORDER, PATIENCE_S)
            await entrance.ask("cancel", CancelOrder(5), PATIENCE_S)
            await entrance.look("mypage", 5, PATIENCE_S)
            await entrance.request("take", "POST", "ordermgmts/77/take", 77, PATIENCE_S)
            assert (seen, list(entrance.standing)) == ([77], [77])
            assert [(one.kind, one.order_id) for one in entrance.asked] == [
                (kind, 77) for kind in ("place", "cancel", "look", "take")
            ]

    asyncio.run(body())
    assert [head.split(" HTTP", 1)[0] for head in heads] == [
        "POST /orders",
        "POST /orders/77/cancel",
        "GET /myPages/77",
        "POST /ordermgmts/77/take",
    ]
    shown = [line for head in heads for line in head.splitlines() if line.startswith("authorization")]
    assert shown == [*["authorization: Bearer of visitor 5"] * 3, "authorization: Bearer of the store"]


def test_who_finds_nobody_asks_again() -> None:
    async def body() -> None:
        port = free_ports(1)
        async with coming_to(f"http://{HOST}:{port}") as entrance:
            asking = asyncio.create_task(entrance.ask("place", ORDER, PATIENCE_S))
            await asyncio.sleep(0.2)
            async with listening(_yes, port=port):
                await asking
            assert [one.outcome for one in entrance.asked] == ["answered"]

    asyncio.run(body())


def test_a_request_that_may_have_been_taken_is_not_sent_again() -> None:
    heads: list[str] = []

    async def body() -> None:
        async with listening(_nothing, heads) as address:
            assert (await outcome(address))[0] == "failed"

    asyncio.run(body())
    assert len(heads) == 1


def test_a_service_that_has_no_room_fails_with_its_words() -> None:
    async def body() -> None:
        async with listening(_no_room) as address:
            assert await outcome(address) == ("failed", "503: full")

    asyncio.run(body())


def test_patience_counts_from_when_the_request_was_meant_to_be_sent() -> None:
    async def body() -> None:
        async with listening(_yes) as address:
            MEANT.set(asyncio.get_running_loop().time() - 100)
            assert await outcome(address) == ("timed out", f"no answer within {PATIENCE_S:g} s")

    asyncio.run(body())
