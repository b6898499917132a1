"""The store in an SQLite file does what every store has to, and keeps its own promises."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note
from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.sqlite.file import SqliteFile
from bookdelivery.adapters.sqlite.store import SqliteStore
from bookdelivery.adapters.sqlite.store_tables import mark_of, marks_of
from bookdelivery.kernel.errors import InvalidField, UnusableStore
from bookdelivery.kernel.ports import Handled, Outcome, Purged, Store, Unit


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


def with_stores(path: Path, body: Callable[[SqliteStore, SqliteStore], Awaitable[None]], **settings: Any) -> None:
    """Run a test's body on the stores of two contexts in one file."""

    async def run() -> None:
        file = SqliteFile(path)
        try:
            await body(*(SqliteStore(file, context, CODEC, **settings) for context in ("stock", "billing")))
        finally:
            await file.close()

    asyncio.run(run())


def test_contexts_in_one_file_cannot_see_each_others_data(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, billing: SqliteStore) -> None:
        event = envelope(1)
        await stock.commit([Unit((note(1),), (event,), (Handled("consumer", "m"),), at=1.0)])
        assert await billing.get("Note", 1) is None
        assert await billing.find("Note", 1001) is None
        assert await billing.waiting() == []
        other = Unit((note(1, text="billing's"),), (), (Handled("consumer", "m"),), at=1.0)
        assert await billing.commit([other]) == [Outcome.COMMITTED]
        assert await stock.get("Note", 1) == note(1)
        await billing.forget("Note", "consumer")
        assert await stock.get("Note", 1) == note(1)
        assert await stock.commit([Unit(handled=(Handled("consumer", "m"),))]) == [Outcome.DUPLICATE]

    with_stores(tmp_path / "shop.db", body)


@pytest.mark.parametrize("context", ["", "Order", "or der", 'order"; --', "1st", "주문"])
def test_a_context_whose_name_cannot_be_a_tables_is_refused(tmp_path: Path, context: str) -> None:
    file = SqliteFile(tmp_path / "shop.db")
    with pytest.raises(InvalidField, match=r"SqliteStore\.context is"):
        SqliteStore(file, context, CODEC)
    asyncio.run(file.close())


def test_records_no_longer_kept_in_memory_are_read_from_the_file(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, _: SqliteStore) -> None:
        await stock.commit([Unit((note(key, author_id=5, remind_at=float(key)),)) for key in range(1, 50)])
        for key in range(1, 50):
            assert await stock.get("Note", key) == note(key, author_id=5, remind_at=float(key))
        assert await stock.get("Note", 50) is None
        await stock.commit([Unit((note(key),)) for key in range(50, 60)])
        assert [await stock.get("Note", key) for key in range(50, 61)] == [*map(note, range(50, 60)), None]

    with_stores(tmp_path / "shop.db", body, cached_records=3)


def test_what_was_committed_for_an_event_loop_that_ended_meanwhile_is_seen_by_the_next(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "shop.db")
    store = SqliteStore(file, "stock", CODEC)

    async def leave_behind(version: int) -> None:
        found = await store.get("Note", 1)
        assert (found.version if found else 0) == version - 1
        commit = asyncio.create_task(store.commit([Unit((note(1, version),))]))
        # How far it gets differs from round to round.
        for _ in range(version % 4):
            await asyncio.sleep(0.0005 * (version % 3))
        commit.cancel()

    async def look(version: int) -> None:
        await store.get("Note", 1)
        await store.commit([Unit((note(2, version),))])
        found = await store.find("Note", 1001)
        if found is None or found.version < version:
            # It was given up before it was handed over, which is fine.
            await store.commit([Unit((note(1, version),))])
        assert await store.get("Note", 1) == note(1, version)

    for version in range(1, 40):
        asyncio.run(leave_behind(version))
        asyncio.run(look(version))
    asyncio.run(file.close())


def test_ids_may_change_hands_within_one_commit(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, _: SqliteStore) -> None:
        await stock.commit([Unit((note(1, id=10), note(2, id=20)))])
        swap = Unit((note(1, 2, id=30), note(2, 2, id=10), note(1, 3, id=20)))
        assert await stock.commit([swap]) == [Outcome.COMMITTED]
        assert await stock.find("Note", 10) == note(2, 2, id=10)
        assert await stock.find("Note", 20) == note(1, 3, id=20)
        assert await stock.find("Note", 30) is None

    with_stores(tmp_path / "shop.db", body)


def test_a_unit_that_fails_after_changing_an_id_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, _: SqliteStore) -> None:
        await stock.commit([Unit((note(1, id=10), note(2, id=20)))])
        assert await stock.commit([Unit((note(1, 2, id=30), note(2, 7, id=20)))]) == [Outcome.CONFLICT]
        assert await stock.list("Note") == [note(1, id=10), note(2, id=20)]
        assert await stock.find("Note", 10) == note(1, id=10)
        assert await stock.commit([Unit((note(3, id=30),))]) == [Outcome.COMMITTED]

    with_stores(tmp_path / "shop.db", body)


def test_what_another_file_object_adds_beyond_the_highest_key_is_found(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, _: SqliteStore) -> None:
        await stock.commit([Unit((note(1),))])
        assert await stock.get("Note", 9) is None
        another = SqliteStore(SqliteFile(tmp_path / "shop.db"), "stock", CODEC, owns_file=True)
        await another.commit([Unit((note(9),))])
        await another.close()
        assert await stock.get("Note", 9) == note(9)

    with_stores(tmp_path / "shop.db", body)


def test_a_unit_in_conflict_stands_in_no_other_callers_way(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, _: SqliteStore) -> None:
        await stock.commit([Unit((note(3),))])
        units = [Unit((note(1, id=5), note(3))), Unit((note(1, id=6),)), Unit((note(2, id=5),))]
        outcomes = await asyncio.gather(*(stock.commit([unit]) for unit in units))
        assert outcomes == [[Outcome.CONFLICT], [Outcome.COMMITTED], [Outcome.COMMITTED]]
        assert await stock.list("Note") == [note(1, id=6), note(2, id=5), note(3)]

    with_stores(tmp_path / "shop.db", body)


def test_many_commits_at_once_see_each_other_as_if_one_after_the_other(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, billing: SqliteStore) -> None:
        tries = [stock.commit([Unit((note(1, version),), (envelope(version),))]) for version in (1, 2, 2, 3, 5, 4)]
        also = [billing.commit([Unit((note(1, version),))]) for version in (2, 1)]
        outcomes = [outcome for (outcome,) in await asyncio.gather(*tries, *also)]
        done, late = Outcome.COMMITTED, Outcome.CONFLICT
        assert outcomes == [done, done, late, done, late, done, late, done]
        assert await stock.get("Note", 1) == note(1, 4)
        assert [outgoing.envelope.key for outgoing in await stock.log()] == [1, 2, 3, 4]

    with_stores(tmp_path / "shop.db", body)


def test_a_long_purge_is_done_in_slices_and_completely(tmp_path: Path) -> None:
    async def body(stock: SqliteStore, _: SqliteStore) -> None:
        number = 4500
        units = [Unit((), (envelope(1),), (Handled("consumer", f"m{key}"),), at=1.0) for key in range(number)]
        await stock.commit(units)
        await stock.mark_sent([outgoing.position for outgoing in await stock.waiting(limit=number)], at=1.0)
        assert await stock.purge(before=2.0) == Purged(outbox=number, inbox=number)
        assert await stock.log() == []

    with_stores(tmp_path / "shop.db", body)


def spoil(connection: sqlite3.Connection, requests: Sequence[str]) -> Sequence[None]:
    for table in requests:
        connection.execute(f"UPDATE \"stock.{table}\" SET body = x'7b'")  # noqa: S608 - a name written here
    return [None] * len(requests)


def test_what_can_no_longer_be_read_is_said_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"

    async def write(stock: SqliteStore, _: SqliteStore) -> None:
        await stock.commit([Unit((note(7),), (envelope(7),))])

    async def read() -> None:
        file = SqliteFile(path)
        try:
            stock = SqliteStore(file, "stock", CODEC)
            for table in ("records", "outbox"):
                await file.write(spoil, table)
            with pytest.raises(UnusableStore, match=r"shop\.db: its Note 7 cannot be read: Note cannot be read"):
                await stock.get("Note", 7)
            with pytest.raises(UnusableStore, match=r"event at position 1 of its outbox cannot be read"):
                await stock.waiting()
        finally:
            await file.close()

    with_stores(path, write)
    asyncio.run(read())


UUID = "01912d68-783e-7a03-8467-5661c1243ad4"


def test_marks_of_different_messages_and_consumers_differ() -> None:
    letters = "sixteen letters!"
    ids = [
        letters,
        str(uuid.UUID(bytes=letters.encode())),
        UUID,
        UUID[:-1] + "5",
        UUID.replace("-", ""),
        UUID.replace("0", " "),
        "x" * 36,
        "",
        "m",
        UUID[:-1] + "\ud55c",
    ]
    marks = [mark_of(consumer, message_id) for consumer in (1, 2, 256, 257) for message_id in ids]
    assert len(set(marks)) == len(marks)
    assert len(mark_of(1, UUID)) == 19
    for consumer in (1, 255, 256):
        first, beyond = marks_of(consumer)
        assert all(first <= mark_of(consumer, message_id) < beyond for message_id in ids)
        assert not any(first <= mark_of(consumer + 1, message_id) < beyond for message_id in ids)
