"""The store in Redis does what every store has to, on a real server."""

from __future__ import annotations

import uuid

import attrs
import pytest

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.stores.ids import StoredIds
from bookdelivery.adapters.stores.redis import RedisStore
from bookdelivery.kernel.ports import IdSource, Store
from tests.servers.urls import redis_url

pytestmark = pytest.mark.services


@attrs.frozen
class Briefly:
    """A store that is opened for each request, as nobody closes what a suite draws its ids from."""

    context: str

    async def reserve_ids(self, kind: str, number: int) -> int:
        store = RedisStore(redis_url(), self.context, CODEC)
        try:
            return await store.reserve_ids(kind, number)
        finally:
            await store.close()

    async def give_back_ids(self, kind: str, unused_from: int, last: int) -> None:
        raise AssertionError("no suite closes its source")


class TestRedisStore(StoreConformance, IdSourceConformance):
    @pytest.fixture(autouse=True)
    def _context(self) -> None:
        self.context = f"notes_{uuid.uuid4().hex}"

    async def open_store(self) -> Store:
        return RedisStore(redis_url(), self.context, CODEC)

    async def reopen(self, store: Store) -> Store:
        return await self.open_store()

    async def open_another(self, store: Store) -> Store:
        return await self.open_store()

    async def open_source(self) -> IdSource:
        return StoredIds(Briefly(self.context))
