"""Ids from an SQLite file: a sequence for each kind, for all processes together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.ids import SqliteIds
from bookdelivery.kernel.errors import InvalidField
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

    def test_ids_count_up_from_one_without_a_gap_also_over_restarts_without_a_crash(self) -> None:
        async def body() -> None:
            given: list[int] = []
            for how_many in (3, 1, 200, 64):
                file = SqliteFile(self.path)
                ids = SqliteIds(file)
                given += [await ids.next("Note") for _ in range(how_many)]
                await ids.close()
                await file.close()
            assert given == list(range(1, 269))

        asyncio.run(body())

    def test_sources_side_by_side_take_blocks_in_turn_and_give_nothing_back_that_others_passed(self) -> None:
        async def body() -> None:
            one, two = await self.open_source(), await self.open_source()
            assert isinstance(one, SqliteIds)
            given = [await one.next("Note"), await two.next("Note"), await one.next("Note")]
            assert given == [1, 65, 2]
            await one.close()
            three = await self.open_source()
            assert await three.next("Note") == 129

        asyncio.run(body())

    def test_who_needs_many_ids_seldom_waits_for_the_disk(self) -> None:
        async def body() -> None:
            ids = await self.open_source()
            before = self.commits()
            assert [await ids.next("Note") for _ in range(64 + 128 + 256 + 512 + 1024 + 1024)] == list(range(1, 3009))
            assert self.commits() - before == 6

        asyncio.run(body())

    def commits(self) -> int:
        ((number,),) = self.files[0].read("SELECT commits FROM pulse")
        return int(number)

    def test_each_kind_counts_for_itself(self) -> None:
        async def body() -> None:
            ids = await self.open_source()
            assert [await ids.next(kind) for kind in ("Note", "Page", "Note")] == [1, 1, 2]

        asyncio.run(body())

    def test_a_block_of_nothing_is_refused(self) -> None:
        async def body() -> None:
            await self.open_source()
            with pytest.raises(InvalidField, match=r"SqliteIds.block is 0"):
                SqliteIds(self.files[0], block=0)

        asyncio.run(body())
