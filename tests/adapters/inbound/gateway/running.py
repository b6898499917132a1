"""A secured bookstore behind its gateway on free ports: real servers, real sockets, an issuer whose keys we hold."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs
import httpx
import uvicorn

from bookdelivery import Bookstore
from bookdelivery.adapters.inbound.gateway import Services
from bookdelivery.adapters.inbound.rest import rest_app
from bookdelivery.adapters.observability.front import Front
from bookdelivery.adapters.observability.health import Health
from bookdelivery.contexts.mypage.view import MyPageRow
from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.services.config import Config, GatewaySection, SecuritySection
from bookdelivery.services.gateway_serving import ROUTES, gateway, protections, signing_in_with, uvicorn_options
from bookdelivery.services.mypage_page import MYPAGE_PAGE
from bookdelivery.services.securing import Security, securing
from tests.adapters.inbound.security.issuing import AUDIENCE, Issuer

HOST = "127.0.0.1"

PURCHASE: Mapping[str, Any] = {
    "customerName": "HanYongSun",
    "itemId": 1,
    "itemName": "ITbook",
    "qty": 2,
    "itemPrice": 25_000,
    "deliveryAddress": "kyungkido sungnamsi",
    "deliveryPhoneNumber": "01012341234",
}


@attrs.frozen
class Secured:
    """A bookstore whose gateway and services ask for tokens.

    Attributes:
        gateway: the gateway's address.
        service: the services' own address; all of them are behind one.
        issuer: issues tokens.
        shop: the bookstore.
        http: a client of the gateway.
        direct: a client of the services.
        kept: what is there once.
    """

    gateway: str
    service: str
    issuer: Issuer
    shop: Bookstore
    http: httpx.AsyncClient
    direct: httpx.AsyncClient
    kept: dict[str, int] = attrs.field(factory=dict)

    def bearer(self, token: str | None = None, **claims: Any) -> dict[str, str]:
        """Give a customer's header, or that of a token."""
        return {"authorization": f"Bearer {token or self.issuer.token(**claims)}"}

    async def an_order(self) -> int:
        """Give an order of customer 7 that is on its way, always the same one."""
        if "order" not in self.kept:
            self.kept["order"] = order_id = await self.order()
            for command in (TakeOrder(order_id), PackOrder(order_id)):
                await self.shop.send(command)
            await self.shop.settle()
        return self.kept["order"]

    async def order(self, customer_id: int = 7) -> int:
        """Place an order for a customer, through the gateway."""
        answer = await self.http.post("/orders", json=PURCHASE, headers=self.bearer(customer_id=customer_id))
        assert answer.status_code == 201, answer.text
        await self.shop.settle()
        return int(answer.json()["orderId"])


@asynccontextmanager
async def listening_at(app: Any, door: socket.socket | None = None, **options: Any) -> AsyncIterator[str]:
    """Serve an ASGI application on a free port, or at a door that was opened before."""
    door = door or socket.create_server((HOST, 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1, **options)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([door]))
    try:
        while not server.started:  # noqa: ASYNC110 - the server has nothing to wait for
            await asyncio.sleep(0.01)
        yield f"http://{HOST}:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def shown(app: Any) -> Front:
    """Put before an application what every process of ours has before it: probes, and a line in the log a request."""
    front = Front(Health())
    front.app = app
    return front


def key_server(issuer: Issuer) -> Any:
    """Give an application that answers with an issuer's metadata and keys."""

    async def app(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        body = issuer.document() if scope["path"] == "/keys" else issuer.metadata()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


@asynccontextmanager
async def secured(
    *,
    limits: Mapping[str, Any] | None = None,
    addresses: Mapping[str, str] | None = None,
    authorization: str = "",
) -> AsyncIterator[Secured]:
    """Serve it.

    Args:
        limits: keys of the section `[gateway]`; what is not said is generous.
        addresses: where services are, other than the bookstore's own.
        authorization: the authorization server whose tokens count, instead of those of an issuer of ours.
    """
    issuer, audience = Issuer(), "bookdelivery" if authorization else AUDIENCE
    generous: dict[str, Any] = {"per_caller_per_second": 10_000.0, "per_address_per_second": 10_000.0}
    async with AsyncExitStack() as all_of_it:
        enter = all_of_it.enter_async_context
        issuer.url = authorization or await enter(listening_at(key_server(issuer)))
        config = Config(
            security=SecuritySection(issuer=issuer.url, audience=audience, client_secret="-"),  # noqa: S106
            gateway=GatewaySection(**generous | dict(limits or {})),
        )

        async def security() -> Security:
            found = await enter(securing(config))
            assert found is not None
            return found

        shop = await enter(Bookstore.open())
        called = {command.__name__: shop.services["payment"] for command in shop.composition.called}
        app = rest_app(
            shop.services,
            shop.codec,
            pages={MyPageRow: MYPAGE_PAGE},
            called=called,
            access=(await security()).access,
        )
        service = await enter(listening_at(shown(app)))
        places = {route.service: service for route in ROUTES} | dict(addresses or {})
        services = Services(places, protections(config.gateway))
        all_of_it.push_async_callback(services.close)
        outside = await security()
        signing_in = signing_in_with(config, outside)
        assert signing_in is not None
        all_of_it.push_async_callback(signing_in.close)
        entrance = gateway(config, services, outside.access, signing_in)
        address = await enter(listening_at(shown(entrance), **uvicorn_options(config.gateway)))
        http = await enter(httpx.AsyncClient(base_url=address, timeout=120, trust_env=False))
        direct = await enter(httpx.AsyncClient(base_url=service, timeout=120, trust_env=False))
        yield Secured(address, service, issuer, shop, http, direct)


@asynccontextmanager
async def impostor(answer: Callable[[bytes], bytes | None]) -> AsyncIterator[str]:
    """Listen in a service's place.

    Args:
        answer: gives the bytes for a request's head, and the connection is closed; None leaves the client waiting.
    """
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        said = answer(await reader.readuntil(b"\r\n\r\n"))
        if said is not None:
            writer.write(said)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


def behind_the_gateway(test: Callable[[Secured], Awaitable[None]], **how: Any) -> None:
    """Run a test against it."""

    async def body() -> None:
        async with secured(**how) as one:
            await test(one)

    asyncio.run(body())


async def raw(address: str, *parts: bytes | float, wait_s: float = 60.0) -> bytes:
    """Send bytes over a socket, with pauses (seconds) between them, and give all that comes back until it is closed."""
    host, _, port = address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(wait_s):
            reading = asyncio.create_task(reader.read())
            try:
                for part in parts:
                    if isinstance(part, bytes):
                        writer.write(part)
                        await writer.drain()
                    else:
                        await asyncio.wait((reading,), timeout=part)
                    if reading.done():
                        break
            except ConnectionError:
                # Whoever was refused before all was sent is cut off in the end.
                pass
            return await reading
    finally:
        writer.close()
