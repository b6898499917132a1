"""The same attacks over gRPC, where a token comes as metadata: forged ones, and what is another customer's."""

from __future__ import annotations

import time
from typing import Any

import grpc

from bookdelivery.adapters.inbound.security import Access
from bookdelivery.adapters.inbound.security.key_ring import KeyRing
from bookdelivery.adapters.inbound.security.tokens import TokenSettings, TokenVerifier
from tests.adapters.inbound.gateway.running import Secured
from tests.adapters.inbound.grpc.serving import PURCHASE, Metadata, Served, served
from tests.adapters.inbound.security.forgeries import FORGERIES
from tests.adapters.inbound.security.issuing import AUDIENCE, ISSUER, Issuer
from tests.services.attacks.attack import Attack, Came
from tests.services.attacks.on_data import ANOTHERS, NOT_THEIRS
from tests.services.attacks.on_tokens import FORGED, NOT_ALLOWED

OVER_GRPC = "gRPC"

ORDER, MYPAGE = "order.v1.OrderService", "mypage.v1.MypageService"

_AS_OF_HTTP = {
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.INVALID_ARGUMENT: 422,
    # Metadata of a megabyte is beyond what gRPC itself takes.
    grpc.StatusCode.RESOURCE_EXHAUSTED: 431,
}

Sent = list[tuple[Attack, Came]]


async def try_over_grpc() -> Sent:
    """Try each on one server; gives what came back, with HTTP's numbers for gRPC's codes."""
    issuer = Issuer()

    async def fetch() -> bytes:
        return issuer.document()

    settings = TokenSettings(issuer=ISSUER, audience=AUDIENCE)
    access = Access(TokenVerifier(settings, KeyRing(fetch, time.monotonic), time.time))
    async with served(access) as one:
        mine, other = _bearer(issuer.token()), _bearer(issuer.token(sub="jiwoo", customer_id=8))
        order_id = (await one.order(metadata=mine)).order.order_id
        await one.shop.settle()
        sent: Sent = []
        for name, forge in FORGERIES.items():
            # Between its soft and its hard limit gRPC lets in some metadata, and refuses some.
            statuses = (401, 431) if "MB" in name or "kB" in name else (401,)
            sent.append(await _try(one, FORGED, name, statuses, f"{ORDER}/ListOrders", _bearer(forge(issuer))))
        for path, fields in (
            (f"{ORDER}/GetOrder", {"order_id": order_id}),
            (f"{ORDER}/PayOrder", {"order_id": order_id}),
            (f"{ORDER}/CancelOrder", {"order_id": order_id}),
            (f"{ORDER}/ListOrders", {"customer_id": 7}),
            (f"{MYPAGE}/GetMyPage", {"order_id": order_id}),
            (f"{MYPAGE}/ListMyPages", {"customer_id": 7}),
        ):
            sent.append(await _try(one, ANOTHERS, path, (404,), path, other, **fields))
        for changes in ({"customer_id": 7}, {"customer_id": 8, "order_id": order_id}, {"customer_id": 8, "qty": 0}):
            path, name = f"{ORDER}/PlaceOrder", f"an order with {', '.join(changes)}"
            sent.append(await _try(one, NOT_THEIRS, name, (422,), path, other, **{**PURCHASE, **changes}))
        for path in ("ordermanagement.v1.OrdermanagementService/PackOrder", "payment.calls.v1.PaymentCalls/Pay"):
            sent.append(await _try(one, NOT_ALLOWED, path, (403,), path, other, order_id=order_id))
        return sent


def _bearer(token: str) -> Metadata:
    return [("authorization", f"Bearer {token}")]


async def _try(
    one: Served, line: str, name: str, statuses: tuple[int, ...], path: str, metadata: Metadata, **fields: Any
) -> tuple[Attack, Came]:
    try:
        answer = await one.client.call(path, metadata=metadata, **fields)
        came = Came(200, {}, str(answer))
    except grpc.aio.AioRpcError as error:
        came = Came(_AS_OF_HTTP.get(error.code(), 0), {}, error.details() or "")

    async def send(_: Secured) -> Came:
        return came

    return Attack(line, name, OVER_GRPC, send, statuses), came
