"""Units of work: all or nothing, each by itself, in order."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from bookdelivery.adapters.conformance.samples import envelope, note, page
from bookdelivery.adapters.conformance.store_factory import StoreFactory, on_a_store
from bookdelivery.adapters.conformance.store_records import keys, save
from bookdelivery.kernel.ports import DeadLetter, Handled, Outcome, Record, Store, Unit

COMMITTED, CONFLICT, DUPLICATE = Outcome.COMMITTED, Outcome.CONFLICT, Outcome.DUPLICATE


async def outcome(store: Store, unit: Unit) -> Outcome:
    """Commit one unit."""
    (result,) = await store.commit([unit])
    return result


def full(*saves: Record, message_id: str = "m") -> Unit:
    """Make a unit that leaves a trace wherever a unit can."""
    letter = DeadLetter("buried", message_id, None, b"?", "broken", 1.0, 3)
    return Unit(saves, (envelope(1),), (Handled("consumer", message_id),), letter, at=1.0)


async def traces(store: Store) -> tuple[list[int], int, int]:
    """Say what units have left: the keys of records, and how many events and dead letters."""
    return keys(await store.list("Note")), len(await store.log()), len(await store.dead_letters())


class Units(StoreFactory):
    """Committing."""

    @on_a_store
    async def test_a_unit_leaves_all_its_traces(self, store: Store) -> None:
        assert await outcome(store, full(note(1))) is COMMITTED
        assert await traces(store) == ([1], 1, 1)
        assert await outcome(store, Unit(handled=(Handled("consumer", "m"),))) is DUPLICATE

    @on_a_store
    async def test_nothing_to_commit_is_no_fault(self, store: Store) -> None:
        assert list(await store.commit([])) == []
        assert await outcome(store, Unit()) is COMMITTED
        assert await traces(store) == ([], 0, 0)

    @on_a_store
    async def test_a_version_that_does_not_follow_on_the_stored_one_conflicts(self, store: Store) -> None:
        await save(store, note(1), note(1, 2, text="stored"))
        for version in (1, 2, 4):
            assert await outcome(store, Unit(saves=(note(1, version),))) is CONFLICT
        assert await outcome(store, Unit(saves=(note(2, 2),))) is CONFLICT
        assert await store.get("Note", 1) == note(1, 2, text="stored")
        assert keys(await store.list("Note")) == [1]

    @on_a_store
    async def test_an_id_that_another_record_of_its_kind_has_conflicts(self, store: Store) -> None:
        await save(store, note(1, id=42), page(42))
        assert await outcome(store, Unit(saves=(note(2, id=42),))) is CONFLICT
        assert await store.find("Note", 42) == note(1, id=42)
        assert await store.get("Note", 2) is None

    @on_a_store
    async def test_a_unit_in_conflict_leaves_no_trace(self, store: Store) -> None:
        await save(store, note(1))
        assert await outcome(store, full(note(1))) is CONFLICT
        assert await traces(store) == ([1], 0, 0)
        assert await outcome(store, full(note(2))) is COMMITTED, "its mark is not set either"

    @on_a_store
    async def test_ids_may_change_hands_within_a_unit(self, store: Store) -> None:
        await save(store, note(1, id=10), note(2, id=20, author_id=5))
        failing = Unit((note(1, 2, id=30), note(2, 7, id=20)))
        swap = Unit((note(1, 2, id=30), note(2, 2, id=10), note(1, 3, id=20, author_id=5)))
        assert list(await store.commit([failing, Unit((note(3, id=30),))])) == [CONFLICT, COMMITTED]
        assert await outcome(store, swap) is CONFLICT, "30 is another's by now"
        assert await outcome(store, replace(swap, saves=(note(1, 2, id=40), *swap.saves[1:]))) is COMMITTED
        assert await store.find("Note", 10) == note(2, 2, id=10)
        assert await store.find("Note", 20) == note(1, 3, id=20, author_id=5)
        assert await store.find("Note", 40) is None
        assert keys(await store.list("Note", owner=5)) == [1]

    @on_a_store
    async def test_several_records_are_saved_together_or_not_at_all(self, store: Store) -> None:
        await save(store, note(3, text="in the way", author_id=4, remind_at=5.0))
        unit = full(note(1, author_id=4, remind_at=2.0), note(3, author_id=4), message_id="second in the way")
        assert await outcome(store, unit) is CONFLICT
        assert await traces(store) == ([3], 0, 0)
        assert keys(await store.list("Note", owner=4)) == [3]
        assert await store.find("Note", 1001) is None
        assert await store.next_wake_up(["Note"]) == 5.0
        assert await outcome(store, full(note(1), page(1), note(2))) is COMMITTED
        assert await traces(store) == ([1, 2, 3], 1, 1)
        assert await store.get("Page", 1) == page(1)

    @on_a_store
    async def test_one_units_failure_does_not_touch_the_others(self, store: Store) -> None:
        await save(store, note(1))
        units = [
            full(note(2), message_id="a"),
            full(note(1), message_id="b"),
            full(note(3), message_id="a"),
            full(note(4), message_id="c"),
        ]
        assert list(await store.commit(units)) == [COMMITTED, CONFLICT, DUPLICATE, COMMITTED]
        assert await traces(store) == ([1, 2, 4], 2, 2)

    @on_a_store
    async def test_a_unit_builds_on_those_committed_with_it(self, store: Store) -> None:
        units = [Unit(saves=(note(1, version),)) for version in (1, 2, 3)]
        assert list(await store.commit(units)) == [COMMITTED, COMMITTED, COMMITTED]
        assert await store.get("Note", 1) == note(1, 3)

    @on_a_store
    async def test_a_unit_that_builds_on_one_in_conflict_conflicts_whoever_took_the_version(self, store: Store) -> None:
        await save(store, note(1, text="somebody else's"))
        units = [Unit(saves=(note(1),)), full(note(1, 2)), Unit(saves=(note(2),)), full(note(1, 3), message_id="n")]
        assert list(await store.commit(units)) == [CONFLICT, CONFLICT, COMMITTED, CONFLICT]
        assert await store.get("Note", 1) == note(1, text="somebody else's")
        assert await traces(store) == ([1, 2], 0, 0)

    @on_a_store
    async def test_a_unit_that_builds_on_a_duplicate_conflicts_whoever_took_the_version(self, store: Store) -> None:
        mark = Handled("stock", "m")
        await store.commit([Unit(handled=(mark,)), Unit(saves=(note(1, text="somebody else's"),))])
        units = [Unit(saves=(note(1),), handled=(mark,)), Unit(saves=(note(1, 2),))]
        assert list(await store.commit(units)) == [DUPLICATE, CONFLICT]
        assert await store.get("Note", 1) == note(1, text="somebody else's")

    @on_a_store
    async def test_what_one_caller_has_in_conflict_is_nothing_to_another(self, store: Store) -> None:
        await save(store, note(1))
        in_conflict, next_in_line = Unit(saves=(note(1),)), Unit(saves=(note(1, 2),))
        outcomes = await asyncio.gather(store.commit([in_conflict]), store.commit([next_in_line]))
        assert [list(one) for one in outcomes] == [[CONFLICT], [COMMITTED]]

    @on_a_store
    async def test_a_message_is_handled_once_by_each_consumer(self, store: Store) -> None:
        once = Unit(saves=(note(1),), handled=(Handled("stock", "m"),))
        again = Unit(saves=(note(2),), outbox=(envelope(2),), handled=(Handled("stock", "m"),))
        assert list(await store.commit([once, again])) == [COMMITTED, DUPLICATE]
        assert await outcome(store, again) is DUPLICATE
        assert await traces(store) == ([1], 0, 0)
        assert await outcome(store, Unit(handled=(Handled("billing", "m"),))) is COMMITTED
        assert await outcome(store, Unit(handled=(Handled("stock", "n"),))) is COMMITTED

    @on_a_store
    async def test_a_duplicate_is_told_from_a_conflict_even_if_it_is_both(self, store: Store) -> None:
        unit = Unit(saves=(note(1),), handled=(Handled("stock", "m"),))
        assert await outcome(store, unit) is COMMITTED
        assert await outcome(store, unit) is DUPLICATE

    @on_a_store
    async def test_a_unit_may_handle_several_messages(self, store: Store) -> None:
        first, second, third = (Handled("stock", name) for name in ("m", "n", "o"))
        assert await outcome(store, Unit(saves=(note(1),), handled=(first, second))) is COMMITTED
        units = [Unit(handled=(first,)), Unit(handled=(second,)), Unit(handled=(third,))]
        assert list(await store.commit(units)) == [DUPLICATE, DUPLICATE, COMMITTED]

    @on_a_store
    async def test_of_several_messages_all_are_handled_or_none(self, store: Store) -> None:
        await save(store, note(9))
        first, second, third = (Handled("stock", name) for name in ("m", "n", "o"))
        assert await outcome(store, Unit(handled=(second,))) is COMMITTED
        units = [
            Unit(saves=(note(1),), outbox=(envelope(1),), handled=(first, second, third)),
            Unit(saves=(note(2),), outbox=(envelope(2),), handled=(first, third, first)),
            Unit(saves=(note(9),), outbox=(envelope(3),), handled=(first, third)),
        ]
        assert list(await store.commit(units)) == [DUPLICATE, DUPLICATE, CONFLICT]
        assert await traces(store) == ([9], 0, 0)
        assert await outcome(store, Unit(saves=(note(2),), handled=(first, third))) is COMMITTED

    @on_a_store
    async def test_of_many_that_race_for_the_same_version_one_wins(self, store: Store) -> None:
        another = await self.open_another(store)
        try:
            stores = [store, another] * 5
            units = [Unit(saves=(note(1, text=str(number)),), outbox=(envelope(1),)) for number in range(10)]
            tries = [one.commit([unit]) for one, unit in zip(stores, units, strict=True)]
            outcomes = [result for (result,) in await asyncio.gather(*tries)]
        finally:
            await another.close()
        assert outcomes.count(COMMITTED) == 1
        assert outcomes.count(CONFLICT) == 9
        winner = units[outcomes.index(COMMITTED)].saves[0]
        assert await store.get("Note", 1) == winner
        assert len(await store.log()) == 1
