"""How the store suites get at the store they judge."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bookdelivery.adapters.conformance.running import with_opened
from bookdelivery.kernel.ports import Store


class StoreFactory(ABC):
    """Opens the stores; a subclass says how. Every test has an instance of its own."""

    @abstractmethod
    async def open_store(self) -> Store:
        """Open a store that holds nothing yet."""

    @abstractmethod
    async def reopen(self, store: Store) -> Store:
        """Open the data of a store again after it was closed.

        One whose data live in memory gives the very same object back.
        """

    @abstractmethod
    async def open_another(self, store: Store) -> Store:
        """Open a store that works on the same data at the same time, as another process would.

        One whose data live in memory gives the very same object back.
        """


Factory = TypeVar("Factory", bound=StoreFactory)


def on_a_store(body: Callable[[Factory, Store], Awaitable[None]]) -> Callable[[Factory], None]:
    """Decorate a test that gets a fresh store."""
    return with_opened(lambda factory: factory.open_store(), body)
