"""Calls arrive the same way in one process, over HTTP and over gRPC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bookdelivery.adapters.clients.remote_requests import RemoteRequests
from bookdelivery.adapters.conformance.requests import (
    CALLED,
    HOME,
    REQUESTS_CODEC,
    Callee,
    RequestsConformance,
    home,
)
from bookdelivery.application.application import LocalRequests
from bookdelivery.application.composition import Composition
from bookdelivery.kernel.ports import Requests
from tests.adapters.clients.reaching import over_grpc, over_http


def remote(address: str) -> RemoteRequests:
    return RemoteRequests({HOME: address}, home, REQUESTS_CODEC)


class TestInOneProcess(RequestsConformance):
    @asynccontextmanager
    async def reaching(self, callee: Callee) -> AsyncIterator[Requests]:
        services: Any = {HOME: callee}
        yield LocalRequests(Composition({}, dict.fromkeys(CALLED, HOME), frozenset(CALLED)), services)


class TestOverHttp(RequestsConformance):
    @asynccontextmanager
    async def reaching(self, callee: Callee) -> AsyncIterator[Requests]:
        async with over_http(callee) as port, remote(f"http://127.0.0.1:{port}") as requests:
            yield requests


class TestOverGrpc(RequestsConformance):
    @asynccontextmanager
    async def reaching(self, callee: Callee) -> AsyncIterator[Requests]:
        async with over_grpc(callee) as port, remote(f"grpc://127.0.0.1:{port}") as requests:
            yield requests
