"""What one would write by hand: an order endpoint and a payment endpoint on bare Litestar, each with its own SQL.

    python -m benchmarks.bare_shop order|payment PORT PAYMENT_URL DATABASE_URL

The tables are those of the bookstore, and so are the statements: an order is saved as awaiting its payment; payment
notes what is requested, charges, and states that it did; then the order is saved as placed, with its event.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import psycopg
import uvicorn
from litestar import Litestar, Request, Response, post

_CONNECTIONS = 8

Row = tuple[str, int, str]
Event = tuple[str, bytes]


class Context:
    """The tables of one context, and some connections."""

    def __init__(self, name: str, url: str) -> None:
        self._name = name
        self._url = url
        self._free: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()

    async def connect(self) -> None:
        """Open the connections."""
        for _ in range(_CONNECTIONS):
            self._free.put_nowait(await psycopg.AsyncConnection.connect(self._url))

    async def save(self, kind: str, key: int, version: int, state: bytes, event: Event | None = None) -> None:
        """Commit a record's new version, with an event or without: what the bookstore's store does, in its words."""
        connection, name = await self._free.get(), self._name
        try:
            async with connection.transaction(), connection.cursor() as cursor:
                lock = f"SELECT number FROM {name}_facts WHERE name = 'last_position' FOR UPDATE"  # noqa: S608
                await cursor.execute(lock)
                last = ((await cursor.fetchone()) or (0,))[0]
                found = f"SELECT key, id, version FROM {name}_records WHERE kind = %s AND (key = %s OR id = %s)"  # noqa: S608
                await cursor.execute(found, (kind, key, key))
                if version == 1:
                    insert = (
                        f"INSERT INTO {name}_records (kind, key, id, version, owner, wake_at, state)"  # noqa: S608
                        " VALUES (%s, %s, %s, 1, 1, NULL, %s)"
                    )
                    await cursor.execute(insert, (kind, key, key, state.decode()))
                else:
                    update = f"UPDATE {name}_records SET version = %s, state = %s WHERE kind = %s AND key = %s"  # noqa: S608
                    await cursor.execute(update, (version, state.decode(), kind, key))
                if event is not None:
                    outbox = f"INSERT INTO {name}_outbox (position, headers, body) VALUES (%s, %s, %s)"  # noqa: S608
                    await cursor.execute(outbox, (last + 1, *event))
                    count = f"UPDATE {name}_facts SET number = %s WHERE name = 'last_position'"  # noqa: S608
                    await cursor.execute(count, (last + 1,))
        finally:
            self._free.put_nowait(connection)


def app(role: str, payment_url: str, url: str) -> Litestar:
    """Make one of the two applications."""
    context = Context(role, url)
    http = httpx.AsyncClient(trust_env=False)

    @asynccontextmanager
    async def connected(_: Litestar) -> AsyncIterator[None]:
        await context.connect()
        yield

    @post("/orders")
    async def place(request: Request[Any, Any, Any]) -> Response[bytes]:
        body = await request.body()
        asked = orjson.loads(body)
        key = int(asked["orderId"])
        await context.save("Order", key, 1, orjson.dumps({**asked, "orderStatus": "awaitingPayment"}))
        answer = await http.post(f"{payment_url}/calls/Pay", content=body, timeout=10)
        answer.raise_for_status()
        state = orjson.dumps({**asked, "orderStatus": "placed", **answer.json()})
        await context.save("Order", key, 2, state, ("{}", state))
        return Response(state, status_code=201, media_type="application/hal+json")

    @post("/calls/Pay")
    async def pay(request: Request[Any, Any, Any]) -> Response[bytes]:
        asked = orjson.loads(await request.body())
        key = int(asked["orderId"])
        await context.save("Payment", key, 1, orjson.dumps({**asked, "status": "requested"}))
        state = orjson.dumps({**asked, "status": "approved", "paymentId": key})
        await context.save("Payment", key, 2, state, ("{}", state))
        return Response(orjson.dumps({"paymentId": key}), status_code=200, media_type="application/json")

    return Litestar([place if role == "order" else pay], lifespan=[connected], openapi_config=None)


if __name__ == "__main__":
    role, port, payment_url, url = sys.argv[1:]
    uvicorn.run(app(role, payment_url, url), host="127.0.0.1", port=int(port), log_level="warning")
