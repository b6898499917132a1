"""Records: what is saved is found again, by key, id, owner and deadline."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

import random
from collections.abc import Sequence

from bookdelivery.adapters.conformance.samples import Mood, Paper, note, page
from bookdelivery.adapters.conformance.store_factory import StoreFactory, on_a_store
from bookdelivery.kernel.ports import Outcome, Record, Store, Unit
from bookdelivery.kernel.values import LARGEST_ID, Won


async def save(store: Store, *records: Record) -> None:
    """Save each record in a unit of its own."""
    outcomes = await store.commit([Unit(saves=(record,)) for record in records])
    assert list(outcomes) == [Outcome.COMMITTED] * len(records)


def keys(records: Sequence[Record]) -> list[int]:
    """Give the records' keys, in their order."""
    return [record.key for record in records]


class Records(StoreFactory):
    """Saving and finding."""

    @on_a_store
    async def test_what_was_never_saved_is_not_found(self, store: Store) -> None:
        assert await store.get("Note", 1) is None
        assert await store.find("Note", 1) is None
        assert list(await store.list("Note")) == []
        assert list(await store.due(["Note"], now=1e12)) == []
        assert await store.next_wake_up(["Note"]) is None

    @on_a_store
    async def test_a_record_is_found_by_its_key_and_by_its_id(self, store: Store) -> None:
        record = note(7, id=42, text="한용선 'quoted' \"text\" \n; --", mood=Mood.STERN, paper=Paper("red", Won(0)))
        await save(store, record)
        assert await store.get("Note", 7) == record
        assert await store.find("Note", 42) == record
        assert await store.get("Note", 42) is None
        assert await store.find("Note", 7) is None

    @on_a_store
    async def test_the_largest_id_is_kept_exactly(self, store: Store) -> None:
        record = note(LARGEST_ID, id=LARGEST_ID - 1, author_id=LARGEST_ID - 2, remind_at=1_763_796_656.123_456_7)
        await save(store, record)
        assert await store.get("Note", LARGEST_ID) == record
        assert await store.find("Note", LARGEST_ID - 1) == record
        assert list(await store.list("Note", owner=LARGEST_ID - 2)) == [record]

    @on_a_store
    async def test_records_of_different_kinds_do_not_get_in_each_others_way(self, store: Store) -> None:
        await save(store, note(7, id=7), page(7))
        assert await store.get("Note", 7) == note(7, id=7)
        assert await store.get("Page", 7) == page(7)
        assert keys(await store.list("Page")) == [7]

    @on_a_store
    async def test_a_newer_version_takes_the_place_of_the_older(self, store: Store) -> None:
        await save(store, note(7), note(7, 2, text="second"), note(7, 3, text="third"))
        assert await store.get("Note", 7) == note(7, 3, text="third")
        assert keys(await store.list("Note")) == [7]

    @on_a_store
    async def test_a_list_is_ordered_by_key_and_read_page_by_page(self, store: Store) -> None:
        await save(store, *(note(key) for key in (5, 1, 4, 2, 3)))
        assert keys(await store.list("Note")) == [1, 2, 3, 4, 5]
        assert keys(await store.list("Note", limit=2)) == [1, 2]
        assert keys(await store.list("Note", after=2, limit=2)) == [3, 4]
        assert keys(await store.list("Note", after=4, limit=2)) == [5]
        assert keys(await store.list("Note", after=5)) == []

    @on_a_store
    async def test_a_list_for_an_owner_holds_nobody_elses_records(self, store: Store) -> None:
        await save(store, *(note(key, author_id=key % 2 or None) for key in (5, 3, 2, 1)), note(4, author_id=9))
        assert keys(await store.list("Note", owner=1)) == [1, 3, 5]
        assert keys(await store.list("Note", owner=1, after=1, limit=1)) == [3]
        assert keys(await store.list("Note", owner=9)) == [4]
        assert keys(await store.list("Note", owner=8)) == []

    @on_a_store
    async def test_a_record_that_gets_an_owner_later_is_listed_for_that_owner_only(self, store: Store) -> None:
        await save(store, note(1), note(1, 2, author_id=5))
        assert keys(await store.list("Note", owner=5)) == [1]
        await save(store, note(1, 3, author_id=6))
        assert keys(await store.list("Note", owner=5)) == []
        assert keys(await store.list("Note", owner=6)) == [1]
        await save(store, note(1, 4))
        assert keys(await store.list("Note", owner=6)) == []

    @on_a_store
    async def test_due_records_come_earliest_first_up_to_and_including_now(self, store: Store) -> None:
        await save(store, note(1, remind_at=30.0), note(2, remind_at=10.0), note(3, remind_at=20.5), note(4))
        assert keys(await store.due(["Note"], now=9.9)) == []
        assert keys(await store.due(["Note"], now=20.5)) == [2, 3]
        assert keys(await store.due(["Note"], now=99.0)) == [2, 3, 1]
        assert keys(await store.due(["Note"], now=99.0, limit=2)) == [2, 3]

    @on_a_store
    async def test_listing_what_is_due_does_not_take_it_away(self, store: Store) -> None:
        await save(store, note(1, remind_at=10.0), note(2, remind_at=11.0))
        for _ in range(3):
            assert keys(await store.due(["Note"], now=99.0, limit=1)) == [1]
        assert await store.next_wake_up(["Note"]) == 10.0

    @on_a_store
    async def test_only_the_kinds_asked_for_are_due(self, store: Store) -> None:
        await save(store, note(1, remind_at=10.0), page(1))
        assert keys(await store.due(["Page"], now=99.0)) == []
        assert keys(await store.due(["Page", "Note"], now=99.0)) == [1]
        assert keys(await store.due([], now=99.0)) == []
        assert await store.next_wake_up(["Page"]) is None
        assert await store.next_wake_up([]) is None

    @on_a_store
    async def test_a_deadline_moved_or_lifted_counts_as_it_is_now(self, store: Store) -> None:
        await save(store, note(1, remind_at=10.0), note(2, remind_at=20.0))
        assert await store.next_wake_up(["Note"]) == 10.0
        await save(store, note(1, 2, remind_at=30.0))
        assert await store.next_wake_up(["Note"]) == 20.0
        assert keys(await store.due(["Note"], now=25.0)) == [2]
        await save(store, note(2, 2))
        assert keys(await store.due(["Note"], now=99.0)) == [1]
        await save(store, note(1, 3, remind_at=10.0), note(1, 4, remind_at=30.0), note(1, 5, remind_at=10.0))
        assert keys(await store.due(["Note"], now=99.0)) == [1]
        await save(store, note(1, 6))
        assert await store.next_wake_up(["Note"]) is None

    @on_a_store
    async def test_after_many_changes_deadlines_owners_and_lists_are_those_of_the_last_versions(
        self, store: Store
    ) -> None:
        rng = random.Random(7)
        last: dict[int, Record] = {}
        for _ in range(10):
            chosen = rng.sample(range(1, 101), 60)
            for key in chosen:
                version = last[key].version + 1 if key in last else 1
                remind_at = rng.choice([None, float(rng.randrange(1000))])
                last[key] = note(key, version, author_id=rng.choice([None, 1, 2]), remind_at=remind_at)
            await save(store, *(last[key] for key in chosen))
        owned = sorted(key for key, record in last.items() if record.owner == 1)
        assert keys(await store.list("Note", limit=1000)) == sorted(last)
        assert keys(await store.list("Note", owner=1, limit=1000)) == owned
        deadlines = sorted(record.wake_at for record in last.values() if record.wake_at is not None)
        due = await store.due(["Note"], now=500.0, limit=1000)
        assert [record.wake_at for record in due] == [at for at in deadlines if at <= 500.0]
        assert all(record == last[record.key] for record in due)
        assert await store.next_wake_up(["Note"]) == deadlines[0]
