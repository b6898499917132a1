"""The store in SQL does what every store has to, here in an SQLite file, which needs no server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

import pytest

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.stores.ids import StoredIds
from bookdelivery.adapters.stores.sql import SqlStore
from bookdelivery.adapters.stores.sql.migrating import migrate
from bookdelivery.kernel.ports import IdSource, Store


class TestSqlStore(StoreConformance, IdSourceConformance):
    migrated: ClassVar[Path]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _migrated(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        cls.migrated = tmp_path_factory.mktemp("migrated") / "shop.db"
        migrate(f"sqlite+pysqlite:///{cls.migrated}", "notes")

    @pytest.fixture(autouse=True)
    def _url(self, tmp_path: Path) -> None:
        shutil.copy(self.migrated, tmp_path / "shop.db")
        self.url = f"sqlite+pysqlite:///{tmp_path}/shop.db"

    async def open_store(self) -> Store:
        return SqlStore(self.url, "notes", CODEC)

    async def reopen(self, store: Store) -> Store:
        return await self.open_store()

    async def open_another(self, store: Store) -> Store:
        return await self.open_store()

    async def open_source(self) -> IdSource:
        return StoredIds(SqlStore(self.url, "notes", CODEC))
