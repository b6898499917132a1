"""Dead letters: what is given up is kept, listed, and can be handled after all."""

# ruff: noqa: D102 (the tests' names say what they are about)

from __future__ import annotations

import attrs

from bookdelivery.adapters.conformance.samples import envelope, note
from bookdelivery.adapters.conformance.store_factory import StoreFactory, on_a_store
from bookdelivery.adapters.conformance.store_records import save
from bookdelivery.adapters.conformance.store_units import outcome
from bookdelivery.kernel.ports import DeadLetter, Handled, Outcome, Store, Unit


def letter(consumer: str = "stock", *, key: int = 1, at: float = 5.0) -> DeadLetter:
    """Make a dead letter of a message that could be read."""
    message = envelope(key)
    return DeadLetter(consumer, message.id, message, b"", "ValueError: 재고 없음", at, 5)


def named(dead: DeadLetter) -> Handled:
    """Give the mark that names a dead letter."""
    return Handled(dead.consumer, dead.message_id)


class DeadLetters(StoreFactory):
    """Burying and reviving."""

    @on_a_store
    async def test_a_buried_message_is_listed_as_it_was(self, store: Store) -> None:
        readable = letter()
        unreadable = DeadLetter("stock", "3:17", None, b'{"broken": \xff\x00', "not JSON", 6.0, 1)
        await store.commit([Unit(buries=readable), Unit(buries=unreadable)])
        assert list(await store.dead_letters()) == [readable, unreadable]

    @on_a_store
    async def test_dead_letters_are_listed_oldest_first(self, store: Store) -> None:
        new, old = letter(at=9.0), letter(at=2.0)
        await store.commit([Unit(buries=new), Unit(buries=old)])
        assert list(await store.dead_letters()) == [old, new]

    @on_a_store
    async def test_burying_a_message_and_marking_it_handled_go_together(self, store: Store) -> None:
        dead = letter()
        unit = Unit(handled=(named(dead),), buries=dead)
        assert await outcome(store, unit) is Outcome.COMMITTED
        assert await outcome(store, unit) is Outcome.DUPLICATE
        assert list(await store.dead_letters()) == [dead]

    @on_a_store
    async def test_each_consumer_has_its_own_dead_letter_of_a_message(self, store: Store) -> None:
        first = letter("stock")
        second = attrs.evolve(first, consumer="billing", at=6.0)
        await store.commit([Unit(buries=first), Unit(buries=second)])
        assert list(await store.dead_letters()) == [first, second]
        assert await outcome(store, Unit(revives=named(first))) is Outcome.COMMITTED
        assert list(await store.dead_letters()) == [second]

    @on_a_store
    async def test_a_message_buried_again_takes_the_place_of_its_dead_letter(self, store: Store) -> None:
        first = letter()
        second = attrs.evolve(first, error="ValueError: still", at=9.0, attempts=6)
        await store.commit([Unit(buries=first), Unit(buries=second)])
        assert list(await store.dead_letters()) == [second]

    @on_a_store
    async def test_reviving_removes_the_dead_letter_with_what_the_unit_does(self, store: Store) -> None:
        dead = letter()
        await store.commit([Unit(handled=(named(dead),), buries=dead)])
        assert await outcome(store, Unit(saves=(note(1),), revives=named(dead))) is Outcome.COMMITTED
        assert list(await store.dead_letters()) == []
        assert await store.get("Note", 1) == note(1)

    @on_a_store
    async def test_a_dead_letter_is_revived_once(self, store: Store) -> None:
        dead = letter()
        await store.commit([Unit(buries=dead)])
        units = [Unit(saves=(note(key),), outbox=(envelope(key),), revives=named(dead)) for key in (1, 2)]
        assert list(await store.commit(units)) == [Outcome.COMMITTED, Outcome.DUPLICATE]
        assert await store.get("Note", 2) is None
        assert len(await store.log()) == 1

    @on_a_store
    async def test_a_revival_in_conflict_leaves_the_dead_letter(self, store: Store) -> None:
        dead = letter()
        await save(store, note(1))
        await store.commit([Unit(buries=dead)])
        assert await outcome(store, Unit(saves=(note(1),), revives=named(dead))) is Outcome.CONFLICT
        assert list(await store.dead_letters()) == [dead]

    @on_a_store
    async def test_a_purge_leaves_dead_letters_alone(self, store: Store) -> None:
        dead = letter(at=1.0)
        await store.commit([Unit(buries=dead, at=1.0)])
        await store.purge(before=1e12)
        assert list(await store.dead_letters()) == [dead]
