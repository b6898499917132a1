"""The order endpoint, with its call to payment and its SQL, against a hand-written pair of bare Litestar endpoints."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.rows import Row, rate
from benchmarks.servers import database, left_out, topic
from benchmarks.services_policy import tables
from benchmarks.shop_processes import bare, bookstore, orders_per_second

__all__ = ["left_out", "rows"]

FLOOR = 0.5


def rows(*, short: bool) -> Sequence[Row]:
    """Measure both in turn; medians."""
    rounds, orders = (3, 200) if short else (7, 1_000)
    ours, peers = [], []
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        url, peers_url, broker_url = leaving.enter_context(database()), leaving.enter_context(database()), topic()
        asyncio.run(tables(peers_url, broker_url, ("order", "payment")))
        port = leaving.enter_context(bookstore(url, broker_url, ("order", "payment"), folder / "ours.log"))
        peers_port = leaving.enter_context(bare(peers_url, folder / "peer.log"))
        for one in (port, peers_port):
            # Connections and code warm up before anybody looks at the clock.
            asyncio.run(orders_per_second(one, 50))
        for _ in range(rounds):
            ours.append(asyncio.run(orders_per_second(port, orders)))
            peers.append(asyncio.run(orders_per_second(peers_port, orders)))
    name = "POST /orders, paid by a call, on PostgreSQL, against a bare pair of endpoints"
    return [rate(name, statistics.median(ours), statistics.median(peers), unit="orders/s", floor=FLOOR)]
