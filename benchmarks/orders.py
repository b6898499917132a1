"""An order's whole life in the bookstore, against five saves of one aggregate with `eventsourcing`.

The peer saves one event-sourced aggregate five times (placed, paid, taken, packed, delivered), each time loaded from
its repository as an application would. Ours runs the same five steps through five contexts: about 15 handled messages,
with outbox, inbox and the MyPage view.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import eventsourcing.application
import eventsourcing.domain
from eventsourcing.domain import event

from benchmarks.rows import Row, rate
from bookdelivery import Bookstore, CompleteDelivery, OrderStatus, PackOrder, PlaceOrder, TakeOrder
from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE, ORDER
from bookdelivery.kernel.messages import Command

AT_ONCE = 250
"""Orders on their way at the same time, as a shop's customers are; what waits together is committed together."""

MEMORY_FLOOR, SQLITE_FLOOR = 2.0, 1.0

PURCHASE: dict[str, Any] = {
    "customer_id": 1,
    "customer_name": "HanYongSun",
    "item_id": 1,
    "item_name": "ITbook",
    "qty": 1,
    "item_price": 25_000,
    "delivery_address": "kyungkido sungnamsi",
    "delivery_phone_number": "01012341234",
}
"""What every order is for, ours and the peer's; either gets it ready-made, as making it is the customer's work."""

_PATIENT_ORDER = attrs.evolve(ORDER, calls=tuple(attrs.evolve(call, timeout_s=3_600.0) for call in ORDER.calls))
_PATIENT = System("bookstore", tuple(_PATIENT_ORDER if context is ORDER else context for context in BOOKSTORE))
"""The bookstore, but a slow disk never makes it defer a payment: every order goes the whole way."""


def rows(*, short: bool) -> Iterable[Row]:
    """Measure both stores, ours and the peer's in turn; medians."""
    rounds = 3 if short else 7
    with tempfile.TemporaryDirectory() as folder:
        places = (Path(folder, f"{number}.db") for number in range(1_000))
        memory = _in_turn(
            rounds,
            lambda: asyncio.run(_our_orders_per_second("memory://", 1_000 if short else 2_000)),
            lambda: _peer_orders_per_second({}, 500),
        )
        sqlite = _in_turn(
            rounds,
            lambda: asyncio.run(_our_orders_per_second(f"sqlite:///{next(places)}", 500 if short else 1_000)),
            lambda: _peer_orders_per_second(_peer_file(next(places)), 200),
            lambda: _bare_orders_per_second(next(places), 500),
        )
    yield rate("an order's life, memory (peer: eventsourcing)", *memory, unit="orders/s", floor=MEMORY_FLOOR)
    ours, peer, bare = sqlite
    name = "an order's life, SQLite with synchronous FULL"
    yield rate(f"{name} (peer: eventsourcing)", ours, peer, unit="orders/s", floor=SQLITE_FLOOR)
    yield rate(f"{name} (peer: bare sqlite3, same rows and groups)", ours, bare, unit="orders/s")


def _in_turn(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """Take each measure once a round, so that a slow moment of the machine is everybody's; the medians."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


async def _our_orders_per_second(url: str, orders: int) -> float:
    # The provider's own ledger is somebody else's disk; the peer has no provider at all.
    async with Bookstore.open(url, system=_PATIENT, provider=EmbeddedPaymentProvider()) as shop:

        async def send(commands: Sequence[Command[Any]]) -> list[Any]:
            if url == "memory://":
                # Nothing is waited for, so there is nothing to gain from tasks.
                return [await shop.send(command) for command in commands]
            return await asyncio.gather(*(shop.send(command) for command in commands))

        place = PlaceOrder(**PURCHASE)
        began = time.perf_counter()
        for _ in range(orders // AT_ONCE):
            placed = await send([place] * AT_ONCE)
            await shop.settle(timeout_s=3_600.0)
            await send([TakeOrder(order.order_id) for order in placed])
            await send([PackOrder(order.order_id) for order in placed])
            await shop.settle(timeout_s=3_600.0)
            await send([CompleteDelivery(order.order_id) for order in placed])
            await shop.settle(timeout_s=3_600.0)
        took_s = time.perf_counter() - began
        pages = await shop.mypages(1, limit=orders)
        assert sum(page.order_status is OrderStatus.DELIVERED for page in pages) == orders // AT_ONCE * AT_ONCE
    return orders // AT_ONCE * AT_ONCE / took_s


class PeerOrder(eventsourcing.domain.Aggregate):
    """The peer's order, of the same fields."""

    @event("Placed")
    def __init__(self, purchase: dict[str, Any]) -> None:
        self.purchase = purchase
        self.status = "placed"

    @event("Paid")
    def pay(self, payment_id: int) -> None:
        """Note the payment."""
        self.payment_id, self.status = payment_id, "paid"

    @event("Taken")
    def take(self, order_mgmt_id: int) -> None:
        """Note that the store has it."""
        self.order_mgmt_id, self.status = order_mgmt_id, "taken"

    @event("Packed")
    def pack(self) -> None:
        """Note that it is packed."""
        self.status = "packed"

    @event("Delivered")
    def deliver(self, delivery_id: int) -> None:
        """Note that it is delivered."""
        self.delivery_id, self.status = delivery_id, "delivered"


def _peer_file(path: Path) -> dict[str, str]:
    # Its defaults for a file are WAL and SQLite's own, synchronous FULL.
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}


def _peer_orders_per_second(env: dict[str, str], orders: int) -> float:
    steps: list[Callable[[PeerOrder], None]] = [
        lambda order: order.pay(1),
        lambda order: order.take(1),
        lambda order: order.pack(),
        lambda order: order.deliver(1),
    ]
    application: eventsourcing.application.Application[Any] = eventsourcing.application.Application(env=env)
    with closing(application):
        began = time.perf_counter()
        for _ in range(orders):
            placed = PeerOrder(PURCHASE)
            application.save(placed)
            for step in steps:
                order: PeerOrder = application.repository.get(placed.id)
                step(order)
                application.save(order)
        return orders / (time.perf_counter() - began)


def _bare_orders_per_second(path: Path, orders: int) -> float:
    """Write by hand the rows an order leaves in our file: as many inserts and updates, in as many commits a group."""
    with closing(sqlite3.connect(path, isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute(
            "CREATE TABLE record (kind INT, key INT, version INT, state BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )
        bare.execute("CREATE TABLE outbox (position INTEGER PRIMARY KEY, headers BLOB, body BLOB, sent REAL)")
        bare.execute("CREATE TABLE inbox (consumer INT, id BLOB, at REAL, PRIMARY KEY (consumer, id)) WITHOUT ROWID")
        bare.execute(
            "CREATE TABLE topic (part INT, place INT, headers BLOB, body BLOB, PRIMARY KEY (part, place)) WITHOUT ROWID"
        )
        began = time.perf_counter()
        for first in range(0, orders, AT_ONCE):
            for commit in range(COMMITS_PER_GROUP):
                bare.execute("BEGIN IMMEDIATE")
                for order in range(first, first + AT_ONCE):
                    _write_share(bare, order, commit)
                bare.execute("COMMIT")
        return orders / (time.perf_counter() - began)


COMMITS_PER_GROUP = 20
"""About as many as ours need for a group of orders: one for each step that waits for the one before."""

_STATE, _HEADERS, _BODY = b"s" * 330, b"h" * 120, b"b" * 300


def _write_share(bare: sqlite3.Connection, order: int, commit: int) -> None:
    """Write one commit's part of an order's 20 saves, 13 inbox marks, 6 events and their copies in the topic."""
    bare.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", (commit % 5, order, commit, _STATE))
    if commit < 13:
        bare.execute("INSERT INTO inbox VALUES (?, ?, ?)", (commit, order.to_bytes(16, "big"), 0.0))
    if commit < 6:
        place = order * 6 + commit
        bare.execute("INSERT INTO outbox VALUES (?, ?, ?, NULL)", (place, _HEADERS, _BODY))
        bare.execute("INSERT INTO topic VALUES (?, ?, ?, ?)", (order % 12, place, _HEADERS, _BODY))
        bare.execute("UPDATE outbox SET sent = 1.0 WHERE position = ?", (place,))
