"""A call over gRPC from bytes to bytes: its metadata, its deadline, and what becomes of an error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import attrs
import grpc
from google.protobuf.message import DecodeError, Message

from bookdelivery.adapters.inbound.bodies import Malformed
from bookdelivery.adapters.inbound.grpc.asked import Asked, asked_by
from bookdelivery.adapters.inbound.grpc.problems import refusal_of
from bookdelivery.adapters.protobuf.bodies import body_of, filled
from bookdelivery.kernel.conversation import CURRENT

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Body = Mapping[str, Any]
Unary = Callable[[Asked, Body], Awaitable[Body]]
Stream = Callable[[Asked, Body], AsyncIterator[Body]]


@attrs.frozen(eq=False)
class Calling:
    """Makes gRPC's handlers of what answers bodies with bodies.

    Attributes:
        message_ids: makes the ids of messages.
        ending: set when the server is to end; streams end then.
    """

    message_ids: Callable[[], str]
    ending: asyncio.Event

    def unary(self, asks: type[Message], tells: type[Message], answer: Unary) -> grpc.RpcMethodHandler[Any, Any]:
        """Make the handler of a method with one answer."""

        async def handle(request: bytes, context: Context) -> bytes:
            async with self._told(context):
                asked = self._begin(context)
                async with asyncio.timeout(context.time_remaining()):
                    told = await answer(asked, _read(asks, request))
                return filled(tells(), told).SerializeToString()
            raise AssertionError("an error ends the call")

        return grpc.unary_unary_rpc_method_handler(handle)

    def stream(self, asks: type[Message], tells: type[Message], answer: Stream) -> grpc.RpcMethodHandler[Any, Any]:
        """Make the handler of a method whose answers go on coming, until the reader or this server goes."""

        async def handle(request: bytes, context: Context) -> AsyncIterator[bytes]:
            async with self._told(context):
                bodies = answer(self._begin(context), _read(asks, request))
                async for told in _until(self.ending, bodies):
                    yield filled(tells(), told).SerializeToString()
            if self.ending.is_set():
                await context.abort(grpc.StatusCode.UNAVAILABLE, "this server ends; ask another one")

        return grpc.unary_stream_rpc_method_handler(handle)

    def _begin(self, context: Context) -> Asked:
        asked = asked_by(tuple(context.invocation_metadata() or ()), self.message_ids)
        CURRENT.set(asked.conversation)
        return asked

    @asynccontextmanager
    async def _told(self, context: Context) -> AsyncIterator[None]:
        """Tell whoever called of an error."""
        try:
            yield
            return
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller is told and the log has it
            told = error
        if isinstance(told, TimeoutError) and context.time_remaining() <= 0:
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "it took longer than the caller waits")
        await context.abort(*refusal_of(told))


def _read(kind: type[Message], request: bytes) -> dict[str, Any]:
    try:
        return body_of(kind.FromString(request))
    except DecodeError as error:
        raise Malformed(f"it is no {kind.DESCRIPTOR.full_name}") from error


async def _until(ending: asyncio.Event, bodies: AsyncIterator[Body]) -> AsyncIterator[Body]:
    """Give bodies on until there are no more, or the end has come."""
    ended = asyncio.ensure_future(ending.wait())
    try:
        while not ending.is_set():
            following = asyncio.ensure_future(anext(bodies, None))
            try:
                await asyncio.wait((ended, following), return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not following.done():
                    following.cancel()
            if following.cancelled() or not following.done():
                return
            body = following.result()
            if body is None:
                return
            yield body
    finally:
        ended.cancel()
