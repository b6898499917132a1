"""Calls over gRPC: to `payment.calls.v1.PaymentCalls`; see `bookdelivery.adapters.inbound.grpc` (extra `grpc`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from google.protobuf.struct_pb2 import Struct
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from bookdelivery.adapters.clients.calling import CONNECT_S, Outbound
from bookdelivery.adapters.clients.finding.places import Place
from bookdelivery.adapters.protobuf.bodies import body_of, filled
from bookdelivery.adapters.protobuf.offered import called, choice_of, request_name, response_name
from bookdelivery.adapters.protobuf.pool import Pool
from bookdelivery.kernel.errors import InvalidMessage, NotAnswered, Overloaded, Refused, Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_replies import Replies, replies_of

_OPTIONS = (
    # A place that comes back is found again soon, however long it was away.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # Whether to try again is for the policies around the call to say.
    ("grpc.enable_retries", 0),
)


class GrpcTransport:
    """Talks gRPC; a `Transport`.

    Args:
        codec: writes commands.
        secure: whether over TLS, with the roots that grpcio brings.
    """

    def __init__(self, codec: Codec, *, secure: bool = False) -> None:
        self._codec = codec
        self._credentials = grpc.ssl_channel_credentials() if secure else None
        self._replies = Replies()
        self._channels: dict[Place, grpc.aio.Channel] = {}
        self._methods: dict[type[Command[Any]], tuple[str, type[Message], type[Message]]] = {}

    async def send(self, call: Outbound, place: Place) -> Any:
        """Send and wait; see `Transport.send`."""
        where = f"{call.home} at {place}"
        path, asks, tells = self._method(call)
        request = filled(asks(), self._codec.command_to_dict(call.command)).SerializeToString()
        channel = self._channel(place)
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + call.timeout_s
        try:
            # Without a connection the command certainly had no effect; once it is sent, nobody knows.
            await asyncio.wait_for(channel.channel_ready(), min(CONNECT_S, call.timeout_s))
        except TimeoutError as error:
            raise Unavailable(f"{call.name}: {where} is not there") from error
        method: Any = channel.unary_unary(path)
        try:
            answer: bytes = await method(request, timeout=ends_at - loop.time(), metadata=tuple(call.along.items()))
        except grpc.aio.AioRpcError as error:
            raise _error(call.name, where, error) from error
        return self._read(type(call.command), where, tells, answer)

    async def close(self) -> None:
        """Let go of the connections."""
        for channel in self._channels.values():
            await channel.close()

    def _channel(self, place: Place) -> grpc.aio.Channel:
        channel = self._channels.get(place)
        if channel is None:
            if self._credentials is None:
                channel = grpc.aio.insecure_channel(str(place), options=_OPTIONS)
            else:
                channel = grpc.aio.secure_channel(str(place), self._credentials, options=_OPTIONS)
            self._channels[place] = channel
        return channel

    def _method(self, call: Outbound) -> tuple[str, type[Message], type[Message]]:
        command = type(call.command)
        known = self._methods.get(command)
        if known is None:
            file = called(call.home, [command])
            pool = Pool([file])
            known = (
                f"/{file.full_name}/{call.name}",
                pool.message(file, request_name(command)),
                pool.message(file, response_name(command)),
            )
            self._methods[command] = known
        return known

    def _read(self, command: type[Command[Any]], where: str, tells: type[Message], answer: bytes) -> Any:
        kinds = {choice_of(kind.__name__): kind.__name__ for kind in replies_of(command)}
        try:
            body = body_of(tells.FromString(answer))
            ((choice, fields),) = body.items() or (("", {}),)
            return self._replies.read(command, {"type": kinds.get(choice, ""), "fields": fields})
        except (DecodeError, InvalidMessage) as error:
            raise NotAnswered(f"{command.__name__}: the answer of {where} cannot be read: {error}") from error


def _error(name: str, where: str, error: grpc.aio.AioRpcError) -> Exception:
    document, retry_after_s = _told(error)
    kind = str(document.get("type", "")).rpartition(":")[2]
    if kind in ("refused", "not-found") and "allowed" in document:
        return Refused(document.get("what", name), document.get("why", error.details()), document["allowed"])
    if kind == "overloaded":
        return Overloaded(name, retry_after_s, f"{where} has too much to do")
    return NotAnswered(f"{name}: {where} answered with {error.code().name}")


def _told(error: grpc.aio.AioRpcError) -> tuple[Mapping[str, Any], float]:
    """Read the problem document in a status's details, and after how many seconds to ask again."""
    document: dict[str, Any] = {}
    retry_after_s = 1.0
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            for detail in _status(value).details:
                retry, members = RetryInfo(), Struct()
                if detail.Unpack(retry):
                    retry_after_s = retry.retry_delay.ToNanoseconds() / 1e9
                elif detail.Unpack(members):
                    document = json_format.MessageToDict(members)
    return document, retry_after_s


def _status(value: bytes) -> Status:
    try:
        return Status.FromString(value)
    except DecodeError:
        # Somebody between us and the callee wrote it; the code alone has to do.
        return Status()
