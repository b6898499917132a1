"""The bookstore behind a real HTTP server on a free port, and a client that talks to it over the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import httpx
import uvicorn

from bookdelivery import Bookstore
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.adapters.inbound.rest import RestSettings, rest_app
from bookdelivery.contexts.mypage.view import MyPageRow
from bookdelivery.services.mypage_page import MYPAGE_PAGE

SEED_ORDER = {
    "orderId": "1",
    "itemId": "1",
    "itemName": "ITbook",
    "qty": "1",
    "customerName": "HanYongSun",
    "deliveryAddress": "kyungkido sungnamsi",
    "deliveryPhoneNumber": "01012341234",
    "orderStatus": "order",
}
"""What the original system's walk-through sends: everything is text, as a command line has it."""

PURCHASE: dict[str, Any] = {
    "customerId": 7,
    "customerName": "HanYongSun",
    "itemId": 1,
    "itemName": "ITbook",
    "qty": 2,
    "itemPrice": 25_000,
    "deliveryAddress": "kyungkido sungnamsi",
    "deliveryPhoneNumber": "01012341234",
}


@attrs.frozen
class Served:
    """A bookstore that is being served."""

    http: httpx.AsyncClient
    shop: Bookstore
    provider: EmbeddedPaymentProvider
    base: str


@asynccontextmanager
async def served(
    url: str = "memory://", *, contexts: list[str] | None = None, settings: RestSettings | None = None
) -> AsyncIterator[Served]:
    """Serve the bookstore on a free port of this computer."""
    provider = EmbeddedPaymentProvider()
    async with Bookstore.open(url, provider=provider) as shop:
        pages = {MyPageRow: MYPAGE_PAGE}
        app = rest_app(shop.services, shop.codec, contexts=contexts, pages=pages, settings=settings)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110 - the server has nothing to wait for
            await asyncio.sleep(0.01)
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=base, timeout=120) as http:
                yield Served(http, shop, provider, base)
        finally:
            server.should_exit = True
            await serving


def over_the_wire(test: Callable[[Served], Awaitable[None]], url: str = "memory://", **how: Any) -> None:
    """Run a test against a served bookstore."""

    async def body() -> None:
        async with served(url, **how) as one:
            await test(one)

    asyncio.run(body())
