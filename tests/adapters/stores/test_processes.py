"""Several real processes on one store, and processes killed in the middle of their work."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bookdelivery.adapters.conformance.samples import note
from bookdelivery.kernel.ports import Handled, Outcome, Store, Unit
from tests.adapters.stores.databases import fresh_context, tables_for
from tests.adapters.stores.workers import marked, opened, said, start
from tests.servers.urls import mariadb_url, postgres_url, redis_url

SERVERS = {"postgresql": postgres_url, "mariadb": mariadb_url, "redis": redis_url}

Place = tuple[str, str]


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Give the URL and the context of an empty store of the kind that the test asks for."""
    kind, context = request.param, fresh_context()
    with ExitStack() as leaving:
        url = f"file://{tmp_path}/shop" if kind == "files" else SERVERS[kind]()
        if kind in ("postgresql", "mariadb"):
            leaving.enter_context(tables_for(url, context))
        yield url, context


def kinds(*files: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """Run a test on every kind of store that processes can share."""
    on_servers = [pytest.param(kind, marks=pytest.mark.services) for kind in SERVERS]
    return pytest.mark.parametrize("place", [pytest.param("files", marks=files), *on_servers], indirect=True)


@kinds()
def test_two_processes_that_write_at_once_lose_nothing_and_find_each_others_changes(place: Place) -> None:
    async def body() -> None:
        workers = [await start("count_up", *place, 40) for _ in range(2)]
        assert [await said(worker) for worker in workers] == ["ready", "ready"]
        store = opened(*place)
        await store.commit([Unit((note(2),))])
        conflicts = sum([int(await said(worker)) for worker in workers])
        assert [await worker.wait() for worker in workers] == [0, 0]
        assert conflicts > 0, "they did not meet, so the test shows nothing"
        record = await store.get("Note", 1)
        assert record is not None
        assert record.version == 80
        log = await store.log()
        assert len({outgoing.envelope.id for outgoing in log}) == 80
        assert [outgoing.position for outgoing in log] == list(range(1, 81))
        await store.close()

    asyncio.run(body())


async def whole(store: Store, acknowledged: set[int]) -> None:
    """See that every unit is there with all its traces or with none, the acknowledged ones among them."""
    records = {record.key for record in await store.list("Note", limit=1_000_000)}
    assert acknowledged <= records
    assert {outgoing.envelope.key for outgoing in await store.log(limit=1_000_000)} == records
    assert {outgoing.envelope.key for outgoing in await store.waiting(limit=1_000_000)} == records
    marks = [Unit(handled=(Handled("stock", f"m{key}"),)) for key in sorted(records)]
    assert set(await store.commit(marks)) <= {Outcome.DUPLICATE}
    beyond = max(records, default=0) + 1_000
    assert list(await store.commit([marked(beyond)])) == [Outcome.COMMITTED]


@kinds(pytest.mark.slow)
def test_after_a_kill_everything_acknowledged_is_there_and_nothing_by_halves(place: Place) -> None:
    rng = random.Random(7)

    async def body() -> None:
        acknowledged: set[int] = set()
        for round_ in range(4):
            worker = await start("commit", *place, 1 + 100_000 * round_)
            for _ in range(rng.randrange(1, 60)):
                acknowledged.add(int(await said(worker)))
            await asyncio.sleep(rng.random() * 0.01)
            worker.send_signal(signal.SIGKILL)
            rest, _ = await worker.communicate()
            acknowledged |= {int(line) for line in rest.decode().splitlines(keepends=True) if line.endswith("\n")}
            assert await worker.wait() == -signal.SIGKILL
            store = opened(*place)
            await whole(store, acknowledged)
            await store.close()

    asyncio.run(body())


@pytest.mark.slow
@pytest.mark.parametrize("place", ["files"], indirect=True)
def test_of_two_processes_one_is_killed_again_and_again_and_the_other_goes_on(place: Place) -> None:
    rng = random.Random(11)

    async def listen(worker: asyncio.subprocess.Process, acknowledged: set[int]) -> None:
        while line := await said(worker):
            acknowledged.add(int(line))

    async def body() -> None:
        acknowledged: set[int] = set()
        steady = await start("commit", *place, 10_000_000)
        listening = asyncio.create_task(listen(steady, acknowledged))
        for round_ in range(6):
            victim = await start("commit", *place, 1 + 100_000 * round_)
            for _ in range(rng.randrange(1, 40)):
                acknowledged.add(int(await said(victim)))
            victim.send_signal(signal.SIGKILL)
            rest, _ = await victim.communicate()
            acknowledged |= {int(line) for line in rest.decode().splitlines(keepends=True) if line.endswith("\n")}
        assert steady.returncode is None
        steady.send_signal(signal.SIGKILL)
        await steady.wait()
        await listening
        assert sum(key > 10_000_000 for key in acknowledged) > 6
        store = opened(*place)
        await whole(store, acknowledged)
        await store.close()

    asyncio.run(body())


@pytest.mark.services
@pytest.mark.parametrize("place", ["postgresql", "mariadb"], indirect=True)
def test_a_process_stopped_in_the_middle_of_a_commit_does_not_hold_the_others_up_for_ever(place: Place) -> None:
    async def body() -> None:
        worker = await start("freeze", *place)
        assert await said(worker) == "frozen"
        store = opened(*place)
        assert list(await store.commit([marked(1)])) == [Outcome.COMMITTED]
        os.kill(worker.pid, signal.SIGCONT)
        assert await said(worker) == "DUPLICATE", "its transaction was ended by the server, and done again"
        assert await worker.wait() == 0
        await store.close()

    asyncio.run(body())
