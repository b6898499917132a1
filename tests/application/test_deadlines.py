"""Deadlines: unpaid orders expire, open payments are asked about again, and neither is forgotten in a restart."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from bookdelivery.application.surroundings import EngineSettings
from bookdelivery.contexts import DELIVERY, MYPAGE, ORDER, ORDERMANAGEMENT, PAYMENT
from bookdelivery.contexts.order.messages import CancelOrder, OrderStatus, PayOrder
from bookdelivery.kernel.errors import Refused
from tests.application.examples import MODES, World, place
from tests.application.provider import Fate, Provider
from tests.virtual import run_virtual

S = OrderStatus
HOUR_S = 3600.0


def impatient(pay_within_s: float) -> tuple[Any, ...]:
    return (ORDER.with_terms(pay_within_s=pay_within_s), PAYMENT, ORDERMANAGEMENT, DELIVERY, MYPAGE)


@MODES
def test_an_order_that_is_never_paid_expires_to_the_second(around: Any) -> None:
    async def main() -> None:
        world = World(impatient(60.0), around=around, provider=Provider(Fate.DECLINED))
        async with world.open() as app:
            await app.send(place())
            await asyncio.sleep(59.9)
            assert await world.status(1) is S.DECLINED
            await asyncio.sleep(0.2)
            assert await world.status(1) is S.EXPIRED
            await app.settle()
            assert await world.shown(1) is S.EXPIRED
            with pytest.raises(Refused, match="the order is expired"):
                await app.send(PayOrder(1))
        assert world.provider.kept(1) == 0
        assert (await world.all_published()).count("OrderExpired") == 1

    run_virtual(main())


@MODES
@pytest.mark.parametrize("fate", [Fate.ANSWER_LOST, Fate.UNANSWERED])
def test_an_order_that_expires_and_turns_out_to_be_charged_gets_its_money_back(fate: Fate, around: Any) -> None:
    async def main() -> None:
        provider = Provider(fate)
        provider.otherwise = Fate.UNREACHABLE
        world = World(impatient(60.0), around=around, provider=provider)
        async with world.open() as app:
            receipt = await app.send(place())
            assert receipt.order_status is S.AWAITING_PAYMENT
            assert provider.kept(1) > 0
            await asyncio.sleep(100)
            assert await world.status(1) is S.EXPIRED
            provider.otherwise = Fate.ANSWERED
            await asyncio.sleep(HOUR_S)
            await app.settle()
        assert (len(provider.charges["1"]), len(provider.refunds["1"])) == (1, 1)
        assert provider.kept(1) == 0
        assert (await world.state("payment", "Payment", 1)).status == "canceled"
        assert await world.shown(1) is S.EXPIRED

    run_virtual(main())


@MODES
@pytest.mark.parametrize("fate", [Fate.LOST, Fate.ANSWER_LOST, Fate.UNANSWERED, Fate.UNREACHABLE])
def test_a_payment_without_an_answer_is_asked_about_again_and_its_approval_completes_the_order(
    fate: Fate, around: Any
) -> None:
    async def main() -> None:
        world = World(around=around, provider=Provider(fate))
        async with world.open() as app:
            receipt = await app.send(place())
            assert receipt.order_status is S.AWAITING_PAYMENT
            assert receipt.retry_after_s == 5.0
            assert receipt.pay_until is not None
            await asyncio.sleep(30)
            await app.settle()
            assert await world.status(1) is S.PLACED
            assert await world.shown(1) is S.PLACED
        assert {key for _, key, _ in world.provider.asked} == {"1"}
        assert len(world.provider.charges["1"]) == 1
        assert (await world.all_published()).count("OrderPlaced") == 1

    run_virtual(main())


def test_the_provider_is_asked_again_after_growing_pauses_until_it_answers() -> None:
    async def main() -> list[float]:
        world = World(impatient(HOUR_S * 10), provider=Provider(*[Fate.UNANSWERED] * 12))
        async with world.open() as app:
            await app.send(place())
            await asyncio.sleep(HOUR_S)
            assert await world.status(1) is S.PLACED
            return [at_s for _, _, at_s in world.provider.asked]

    asked_at_s = run_virtual(main())
    pauses_s = [later - earlier for earlier, later in pairwise(asked_at_s)]
    assert len(pauses_s) == 12
    for pause_s, planned_s in zip(pauses_s, [5, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300], strict=True):
        assert planned_s <= pause_s <= planned_s + 1.1


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.ANSWER_LOST, Fate.UNANSWERED, Fate.UNREACHABLE, Fate.BROKEN])
def test_a_refund_without_an_answer_is_asked_for_again_and_given_once(fate: Fate) -> None:
    async def main() -> None:
        world = World(provider=Provider(Fate.ANSWERED, fate, fate, fate))
        async with world.open() as app:
            await app.send(place())
            await app.send(CancelOrder(1))
            await asyncio.sleep(HOUR_S)
            await app.settle()
            assert await world.status(1) is S.CANCELED
        assert world.provider.refunds == {"1": [25_000]}
        assert (await world.state("mypage", "MyPageRow", 1)).refunded == 25_000

    run_virtual(main())


def test_deadlines_outlive_a_restart_and_those_missed_meanwhile_are_met_at_once() -> None:
    async def main() -> None:
        world = World(impatient(60.0), provider=Provider(Fate.DECLINED, Fate.ANSWER_LOST))
        async with world.open() as app:
            await app.send(place())
            await app.send(place())
            await app.settle()
        await asyncio.sleep(30)
        async with world.open() as app:
            await app.settle()
            assert await world.status(1) is S.DECLINED
            assert await world.status(2) is S.PLACED
        await asyncio.sleep(HOUR_S)
        async with world.open() as app:
            await app.settle()
            assert await world.status(1) is S.EXPIRED
            assert await world.status(2) is S.PLACED

    run_virtual(main())


def test_two_processes_that_meet_the_same_deadline_expire_once() -> None:
    async def main() -> None:
        world = World(impatient(60.0), provider=Provider(*[Fate.DECLINED] * 5))
        async with world.open() as one, world.open():
            for _ in range(5):
                await one.send(place())
            world.faults.next_time("order.store.get:after", lambda: asyncio.sleep(0.01), 100)
            await asyncio.sleep(120)
            await one.settle()
        assert (await world.all_published()).count("OrderExpired") == 5

    run_virtual(main())


def test_more_deadlines_than_are_met_at_once_are_all_met() -> None:
    async def main() -> None:
        settings = EngineSettings(wake_ups_at_once=2, batch=5)
        world = World(impatient(60.0), settings=settings, provider=Provider(*[Fate.DECLINED] * 30))
        async with world.open() as app:
            for _ in range(30):
                await app.send(place())
            await asyncio.sleep(70)
            await app.settle()
            assert app.services["order"].counters.wake_ups == 30
        assert (await world.all_published()).count("OrderExpired") == 30

    run_virtual(main())


def test_an_earlier_deadline_set_later_is_met_in_its_time() -> None:
    async def main() -> None:
        world = World(impatient(HOUR_S), provider=Provider(Fate.DECLINED, Fate.UNANSWERED))
        async with world.open() as app:
            await app.send(place())
            await asyncio.sleep(1)
            await app.send(place())
            await asyncio.sleep(5.01)
            assert await world.status(2) is S.PLACED

    run_virtual(main())


def test_an_order_paid_in_the_last_moment_does_not_expire() -> None:
    async def main() -> None:
        world = World(impatient(60.0), provider=Provider(Fate.DECLINED))
        async with world.open() as app:
            await app.send(place())
            await asyncio.sleep(59.999)
            assert (await app.send(PayOrder(1))).complete
            await asyncio.sleep(HOUR_S)
            await app.settle()
            assert await world.status(1) is S.PLACED

    run_virtual(main())


def test_a_payment_that_comes_too_late_is_refused_before_anybody_is_asked_for_money() -> None:
    async def main() -> None:
        world = World(impatient(60.0), provider=Provider(Fate.DECLINED))
        async with world.open() as app:
            await app.send(place())
            world.faults.next_time("order.store.due:before", lambda: asyncio.sleep(100), 100)
            await asyncio.sleep(61)
            with pytest.raises(Refused, match="its time to pay is over"):
                await app.send(PayOrder(1))
        assert world.provider.kept(1) == 0

    run_virtual(main())
