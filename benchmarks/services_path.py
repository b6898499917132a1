"""An order's path through the gateway and all services: how many a second, where its time goes, how long people wait.

There is nothing to compare these with; they are printed. The hops are told apart by asking for the same thing one
service further on each time: through the gateway, at the order service, at the payment service. What waits on Kafka is
the time from the answer until the store, and then MyPage, knows of the order.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.rows import Row, figure
from benchmarks.servers import database, left_out, topic
from benchmarks.shop_processes import bookstore, latencies_s, order, orders_per_second
from bookdelivery.services.drill.ports import HOST
from bookdelivery.services.serving import PORTS

__all__ = ["left_out", "rows"]

_PLACES = {name: place for place, name in enumerate(PORTS)}


def rows(*, short: bool) -> Sequence[Row]:
    """Measure with all services running, each in its process."""
    orders, looks, lasts_s = (200, 20, 10.0) if short else (1_000, 100, 30.0)
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        url = leaving.enter_context(database())
        first = leaving.enter_context(bookstore(url, topic(), list(PORTS), folder / "log", gateway=True))
        gateway = first + len(PORTS)
        # Connections and code warm up before anybody looks at the clock.
        asyncio.run(orders_per_second(gateway, 50))
        hops = asyncio.run(_hops(first, looks))
        capacity = asyncio.run(orders_per_second(gateway, orders))
        waited_s = asyncio.run(latencies_s(gateway, capacity / 2, lasts_s))
    path = "orders through gateway and all services"
    return [
        figure(path, capacity, unit="orders/s"),
        *(figure(f"share of an order's answer: {name}", share, unit="%") for name, share in hops.items()),
        *(
            figure(f"{path}, at half of that: {part:.0%} are answered within", _ms(waited_s, part), unit="ms")
            for part in (0.5, 0.9, 0.99)
        ),
    ]


def _ms(waited_s: Sequence[float], part: float) -> float:
    return 1000 * float(np.quantile(waited_s, part))


async def _hops(first: int, looks: int) -> dict[str, float]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:

        async def ask(port: int, path: str, body: dict[str, Any]) -> float:
            began_s = time.perf_counter()
            answer = await http.post(f"http://{HOST}:{port}/{path}", json=body)
            assert answer.is_success, answer.text
            return time.perf_counter() - began_s

        through, direct, paid, to_store, to_mypage = [], [], [], [], []
        for _ in range(looks):
            placed = order()
            through.append(await ask(first + len(PORTS), "orders", placed))
            began_s = time.perf_counter()
            await _known(http, first + _PLACES["ordermanagement"], "ordermgmts", placed["orderId"])
            to_store.append(time.perf_counter() - began_s)
            await _known(http, first + _PLACES["mypage"], "myPages", placed["orderId"])
            to_mypage.append(time.perf_counter() - began_s)
            direct.append(await ask(first, "orders", order()))
            call = order()
            paid.append(await ask(first + _PLACES["payment"], "calls/Pay", {**call, "amount": call["itemPrice"]}))
    whole, at_order, at_payment = map(statistics.median, (through, direct, paid))
    return {
        "the gateway": 100 * (whole - at_order) / whole,
        "order, with its store": 100 * (at_order - at_payment) / whole,
        "payment, with its store": 100 * at_payment / whole,
        "afterwards, until the store knows of it": 100 * statistics.median(to_store) / whole,
        "afterwards, until MyPage shows it": 100 * statistics.median(to_mypage) / whole,
    }


async def _known(http: httpx.AsyncClient, port: int, collection: str, order_id: int) -> None:
    while True:
        answer = await http.get(f"http://{HOST}:{port}/{collection}?after={order_id - 1}&size=1")
        found = answer.json()["_embedded"][collection] if answer.is_success else []
        if found and found[0]["orderId"] == order_id:
            return
        await asyncio.sleep(0.002)
