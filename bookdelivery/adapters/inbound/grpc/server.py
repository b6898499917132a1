"""The gRPC server of one context or several: made from what their declarations offer, on grpcio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from bookdelivery.adapters.inbound.grpc.asked import Asked
from bookdelivery.adapters.inbound.grpc.calling import Body, Calling
from bookdelivery.adapters.inbound.grpc.desk import Desk, Visit
from bookdelivery.adapters.inbound.port import RunningContext
from bookdelivery.adapters.inbound.security.access import Access
from bookdelivery.adapters.inbound.security.callers_context import CallersContext
from bookdelivery.adapters.protobuf.naming import capital
from bookdelivery.adapters.protobuf.offered import called as called_file
from bookdelivery.adapters.protobuf.offered import choice_of, commands_of, is_view, kind_of, offered
from bookdelivery.adapters.protobuf.pool import Pool
from bookdelivery.adapters.protobuf.shapes import File
from bookdelivery.kernel.errors import InvalidField
from bookdelivery.kernel.ids import MessageIds
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.resources import CALLS, endpoints, scope_of
from bookdelivery.kernel.wire import Codec
from bookdelivery.kernel.wire_replies import Replies

Handlers = dict[str, "grpc.RpcMethodHandler[Any, Any]"]


def _size(instance: object, attribute: attrs.Attribute[int], value: object) -> None:
    if type(value) is not int or value < 1:
        raise InvalidField(type(instance).__name__, attribute.name, value, "a whole number of bytes, 1 or more")


@attrs.frozen(kw_only=True)
class GrpcSettings:
    """How it is offered.

    Attributes:
        largest_message_bytes: what is longer is refused with RESOURCE_EXHAUSTED.
    """

    largest_message_bytes: int = attrs.field(default=64 * 1024, validator=_size)


class GrpcServer:
    """Serves contexts over gRPC, with health checks and reflection.

    It serves; whether the contexts also relay and consume is up to whoever runs them.

    Args:
        services: the running contexts by name (`Application.services`).
        codec: reads commands and writes what is stored.
        contexts: which of them to offer; None offers all.
        called: the commands that other contexts call; only neighbours should get there.
        access: verifies the token of each call, which then sees its caller's own; None asks nobody who they are.
        interceptors: of grpcio, around every call.
        settings: how it is offered.

    Attributes:
        files: what is served, in Protocol Buffers.

    Raises:
        InvalidField: a context is not there.
        WronglyDeclared: what a context offers has no form in Protocol Buffers.
    """

    def __init__(
        self,
        services: Mapping[str, RunningContext],
        codec: Codec,
        *,
        contexts: Sequence[str] | None = None,
        called: Mapping[type[Command[Any]], RunningContext] | None = None,
        access: Access | None = None,
        interceptors: Sequence[grpc.aio.ServerInterceptor] = (),
        settings: GrpcSettings | None = None,
    ) -> None:
        names = list(services) if contexts is None else contexts
        if not names:
            raise InvalidField("GrpcServer", "contexts", names, "one context or more")
        for name in names:
            if name not in services:
                raise InvalidField("GrpcServer", "contexts", name, f"one of {', '.join(services)}")
        self._services = services
        self._codec = codec
        self._replies = Replies()
        self._access = access
        self._called = called or {}
        by_home: dict[str, list[type[Command[Any]]]] = {}
        for command, home in self._called.items():
            by_home.setdefault(home.context.name, []).append(command)
        calls = {name: called_file(name, commands) for name, commands in by_home.items()}
        own = {name: offered(services[name].context) for name in names}
        self.files: tuple[File, ...] = (*own.values(), *calls.values())
        self._pool = Pool(self.files, also=(health_pb2, reflection_pb2))
        self._ending = asyncio.Event()
        self._calling = Calling(MessageIds(services[names[0]].clock.now), self._ending)
        self._health = health.aio.HealthServicer()
        size = (settings or GrpcSettings()).largest_message_bytes
        self._server = grpc.aio.server(
            interceptors=tuple(interceptors),
            options=(("grpc.max_receive_message_length", size), ("grpc.so_reuseport", 0)),
        )
        for name, file in own.items():
            self._add(file, self._offered(file, services[name]))
        for name, file in calls.items():
            self._add(file, {one.__name__: self._call(file, one) for one in by_home[name]})
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        seen = (*(file.full_name for file in self.files), health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(seen, self._server, self._pool.descriptors)

    async def start(self, host: str, port: int) -> int:
        """Listen and serve.

        Args:
            host: the address to listen on.
            port: the port; 0 takes a free one.

        Returns: the port.

        Raises:
            InvalidField: it cannot be had.
        """
        try:
            taken = self._server.add_insecure_port(f"{host}:{port}")
        except (RuntimeError, OverflowError) as error:
            raise InvalidField("grpc", "port", f"{host}:{port}", "an address that can be listened on") from error
        await self.healthy(yes=True)
        await self._server.start()
        return taken

    async def healthy(self, *, yes: bool) -> None:
        """Say, to whoever checks its health, whether to send calls here."""
        status = health_pb2.HealthCheckResponse.SERVING if yes else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", *(file.full_name for file in self.files)):
            await self._health.set(name, status)

    async def stop(self, grace_s: float) -> None:
        """Take no more calls, tell so to whoever checks its health, end streams, and finish what is in work.

        Args:
            grace_s: seconds given to calls in work; then they are cancelled.
        """
        await self._health.enter_graceful_shutdown()
        self._ending.set()
        await self._server.stop(grace_s)

    # --- handlers -----------------------------------------------------------------------------------------------------

    def _add(self, file: File, handlers: Handlers) -> None:
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(file.full_name, handlers),))

    def _offered(self, file: File, service: RunningContext) -> Handlers:
        handlers: Handlers = {}
        for endpoint in endpoints(service.context):
            desk = Desk(endpoint, service, self._codec)
            kind = kind_of(endpoint)
            for command in commands_of(endpoint):
                name = command.__name__
                handlers[name] = self._unary(file, name, desk, partial(desk.command, command), writes=True)
            handlers[f"Get{kind}"] = self._unary(file, f"Get{kind}", desk, desk.get)
            listing = f"List{capital(endpoint.collection)}"
            handlers[listing] = self._unary(file, listing, desk, desk.page)
            if is_view(endpoint, service.context):
                handlers[f"Watch{kind}"] = self._watch(file, f"Watch{kind}", desk)
        return handlers

    def _unary(
        self, file: File, method: str, desk: Desk, do: Callable[[Visit, Body], Awaitable[Body]], *, writes: bool = False
    ) -> grpc.RpcMethodHandler[Any, Any]:
        async def answer(asked: Asked, body: Body) -> Body:
            return await do(await self._visit(desk, asked, writes=writes), body)

        return self._calling.unary(*self._messages(file, method), answer)

    def _watch(self, file: File, method: str, desk: Desk) -> grpc.RpcMethodHandler[Any, Any]:
        async def answer(asked: Asked, body: Body) -> Any:
            visit = await self._visit(desk, asked, writes=False)
            async for change in desk.watch(visit, body):
                yield change

        return self._calling.stream(*self._messages(file, method), answer)

    async def _visit(self, desk: Desk, asked: Asked, *, writes: bool) -> Visit:
        if self._access is None:
            return Visit(desk.service, None, asked.idempotency_key)
        scope = scope_of(desk.endpoint.collection, writes=writes)
        caller = await self._access.caller(asked.authorization, scope=scope)
        return Visit(CallersContext(desk.service, caller), caller, asked.idempotency_key)

    def _call(self, file: File, command: type[Command[Any]]) -> grpc.RpcMethodHandler[Any, Any]:
        home, name = self._called[command], command.__name__

        async def answer(asked: Asked, body: Body) -> Body:
            if self._access is not None:
                await self._access.caller(asked.authorization, scope=CALLS)
            written = self._replies.write(await home.submit(self._codec.command(name, body)))
            return {choice_of(written["type"]): written["fields"]} if written["type"] else {}

        return self._calling.unary(*self._messages(file, name), answer)

    def _messages(self, file: File, method: str) -> tuple[type[Any], type[Any]]:
        (found,) = (one for one in file.service.methods if one.name == method)
        return self._pool.message(file, found.request), self._pool.message(file, found.response)
