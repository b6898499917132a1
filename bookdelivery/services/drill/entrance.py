"""The shop's entrance as people come in by it, over HTTP with their tokens, with a note of each request."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

import attrs
import httpx

from bookdelivery.application.composition import compose
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.order.messages import CancelOrder, OrderReceipt, OrderStatus, PayOrder, PlaceOrder
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.values import Won
from bookdelivery.kernel.wire import Codec

Reply = TypeVar("Reply")

MEANT: ContextVar[float | None] = ContextVar("meant", default=None)
"""When the visit at hand was meant to begin, by the event loop's clock; its first request counts from then."""

_AGAIN_AFTER_S = 0.05

STAFF_HAVE = frozenset({"ordermgmts", "deliveries"})
"""The collections that people of the store come for; customers come for the others."""

Bearer = Callable[[int | None], Awaitable[str]]
"""Gives a visitor's token, by their number; None: the token of those who work for the store."""


@attrs.frozen(kw_only=True)
class Asked:
    """One request, and what came of it.

    Attributes:
        kind: what whoever asked calls it, such as "place".
        order_id: the order it was about; None where no order came of it.
        began_s: when it was meant to be sent, in seconds since the scenario began.
        took_s: seconds from then until the answer, or until it was given up.
        outcome: "placed", "deferred", "answered", ...; "refused", "failed" or "timed out".
        status: of HTTP; None without an answer.
        at: when the answer was there, in seconds since the epoch.
        detail: why it was refused or failed.
    """

    kind: str
    order_id: int | None
    began_s: float
    took_s: float
    outcome: str
    status: int | None
    at: float
    detail: str = ""


class Entrance:
    """Sends requests to the gateway; implements the `Shop` that simulated customers come to.

    A request that found nobody to take it is sent again; one that may have been taken is not, unless the gateway does,
    which may, as each has an idempotency key. Visitors call an order by
    their own number; what the shop calls it is found out here, as no customer chooses that.

    Args:
        address: of the gateway.
        began_s: when the scenario began, by the event loop's clock.
        bearer: gives the token of each request.

    Attributes:
        asked: every request, in the order in which they ended.
        standing: the orders of which a customer was told that they stand.
        on_standing: is told of each such order.
    """

    def __init__(self, address: str, began_s: float, bearer: Bearer) -> None:
        self.asked: list[Asked] = []
        self.standing: dict[int, float] = {}
        self.on_standing: Callable[[int], object] = lambda _: None
        self._address = address
        self._began_s = began_s
        self._bearer = bearer
        self._keys = itertools.count(1)
        self._id_of: dict[int, int] = {}
        self._visitor_of: dict[int, int] = {}
        self._codec = Codec(compose(BOOKSTORE).messages)
        # A connection each, as from so many people: on one that was kept, a request may meet a server that just left.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._http = httpx.AsyncClient(trust_env=False, limits=limits)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def ask(
        self,
        kind: str,
        command: Command[Reply],
        timeout_s: float,
        outcome: Callable[[Reply], str] | None = None,
    ) -> Reply | None:
        """Send a customer's command, and note what came of it; see `Shop.ask`."""
        visitor: int = getattr(command, command.correlation_key)
        path, body = self._said(command, visitor)
        answer = await self._request(
            kind,
            "POST",
            path,
            visitor,
            timeout_s,
            body,
            lambda told: "answered" if outcome is None else outcome(_receipt(told, visitor)),
        )
        if answer is None or not answer.is_success or isinstance(command, CancelOrder):
            return None
        order_id = int(answer.json()["orderId"])
        self._id_of[visitor], self._visitor_of[order_id] = order_id, visitor
        receipt: Any = _receipt(answer, visitor)
        if receipt.complete and order_id not in self.standing:
            self.standing[order_id] = time.time()
            self.on_standing(order_id)
        return receipt  # type: ignore[no-any-return]

    async def look(self, view: str, key: int, timeout_s: float) -> Any:
        """Read a row of MyPage; see `Shop.look`."""
        assert view == "mypage"
        answer = await self._request(
            kind="look", method="GET", path=f"myPages/{self._id_of[key]}", visitor=key, timeout_s=timeout_s
        )
        return answer.json() if answer is not None and answer.is_success else None

    async def request(
        self,
        kind: str,
        method: str,
        path: str,
        order_id: int,
        timeout_s: float,
    ) -> httpx.Response | None:
        """Send a request of whoever has to do with an order, and note what came of it.

        Args:
            kind: what whoever asks calls it; "" to note nothing.
            method: of HTTP.
            path: without the slash in front.
            order_id: the order it is about.
            timeout_s: seconds after which there is no answer.

        Returns:
            The answer, None if there was none.
        """
        return await self._request(kind, method, path, self._visitor_of[order_id], timeout_s)

    async def _request(
        self,
        kind: str,
        method: str,
        path: str,
        visitor: int,
        timeout_s: float,
        body: Mapping[str, Any] | None = None,
        outcome: Callable[[httpx.Response], str] = lambda _: "answered",
    ) -> httpx.Response | None:
        now = asyncio.get_running_loop().time
        meant = MEANT.get()
        MEANT.set(None)
        began_s = now() if meant is None else meant
        answer, detail, named = None, "", "timed out"
        order_id = self._id_of.get(visitor)
        try:
            async with asyncio.timeout_at(began_s + timeout_s):
                answer = await self._send(method, path, visitor, timeout_s, body)
        except TimeoutError:
            detail = f"no answer within {timeout_s:g} s"
        except (httpx.TransportError, Unavailable) as error:
            # It may have been taken: whoever was to answer has died over it. Or the issuer gave no token for it.
            named, detail = "failed", f"{type(error).__name__}: {error}"
        if answer is not None:
            if answer.is_success:
                named = outcome(answer)
                order_id = order_id or answer.json().get("orderId")
            else:
                named = "refused" if answer.status_code < 500 else "failed"
                detail = f"{answer.status_code}: {answer.text[:300]}"
        if kind:
            self.asked.append(
                Asked(
                    kind=kind,
                    order_id=order_id,
                    began_s=began_s - self._began_s,
                    took_s=now() - began_s,
                    outcome=named,
                    status=None if answer is None else answer.status_code,
                    at=time.time(),
                    detail=detail,
                )
            )
        return answer

    def _said(self, command: Command[Any], visitor: int) -> tuple[str, Mapping[str, Any]]:
        """Give where a customer's command goes, and what they send."""
        if isinstance(command, PlaceOrder):
            # What the order is called the shop says, and whose it is the token.
            fields = self._codec.command_to_dict(command)
            return "orders", {name: value for name, value in fields.items() if name not in ("orderId", "customerId")}
        if isinstance(command, PayOrder | CancelOrder):
            verb = "pay" if isinstance(command, PayOrder) else "cancel"
            return f"orders/{self._id_of[visitor]}/{verb}", {}
        raise TypeError(f"a customer does not send {type(command).__name__}")

    async def _send(
        self, method: str, path: str, visitor: int, timeout_s: float, body: Mapping[str, Any] | None
    ) -> httpx.Response:
        collection = path.partition("/")[0].partition("?")[0]
        token = await self._bearer(None if collection in STAFF_HAVE else visitor)
        headers = {"authorization": f"Bearer {token}"}
        if method == "POST":
            headers["idempotency-key"] = f"drill-{next(self._keys)}"
        while True:
            try:
                return await self._http.request(
                    method,
                    f"{self._address}/{path}",
                    json=body,
                    headers=headers,
                    timeout=httpx.Timeout(timeout_s),
                )
            except httpx.ConnectError:
                # Nobody is there; nothing was sent.
                await asyncio.sleep(_AGAIN_AFTER_S)


def _receipt(answer: httpx.Response, visitor: int) -> Any:
    told = answer.json()
    wait = answer.headers.get("retry-after")
    return OrderReceipt(
        order_id=visitor,
        order_status=OrderStatus(told["orderStatus"]),
        price=Won(told["price"]),
        retry_after_s=None if wait is None else float(wait),
    )
