"""Where store and broker both keep events as bytes, the relay carries them over unopened, in order.

None is marked before the broker has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import attrs
import pytest

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.adapters.conformance.samples import CODEC, envelope
from bookdelivery.adapters.stores.sql import SqlStore
from bookdelivery.application.application import LocalRequests
from bookdelivery.application.composition import compose
from bookdelivery.application.relay import Relay
from bookdelivery.application.signal import Signal
from bookdelivery.application.surroundings import EngineSettings, Surroundings
from bookdelivery.application.trouble import Trouble
from bookdelivery.kernel.errors import Unavailable
from bookdelivery.kernel.messages import Envelope
from bookdelivery.kernel.ports import Unit
from bookdelivery.kernel.sealed import SealedEvent

BATCH = 2
SEALED_BATCH = 4 * BATCH


class Topic(MemoryBroker):
    """Takes what it is given while it is open, keeps it as bytes, and refuses when told to."""

    carries_sealed = True

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()
        self.refusals = 0
        self.records: list[tuple[dict[str, str], bytes]] = []
        self.sizes: list[int] = []
        self.opened = 0

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        self.sizes.append(len(envelopes))
        await self.open.wait()
        if self.refusals and envelopes:
            self.refusals -= 1
            raise Unavailable("not now")
        self.opened += sum(not isinstance(one.message, SealedEvent) for one in envelopes)
        self.records += [CODEC.encode_event(one) for one in envelopes]


@attrs.frozen
class World:
    """A store with a relay to a topic.

    Attributes:
        store: the store.
        topic: the topic.
        signal: tells the relay of commits.
        relay: the relay.
    """

    store: SqlStore
    topic: Topic
    signal: Signal
    relay: Relay

    async def state(self, number: int) -> list[tuple[dict[str, str], bytes]]:
        """Commit so many events of a few keys; gives them as they are to be on the wire."""
        events = [envelope(key % 3) for key in range(number)]
        await self.store.commit([Unit(outbox=(event,)) for event in events])
        self.signal.set()
        return [CODEC.encode_event(event) for event in events]

    async def unsent(self) -> int:
        """Count the events that are not marked sent."""
        return len(await self.store.waiting())


def in_a_world(tmp_path: Path, body: Callable[[World], Awaitable[None]]) -> None:
    async def main() -> None:
        store = SqlStore(f"sqlite+pysqlite:///{tmp_path}/notes.db", "notes", CODEC)
        topic, signal = Topic(), Signal()
        around = Surroundings(
            store=store,
            broker=topic,
            ids=None,  # type: ignore[arg-type]  # a relay makes nothing that has an id
            requests=LocalRequests(compose([]), {}),
            settings=EngineSettings(batch=BATCH, retry_after_s=0.001, retry_at_most_s=0.002),
        )
        relay = Relay(around, signal, Signal(), Trouble("notes"))
        await body(World(store, topic, signal, relay))
        await store.close()

    asyncio.run(main())


@pytest.mark.parametrize("number", [1, SEALED_BATCH, 3 * SEALED_BATCH + 1])
def test_what_the_store_keeps_reaches_the_topic_unopened_to_the_last_byte(tmp_path: Path, number: int) -> None:
    async def body(world: World) -> None:
        stated = await world.state(number)
        while await world.relay.relay_once():
            pass
        assert world.topic.records == stated
        assert world.topic.opened == 0
        assert max(world.topic.sizes) == min(number, SEALED_BATCH)
        assert await world.unsent() == 0

    in_a_world(tmp_path, body)


def test_nothing_is_marked_before_the_topic_has_it_however_much_is_read_ahead(tmp_path: Path) -> None:
    async def body(world: World) -> None:
        await world.state(2 * SEALED_BATCH)
        await world.relay.relay_once()
        world.topic.open.clear()
        relaying = asyncio.create_task(world.relay.relay_once())
        # The first batch is marked meanwhile, and no event of the second.
        while await world.unsent() > SEALED_BATCH:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        assert await world.unsent() == SEALED_BATCH
        world.topic.open.set()
        await relaying
        while await world.relay.relay_once():
            pass
        assert await world.unsent() == 0

    in_a_world(tmp_path, body)


def test_a_batch_that_is_refused_is_published_again_before_what_was_read_ahead(tmp_path: Path) -> None:
    async def body(world: World) -> None:
        stated = await world.state(3 * SEALED_BATCH)
        world.topic.refusals = 2
        running = asyncio.create_task(world.relay.run())
        while await world.unsent():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.wait([running])
        assert world.topic.refusals == 0
        assert world.topic.records == stated

    in_a_world(tmp_path, body)


def test_what_is_committed_while_the_relay_is_busy_follows_in_order(tmp_path: Path) -> None:
    async def body(world: World) -> None:
        running = asyncio.create_task(world.relay.run())
        stated = []
        for _ in range(20):
            stated += await world.state(BATCH + 1)
        while await world.unsent():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.wait([running])
        assert world.topic.records == stated

    in_a_world(tmp_path, body)


def test_a_topic_that_carries_nothing_sealed_gets_the_events_themselves(tmp_path: Path) -> None:
    async def body(world: World) -> None:
        stated = await world.state(3)
        world.topic.carries_sealed = False
        relay = Relay(world.relay._surroundings, world.signal, Signal(), Trouble("notes"))
        while await relay.relay_once():
            pass
        assert world.topic.records == stated
        assert world.topic.opened == 3

    in_a_world(tmp_path, body)
