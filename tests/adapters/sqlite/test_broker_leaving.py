"""A member that could not leave its group, since the file could not be written just then."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.samples import CODEC, envelope
from bookdelivery.adapters.sqlite import SqliteBroker, SqliteFile
from bookdelivery.kernel.errors import Unavailable


def test_its_partitions_go_to_the_next_who_joins_and_not_only_when_its_lease_ends(tmp_path: Path) -> None:
    async def main() -> None:
        file = SqliteFile(tmp_path / "shop.db", busy_timeout_s=0.05)
        broker = SqliteBroker(file, CODEC, partitions=4, lease_s=1000, owns_file=True)
        former = await broker.subscribe("order")
        with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked"):
                await former.close()
            other.execute("ROLLBACK")
        member = await broker.subscribe("order")
        await broker.publish([envelope(key) for key in range(1, 9)])
        handled: set[int] = set()
        async with asyncio.timeout(120):
            while len(handled) < 8:
                handled |= {delivery.content.key for delivery in await member.fetch()}  # type: ignore[union-attr]
        assert member.partitions == (0, 1, 2, 3)
        await broker.close()

    asyncio.run(main())
