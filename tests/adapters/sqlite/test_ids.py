"""Ids from an SQLite file: a sequence for each kind, for all processes together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.ids import SqliteIds
from bookdelivery.kernel.ports import IdSource


class TestSqliteIds(IdSourceConformance):
    @pytest.fixture(autouse=True)
    def _files(self, tmp_path: Path) -> Iterator[None]:
        self.path = tmp_path / "shop.db"
        self.files: list[SqliteFile] = []
        yield
        for file in self.files:
            asyncio.run(file.close())

    async def open_source(self) -> IdSource:
        self.files.append(SqliteFile(self.path))
        return SqliteIds(self.files[-1])
