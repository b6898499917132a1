"""Handing a request on to a service, and its answer back as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import attrs
import httpx

from bookdelivery.adapters.inbound.gateway.answering import BrokenAnswer
from bookdelivery.kernel.errors import Unavailable

T = TypeVar("T")

CONNECT_S = 1.0
"""Seconds to wait for a connection to a service; without one, the request certainly had no effect."""

SILENCE_S = 60.0
"""Seconds that a service may pause within its answer; its live streams show every 15 s that they live."""


class Protect(Protocol):
    """What keeps a service's trouble from becoming ours: time limit, circuit breaker, retries."""

    async def call(self, attempt: Callable[[], Awaitable[T]], *, repeatable: bool) -> T:
        """Make an attempt, or several.

        Args:
            attempt: asks the service.
            repeatable: whether asking twice does no more than asking once.

        Raises:
            HeldOff: the service is not asked just now.
            NotAnswered: it took too long.
        """
        ...


@attrs.frozen
class Outbound:
    """A request on its way to a service.

    Attributes:
        method: of HTTP.
        target: path and query, as they were sent.
        headers: for the service.
        body: all of it.
        repeatable: whether asking twice does no more than asking once.
    """

    method: str
    target: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    repeatable: bool


class Services:
    """The services behind the gateway.

    Args:
        addresses: where each is, by its name.
        protect: what is put around each, by its name.
        client: makes the requests; by default one of its own, which follows no redirect and reads no environment.
    """

    def __init__(
        self, addresses: Mapping[str, str], protect: Mapping[str, Protect], client: httpx.AsyncClient | None = None
    ) -> None:
        self._addresses = {name: address.rstrip("/") for name, address in addresses.items()}
        self._protect = protect
        self._client = client or httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
            # Who waits for a connection to one service takes none away from another: the bulkheads see to that.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        )

    async def send(self, service: str, outbound: Outbound) -> httpx.Response:
        """Ask a service; the answer's body is still to come, and has to be closed.

        Raises:
            HeldOff, Unavailable: it was not asked.
            NotAnswered: it gave no answer.
        """
        request = self._client.build_request(
            outbound.method,
            self._addresses[service] + outbound.target,
            headers=outbound.headers,
            content=outbound.body or None,
        )

        async def attempt() -> httpx.Response:
            try:
                return await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                raise Unavailable(f"{service} is not there ({type(error).__name__})") from error
            except httpx.HTTPError as error:
                raise BrokenAnswer(f"{service} broke off ({type(error).__name__})") from error

        return await self._protect[service].call(attempt, repeatable=outbound.repeatable)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


async def pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Give the body of an answer as it comes, undecoded.

    Raises:
        BrokenAnswer: it broke off.
    """
    try:
        async for piece in answer.aiter_raw():
            yield piece
    except httpx.HTTPError as error:
        raise BrokenAnswer(f"the answer broke off ({type(error).__name__})") from error
