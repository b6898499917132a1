"""The shop's entrance as people come in by it, over HTTP, with a note of each request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar

import attrs
import httpx

from bookdelivery.application.composition import compose
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.order.messages import CancelOrder, OrderReceipt, OrderStatus, PayOrder, PlaceOrder
from bookdelivery.kernel.messages import Command
from bookdelivery.kernel.values import Won
from bookdelivery.kernel.wire import Codec

Reply = TypeVar("Reply")

MEANT: ContextVar[float | None] = ContextVar("meant", default=None)
"""When the visit at hand was meant to begin, by the event loop's clock; its first request counts from then."""

_AGAIN_AFTER_S = 0.05

HOMES = {
    "orders": "order",
    "ordermgmts": "ordermanagement",
    "deliveries": "delivery",
    "payments": "payment",
    "myPages": "mypage",
}
"""The context that has each collection."""


@attrs.frozen(kw_only=True)
class Asked:
    """One request, and what came of it.

    Attributes:
        kind: what whoever asked calls it, such as "place".
        order_id: the order it was about.
        began_s: when it was meant to be sent, in seconds since the scenario began.
        took_s: seconds from then until the answer, or until it was given up.
        outcome: "placed", "deferred", "answered", ...; "refused", "failed" or "timed out".
        status: of HTTP; None without an answer.
        at: when the answer was there, in seconds since the epoch.
        detail: why it was refused or failed.
    """

    kind: str
    order_id: int
    began_s: float
    took_s: float
    outcome: str
    status: int | None
    at: float
    detail: str = ""


class Entrance:
    """Sends requests to whoever serves a collection; implements the `Shop` that simulated customers come to.

    A request that found nobody to take it is sent again, to the next replica if there are several; one that may have
    been taken is not.

    Args:
        places: the addresses of each context's replicas.
        began_s: when the scenario began, by the event loop's clock.

    Attributes:
        asked: every request, in the order in which they ended.
        standing: the orders of which a customer was told that they stand.
        on_standing: is told of each such order.
    """

    def __init__(self, places: Mapping[str, Sequence[str]], began_s: float) -> None:
        self.asked: list[Asked] = []
        self.standing: dict[int, float] = {}
        self.on_standing: Callable[[int], object] = lambda _: None
        self._places = {name: list(one) for name, one in places.items()}
        self._began_s = began_s
        self._codec = Codec(compose(BOOKSTORE).messages)
        # A connection each, as from so many people: on one that was kept, a request may meet a server that just left.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._http = httpx.AsyncClient(trust_env=False, limits=limits)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    def take_out(self, home: str, address: str) -> None:
        """Send a replica no more requests, as a balancer does of whoever says that it is not ready."""
        self._places[home].remove(address)

    def put_back(self, home: str, address: str) -> None:
        """Send it requests again."""
        self._places[home].append(address)

    async def ask(
        self,
        kind: str,
        command: Command[Reply],
        timeout_s: float,
        outcome: Callable[[Reply], str] | None = None,
    ) -> Reply | None:
        """Send a customer's command, and note what came of it; see `Shop.ask`."""
        order_id: int = getattr(command, command.correlation_key)
        if isinstance(command, CancelOrder):
            await self.request(kind, "POST", f"orders/{order_id}/cancel", order_id, timeout_s, {})
            return None
        if not isinstance(command, PlaceOrder | PayOrder):
            raise TypeError(f"a customer does not send {type(command).__name__}")
        is_new = isinstance(command, PlaceOrder)
        answer = await self.request(
            kind,
            "POST",
            "orders" if is_new else f"orders/{order_id}/pay",
            order_id,
            timeout_s,
            self._codec.command_to_dict(command) if is_new else {},
            lambda told: "answered" if outcome is None else outcome(_receipt(told, order_id)),
        )
        if answer is None or not answer.is_success:
            return None
        receipt: Any = _receipt(answer, order_id)
        if receipt.complete and order_id not in self.standing:
            self.standing[order_id] = time.time()
            self.on_standing(order_id)
        return receipt  # type: ignore[no-any-return]

    async def look(self, view: str, key: int, timeout_s: float) -> Any:
        """Read a row of MyPage; see `Shop.look`."""
        assert view == "mypage"
        answer = await self.request("look", "GET", f"myPages/{key}", key, timeout_s)
        return answer.json() if answer is not None and answer.is_success else None

    async def request(
        self,
        kind: str,
        method: str,
        path: str,
        order_id: int,
        timeout_s: float,
        body: Mapping[str, Any] | None = None,
        outcome: Callable[[httpx.Response], str] = lambda _: "answered",
    ) -> httpx.Response | None:
        """Send a request, and note what came of it.

        Args:
            kind: what whoever asks calls it; "" to note nothing.
            method: of HTTP.
            path: without the slash in front.
            order_id: the order it is about.
            timeout_s: seconds after which there is no answer.
            body: what is sent as JSON.
            outcome: names the outcome of an answer that says yes.

        Returns:
            The answer, None if there was none.
        """
        now = asyncio.get_running_loop().time
        meant = MEANT.get()
        MEANT.set(None)
        began_s = now() if meant is None else meant
        answer, detail, named = None, "", "timed out"
        try:
            async with asyncio.timeout_at(began_s + timeout_s):
                answer = await self._send(method, path, timeout_s, body)
        except TimeoutError:
            detail = f"no answer within {timeout_s:g} s"
        except httpx.TransportError as error:
            # It may have been taken: whoever was to answer has died over it.
            named, detail = "failed", f"{type(error).__name__}: {error}"
        if answer is not None:
            if answer.is_success:
                named = outcome(answer)
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

    async def _send(self, method: str, path: str, timeout_s: float, body: Mapping[str, Any] | None) -> httpx.Response:
        home = HOMES[path.partition("/")[0].partition("?")[0]]
        places = self._places[home]
        tries = 0
        while True:
            # One after the other.
            places.append(places.pop(0))
            try:
                return await self._http.request(
                    method, f"{places[-1]}/{path}", json=body, timeout=httpx.Timeout(timeout_s)
                )
            except httpx.ConnectError:
                # Nobody is there; nothing was sent.
                tries += 1
                if tries % len(places) == 0:
                    await asyncio.sleep(_AGAIN_AFTER_S)


def _receipt(answer: httpx.Response, order_id: int) -> Any:
    told = answer.json()
    wait = answer.headers.get("retry-after")
    return OrderReceipt(
        order_id=order_id,
        order_status=OrderStatus(told["orderStatus"]),
        price=Won(told["price"]),
        retry_after_s=None if wait is None else float(wait),
    )
