"""The people who do the shop's work, played by an autopilot: with a real application, and with one that fails them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bookdelivery.adapters.brokers.memory import MemoryBroker
from bookdelivery.adapters.inbound.autopilot import Autopilot, Chore, Habits
from bookdelivery.contexts.order.messages import CancelOrder, Purchase
from bookdelivery.contexts.ordermanagement.messages import PackOrder, TakeOrder
from bookdelivery.contexts.payment.messages import PayApproved
from bookdelivery.contexts.people import DELIVERING, PACKING, TAKING
from bookdelivery.kernel.context import Policy
from bookdelivery.kernel.errors import InvalidField, NotAnswered, NotFound, Refused, Unavailable
from bookdelivery.kernel.messages import Command, Envelope
from bookdelivery.kernel.values import Won
from tests.application.examples import World, place
from tests.virtual import run_virtual

BOOK = Purchase(
    customer_id=1,
    customer_name="HanYongSun",
    item_id=1,
    item_name="ITbook",
    qty=1,
    item_price=Won(25_000),
    delivery_address="kyungkido",
    delivery_phone_number="0101234",
)

Send = Callable[[Command[Any]], Awaitable[Any]]


def paid(order_id: int) -> Envelope:
    event = PayApproved(order_id=order_id, payment_id=order_id, amount=Won(25_000), purchase=BOOK)
    return Envelope(f"paid-{order_id}", "PayApproved", "payment", 0.0, "c", None, order_id, event)


def after(seconds: float) -> Callable[[], float]:
    return lambda: seconds


class Shop:
    """Answers as it is told, and remembers when it was sent what."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[float, int]] = []

    async def send(self, command: Command[Any]) -> None:
        assert isinstance(command, TakeOrder)
        self.sent.append((asyncio.get_running_loop().time(), command.order_id))
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer


def at_work(shop: Shop, orders: int = 1, lasts_s: float = 1e5, **habits: Any) -> Autopilot:
    """Let an autopilot take paid orders on for a while."""

    async def main() -> Autopilot:
        broker = MemoryBroker(partitions=1)
        autopilot = Autopilot(broker, [Chore(TAKING, after(10.0))], shop.send, Habits(**habits))
        working = asyncio.create_task(autopilot.run())
        await broker.publish([paid(order_id) for order_id in range(1, orders + 1)])
        await asyncio.sleep(lasts_s)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert await broker.lag("autopilot") == autopilot.busy
        return autopilot

    return run_virtual(main())


def test_a_chore_is_done_after_the_time_it_takes() -> None:
    shop = Shop()
    autopilot = at_work(shop, orders=3)
    assert shop.sent == [(10.0, 1), (10.0, 2), (10.0, 3)]
    assert (autopilot.done, autopilot.refused, autopilot.busy) == (3, 0, 0)


@pytest.mark.parametrize("trouble", [Unavailable("away"), NotAnswered("no answer"), TimeoutError()])
def test_whoever_gets_no_answer_tries_again_with_growing_pauses(trouble: Exception) -> None:
    shop = Shop(*[trouble] * 5)
    autopilot = at_work(shop, retry_after_s=1.0, retry_at_most_s=4.0)
    assert [at for at, _ in shop.sent] == [10.0, 11.0, 13.0, 17.0, 21.0, 25.0]
    assert autopilot.done == 1


def test_no_is_taken_for_an_answer() -> None:
    shop = Shop(Refused("TakeOrder", "the order is canceled"))
    autopilot = at_work(shop)
    assert len(shop.sent) == 1
    assert (autopilot.done, autopilot.refused) == (0, 1)


def test_a_case_that_is_not_known_yet_is_asked_for_again_but_not_for_ever() -> None:
    unknown = NotFound("TakeOrder", "Ordermgmt", 1)
    patient, hopeless = Shop(unknown, unknown), Shop(*[unknown] * 1_000)
    assert at_work(patient).done == 1
    autopilot = at_work(hopeless, gives_up_after_s=100.0, retry_at_most_s=10.0)
    assert (autopilot.done, autopilot.refused) == (0, 1)
    assert 110 <= hopeless.sent[-1][0] <= 130


def test_while_nobody_answers_one_knocks_for_all() -> None:
    down = [Unavailable("down")] * 20
    shop = Shop(*down)
    autopilot = at_work(shop, orders=200, at_once=4, retry_after_s=1.0, retry_at_most_s=10.0)
    assert autopilot.done == 200
    # As many as may send at once, and a few who knocked, went in vain; not all 200 again and again.
    assert len(shop.sent) == 220


def test_no_more_people_send_something_at_once_than_there_are_desks() -> None:
    inside, most = 0, 0

    async def slow(command: Command[Any]) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(1)
        inside -= 1

    shop = Shop()
    shop.send = slow  # type: ignore[method-assign]
    assert at_work(shop, orders=50, at_once=7).done == 50
    assert most == 7


def test_a_message_is_acknowledged_only_once_it_and_all_before_it_are_done() -> None:
    async def main() -> None:
        broker = MemoryBroker(partitions=1)
        times = iter([30.0, 10.0])
        autopilot = Autopilot(broker, [Chore(TAKING, lambda: next(times))], Shop().send)
        working = asyncio.create_task(autopilot.run())
        await broker.publish([paid(1), paid(2)])
        await asyncio.sleep(20)
        assert autopilot.done == 1
        assert await broker.lag("autopilot") == 2
        await asyncio.sleep(20)
        assert await broker.lag("autopilot") == 0
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    run_virtual(main())


def test_an_autopilot_that_is_started_again_begins_anew_what_it_had_not_finished() -> None:
    async def main() -> None:
        broker, shop = MemoryBroker(partitions=1), Shop()
        for lasts_s in (5, 15):
            working = asyncio.create_task(Autopilot(broker, [Chore(TAKING, after(10.0))], shop.send).run())
            if lasts_s == 5:
                await broker.publish([paid(1)])
            await asyncio.sleep(lasts_s)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        assert shop.sent == [(15.0, 1)]

    run_virtual(main())


@pytest.mark.parametrize("habits", [{"at_once": 0}, {"retry_after_s": 0}, {"gives_up_after_s": -1}])
def test_habits_that_make_no_sense_are_refused(habits: dict[str, Any]) -> None:
    with pytest.raises(InvalidField, match=f"Habits.{next(iter(habits))} is"):
        Habits(**habits)


def test_with_a_real_application_every_order_is_delivered_but_the_canceled_one() -> None:
    async def main() -> None:
        world = World()
        async with world.open() as shop:
            chores = [Chore(TAKING, after(1.0)), Chore(PACKING, after(1.0)), Chore(DELIVERING, after(1.0))]
            autopilot = Autopilot(world.broker, chores, shop.send)
            working = asyncio.create_task(autopilot.run())
            receipts = [await shop.send(place()) for _ in range(5)]
            await shop.send(CancelOrder(receipts[0].order_id))
            await asyncio.sleep(10)
            await shop.settle()
            rows = [await shop.read("mypage", receipt.order_id) for receipt in receipts]
            assert [row.order_status for row in rows] == ["canceled", *["delivered"] * 4]
            assert autopilot.busy == 0
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    run_virtual(main())


def test_a_message_that_comes_twice_while_its_chore_is_under_way_is_one_chore_and_both_are_acknowledged() -> None:
    shop = Shop()

    async def main() -> int:
        broker = MemoryBroker(partitions=1)
        autopilot = Autopilot(broker, [Chore(TAKING, after(10.0))], shop.send)
        working = asyncio.create_task(autopilot.run())
        await broker.publish([paid(1), paid(1)])
        await asyncio.sleep(5.0)
        assert await broker.lag("autopilot") == 2
        await asyncio.sleep(10.0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        return await broker.lag("autopilot")

    assert run_virtual(main()) == 0
    assert shop.sent == [(10.0, 1)]


def test_work_is_done_by_whoever_is_given_for_it() -> None:
    shop, worked = Shop(), []

    async def work(seconds: float) -> None:
        worked.append(seconds)
        await asyncio.sleep(2 * seconds)

    async def main() -> None:
        broker = MemoryBroker(partitions=1)
        working = asyncio.create_task(Autopilot(broker, [Chore(TAKING, after(10.0), work)], shop.send).run())
        await broker.publish([paid(1)])
        await asyncio.sleep(100.0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    run_virtual(main())
    assert worked == [10.0]
    assert shop.sent == [(20.0, 1)]


@pytest.mark.parametrize("trouble", [None, Refused("TakeOrder", "no"), NotAnswered("silence"), Unavailable("away")])
def test_another_way_is_tried_once_and_the_plain_one_follows_without_more_work(trouble: Exception | None) -> None:
    sent: list[tuple[float, str]] = []

    async def send(command: Any) -> None:
        sent.append((asyncio.get_running_loop().time(), type(command).__name__))
        if isinstance(command, PackOrder) and trouble is not None:
            raise trouble

    def pack_at_once(event: Any) -> PackOrder:
        return PackOrder(event.order_id)

    async def main() -> None:
        broker = MemoryBroker(partitions=1)
        richer = Chore(Policy(name="both at once", on=PayApproved, issues=PackOrder, by=pack_at_once), after(7.0))
        chores = [Chore(TAKING, after(10.0), first=richer)]
        working = asyncio.create_task(Autopilot(broker, chores, send).run())
        await broker.publish([paid(1)])
        await asyncio.sleep(100.0)
        assert await broker.lag("autopilot") == 0
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    run_virtual(main())
    assert sent == [(7.0, "PackOrder"), (7.0, "TakeOrder")]


def test_another_way_that_an_event_does_not_call_for_is_not_tried() -> None:
    shop = Shop()

    def never(event: Any) -> None:
        return None

    async def main() -> None:
        broker = MemoryBroker(partitions=1)
        richer = Chore(Policy(name="both at once", on=PayApproved, issues=PackOrder, by=never), after(7.0))
        working = asyncio.create_task(Autopilot(broker, [Chore(TAKING, after(10.0), first=richer)], shop.send).run())
        await broker.publish([paid(1)])
        await asyncio.sleep(100.0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    run_virtual(main())
    assert shop.sent == [(10.0, 1)]
