"""The bookstore behind a real gRPC server, and a client that knows no more of it than reflection tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from bookdelivery import Bookstore
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.adapters.inbound.grpc import GrpcServer
from bookdelivery.adapters.inbound.security import Access

PATIENCE_S = 120.0

PURCHASE: dict[str, Any] = {
    "customer_id": 7,
    "customer_name": "HanYongSun",
    "item_id": 1,
    "item_name": "ITbook",
    "qty": 2,
    "item_price": 25_000,
    "delivery_address": "kyungkido sungnamsi",
    "delivery_phone_number": "01012341234",
}

Metadata = Sequence[tuple[str, str]]


@attrs.frozen
class Failure:
    """What a call came to that failed."""

    code: grpc.StatusCode
    words: str
    problem: dict[str, Any]
    reason: str
    retry_after_s: float | None


class Reflected:
    """A client that learns what there is by reflection."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self.channel = grpc.aio.insecure_channel(self.address)
        self._told_by = ProtoReflectionDescriptorDatabase(grpc.insecure_channel(self.address))
        self._pool = DescriptorPool(self._told_by)

    async def services(self) -> list[str]:
        return sorted(await asyncio.to_thread(self._told_by.get_services))

    async def _method(self, path: str) -> tuple[Any, type[Message], type[Message]]:
        service, _, name = path.partition("/")
        described = await asyncio.to_thread(self._pool.FindServiceByName, service)
        method = described.methods_by_name[name]
        return method, GetMessageClass(method.input_type), GetMessageClass(method.output_type)

    async def call(self, path: str, *, metadata: Metadata = (), timeout_s: float = PATIENCE_S, **fields: Any) -> Any:
        """Call `order.v1.OrderService/GetOrder`."""
        _, asks, tells = await self._method(path)
        do = self.channel.unary_unary(
            f"/{path}", request_serializer=asks.SerializeToString, response_deserializer=tells.FromString
        )
        return await do(asks(**fields), timeout=timeout_s, metadata=tuple(metadata))

    async def failing(self, path: str, **how: Any) -> Failure:
        """Call what is refused."""
        try:
            answer = await self.call(path, **how)
        except grpc.aio.AioRpcError as error:
            return told_by(error)
        raise AssertionError(f"{path} answered {answer}")

    async def stream(self, path: str, *, metadata: Metadata = (), **fields: Any) -> Any:
        """Begin a call whose answers go on coming."""
        _, asks, tells = await self._method(path)
        do = self.channel.unary_stream(
            f"/{path}", request_serializer=asks.SerializeToString, response_deserializer=tells.FromString
        )
        return do(asks(**fields), metadata=tuple(metadata))


def told_by(error: grpc.aio.AioRpcError) -> Failure:
    """Read the details of a status."""
    trailing = dict(error.trailing_metadata())
    status = Status.FromString(trailing.get("grpc-status-details-bin", b""))
    problem: dict[str, Any] = {}
    reason, retry_after_s = "", None
    for detail in status.details:
        info, retry, document = ErrorInfo(), RetryInfo(), Struct()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(retry):
            retry_after_s = retry.retry_delay.ToTimedelta().total_seconds()
        elif detail.Unpack(document):
            problem = json_format.MessageToDict(document)
    return Failure(error.code(), error.details() or "", problem, reason, retry_after_s)


@attrs.frozen
class Served:
    """A bookstore that is being served."""

    client: Reflected
    shop: Bookstore
    provider: EmbeddedPaymentProvider
    server: GrpcServer

    async def order(self, *, metadata: Metadata = (), **changes: Any) -> Any:
        return await self.client.call("order.v1.OrderService/PlaceOrder", metadata=metadata, **{**PURCHASE, **changes})


@asynccontextmanager
async def served(access: Access | None = None, **how: Any) -> AsyncIterator[Served]:
    """Serve a bookstore on a free port of this computer."""
    provider = EmbeddedPaymentProvider()
    async with Bookstore.open(provider=provider, **how) as shop:
        called = {one: shop.services[shop.composition.at_home[one]] for one in shop.composition.called}
        server = GrpcServer(shop.services, shop.codec, called=called, access=access)
        client = Reflected(await server.start("127.0.0.1", 0))
        try:
            yield Served(client, shop, provider, server)
        finally:
            await client.channel.close()
            await server.stop(0)


def over_grpc(test: Callable[[Served], Awaitable[None]], **how: Any) -> None:
    """Run a test against a served bookstore."""

    async def body() -> None:
        async with served(**how) as one:
            await test(one)

    asyncio.run(body())
