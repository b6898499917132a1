"""Outbox and inbox: events leave in the order of commits, and age makes room."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

from collections.abc import Sequence

from bookdelivery.adapters.conformance.samples import CODEC, envelope, note, page
from bookdelivery.adapters.conformance.store_factory import StoreFactory, on_a_store
from bookdelivery.adapters.conformance.store_records import keys, save
from bookdelivery.adapters.conformance.store_units import outcome
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Handled, Outcome, Outgoing, Purged, Store, Unit
from bookdelivery.kernel.sealed import gives_sealed


def contents(outgoing: Sequence[Outgoing]) -> list[Envelope]:
    """Give the events, in their order."""
    return [one.envelope for one in outgoing]


def positions(outgoing: Sequence[Outgoing]) -> list[int]:
    """Give the events' places, in their order."""
    return [one.position for one in outgoing]


async def emit(store: Store, number: int) -> list[Envelope]:
    """Commit as many units with one event each."""
    events = [envelope(key) for key in range(1, number + 1)]
    await store.commit([Unit(outbox=(event,)) for event in events])
    return events


class OutboxAndInbox(StoreFactory):
    """Waiting, sending, remembering and purging."""

    @on_a_store
    async def test_events_wait_in_the_order_of_commits(self, store: Store) -> None:
        a, b, c, d = (envelope(key) for key in (4, 3, 2, 1))
        await store.commit([Unit(outbox=(a, b)), Unit(outbox=(c,))])
        await store.commit([Unit(outbox=(d,))])
        waiting = await store.waiting()
        assert contents(waiting) == [a, b, c, d]
        assert positions(waiting) == sorted(set(positions(waiting)))
        assert all(position > 0 for position in positions(waiting))
        assert contents(await store.waiting(limit=3)) == [a, b, c]

    @on_a_store
    async def test_what_is_sent_waits_no_longer_but_stays_in_the_log(self, store: Store) -> None:
        events = await emit(store, 4)
        places = positions(await store.waiting())
        await store.mark_sent([places[0], places[2]], at=5.0)
        assert contents(await store.waiting()) == [events[1], events[3]]
        assert contents(await store.log()) == events
        assert positions(await store.log()) == places

    @on_a_store
    async def test_sealed_events_are_those_that_wait_to_the_last_byte(self, store: Store) -> None:
        if not gives_sealed(store):
            return
        events = await emit(store, 4)
        places = positions(await store.waiting())
        await store.mark_sent(places[1:2], at=5.0)
        sealed = await store.sealed()
        assert positions(sealed) == [places[0], *places[2:]]
        assert [CODEC.encode_event(one.envelope) for one in sealed] == [
            CODEC.encode_event(event) for event in (events[0], *events[2:])
        ]
        assert positions(await store.sealed(after=places[0], limit=1)) == [places[2]]
        assert list(await store.sealed(after=places[3])) == []

    @on_a_store
    async def test_marking_sent_what_is_sent_or_unknown_changes_nothing(self, store: Store) -> None:
        events = await emit(store, 2)
        first, second = positions(await store.waiting())
        await store.mark_sent([first], at=5.0)
        await store.mark_sent([first, second + 1000], at=50.0)
        await store.mark_sent([], at=50.0)
        assert contents(await store.waiting()) == [events[1]]
        assert (await store.purge(before=6.0)).outbox == 1, "it counts as sent when it first was"

    @on_a_store
    async def test_the_log_is_read_page_by_page(self, store: Store) -> None:
        events = await emit(store, 5)
        first = await store.log(limit=2)
        assert contents(first) == events[:2]
        rest = await store.log(after=first[-1].position)
        assert contents(rest) == events[2:]
        assert list(await store.log(after=rest[-1].position)) == []

    @on_a_store
    async def test_a_purge_removes_events_sent_before_a_time_and_no_others(self, store: Store) -> None:
        events = await emit(store, 4)
        places = positions(await store.waiting())
        await store.mark_sent(places[:1], at=10.0)
        await store.mark_sent(places[2:3], at=11.0)
        await store.mark_sent(places[3:], at=9.0)
        assert await store.purge(before=11.0) == Purged(outbox=2, inbox=0)
        assert contents(await store.log()) == [events[1], events[2]]
        assert contents(await store.waiting()) == [events[1]]
        assert await store.purge(before=11.0) == Purged(outbox=0, inbox=0)

    @on_a_store
    async def test_unsent_events_are_never_purged(self, store: Store) -> None:
        events = await emit(store, 3)
        assert await store.purge(before=1e12) == Purged(outbox=0, inbox=0)
        assert contents(await store.waiting()) == events

    @on_a_store
    async def test_a_store_says_up_to_when_its_log_was_purged(self, store: Store) -> None:
        await emit(store, 3)
        first, second, third = positions(await store.waiting())
        await store.mark_sent([first], at=10.0)
        await store.mark_sent([second], at=20.0)
        await store.purge(before=5.0)
        assert await store.purged_before() is None, "nothing was removed, the log is whole"
        await store.purge(before=15.0)
        assert await store.purged_before() == 15.0
        await store.purge(before=25.0)
        assert await store.purged_before() == 25.0
        await store.mark_sent([third], at=11.0)
        assert (await store.purge(before=12.0)).outbox == 1
        assert await store.purged_before() == 25.0, "a clock that was set back makes the log no fuller"

    @on_a_store
    async def test_a_place_in_the_log_is_never_given_out_again(self, store: Store) -> None:
        await emit(store, 3)
        before = positions(await store.waiting())
        await store.mark_sent(before, at=1.0)
        await store.purge(before=2.0)
        await emit(store, 1)
        (after,) = positions(await store.waiting())
        assert after > before[-1]
        assert positions(await store.log(after=before[-1])) == [after]

    @on_a_store
    async def test_marks_are_purged_by_the_age_of_their_units(self, store: Store) -> None:
        old, new = Handled("stock", "old"), Handled("stock", "new")
        await store.commit([Unit(handled=(old,), at=10.0), Unit(handled=(new,), at=11.0)])
        assert await store.purge(before=11.0) == Purged(outbox=0, inbox=1)
        assert await outcome(store, Unit(handled=(new,), at=12.0)) is Outcome.DUPLICATE
        assert await outcome(store, Unit(handled=(old,), at=12.0)) is Outcome.COMMITTED

    @on_a_store
    async def test_a_forgotten_view_can_be_built_again_and_nothing_else_is_forgotten(self, store: Store) -> None:
        seen = Handled("pages", "m")
        await save(store, note(1), page(2))
        await store.commit([Unit(saves=(page(1),), handled=(seen,)), Unit(handled=(Handled("stock", "m"),))])
        await store.forget("Page", "pages")
        assert list(await store.list("Page")) == []
        assert await store.get("Page", 1) is None
        assert await store.find("Page", 2) is None
        assert keys(await store.list("Note")) == [1]
        assert await outcome(store, Unit(handled=(Handled("stock", "m"),))) is Outcome.DUPLICATE
        assert await outcome(store, Unit(saves=(page(1, notes=5),), handled=(seen,))) is Outcome.COMMITTED
        assert await store.get("Page", 1) == page(1, notes=5)

    @on_a_store
    async def test_forgetting_what_was_never_there_is_no_fault(self, store: Store) -> None:
        await store.forget("Page", "pages")
        assert list(await store.list("Page")) == []
