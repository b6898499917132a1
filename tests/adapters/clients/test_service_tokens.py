"""The token that a process shows its neighbours: got once for many calls, and anew before it ends."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from bookdelivery.adapters.clients.service_tokens import ServiceTokens
from bookdelivery.kernel.errors import Unavailable


class Issuer:
    """A token endpoint that counts, and a clock that is moved by hand."""

    def __init__(self, answer: Callable[[int], httpx.Response] | None = None) -> None:
        self.asked: list[httpx.Request] = []
        self.now = 0.0
        self._answer = answer or (
            lambda number: httpx.Response(200, json={"access_token": f"t{number}", "expires_in": 300})
        )
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._take))
        self.tokens = ServiceTokens(self._endpoint, "services", "s€cret", "calls", lambda: self.now, client)

    async def _endpoint(self) -> str:
        return "https://issuer.example/token"

    async def _take(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await asyncio.sleep(0)
        return self._answer(len(self.asked))


def test_a_token_serves_many_calls_and_is_replaced_before_it_ends() -> None:
    async def body() -> None:
        one = Issuer()
        assert set(await asyncio.gather(*(one.tokens() for _ in range(20)))) == {"t1"}
        one.now = 269.0
        assert await one.tokens() == "t1"
        one.now = 270.0
        assert await one.tokens() == "t2"
        asked = one.asked[0]
        assert parse_qs(asked.content.decode()) == {"grant_type": ["client_credentials"], "scope": ["calls"]}
        shown = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
        assert shown == "services:s€cret"
        await one.tokens.close()

    asyncio.run(body())


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"error": "invalid_client"}),
        httpx.Response(200, content=b"no JSON"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"token_type": "Bearer"}),
        httpx.Response(200, json={"access_token": "t", "expires_in": "soon"}),
    ],
)
def test_without_a_token_the_neighbour_counts_as_not_there(answer: httpx.Response) -> None:
    async def body() -> None:
        one = Issuer(lambda _: answer)
        with pytest.raises(Unavailable):
            await one.tokens()
        await one.tokens.close()

    asyncio.run(body())


def test_an_issuer_that_is_away_is_told_so() -> None:
    def away(_: int) -> httpx.Response:
        raise httpx.ConnectError("away")

    async def body() -> None:
        one = Issuer(away)
        with pytest.raises(Unavailable, match="does not answer"):
            await one.tokens()
        await one.tokens.close()

    asyncio.run(body())
