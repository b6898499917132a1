"""The bookstore, ready to use: the front door that most people come in by."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Self

from bookdelivery.adapters.clients.payment_provider import EmbeddedPaymentProvider
from bookdelivery.application.composition import Composition
from bookdelivery.application.protections import ContextResilience
from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.application.system import System
from bookdelivery.contexts import BOOKSTORE
from bookdelivery.contexts.mypage.view import MyPageRow
from bookdelivery.contexts.order.catalog import Catalog, TrustingCatalog
from bookdelivery.contexts.payment.provider import PaymentProvider
from bookdelivery.kernel.ports import Clock, Requests
from bookdelivery.kernel.wire import Codec
from bookdelivery.services.adapters import look_at
from bookdelivery.services.embedded import Embedded
from bookdelivery.services.stores import path_of

BOOKSTORE_SYSTEM = System("bookstore", BOOKSTORE)
"""The bookstore's five contexts as they are."""


class Bookstore(Embedded):
    """The online bookstore inside one process.

    ```python
    async with Bookstore.open("sqlite:///shop.db") as shop:
        placed = await shop.send(PlaceOrder(...))
        await shop.settle()
        row = await shop.mypage(placed.order_id)
    ```
    """

    @classmethod
    def open(
        cls,
        url: str = "memory://",
        *,
        broker_url: str | None = None,
        stores: Mapping[str, str] | None = None,
        system: System = BOOKSTORE_SYSTEM,
        provider: PaymentProvider | None = None,
        catalog: Catalog | None = None,
        settings: EngineSettings | None = None,
        resilience: Mapping[str, ContextResilience] | None = None,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        only: Collection[str] | None = None,
        elsewhere: Callable[[Composition, Codec], Requests] | None = None,
    ) -> Self:
        """Open the bookstore; it runs within `async with`.

        Args:
            url: where it keeps its data: `memory://`, or a file, `sqlite:///shop.db`, which several processes may
                share, or a directory or database; see the how-to "Choose a store".
            broker_url: where the topic is: `kafka://HOST:PORT`, `redis://HOST:PORT`, a file; by default it lies with
                the data, where those are in memory, SQLite or Redis.
            stores: where some contexts keep their data instead: URLs by a context's name, `"mypage"`, or by the kind of
                store that contexts declare, `"documents in files"`.
            system: the contexts; other ones than the bookstore's, or with other terms (`ORDER.with_terms(...)`).
            provider: charges the customers; by default one that approves everything and keeps its ledger
                beside the data, or else the topic, where one is a SQLite file (`shop.db-provider`).
            catalog: checks prices; by default whatever price comes with an order is taken.
            settings: of the machinery.
            resilience: the policies around the calls and operations of a context, by its name.
            clock: tells the time of day.
            rng: for jitter and message ids; a seeded one gives the same again.
            only: the names of the contexts that run in this process; None: all of them.
            elsewhere: makes what carries calls to those that do not.

        Raises:
            InvalidField: a URL is of no known kind, or they do not go together, or policies are for something that is
                not there.
            UnusableStore: there is something else in the file, or it cannot be read or written.
            MissingExtra: a URL's kind needs packages that are not installed.
            WronglyDeclared: the contexts do not fit together.
        """
        look_at(url, broker_url, contexts=system.contexts, stores=stores)
        closes = []
        if provider is None:
            path = _beside(url, broker_url)
            provider = EmbeddedPaymentProvider(None if path is None else path.with_name(f"{path.name}-provider"))
            closes.append(provider)
        return cls(
            system,
            url,
            broker_url=broker_url,
            stores=stores,
            externals={PaymentProvider: provider, Catalog: catalog or TrustingCatalog()},
            settings=settings,
            resilience=resilience,
            clock=clock,
            rng=rng,
            closes=closes,
            only=only,
            elsewhere=elsewhere,
        )

    async def mypage(self, order_id: int) -> MyPageRow | None:
        """Show how an order stands, as its customer sees it; None if nothing is known of it (yet)."""
        row: MyPageRow | None = await self.read("mypage", order_id)
        return row

    async def mypages(self, customer_id: int, *, after: int = 0, limit: int = 100) -> Sequence[MyPageRow]:
        """List a customer's orders by ascending id, beginning after an order."""
        return await self.read_all("mypage", owner=customer_id, after=after, limit=limit)


def _beside(*urls: str | None) -> Path | None:
    """Give the first SQLite file among these, for what lies beside it."""
    files = (path_of(url, "url") for url in urls if url is not None and url.startswith("sqlite:"))
    return next(files, None)
