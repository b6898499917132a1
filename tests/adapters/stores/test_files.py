"""The store in files does what every store has to, and keeps its own promises."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pytest

from bookdelivery.adapters.conformance.id_sources import IdSourceConformance
from bookdelivery.adapters.conformance.samples import CODEC, envelope, note, page
from bookdelivery.adapters.conformance.store_dead_letters import letter
from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.stores.files import FileStore
from bookdelivery.adapters.stores.ids import StoredIds
from bookdelivery.kernel.errors import InvalidField, Unavailable
from bookdelivery.kernel.ports import Handled, IdSource, Outcome, Store, Unit


class TestFileStore(StoreConformance):
    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "shop"

    async def open_store(self) -> Store:
        return FileStore(self.path, "notes", CODEC, synchronous="NORMAL")

    async def reopen(self, store: Store) -> Store:
        return await self.open_store()

    async def open_another(self, store: Store) -> Store:
        return await self.open_store()


class TestFileStoreThatAlwaysWritesItsDocuments(TestFileStore):
    async def open_store(self) -> Store:
        return FileStore(self.path, "notes", CODEC, synchronous="NORMAL", checkpoint_bytes=1)


class TestIdsInFiles(IdSourceConformance):
    @pytest.fixture(autouse=True)
    def _path(self, tmp_path: Path) -> None:
        self.path = tmp_path / "shop"

    async def open_source(self) -> IdSource:
        return StoredIds(FileStore(self.path, "notes", CODEC, synchronous="NORMAL"))


def with_store(path: Path, body: Callable[[FileStore], Awaitable[None]], **settings: Any) -> None:
    """Run a test's body on a store, and close it."""

    async def run() -> None:
        store = FileStore(path, "notes", CODEC, **{"synchronous": "NORMAL", **settings})
        try:
            await body(store)
        finally:
            await store.close()

    asyncio.run(run())


def test_each_record_becomes_a_document_that_anybody_can_read(tmp_path: Path) -> None:
    async def body(store: FileStore) -> None:
        await store.commit([Unit((note(7, author_id=5, remind_at=2.5), page(7)))])

    with_store(tmp_path / "shop", body)
    records = tmp_path / "shop" / "notes" / "records"
    assert sorted(str(path.relative_to(records)) for path in records.glob("*/*")) == ["Note/7.json", "Page/7.json"]
    document = orjson.loads((records / "Note" / "7.json").read_bytes())
    assert {**document, "state": document["state"]["text"]} == {
        "kind": "Note",
        "key": 7,
        "id": 1007,
        "version": 1,
        "owner": 5,
        "wakeAt": 2.5,
        "state": "책 한 권",
    }


def test_documents_of_a_forgotten_view_are_removed(tmp_path: Path) -> None:
    async def write(store: FileStore) -> None:
        await store.commit([Unit((page(1), page(2), note(1)))])

    async def forget(store: FileStore) -> None:
        await store.forget("Page", "pages")
        await store.commit([Unit((page(2),))])

    with_store(tmp_path / "shop", write)
    with_store(tmp_path / "shop", forget)
    records = tmp_path / "shop" / "notes" / "records"
    assert sorted(path.name for path in (records / "Page").iterdir()) == ["2.json"]
    assert (records / "Note" / "1.json").exists()


def test_only_one_generation_of_files_is_left(tmp_path: Path) -> None:
    async def body(store: FileStore) -> None:
        for key in range(1, 20):
            await store.commit([Unit((note(key),), (envelope(key),))])

    with_store(tmp_path / "shop", body, checkpoint_bytes=700)
    names = {path.name for path in (tmp_path / "shop" / "notes").iterdir()}
    assert len(names) == 4
    assert {"lock", "records"} < names
    with_store(tmp_path / "shop", _holds(set(range(1, 20))))


def _holds(keys: set[int]) -> Callable[[FileStore], Awaitable[None]]:
    async def body(store: FileStore) -> None:
        assert {record.key for record in await store.list("Note")} == keys
        assert {one.envelope.key for one in await store.log()} == keys

    return body


def test_contexts_in_one_directory_cannot_see_each_others_data(tmp_path: Path) -> None:
    async def body() -> None:
        stock, billing = (FileStore(tmp_path / "shop", name, CODEC) for name in ("stock", "billing"))
        await stock.commit([Unit((note(1),), (envelope(1),), (Handled("consumer", "m"),))])
        assert await billing.get("Note", 1) is None
        assert await billing.log() == []
        assert await billing.commit([Unit((note(1),), (), (Handled("consumer", "m"),))]) == [Outcome.COMMITTED]
        await stock.close()
        await billing.close()

    asyncio.run(body())


def test_a_commit_is_on_the_disk_before_it_is_acknowledged_or_seen(tmp_path: Path) -> None:
    synced: list[bytes] = []
    seen: list[int] = []

    async def body() -> None:
        store = FileStore(tmp_path / "shop", "notes", CODEC)
        loop = asyncio.get_running_loop()
        journal = tmp_path / "shop" / "notes" / "journal-0.jsonl"
        sync = os.fsync

        def spy(fd: int) -> None:
            reading = asyncio.run_coroutine_threadsafe(store.list("Note"), loop)
            seen.append(len(reading.result(timeout=240)))
            synced.append(journal.read_bytes())
            sync(fd)

        with patch.object(os, "fsync", spy):
            await store.commit([Unit((note(1),))])
        assert seen == [0], "read while the disk was still busy"
        assert synced == [journal.read_bytes()], "nothing was written after that"
        await store.close()

    asyncio.run(body())


def test_what_another_opening_of_the_files_commits_is_followed_through_its_checkpoints(tmp_path: Path) -> None:
    async def body(store: FileStore) -> None:
        for step in range(1, 30):
            another = FileStore(tmp_path / "shop", "notes", CODEC, synchronous="NORMAL", checkpoint_bytes=900)
            await another.commit([Unit((note(step),), (envelope(step),))])
            if step % 3 == 0:
                await another.commit([Unit((note(1000 + step),), (envelope(1000 + step),))])
            if step % 5 == 0:
                assert await store.get("Note", step) == note(step)
            await another.close()
        assert len(await store.log()) == 38
        assert await store.commit([Unit((note(29, 2),))]) == [Outcome.COMMITTED]

    with_store(tmp_path / "shop", body)


def test_bytes_that_are_no_text_come_back_as_they_were(tmp_path: Path) -> None:
    dead = letter()

    async def write(store: FileStore) -> None:
        await store.commit([Unit(buries=dead)])

    async def read(store: FileStore) -> None:
        assert await store.dead_letters() == [dead]

    with_store(tmp_path / "shop", write)
    with_store(tmp_path / "shop", read)


def test_ids_go_on_counting_after_a_restart_without_a_gap(tmp_path: Path) -> None:
    async def take(store: FileStore) -> None:
        ids = StoredIds(store, block=8)
        taken.extend([await ids.next("Note") for _ in range(3)])
        await ids.close()

    async def crash(store: FileStore) -> None:
        taken.extend([await StoredIds(store, block=8).next("Note") for _ in range(3)])

    taken: list[int] = []
    with_store(tmp_path / "shop", take)
    with_store(tmp_path / "shop", crash)
    with_store(tmp_path / "shop", take)
    assert taken == [1, 2, 3, 4, 12, 20, 28, 29, 30]


def test_a_store_that_was_closed_says_so(tmp_path: Path) -> None:
    async def body() -> None:
        store = FileStore(tmp_path / "shop", "notes", CODEC)
        await store.close()
        await store.close()
        with pytest.raises(Unavailable, match=r"shop/notes was closed"):
            await store.get("Note", 1)
        with pytest.raises(Unavailable, match="was closed"):
            await store.commit([Unit((note(1),))])

    asyncio.run(body())


@pytest.mark.parametrize(
    "settings", [{"synchronous": "OFF"}, {"lock_timeout_s": -1.0}, {"checkpoint_bytes": 0}, {"checkpoint_bytes": 1.5}]
)
def test_settings_out_of_range_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidField, match=f"FileStore.{next(iter(settings))} is"):
        FileStore(tmp_path / "shop", "notes", CODEC, **settings)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("context", ["", "Order", "../order", "1st", "주문"])
def test_a_context_whose_name_cannot_be_a_directorys_is_refused(tmp_path: Path, context: str) -> None:
    with pytest.raises(InvalidField, match=r"FileStore\.context is"):
        FileStore(tmp_path / "shop", context, CODEC)
