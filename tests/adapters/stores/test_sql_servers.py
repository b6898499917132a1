"""The store in SQL does what every store has to, on the servers that people run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.stores.ids import StoredIds
from bookdelivery.adapters.stores.sql import SqlStore
from bookdelivery.kernel.ports import IdSource, Store
from tests.adapters.stores.databases import PATIENT, fresh_context, tables_for
from tests.servers.urls import mariadb_url, postgres_url

pytestmark = pytest.mark.services


class OnAServer(StoreConformance, IdSourceConformance):
    """Both suites on tables that are made once."""

    url: ClassVar[str]
    context: ClassVar[str]

    @classmethod
    @abstractmethod
    def server(cls) -> str:
        """Give the URL of the server's database."""

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _tables(cls) -> Iterator[Callable[[], None]]:
        cls.url, cls.context = cls.server(), fresh_context()
        with tables_for(cls.url, cls.context) as empty:
            yield empty

    @pytest.fixture(autouse=True)
    def _empty(self, _tables: Callable[[], None]) -> None:
        _tables()

    async def open_store(self) -> Store:
        return SqlStore(self.url, self.context, CODEC, PATIENT)

    async def reopen(self, store: Store) -> Store:
        return await self.open_store()

    async def open_another(self, store: Store) -> Store:
        return await self.open_store()

    async def open_source(self) -> IdSource:
        return StoredIds(SqlStore(self.url, self.context, CODEC, PATIENT))


class TestOnPostgresql(OnAServer):
    @classmethod
    def server(cls) -> str:
        return postgres_url()


class TestOnMariadb(OnAServer):
    @classmethod
    def server(cls) -> str:
        return mariadb_url()
