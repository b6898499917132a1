"""Records that rest are packed, and nobody but the memory notices."""

import asyncio
import random
from typing import Any

import attrs
import pytest

from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.adapters.stores.shelf import Shelf
from bookdelivery.kernel.ports import Record, Store
from bookdelivery.simulation import attic
from bookdelivery.simulation.attic import PackingShelf
from bookdelivery.simulation.states import States


@attrs.frozen
class Tab:
    guest: int
    drinks: int


class PackingStore(MemoryStore):
    _make_shelf = PackingShelf


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes of four keys; looked at after every save."""
    monkeypatch.setattr(attic, "_BITS", 2)
    monkeypatch.setattr(attic, "_LOOK_EVERY", 1)
    monkeypatch.setattr(attic, "_LOOK_EVERY_OPEN", 0)


@pytest.mark.usefixtures("eager")
class TestPackingStore(StoreConformance):
    async def open_store(self) -> Store:
        return PackingStore()

    async def reopen(self, store: Store) -> Store:
        return store

    async def open_another(self, store: Store) -> Store:
        return store


def record(
    key: int, version: int = 1, *, wake_at: float | None = None, owner: int | None = None, state: Any = None
) -> Record:
    # Any state will do for a shelf.
    kept: Any = state or Tab(key, version)
    return Record("Tab", key, 1000 + key, version, kept, owner, wake_at)


@pytest.mark.usefixtures("eager")
def test_what_rests_is_packed_and_unpacked_when_it_is_asked_for() -> None:
    shelf = PackingShelf()
    for key in range(1, 13):
        assert shelf.put(record(key))
    assert (shelf.boxes, len(shelf.records)) == (3, 1)
    assert shelf.get(2) == record(2)
    assert (shelf.boxes, len(shelf.records)) == (2, 4)
    assert shelf.find(1005) == record(5)
    assert shelf.boxes == 2, "to look for an id leaves the boxes as they are"
    assert [each.key for each in shelf.list(None, 2, 100)] == list(range(3, 13))


def test_the_more_records_are_open_the_longer_each_may_rest_before_it_is_packed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attic, "_BITS", 2)

    def saved_before_any_was_packed(number: int) -> int:
        shelf = PackingShelf()
        monkeypatch.setattr(attic, "_LOOK_EVERY", number + 1)
        for key in range(1, number + 1):
            assert shelf.put(record(key))
        monkeypatch.setattr(attic, "_LOOK_EVERY", 1)
        version = 1
        while not shelf.boxes:
            version += 1
            assert shelf.put(record(number, version))
        return version

    few, many = saved_before_any_was_packed(40), saved_before_any_was_packed(400)
    assert few > 10
    assert many == pytest.approx(10 * few, rel=0.1)


@pytest.mark.usefixtures("eager")
def test_nothing_is_packed_in_which_a_deadline_waits() -> None:
    shelf = PackingShelf()
    assert shelf.put(record(1, wake_at=5.0))
    for key in range(8, 40):
        assert shelf.put(record(key))
    assert shelf.due(5.0, 10) == [(5.0, 1)]
    assert 1 in shelf.records
    assert shelf.boxes > 0


@pytest.mark.usefixtures("eager")
def test_a_packing_shelf_is_like_any_other_to_whoever_uses_it() -> None:
    rng = random.Random(1)
    plain, packing = Shelf(), PackingShelf()
    versions: dict[int, int] = {}
    for _ in range(3_000):
        key = rng.randrange(1, 60)
        version = versions.get(key, 0) + (1 if rng.random() < 0.9 else rng.randrange(3))
        owner = rng.choice([None, 1, 2])
        wake_at = rng.choice([None, None, None, 7.0])
        one, other = (shelf.put(record(key, version, wake_at=wake_at, owner=owner)) for shelf in (plain, packing))
        assert one == other
        if one:
            versions[key] = version
        assert plain.get(key) == packing.get(key)
        assert plain.find(1000 + key) == packing.find(1000 + key)
        wanted = rng.choice([None, 1, 2]), rng.randrange(60), rng.randrange(1, 20)
        assert plain.list(*wanted) == packing.list(*wanted)
        assert plain.due(9.0, 5) == packing.due(9.0, 5)
    assert packing.boxes or packing.get(1)


@pytest.mark.usefixtures("eager")
def test_what_cannot_be_packed_stays_as_it_is() -> None:
    @attrs.frozen
    class Local:
        guest: int

    shelf = PackingShelf()
    for key in range(1, 30):
        assert shelf.put(record(key, state=Local(key)))
    assert shelf.boxes == 0
    assert shelf.get(1) == record(1, state=Local(1))


@pytest.mark.usefixtures("eager")
def test_states_are_read_from_the_boxes_when_somebody_asks() -> None:
    store = PackingStore()
    shelf = store._shelves["Tab"]
    for key in range(1, 30):
        assert shelf.put(record(key))
    states = States(store, "Tab")
    assert list(states) == [Tab(key, 1) for key in range(1, 30)]
    assert len(states) == 29
    assert (states[0], states[-1], states[1:3]) == (Tab(1, 1), Tab(29, 1), [Tab(2, 1), Tab(3, 1)])
    with pytest.raises(IndexError, match="29 records of Tab, none has place 29"):
        states[29]
    assert asyncio.run(store.get("Tab", 3)) == record(3)
