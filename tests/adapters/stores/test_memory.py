"""The store in memory does what every store has to."""

from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.kernel.ports import Store


class TestMemoryStore(StoreConformance):
    async def open_store(self) -> Store:
        return MemoryStore()

    async def reopen(self, store: Store) -> Store:
        return store

    async def open_another(self, store: Store) -> Store:
        return store
