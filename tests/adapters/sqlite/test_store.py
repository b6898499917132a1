"""The store in an SQLite file does what every store has to, and keeps its own promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.samples import CODEC
from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.store import SqliteStore
from bookdelivery.kernel.ports import Store


class TestSqliteStore(StoreConformance):
    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "shop.db"

    async def open_store(self) -> Store:
        return SqliteStore(SqliteFile(self.path), "notes", CODEC, owns_file=True)

    async def reopen(self, store: Store) -> Store:
        return await self.open_store()

    async def open_another(self, store: Store) -> Store:
        return await self.open_store()
