"""The relay, from the outbox in PostgreSQL to acknowledged by Kafka and marked, against a bare produce loop.

The peer has the records ready in memory and does nothing but produce them, with the same guarantees (`acks=all`,
idempotent). Ours reads them from the outbox, publishes them, and marks them as sent, in batches.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence

from benchmarks.paid_orders import approved, made, name_of, produce, records, set_aside
from benchmarks.rows import Row, rate
from benchmarks.servers import database, left_out, topic
from bookdelivery import Bookstore
from bookdelivery.application.application import LocalRequests
from bookdelivery.application.composition import compose
from bookdelivery.application.relay import Relay
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import Surroundings
from bookdelivery.application.trouble import Trouble
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Unit

__all__ = ["left_out", "rows"]

FLOOR = 0.3
_AT_ONCE = 500


def rows(*, short: bool) -> Sequence[Row]:
    """Measure both in turn; medians."""
    rounds, events = (3, 3_000) if short else (7, 10_000)
    envelopes, ready = approved(events), records(events)
    set_aside()
    ours, peers = [], []
    for _ in range(rounds):
        with database() as url:
            ours.append(asyncio.run(_relay(url, topic(), envelopes)))
        broker_url = topic()
        asyncio.run(made(broker_url))
        peers.append(events / produce(name_of(broker_url), ready))
    name = "relay: PostgreSQL's outbox to Kafka, marked, against a bare produce loop"
    return [rate(name, statistics.median(ours), statistics.median(peers), unit="events/s", floor=FLOOR)]


async def _relay(url: str, broker_url: str, envelopes: Sequence[Envelope]) -> float:
    shop = Bookstore.open(url, broker_url=broker_url, only=["payment"])
    service = shop.services["payment"]
    for first in range(0, len(envelopes), _AT_ONCE):
        await service.store.commit([Unit(outbox=tuple(envelopes[first : first + _AT_ONCE]))])
    # Connected, and the topic known, before anybody looks at the clock.
    await service.broker.lag("nobody")
    requests = LocalRequests(compose(BOOKSTORE), shop.services)
    around = Surroundings(store=service.store, broker=service.broker, ids=service.ids, requests=requests)
    # The relay alone: the peer does not read either what it produces.
    relay = Relay(around, Signal(), Signal(), Trouble("payment"))
    began_s = time.perf_counter()
    while await relay.relay_once():
        pass
    taken_s = time.perf_counter() - began_s
    assert not await service.store.waiting(1)
    await service.store.close()
    await service.broker.close()
    return len(envelopes) / taken_s
