"""A bookstore in one process on the memory adapters, in virtual time, with whatever is to go wrong put around them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.application.application import Application
from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import Around, EngineSettings, Surroundings
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.order.catalog import Catalog, TrustingCatalog
from bookdelivery.contexts.order.messages import OrderStatus, PlaceOrder
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.context import Context
from bookdelivery.kernel.ids import Sequence
from bookdelivery.kernel.ports import Broker, Requests, Store
from tests.application.faults import Faults
from tests.application.provider import Provider
from tests.virtual import LoopClock

PRICE = 25_000


def place(**changes: Any) -> PlaceOrder:
    """Make an order for one book."""
    fields: dict[str, Any] = {
        "customer_id": 7,
        "customer_name": "HanYongSun",
        "item_id": 3,
        "item_name": "ITbook",
        "qty": 1,
        "item_price": PRICE,
        "delivery_address": "kyungkido sungnam",
        "delivery_phone_number": "01012341234",
    }
    return PlaceOrder(**{**fields, **changes})


async def plainly(operation: str, proceed: Any) -> Any:
    """Wrap an operation in nothing, which makes the consumer work in lanes."""
    return await proceed()


MODES = pytest.mark.parametrize("around", [None, plainly], ids=["in batches", "in lanes"])
"""The consumer's two ways to work."""


class World:
    """What outlives a process: the stores, the broker, the provider's books, and the faults to come.

    Args:
        contexts: what to run.
        settings: the engine's.
        around: wraps every operation, if given.
        provider: the payment provider.
        broker: the broker, before faults are put around it.
        externals: more adapters of external systems.
        resilience: the policies of a context, by its name.
    """

    def __init__(
        self,
        contexts: Iterable[Context] = BOOKSTORE,
        *,
        settings: EngineSettings | None = None,
        around: Around | None = None,
        provider: Provider | None = None,
        broker: Broker | None = None,
        seed: int = 1,
        externals: dict[type[Any], Any] | None = None,
        resilience: dict[str, ContextResilience] | None = None,
    ) -> None:
        self.contexts = tuple(contexts)
        self.settings = settings or EngineSettings()
        self.around = around
        self.resilience = resilience or {}
        self.provider = provider or Provider()
        self.faults = Faults()
        self.stores: dict[str, MemoryStore] = {context.name: MemoryStore() for context in self.contexts}
        self.broker: Broker = broker or MemoryBroker(partitions=4)
        self.ids = Sequence()
        self.rng = random.Random(seed)
        self.externals: dict[type[Any], Any] = {
            Catalog: TrustingCatalog(),
            PaymentProvider: self.provider,
            **(externals or {}),
        }

    def surroundings(self, context: Context, requests: Requests) -> Surroundings:
        """Give one context what it needs."""
        store: Store = self.stores[context.name]
        return Surroundings(
            store=self.faults.around(store, f"{context.name}.store"),
            broker=self.faults.around(self.broker, f"{context.name}.broker"),
            ids=self.ids,
            requests=requests,
            externals=self.externals,
            clock=LoopClock(),
            rng=self.rng,
            settings=self.settings,
            around=self.around,
            resilience=self.resilience.get(context.name, ContextResilience()),
        )

    def open(self) -> Application:
        """Make an application on this world; may be done again after another one ended, as after a restart."""
        return Application(self.contexts, self.surroundings)

    async def state(self, context: str, kind: str, order_id: int) -> Any:
        """Look at an aggregate or a row in a context's own store."""
        record = await self.stores[context].get(kind, order_id)
        return None if record is None else record.state

    async def status(self, order_id: int) -> OrderStatus | None:
        """Say where an order stands, to order itself."""
        order = await self.state("order", "Order", order_id)
        return None if order is None else order.status

    async def shown(self, order_id: int) -> OrderStatus | None:
        """Say where an order stands, to MyPage."""
        row = await self.state("mypage", "MyPageRow", order_id)
        return None if row is None else row.order_status

    async def published(self, context: str) -> list[str]:
        """Name the events in a context's log, in the order of commits."""
        return [outgoing.envelope.type for outgoing in await self.stores[context].log(limit=100_000)]

    async def all_published(self) -> list[str]:
        """Name all events of all contexts, context by context."""
        return [name for context in self.contexts for name in await self.published(context.name)]
