"""What every source of business ids has to do."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from bookdelivery.kernel.ports import IdSource
from bookdelivery.kernel.values import LARGEST_ID


class IdSourceConformance(ABC):
    """The suite for the port `bookdelivery.kernel.ports.IdSource`."""

    @abstractmethod
    async def open_source(self) -> IdSource:
        """Open a source of ids."""

    def test_ids_are_positive_and_exact_in_every_json_reader(self) -> None:
        async def body() -> None:
            source = await self.open_source()
            for _ in range(100):
                number = await source.next("Note")
                assert type(number) is int
                assert 0 < number <= LARGEST_ID

        asyncio.run(body())

    def test_no_id_is_given_twice(self) -> None:
        async def body() -> None:
            source = await self.open_source()
            ids = [await source.next("Note") for _ in range(5_000)]
            ids += await asyncio.gather(*(source.next("Note") for _ in range(1_000)))
            assert len(set(ids)) == 6_000

        asyncio.run(body())

    def test_ids_of_one_source_rise(self) -> None:
        async def body() -> None:
            source = await self.open_source()
            ids = [await source.next("Note") for _ in range(1_000)]
            assert ids == sorted(ids)

        asyncio.run(body())

    def test_every_kind_gets_ids(self) -> None:
        async def body() -> None:
            source = await self.open_source()
            for kind in ("Note", "Page", "주문"):
                assert len({await source.next(kind) for _ in range(10)}) == 10

        asyncio.run(body())
