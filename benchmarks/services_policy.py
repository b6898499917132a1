"""A policy that consumes from Kafka into PostgreSQL, against a bare consumer that runs the same SQL.

Both read the same records: approved payments, each of which puts an order on the shopkeeper's list. The peer is what
one would write by hand: a consumer that takes up to 500 records at a time, and for each such batch one transaction with
the statements that ours sends (lock the context, look for the records and the inbox's marks, insert both), then commits
its offsets. Ours reads, checks and decides by the aggregate on top of that.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import orjson
import psycopg
from confluent_kafka import Consumer, TopicPartition

from benchmarks.paid_orders import made, name_of, produce, records, set_aside
from benchmarks.rows import Row, rate
from benchmarks.servers import bootstrap, database, left_out, topic
from bookdelivery import Bookstore
from bookdelivery.application.service import ContextService

__all__ = ["left_out", "rows"]

FLOOR = 0.5
_AT_ONCE = 500
_CONSUMER = "take the order's info"

_LOCK = "SELECT number FROM ordermanagement_facts WHERE name = 'last_position' FOR UPDATE"
_FOUND = (
    "SELECT found.key, found.id, found.version FROM unnest(%s::bigint[]) AS wanted(value) JOIN LATERAL"
    " (SELECT key, id, version FROM ordermanagement_records WHERE kind = 'Ordermgmt' AND key = wanted.value LIMIT 1)"
    " AS found ON true UNION ALL"
    " SELECT found.key, found.id, found.version FROM unnest(%s::bigint[]) AS wanted(value) JOIN LATERAL"
    " (SELECT key, id, version FROM ordermanagement_records WHERE kind = 'Ordermgmt' AND id = wanted.value LIMIT 1)"
    " AS found ON true"
)
_HANDLED = (
    "SELECT found.message FROM unnest(%s::varchar[]) AS wanted(value) JOIN LATERAL"
    " (SELECT message FROM ordermanagement_inbox WHERE consumer = %s AND message = wanted.value LIMIT 1)"
    " AS found ON true"
)
_INSERT = (
    "INSERT INTO ordermanagement_records (kind, key, id, version, owner, wake_at, state)"
    " VALUES ('Ordermgmt', %s, %s, 1, %s, NULL, %s)"
)
_MARK = "INSERT INTO ordermanagement_inbox (consumer, message, at) VALUES (%s, %s, %s)"


def rows(*, short: bool) -> Sequence[Row]:
    """Measure both in turn; medians."""
    rounds, events = (3, 3_000) if short else (7, 10_000)
    ready = records(events)
    set_aside()
    ours, peers = [], []
    for _ in range(rounds):
        broker_url = topic()
        asyncio.run(made(broker_url))
        produce(name_of(broker_url), ready)
        with database() as url:
            ours.append(asyncio.run(_policy(url, broker_url, events)))
        with database() as url:
            asyncio.run(tables(url, broker_url, ["ordermanagement"]))
            peers.append(_bare(url, name_of(broker_url), events))
    name = "policy: Kafka to PostgreSQL, against a bare consumer with the same SQL"
    return [rate(name, statistics.median(ours), statistics.median(peers), unit="events/s", floor=FLOOR)]


async def tables(url: str, broker_url: str, contexts: Sequence[str]) -> None:
    """Make contexts' tables, and run nothing."""
    async with AsyncExitStack() as leaving:
        shop = Bookstore.open(url, broker_url=broker_url, only=contexts)
        leaving.push_async_exit(shop)
        for service in shop.services.values():
            await service.store.waiting(1)


async def _policy(url: str, broker_url: str, events: int) -> float:
    """Count from the first batch that is handled to the last, as the peer does: to join a group takes both long."""
    shop = Bookstore.open(url, broker_url=broker_url, only=["ordermanagement"])
    service = shop.services["ordermanagement"]
    await service.store.waiting(1)
    async with shop:
        first = await _handled(service, 1)
        began_s = time.perf_counter()
        return (await _handled(service, events) - first) / (time.perf_counter() - began_s)


async def _handled(service: ContextService, at_least: int) -> int:
    # Looked at from within: to ask the database would cost what the peer does not pay.
    while service.counters.handled < at_least:  # noqa: ASYNC110 - a counter tells nobody that it has moved
        await asyncio.sleep(0.005)
    return service.counters.handled


def _bare(url: str, name: str, events: int) -> float:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap(),
            "group.id": f"{name}.bare",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "partition.assignment.strategy": "cooperative-sticky",
        }
    )
    consumer.subscribe([name])
    done, first, began_s = 0, 0, 0.0
    with psycopg.connect(url) as connection:
        while done < events:
            messages = [one for one in consumer.consume(_AT_ONCE, timeout=0.1) if one.error() is None]
            if not messages:
                continue
            with connection.transaction(), connection.cursor() as cursor:
                read = [(dict(one.headers() or ()), orjson.loads(one.value() or b"")) for one in messages]
                keys = [fields["orderId"] for _, fields in read]
                ids = [headers["ce_id"].decode() for headers, _ in read]  # type: ignore[union-attr]
                cursor.execute(_LOCK)
                cursor.execute(_FOUND, (keys, keys)).fetchall()
                cursor.execute(_HANDLED, (ids, _CONSUMER)).fetchall()
                cursor.executemany(
                    _INSERT,
                    [
                        (key, key, fields["customerId"], orjson.dumps(fields).decode())
                        for key, (_, fields) in zip(keys, read, strict=True)
                    ],
                )
                cursor.executemany(_MARK, [(_CONSUMER, id, 1e9) for id in ids])
            ends = {one.partition(): one.offset() + 1 for one in messages}  # type: ignore[operator]
            consumer.commit(
                offsets=[TopicPartition(name, partition or 0, end) for partition, end in ends.items()],
                asynchronous=False,
            )
            if not done:
                began_s = time.perf_counter()
                first = len(messages)
            done += len(messages)
    taken_s = time.perf_counter() - began_s
    consumer.close()
    return (done - first) / taken_s
