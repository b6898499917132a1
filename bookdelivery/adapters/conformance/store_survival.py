"""Survival: everything committed is there for whoever opens the data next, and for whoever has them open already."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

from bookdelivery.adapters.conformance.samples import envelope, note
from bookdelivery.adapters.conformance.store_dead_letters import letter
from bookdelivery.adapters.conformance.store_factory import StoreFactory, on_a_store
from bookdelivery.adapters.conformance.store_outbox import contents, emit, positions
from bookdelivery.adapters.conformance.store_units import outcome
from bookdelivery.kernel.ports import Handled, Outcome, Store, Unit


class Survival(StoreFactory):
    """Closing, opening, sharing."""

    @on_a_store
    async def test_all_that_was_committed_is_there_after_a_restart(self, store: Store) -> None:
        record, events, dead = note(1, author_id=5, remind_at=7.5), [envelope(1), envelope(2)], letter()
        await store.commit([Unit((record,), tuple(events), (Handled("stock", "m"),), dead, at=1.0)])
        place = (await store.waiting())[0].position
        await store.mark_sent([place], at=2.0)
        await store.close()
        again = await self.reopen(store)
        try:
            assert await again.get("Note", 1) == record
            assert await again.find("Note", record.id) == record
            assert list(await again.list("Note", owner=5)) == [record]
            assert list(await again.due(["Note"], now=7.5)) == [record]
            assert contents(await again.log()) == events
            assert contents(await again.waiting()) == events[1:]
            assert list(await again.dead_letters()) == [dead]
            assert await outcome(again, Unit(handled=(Handled("stock", "m"),))) is Outcome.DUPLICATE
            assert await outcome(again, Unit(saves=(record,))) is Outcome.CONFLICT
            assert (await again.purge(before=3.0)).outbox == 1
        finally:
            await again.close()

    @on_a_store
    async def test_places_in_the_log_go_on_counting_after_a_purge_and_a_restart(self, store: Store) -> None:
        await emit(store, 3)
        before = positions(await store.waiting())
        await store.mark_sent(before, at=1.0)
        await store.purge(before=2.0)
        await store.close()
        again = await self.reopen(store)
        try:
            assert await again.purged_before() == 2.0
            await emit(again, 1)
            assert positions(await again.waiting())[0] > before[-1]
        finally:
            await again.close()

    @on_a_store
    async def test_what_one_commits_another_sees_at_once(self, store: Store) -> None:
        another = await self.open_another(store)
        try:
            event = envelope(1)
            await store.commit([Unit((note(1),), (event,), (Handled("stock", "m"),))])
            assert await another.get("Note", 1) == note(1)
            assert contents(await another.waiting()) == [event]
            assert await outcome(another, Unit(handled=(Handled("stock", "m"),))) is Outcome.DUPLICATE
            assert await outcome(another, Unit(saves=(note(1, 2),))) is Outcome.COMMITTED
            assert await store.get("Note", 1) == note(1, 2)
            await another.mark_sent(positions(await another.waiting()), at=1.0)
            assert list(await store.waiting()) == []
        finally:
            await another.close()
