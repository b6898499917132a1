"""How a policy's throughput grows with partitions and consumers: Kafka to PostgreSQL, each consumer in its process.

There is nothing to compare these with; they are printed. Commits to one context come one after the other (ADR 0010),
and on one partition a second consumer gets nothing; elsewhere it brings what reading and deciding costs, no more.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from benchmarks.paid_orders import made, name_of, produce, records
from benchmarks.rows import Row, figure
from benchmarks.servers import database, left_out, topic
from benchmarks.services_policy import tables
from benchmarks.shop_processes import bookstore
from bookdelivery.adapters.brokers.kafka.records import Record

__all__ = ["left_out", "rows"]

_CONTEXT = "ordermanagement"


def rows(*, short: bool) -> Sequence[Row]:
    """Measure each combination once; what one run says is told, no more."""
    ready = records(2_000 if short else 20_000)
    combinations = [(1, 1), (3, 1), (12, 1), (12, 2)] if short else [(p, c) for p in (1, 3, 12) for c in (1, 2)]
    return [
        figure(
            f"policy on {partitions} partition{'s' * (partitions > 1)}, {consumers} consumer{'s' * (consumers > 1)}",
            _throughput(partitions, consumers, ready),
            unit="events/s",
        )
        for partitions, consumers in combinations
    ]


def _throughput(partitions: int, consumers: int, ready: Sequence[Record]) -> float:
    broker_url = topic(partitions)
    with ExitStack() as leaving:
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory()))
        url = leaving.enter_context(database())
        asyncio.run(made(broker_url))
        asyncio.run(tables(url, broker_url, [_CONTEXT]))
        # All are members, and the partitions shared out, before there is anything to do.
        for number in range(consumers):
            leaving.enter_context(bookstore(url, broker_url, [_CONTEXT], folder / f"{number}.log"))
        produce(name_of(broker_url), ready)
        return _watch(url, len(ready))


def _watch(url: str, events: int) -> float:
    """Wait until so many orders are on the shopkeeper's list; gives how many a second came, from the first on."""
    first, began_s = 0, 0.0
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            (done,) = connection.execute("SELECT count(*) FROM ordermanagement_records").fetchone() or (0,)
            if done and not first:
                first, began_s = done, time.perf_counter()
            if done == events:
                return float(events - first) / (time.perf_counter() - began_s)
            time.sleep(0.02)
