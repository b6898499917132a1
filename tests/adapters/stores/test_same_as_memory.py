"""Whatever is asked, in whatever order, every store answers as the one in memory does, whose code is the simplest."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bookdelivery.adapters.conformance.samples import envelope, note, page
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.kernel.ports import DeadLetter, Handled, Record, Store, Unit
from tests.adapters.stores.databases import fresh_context, tables_for
from tests.adapters.stores.workers import opened
from tests.servers.urls import mariadb_url, postgres_url, redis_url

NAMES = ["m", "n", "o", "longer than most " * 20, "p ", "q\0"]


class Stranger:
    """Somebody who asks for all there is to be asked for, at random; few keys and ids, so that much of it collides."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.versions: dict[tuple[str, int], int] = {}

    def record(self) -> Record:
        """Save something: mostly the next version, at times another; ids are few, so they are taken at times."""
        rng = self.rng
        key = rng.randrange(1, 6)
        kind = rng.choice(["Note", "Note", "Note", "Page"])
        version = self.versions.get((kind, key), 0) + rng.choice([1, 1, 1, 1, 2, 0])
        self.versions[kind, key] = max(self.versions.get((kind, key), 0), version)
        if kind == "Page":
            return page(key, version, rng.randrange(9))
        owner, at = rng.choice([None, 1, 2]), rng.choice([None, 5.0, 5.25, 9.0])
        id = rng.choice([key, key, key, 6])
        return note(key, version, id=id, author_id=owner, remind_at=at, text=str(rng.random()))

    def unit(self) -> Unit:
        """Make a unit of a few things."""
        rng = self.rng
        mark = Handled(rng.choice(["stock", "pages"]), rng.choice(NAMES))
        dead = DeadLetter(mark.consumer, mark.message_id, None, rng.randbytes(5), "no\0 way", rng.random(), 3)
        return Unit(
            tuple(self.record() for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))),
            tuple(envelope(rng.randrange(1, 6)) for _ in range(rng.choice([0, 1, 2]))),
            tuple(Handled("stock", rng.choice(NAMES)) for _ in range(rng.choice([0, 0, 1, 2]))),
            dead if rng.random() < 0.2 else None,
            mark if rng.random() < 0.1 else None,
            at=float(rng.randrange(10)),
        )

    async def ask(self, stores: list[Store]) -> None:
        """Ask all stores for the same thing; they have to answer the same."""
        rng, what = self.rng, self.rng.random()
        answers: list[Any] = []
        if what < 0.8:
            units = [self.unit() for _ in range(rng.randrange(1, 5))]
            answers = [list(await store.commit(units)) for store in stores]
        elif what < 0.9:
            positions, at = [rng.randrange(1, 60) for _ in range(5)], float(rng.randrange(10))
            for store in stores:
                await store.mark_sent(positions, at)
        elif what < 0.96:
            before = float(rng.randrange(10))
            answers = [await store.purge(before) for store in stores]
        else:
            for store in stores:
                await store.forget("Page", "pages")
        assert answers[1:] == answers[:-1]
        for place in list(self.versions):
            found = await stores[0].get(*place)
            self.versions[place] = 0 if found is None else found.version


async def everything(store: Store) -> dict[str, Any]:
    """Read a store from end to end."""
    dead = await store.dead_letters()
    seen: dict[str, Any] = {
        "log": [(one.position, one.envelope) for one in await store.log()],
        "waiting": [(one.position, one.envelope) for one in await store.waiting()],
        "dead": sorted((one.consumer, one.message_id, one.body, one.error, one.at, one.attempts) for one in dead),
        "purged": await store.purged_before(),
        "due": [record.wake_at for record in await store.due(["Note", "Page"], 8.0)],
        "next": await store.next_wake_up(["Page", "Note"]),
    }
    for kind in ("Note", "Page"):
        seen[kind] = list(await store.list(kind))
        seen[f"{kind}s found"] = [await store.find(kind, id) for id in range(1, 7)]
        for owner in (1, 2):
            seen[f"{kind}s of {owner}"] = list(await store.list(kind, owner=owner))
    return seen


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Give the URL and the context of an empty store."""
    of_server = {"postgresql": postgres_url, "mariadb": mariadb_url, "redis": redis_url}.get(request.param)
    url = {"files": f"file://{tmp_path}/shop", "sql": f"sqlite+pysqlite:///{tmp_path}/shop.db"}.get(request.param)
    if of_server is not None:
        url = of_server()
    assert url is not None
    context = fresh_context()
    if request.param in ("postgresql", "mariadb"):
        with tables_for(url, context):
            yield url, context
    else:
        yield url, context


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "place",
    ["files", "sql", *(pytest.param(name, marks=pytest.mark.services) for name in ("postgresql", "mariadb", "redis"))],
    indirect=True,
)
def test_a_store_answers_as_the_one_in_memory_does(place: tuple[str, str], seed: int) -> None:
    async def body() -> None:
        memory, stranger = MemoryStore(), Stranger(seed)
        store = opened(*place)
        for number in range(60):
            await stranger.ask([memory, store])
            if number % 20 == 10:
                await store.close()
                store = opened(*place)
            if number % 10 == 9:
                assert await everything(store) == await everything(memory)
        assert await everything(store) == await everything(memory)
        await store.close()

    asyncio.run(body())
