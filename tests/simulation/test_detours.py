"""Messages on detours: who may overtake whom."""

import asyncio
from collections.abc import Sequence

import numpy as np

from bookdelivery.adapters.conformance.samples import envelope
from bookdelivery.kernel.messages import Envelope
from bookdelivery.simulation.detours import Detours
from bookdelivery.simulation.faults import Delay, Duplication, MessageTrouble, Reordering
from tests.virtual import run_virtual

Sent = tuple[float, str, int]
"""When a message is sent (seconds), by whom, and on which case."""


def arrivals(trouble: MessageTrouble, sent: Sequence[Sent], seed: int = 1) -> list[tuple[float, int]]:
    """When each message arrives, by its number in the order of sending."""
    arrived: list[tuple[float, int]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        numbers: dict[str, int] = {}

        def arrive(envelopes: Sequence[Envelope]) -> None:
            arrived.extend((round(loop.time(), 6), numbers[each.id]) for each in envelopes)

        detours = Detours(loop, arrive)
        with detours.troubled(trouble, np.random.default_rng(seed)):
            for number, (at_s, source, key) in enumerate(sent):
                await asyncio.sleep(at_s - loop.time())
                message = envelope(key, source=source)
                numbers[message.id] = number
                detours.send([message])
        await asyncio.sleep(1_000.0)
        assert not detours.is_open

    run_virtual(main())
    return arrived


def orders_kept(arrived: list[tuple[float, int]], of: list[int]) -> bool:
    """Whether these messages arrived in the order in which they were sent."""
    seen = [number for _, number in arrived if number in of]
    return seen == sorted(seen)


EVERY_SECOND = [(float(second), "order" if second % 2 else "payment", second % 3) for second in range(60)]


def test_reordered_messages_are_overtaken_by_others_but_never_by_later_ones_of_their_publisher_on_their_case() -> None:
    arrived = arrivals(Reordering(probability=0.5, by_s=7.0), EVERY_SECOND)
    assert not orders_kept(arrived, list(range(60)))
    for source in ("order", "payment"):
        of_source = [number for number, (_, whose, _) in enumerate(EVERY_SECOND) if whose == source]
        assert not orders_kept(arrived, of_source)
        for key in range(3):
            assert orders_kept(arrived, [number for number in of_source if EVERY_SECOND[number][2] == key])


def test_all_behind_a_delayed_message_of_the_same_publisher_wait_for_it() -> None:
    arrived = arrivals(Delay(probability=0.3, by_s=7.0), EVERY_SECOND)
    for source in ("order", "payment"):
        assert orders_kept(arrived, [number for number, (_, whose, _) in enumerate(EVERY_SECOND) if whose == source])
    assert not orders_kept(arrived, list(range(60)))


def test_who_is_not_troubled_goes_straight_on() -> None:
    arrived = {
        number: at_s for at_s, number in arrivals(Delay(probability=1.0, by_s=7.0, context="payment"), EVERY_SECOND)
    }
    for number, (sent_s, source, _) in enumerate(EVERY_SECOND):
        assert arrived[number] == sent_s + (7.0 if source == "payment" else 0.0)


def test_a_duplicate_comes_after_its_original() -> None:
    arrived = arrivals(Duplication(probability=1.0, by_s=2.5), [(0.0, "order", 1), (1.0, "order", 1)])
    assert arrived == [(0.0, 0), (1.0, 1), (2.5, 0), (3.5, 1)]


def test_the_part_that_is_troubled_is_the_one_given() -> None:
    sent = [(float(second), f"service-{second}", second) for second in range(1_000)]
    late = sum(at_s > sent[number][0] for at_s, number in arrivals(Reordering(probability=0.2, by_s=0.5), sent))
    assert 150 < late < 250
