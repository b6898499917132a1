"""Calls to contexts in other processes (the `Requests` port), over HTTP or gRPC, wherever they are found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeVar

import attrs

from bookdelivery.adapters.clients.calling import Outbound, Transport, along
from bookdelivery.adapters.clients.finding.addresses import Address, Speech, address
from bookdelivery.adapters.clients.finding.balancing import Turns
from bookdelivery.kernel.errors import MissingExtra, NotAnswered, Overloaded, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.wire import Codec

Reply = TypeVar("Reply")


@attrs.frozen(eq=False)
class _Way:
    """The way to a context."""

    transport: Transport
    turns: Turns


class RemoteRequests:
    """Carries commands to other contexts.

    A place where nobody listens is left for the next one, as nothing was begun there; apart from that nothing is tried
    twice: whether to is for the policies around the call to say.

    Args:
        addresses: where each context is found, by its name; see `bookdelivery.adapters.clients.finding.addresses`.
        home: gives the name of the context that handles a command.
        codec: writes commands.
        bearer: gives the token that this process shows; None shows none.

    Raises:
        InvalidField: an address is none.
        MissingExtra: what an address needs is not installed.
    """

    def __init__(
        self,
        addresses: Mapping[str, str],
        home: Callable[[object], str],
        codec: Codec,
        bearer: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        self._home = home
        self._bearer = bearer
        self._ways = {name: _way(address(text, f"at.{name}"), codec) for name, text in addresses.items()}

    async def request(self, command: Command[Reply], *, idempotency_key: str, timeout_s: float) -> Reply:
        """Send and wait; see `Requests.request`."""
        name, home = type(command).__name__, self._home(command)
        way = self._ways.get(home)
        if way is None:
            raise Unavailable(f"{name}: nobody said where {home} is")
        now = asyncio.get_running_loop().time
        ends_at = now() + timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                travelling = along(idempotency_key, None if self._bearer is None else await self._bearer())
                places = await way.turns.order()
        except TimeoutError as error:
            raise Unavailable(f"{name}: {home} was not found within {timeout_s:g} s") from error
        last = Unavailable(f"{name}: the time was over before {home} was reached")
        for place in places:
            left_s = ends_at - now()
            if left_s <= 0:
                break
            try:
                async with asyncio.timeout(left_s):
                    reply: Reply = await way.transport.send(Outbound(command, home, travelling, left_s), place)
                    return reply
            except (NotAnswered, Overloaded):
                raise
            except Unavailable as error:
                way.turns.set_aside(place)
                last = error
            except TimeoutError as error:
                raise NotAnswered(f"{name}: no answer of {home} at {place} within {timeout_s:g} s") from error
        raise last

    async def close(self) -> None:
        """Let go of the connections."""
        async with AsyncExitStack() as leaving:
            for way in self._ways.values():
                leaving.push_async_callback(way.transport.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _way(where: Address, codec: Codec) -> _Way:
    turns = Turns(where.finder)
    # Each of them needs packages that not everybody has installed.
    try:
        if where.speech in (Speech.GRPC, Speech.GRPCS):
            from bookdelivery.adapters.clients.grpc_transport import GrpcTransport  # noqa: PLC0415

            return _Way(GrpcTransport(codec, secure=where.speech is Speech.GRPCS), turns)
        from bookdelivery.adapters.clients.http_transport import HttpTransport  # noqa: PLC0415

        return _Way(HttpTransport(codec, where.speech, where.path), turns)
    except ModuleNotFoundError as error:
        if where.speech in (Speech.GRPC, Speech.GRPCS):
            raise MissingExtra(str(error.name), "grpc", "Calling a context over gRPC") from error
        raise MissingExtra(str(error.name), "serve", "Calling a context over HTTP") from error
