"""Events of long ago are packed, and nobody but the memory notices."""

import random

import attrs
import pytest

from bookdelivery.adapters.conformance.stores import StoreConformance
from bookdelivery.adapters.stores.memory import MemoryStore
from bookdelivery.adapters.stores.outbox import Outbox
from bookdelivery.kernel.messages import Envelope, Event
from bookdelivery.kernel.ports import Outgoing, Store
from bookdelivery.simulation import packed_outbox
from bookdelivery.simulation.packed_outbox import PackingOutbox


@attrs.frozen
class Poured(Event):
    """A drink is in the glass."""

    correlation_key = "guest"
    guest: int


class PackingStore(MemoryStore):
    _make_outbox = PackingOutbox


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two events."""
    monkeypatch.setattr(packed_outbox, "_PAGE", 2)


class TestPackingStore(StoreConformance):
    async def open_store(self) -> Store:
        return PackingStore()

    async def reopen(self, store: Store) -> Store:
        return store

    async def open_another(self, store: Store) -> Store:
        return store


def poured(number: int, message: Event | None = None) -> Envelope:
    return Envelope(f"id-{number}", "Poured", "bar", float(number), "c", None, number, message or Poured(number))


def test_all_but_the_latest_events_are_packed_and_read_as_they_were() -> None:
    outbox = PackingOutbox()
    for number in range(1, 12):
        outbox.append((poured(number),))
    assert outbox.pages == 4
    assert outbox.read(0, 100) == [Outgoing(number, poured(number)) for number in range(1, 12)]


def test_whatever_is_done_to_it_a_packing_outbox_is_like_a_plain_one() -> None:
    rng = random.Random(11)
    for _ in range(30):
        packing, plain = PackingOutbox(), Outbox()
        last = 0
        for at in range(60):
            match rng.choice(["append", "append", "mark", "read", "purge"]):
                case "append":
                    more = tuple(poured(last + each) for each in range(1, rng.randint(1, 4)))
                    last += len(more)
                    packing.append(more)
                    plain.append(more)
                case "mark":
                    sent = sorted(rng.sample(range(1, last + 3), min(last, 3)))
                    packing.mark_sent(sent, float(at))
                    plain.mark_sent(sent, float(at))
                case "read":
                    after, limit = rng.randint(0, last + 2), rng.randint(1, 9)
                    assert packing.read(after, limit) == plain.read(after, limit)
                case "purge":
                    before = at - rng.uniform(0.0, 30.0)
                    assert packing.purge(before) == plain.purge(before)
                    assert packing.purged_before == plain.purged_before
            assert packing.waiting(100) == plain.waiting(100)
        assert packing.read(0, 1000) == plain.read(0, 1000)


def test_events_of_a_class_that_cannot_be_packed_stay_as_they_are() -> None:
    @attrs.frozen
    class Local(Event):
        correlation_key = "guest"
        guest: int

    outbox = PackingOutbox()
    for number in range(1, 8):
        outbox.append((poured(number, Local(number)),))
    assert outbox.pages == 0
    assert [outgoing.position for outgoing in outbox.read(0, 100)] == list(range(1, 8))
